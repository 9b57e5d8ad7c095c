__all__ = [
    "Cleaned",
    "DenoiseRun",
    "Denoiser",
    "DenoisingComparison",
    "Failed",
    "clean_files",
    "clean_picture",
    "clean_video",
    "compare",
    "epoch_strip",
    "noisy",
    "resume",
    "save_denoiser",
    "train",
]

from .apply import Cleaned, Failed, clean_files, clean_picture, clean_video
from .compare import DenoisingComparison, compare
from .folder import Denoiser, save_denoiser
from .pairs import noisy
from .run import DenoiseRun
from .strip import epoch_strip
from .train import resume, train
