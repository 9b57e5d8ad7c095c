__all__ = [
    "METHODS",
    "AscentConfig",
    "Attribution",
    "ClassPicture",
    "Drawing",
    "EmbeddingMap",
    "FilterPictures",
    "Fooled",
    "InspectedModel",
    "LayerMaps",
    "LayerRow",
    "Reason",
    "ReceptiveField",
    "as_picture",
    "as_svg",
    "class_pictures",
    "draw_network",
    "dream",
    "dream_layer",
    "embedding_map_of",
    "explain_prediction",
    "feature_maps_of",
    "filters",
    "first_kernels",
    "fool",
    "mean_activations",
    "open_model",
    "receptive_field_after",
    "structure_of",
    "total_flops",
]

from .adversarial import Fooled, fool
from .attribution import METHODS, Attribution, Reason, explain_prediction
from .class_images import ClassPicture, class_pictures
from .diagram import Drawing, as_picture, as_svg, draw_network
from .dream import dream, dream_layer
from .embedding_map import EmbeddingMap, embedding_map_of
from .feature_maps import LayerMaps, feature_maps_of
from .filters import FilterPictures, filters, first_kernels, mean_activations
from .gradient_ascent import AscentConfig
from .inspected_model import InspectedModel
from .model_access import open_model
from .receptive_field import ReceptiveField, receptive_field_after
from .summary import LayerRow, structure_of, total_flops
