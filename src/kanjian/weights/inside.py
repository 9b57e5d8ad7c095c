"""What a file of weights really holds, looked at when it is taken in and not when it is missed."""

from pathlib import Path

from kanjian.errors import WeightsError
from kanjian.guard.hdf5 import check_hdf5
from kanjian.guard.keras_file import check_keras_file
from kanjian.guard.kinds import Kind, kind_of
from kanjian.weights.named import read_arrays

_ARRAYS = {"npz", "safetensors", "torch"}


def look_inside(path: Path) -> None:
    """Refuse a file that is no weights: a web page, a pointer, a program, cut off or empty.

    Raises:
        WeightsError: If it holds no weights, code, or tells of more than it can hold.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "vgg16.h5"
        >>> _ = path.write_text("version https://git-lfs.github.com/spec/v1")
        >>> look_inside(path)
        Traceback (most recent call last):
        kanjian.errors.WeightsError: ...vgg16.h5 is a pointer of Git LFS and not the file
            itself. Run: git lfs pull.
    """
    try:
        kind = kind_of(path)
        if kind and kind.name == "hdf5":
            return check_hdf5(path, error=WeightsError)
        if kind and kind.name == "keras":
            return check_keras_file(path, error=WeightsError)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}.") from error
    if kind and kind.name in _ARRAYS:
        return _check_arrays(path)
    raise WeightsError(f"{path} is {_what(kind)}.")


def _check_arrays(path: Path) -> None:
    arrays = read_arrays(path)
    if not arrays:
        raise WeightsError(f"{path} holds no arrays.")


def _what(kind: Kind | None) -> str:
    if kind is None:
        return (
            "no file of weights that is known. Understood are .keras, .weights.h5, .h5, .npz, "
            ".safetensors and .pth"
        )
    if kind.name in {"empty", "html", "lfs", "damaged"}:
        return f"{kind.what}. {kind.cure}"
    return f"{kind.what}, expected weights. A whole network comes in with 'kanjian import'"
