"""Reading files of weights that hold one group of arrays for each layer (`.h5`).

Two forms: what Keras 1 and 2 wrote (and Keras 3 still does for `.h5`), and the older
`layer_0/param_0` of the Theano days, whose arrays are brought to today's order. An HDF5 file
can point at other files and tell any size, so nothing is followed and sizes are added up first.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.errors import WeightsError
from kanjian.guard.hdf5 import (
    RefusedHdf5Error,
    attribute_bytes,
    dataset_bytes,
    longest_text,
    most_bytes,
)

MOST_NAMES = 100_000
# Names that BatchNormalization has given its arrays, in the order it takes them today.
NORMALIZATION = (
    ("gamma",), ("beta",), ("moving_mean", "running_mean"),
    ("moving_variance", "running_std", "running_var"),
)  # fmt: skip


@dataclass(frozen=True)
class LayerWeights:
    """The arrays of one layer.

    Args:
        name: What the file calls the layer.
        arrays: In the order the layer takes them.
        names: What the file calls each array; empty where it has no names.
    """

    name: str
    arrays: tuple[np.ndarray, ...]
    names: tuple[str, ...] = ()


def is_layered(path: Path) -> bool:
    """Whether an HDF5 file is of one of the forms that `read_layers` reads.

    Raises:
        WeightsError: If it is no HDF5 file, or damaged.
    """
    with _File(path) as file:
        return file.form() is not None


def read_layers(path: Path | str) -> tuple[LayerWeights, ...]:
    """The layers in a legacy `.h5` that have weights, in the order of the file.

    Understood are files of weights, whole models (their "model_weights") and the
    `layer_0/param_0` form. The latter has Theano's order: kernels (out, in, height, width),
    turned by 180 degrees, and after a Flatten rows by (channel, height, width); it comes in
    today's order, (height, width, in, out) and (height, width, channel).

    Args:
        path: The file.

    Raises:
        WeightsError: If it is missing, damaged or of another form; if it points outside
            itself; if it tells of far more numbers than it can hold.

    Example:
        >>> read_layers("missing.h5")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: cannot read missing.h5: No such file or directory.
    """
    path = Path(path)
    with _File(path) as file:
        form = file.form()
        if form == "theano":
            return _todays_order(file.numbered_layers())
        if form is None:
            raise RefusedHdf5Error("it has neither layer_names nor nb_layers")
        return file.named_layers(form)


def read_description(path: Path | str) -> str:
    """The JSON that describes the network in a whole model of `.h5`; empty where there is none.

    Args:
        path: The file.

    Raises:
        WeightsError: If it is missing, damaged, or no HDF5 file.
    """
    with _File(Path(path)) as file:
        return file.description()


class _File:
    """An HDF5 file from a stranger: looked into step by step, never followed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._h5py = extras.load("h5py")
        self._open: Any = None
        self._left = 0
        self._longest: int | None = None

    def __enter__(self) -> "_File":
        try:
            with self._path.open("rb") as stream:
                stream.read(1)
            size = self._path.stat().st_size
            self._left = most_bytes(size)
        except OSError as error:
            raise WeightsError(f"cannot read {self._path}: {error.strerror or error}.") from error
        try:
            self._open = self._h5py.File(self._path, "r")
        except (OSError, RuntimeError, ValueError) as error:
            raise self._refused("it is no whole HDF5 file", error) from error
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._open.close()
        if isinstance(
            error, ValueError | OSError | LookupError | RuntimeError | TypeError | MemoryError
            | OverflowError | AttributeError,
        ):  # fmt: skip
            raise self._refused(" ".join(str(error).split())[:200] or "damaged", error) from error

    def _refused(self, why: str, error: BaseException) -> WeightsError:
        if not isinstance(error, RefusedHdf5Error):
            why += f" ({type(error).__name__})"
        return WeightsError(
            f"{self._path} is not a file of layers: {why}. Get the file from the source you trust."
        )

    def form(self) -> str | None:
        """Which form it is: theano, the place of the layers ("" at the root), or None."""
        if "nb_layers" in self._open.attrs:
            return "theano"
        if any(name in self._open.attrs for name in ("layer_names", "layer_names0")):
            return ""
        return "model_weights" if "model_weights" in self._open else None

    def description(self) -> str:
        return self._text(self._open, "model_config")

    def named_layers(self, inside: str) -> tuple[LayerWeights, ...]:
        root = self._step(self._open, inside) if inside else self._open
        turned = self._text(root, "backend") == "theano"
        layers = []
        for name in self._names(root, "layer_names"):
            group = self._step(root, name)
            names = self._names(group, "weight_names")
            arrays = [self._array(group, each) for each in names]
            if arrays:
                arrays = [turn(array) if turned else array for array in arrays]
                layers.append(LayerWeights(name, *normalized_order(names, arrays)))
        return tuple(layers)

    def numbered_layers(self) -> tuple[LayerWeights, ...]:
        layers = []
        for at in range(self._count(self._open, "nb_layers")):
            group = self._step(self._open, f"layer_{at}")
            count = self._count(group, "nb_params")
            arrays = tuple(self._array(group, f"param_{each}") for each in range(count))
            if arrays:
                layers.append(LayerWeights(f"layer_{at}", arrays))
        return tuple(layers)

    def _step(self, group: Any, name: str) -> Any:
        """What lies at `name`, part by part, and only if it lies in this file."""
        for part in name.strip("/").split("/"):
            if not isinstance(group, self._h5py.Group):
                raise RefusedHdf5Error(f"it has no {name!r}")
            link = group.get(part, getlink=True)
            if link is None:
                raise RefusedHdf5Error(f"it has no {name!r}")
            if not isinstance(link, self._h5py.HardLink):
                raise RefusedHdf5Error(f"it has a link at {name!r}")
            group = group[part]
        return group

    def _array(self, group: Any, name: str) -> np.ndarray:
        found = self._step(group, name)
        if not isinstance(found, self._h5py.Dataset) or found.shape is None:
            raise RefusedHdf5Error(f"it has no array at {name!r}")
        if found.dtype.kind not in "fiub" or found.dtype.itemsize > 8:
            raise RefusedHdf5Error(f"it has {found.dtype} at {name!r}, which is not a number")
        self._left -= dataset_bytes(found, name)
        if self._left < 0:
            raise RefusedHdf5Error(f"it tells of more numbers than it can hold, at {name!r}")
        array = np.asarray(found[()])
        return array.astype(array.dtype.newbyteorder("="), copy=False)

    def _attribute(self, group: Any, name: str) -> np.ndarray:
        """An attribute whose size was looked at before it is read."""
        if self._longest is None:
            self._longest = longest_text(self._path)
        attribute_bytes(self._h5py, group, name, self._longest, self._left)
        value = group.attrs[name]
        return np.array([value], object) if isinstance(value, str | bytes) else np.ravel(value)

    def _names(self, group: Any, name: str) -> list[str]:
        """A list of names; a long one is split over name0, name1 and so on."""
        if not isinstance(group, self._h5py.Group):
            raise RefusedHdf5Error(f"it has no {name}")
        parts = [name] if name in group.attrs else []
        while not (parts and parts[0] == name) and f"{name}{len(parts)}" in group.attrs:
            parts.append(f"{name}{len(parts)}")
        names: list[str] = []
        for part in parts:
            values = self._attribute(group, part)
            if values.size and values.dtype.kind not in "SO":
                raise RefusedHdf5Error(f"its {name} are not texts")
            names += [
                value.decode("utf-8") if isinstance(value, bytes) else str(value)
                for value in values.tolist()
            ]
            if len(names) > MOST_NAMES:
                raise RefusedHdf5Error(f"it has more than {MOST_NAMES} {name}")
        return names

    def _text(self, group: Any, name: str) -> str:
        """A short attribute, or nothing."""
        values = self._names(group, name)
        return values[0] if len(values) == 1 else ""

    def _count(self, group: Any, name: str) -> int:
        if not isinstance(group, self._h5py.Group) or name not in group.attrs:
            raise RefusedHdf5Error(f"it has no {name}")
        value = self._attribute(group, name)
        if value.size != 1 or value.dtype.kind not in "iu" or not 0 <= value[0] <= MOST_NAMES:
            raise RefusedHdf5Error(f"its {name} is not a count")
        return int(value[0])


