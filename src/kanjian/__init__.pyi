__all__ = [
    "Dataset",
    "KanjianError",
    "Prediction",
    "Recipe",
    "Recognizer",
    "Run",
    "Splits",
    "UnreadableImage",
    "check_labels",
    "compare",
    "cross_validate",
    "datasets",
    "denoise",
    "evaluate",
    "evaluation",
    "explain",
    "faces",
    "find_learning_rate",
    "images",
    "imaging",
    "import_network",
    "inference",
    "media",
    "models",
    "open_dataset",
    "read_image",
    "resize_image",
    "resume",
    "search",
    "search_recipe",
    "similar",
    "sort_pictures",
    "suggest",
    "train",
    "video",
    "write_image",
]

__version__: str

from . import (
    datasets,
    denoise,
    evaluation,
    explain,
    faces,
    images,
    imaging,
    inference,
    media,
    models,
    search,
    video,
)
from .datasets.dataset import Dataset, Splits
from .datasets.open_dataset import open_dataset
from .errors import KanjianError
from .experiments.compare import compare
from .experiments.cross_validation import cross_validate
from .experiments.evaluate import evaluate
from .experiments.label_check import check_labels
from .experiments.lr_finder import find_learning_rate
from .experiments.search import search_recipe
from .images.decode import read_image
from .images.resize import resize_image
from .images.write import write_image
from .importing.import_network import import_network
from .inference.prediction import Prediction, UnreadableImage
from .inference.recognizer import Recognizer
from .inference.sort_pictures import sort_pictures
from .recipes.recipe import Recipe
from .search.similar import similar
from .search.suggest import suggest
from .training.run import Run
from .training.train import train
from .training.trainer import resume
