__all__ = [
    "BUILTIN",
    "ArrayImages",
    "Dataset",
    "FileImages",
    "HealthReport",
    "Images",
    "Splits",
    "check",
    "cut",
    "from_arrays",
    "k_folds",
    "open_builtin",
    "open_cifar",
    "open_dataset",
    "open_folder",
    "open_idx",
    "open_npz",
    "open_table",
    "prepare_splits",
    "read_idx",
    "write_idx",
]

from .arrays import from_arrays, open_npz
from .builtin import BUILTIN, open_builtin
from .cifar import open_cifar
from .dataset import ArrayImages, Dataset, FileImages, Images, Splits
from .folder import open_folder
from .health import HealthReport, check
from .idx import open_idx, read_idx, write_idx
from .open_dataset import open_dataset
from .prepare_splits import prepare_splits
from .splitting import cut, k_folds
from .table import open_table