def normalized_order(
    names: list[str], arrays: list[np.ndarray]
) -> tuple[tuple[np.ndarray, ...], tuple[str, ...]]:
    """Arrays of BatchNormalization in today's order, whatever order they were saved in."""
    ranks = []
    for name in names:
        last = name.rpartition("/")[2].partition(":")[0]
        ranks += [rank for rank, words in enumerate(NORMALIZATION) if last.endswith(words)]
    if len(ranks) != len(names) or len(set(ranks)) != len(ranks):
        return tuple(arrays), tuple(names)
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    return tuple(arrays[at] for at in order), tuple(names[at] for at in order)


def turn(kernel: np.ndarray) -> np.ndarray:
    """A kernel (height, width, in, out) turned by 180 degrees; anything else as it is.

    Theano convolves as mathematics does, with the kernel turned; everybody since does not.

    Example:
        >>> turn(np.arange(4).reshape(2, 2, 1, 1)).ravel()
        array([3, 2, 1, 0])
    """
    return kernel[::-1, ::-1] if kernel.ndim == 4 else kernel


def _todays_order(layers: tuple[LayerWeights, ...]) -> tuple[LayerWeights, ...]:
    """Theano's arrays as Keras takes them today.

    The number of channels that a Flatten has seen is that of the convolution before it.
    """
    channels, out = 0, []
    for layer in layers:
        arrays = list(layer.arrays)
        first = arrays[0]
        if first.ndim == 4:
            channels = first.shape[0]
            arrays[0] = turn(first.transpose(2, 3, 1, 0))
        elif first.ndim == 2 and channels:
            arrays[0] = rows_by_place(first, channels)
            channels = 0  # what follows a Dense is no picture any more
        out.append(LayerWeights(layer.name, tuple(arrays)))
    return tuple(out)


def rows_by_place(matrix: np.ndarray, channels: int) -> np.ndarray:
    """Rows from (channel, place) to (place, channel); places are in the same order in both.

    Example:
        >>> rows_by_place(np.array([[1], [2], [3], [4]]), 2).ravel()
        array([1, 3, 2, 4])
    """
    rows, columns = matrix.shape
    if rows % channels:
        return matrix  # no Flatten of these channels
    places = rows // channels
    return matrix.reshape(channels, places, columns).swapaxes(0, 1).reshape(rows, columns)
