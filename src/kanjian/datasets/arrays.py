"""Pictures and labels that are already arrays: given in Python, or kept in an .npz file."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kanjian.checks import plural
from kanjian.datasets.dataset import ArrayImages, Dataset, Splits
from kanjian.errors import DatasetError
from kanjian.guard.npz import read_npz
from kanjian.images.pictures import Picture, as_image
from kanjian.paths import AnyPath
from kanjian.storage import files

Pair = tuple[np.ndarray | Sequence[Picture], np.ndarray | Sequence[int] | Sequence[str]]
# What the parts are called in .npz files found in the wild; Keras' own mnist.npz is the first.
KEYS = {
    "train": (
        ("x_train", "y_train"),
        ("train_images", "train_labels"),
        ("images", "labels"),
        ("x", "y"),
    ),
    "validation": (("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}


def from_arrays(
    images: np.ndarray | Sequence[Picture],
    labels: np.ndarray | Sequence[int] | Sequence[str],
    *,
    validation: Pair | None = None,
    test: Pair | None = None,
    classes: tuple[str, ...] | None = None,
    weights: npt.ArrayLike | None = None,
    name: str = "arrays",
) -> Splits:
    """Data sets of pictures and labels that lie in memory.

    Labels are taken as they are: nothing is one-hot encoded, and the classes are those of
    the training labels. A label in another part that training never shows is an error.

    Args:
        images: Training pictures, (n, h, w), (n, h, w, 1) or (n, h, w, 3) uint8; or a list of
            pictures of one size, held as `as_image` takes them.
        labels: (n,) or (n, 1) whole numbers, or names.
        validation: The same two for the validation part.
        test: The same two for the test part.
        classes: Names of the labels 0, 1, 2 …; needed if the labels are numbers that
            should be called something. By default the labels themselves are the names.
        weights: (n,) how much each training picture counts in the loss.
        name: What to call the set in messages.

    Raises:
        DatasetError: If an array is not pictures, or labels do not fit pictures or classes.

    Example:
        >>> splits = from_arrays(np.zeros((3, 8, 8), np.uint8), np.array(["dog", "cat", "dog"]))
        >>> splits.classes, splits.train.labels
        (('cat', 'dog'), array([1, 0, 1]))
    """
    known = np.arange(len(classes)) if classes else np.unique(_flat_labels(labels, f"{name} train"))
    names = classes or tuple(str(value) for value in known)

    def dataset(pair: Pair, part: str) -> Dataset:
        where = f"{name} {part}"
        values = _flat_labels(pair[1], where)
        return Dataset(
            ArrayImages.of(_stacked(pair[0], where), name=where),
            _positions(values, known, names, where),
            names,
            name=where,
        )

    train = dataset((images, labels), "train")
    return Splits(
        train=train if weights is None else train.weighted(weights),
        validation=dataset(validation, "validation") if validation else None,
        test=dataset(test, "test") if test else None,
    )


def _stacked(images: np.ndarray | Sequence[Picture], where: str) -> np.ndarray:
    """Pictures of one size as one array."""
    if isinstance(images, np.ndarray):
        return images
    taken = [image if isinstance(image, list) else as_image(image) for image in images]
    shapes = sorted({np.shape(image) for image in taken})
    if len(shapes) > 1:
        raise DatasetError(
            f"pictures of {where} must be of one size, got {shapes[0]} and {shapes[1]}. "
            "Fit each with resize_image(), or open them as files."
        )
    return np.asarray(taken)


def _flat_labels(labels: np.ndarray | Sequence[int] | Sequence[str], where: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iubUS":
        hint = " Give the class numbers, not one-hot rows." if labels.ndim == 2 else ""
        raise DatasetError(
            f"labels of {where} must be (n,) whole numbers or names, "
            f"got {labels.shape} {labels.dtype}.{hint}"
        )
    return labels.astype(np.str_) if labels.dtype.kind == "S" else labels


def _positions(
    values: np.ndarray, known: np.ndarray, names: tuple[str, ...], where: str
) -> np.ndarray:
    """The place of every label among the known ones."""
    at = np.searchsorted(known, values).clip(0, max(len(known) - 1, 0))
    strange = values != known[at] if len(known) else np.ones(len(values), bool)
    if strange.any():
        raise DatasetError(
            f"label {values[strange][0]} of {where} ({plural(int(strange.sum()), 'picture')}) is "
            "none of the "
            f"classes to learn: {', '.join(names[:12])}{' …' if len(names) > 12 else ''}."
        )
    return at.astype(np.int64)


def open_npz(
    path: AnyPath, *, limit_bytes: int = 8 << 30, known: Collection[str] | None = None
) -> Splits:
    """The parts in an .npz file; nothing in it is run.

    Args:
        path: Holds x_train and y_train, and maybe x_val, y_val, x_test, y_test; or images
            and labels; "classes" may name the labels, w_train weigh the training pictures.
        limit_bytes: Files that would unpack to more are refused before they are read.
        known: See `open_dataset`; a single part may then have any name.

    Raises:
        DatasetError: If the file is damaged or too large, or has none of those arrays.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "two.npz"
        >>> np.savez(path, images=np.zeros((2, 8, 8), np.uint8), labels=np.array([0, 1]))
        >>> open_npz(path).train.class_counts()
        {'0': 1, '1': 1}
    """
    path = Path(path)
    arrays = _read_npz(path, limit_bytes)
    parts: dict[str, Pair] = {}
    for part, spellings in KEYS.items():
        for images, labels in spellings:
            if images in arrays and labels in arrays:
                parts[part] = (arrays[images], arrays[labels])
                break
    if known is not None and len(parts) == 1:
        parts = {"train": next(iter(parts.values()))}
    if "train" not in parts:
        raise DatasetError(
            f"{path} must hold x_train and y_train, or images and labels, "
            f"got {', '.join(sorted(arrays)) or 'nothing'}."
        )
    classes = tuple(str(name) for name in arrays["classes"]) if "classes" in arrays else None
    return from_arrays(
        *parts["train"],
        validation=parts.get("validation"),
        test=parts.get("test"),
        classes=classes,
        weights=arrays.get("w_train"),
        name=path.name,
    )


def write_npz(path: AnyPath, splits: Splits) -> None:
    """Write pictures that lie in memory, so that `open_npz` gives the same parts again.

    Args:
        path: The file.
        splits: Of arrays.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "four.npz"
        >>> write_npz(path, from_arrays(np.zeros((4, 8, 8), np.uint8), ["a", "b", "b", "a"]))
        >>> open_npz(path).train.class_counts()
        {'a': 2, 'b': 2}
    """
    arrays = {"classes": np.array(splits.classes)}
    parts = {"train": splits.train, "val": splits.validation, "test": splits.test}
    for name, part in parts.items():
        if part is not None:
            assert isinstance(part.images, ArrayImages)
            arrays[f"x_{name}"] = part.images.array[part.images.rows]
            arrays[f"y_{name}"] = part.labels
    if splits.train.weights is not None:
        arrays["w_train"] = splits.train.weights
    with files.replacing(Path(path)) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def _read_npz(path: Path, limit_bytes: int) -> dict[str, np.ndarray]:
    try:
        return read_npz(path, error=DatasetError, limit=limit_bytes)
    except OSError as error:
        raise DatasetError(f"cannot read {path} as .npz: {error.strerror or error}.") from error
