__all__ = [
    "BACKBONES",
    "CATALOG",
    "BackboneRecord",
    "DenoiserRecord",
    "ModelRecord",
    "build_backbone",
    "build_denoiser",
    "build_model",
    "find_backbone",
    "find_denoiser",
    "find_model",
    "model_names",
]

from .backbone_registry import BACKBONES, BackboneRecord, find_backbone
from .backbones import build_backbone
from .build import build_model
from .denoisers import DenoiserRecord, build_denoiser, find_denoiser
from .registry import CATALOG, ModelRecord, find_model, model_names
