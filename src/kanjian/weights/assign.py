"""Weights from a file into a network: everything is checked first, then all of it is set."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import WeightsError
from kanjian.guard.hdf5 import check_hdf5
from kanjian.guard.keras_file import load_network
from kanjian.guard.kinds import kind_of
from kanjian.weights.layered import LayerWeights, is_layered, read_layers
from kanjian.weights.named import as_layers, numbered, read_arrays

By = Literal["auto", "topology", "name"]
WAYS = ("auto", "topology", "name")
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Loaded:
    """What was set, and what was not.

    Args:
        filled: Layers of the network that now have the file's weights.
        left: Layers of the network that have weights and were not in the file.
        unused: Layers of the file that the network has no place for.
        by: How layers were matched: "name" or "topology".
    """

    filled: tuple[str, ...]
    left: tuple[str, ...]
    unused: tuple[str, ...]
    by: str


def load_weights(network: Any, path: Path | str, *, by: By = "auto") -> Loaded:
    """Set the weights of a network from a file; all that fits, or nothing if one does not.

    Understood are `.keras`, Keras 3's `.weights.h5`, legacy `.h5` (weights or whole models) and
    the `layer_0/param_0` form; which it is, the content says. Whatever the file has beyond
    the network, such as a top, is left.

    Args:
        network: A built Keras model.
        path: The file.
        by: "topology" takes the layers that have weights in their order; "name" takes
            those of the same name and leaves the others of the network as they are; "auto"
            goes by name if the file has every name that the network has, else by topology.
            A `.weights.h5` has its own order and knows nothing of this.

    Raises:
        WeightsError: If the file cannot be read, lacks layers, or a shape differs; names the
            layer. The network is then as it was.

    Example:
        >>> load_weights(None, "missing.h5")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: cannot read missing.h5: No such file or directory.
    """
    check_choice("way to match layers", by, WAYS, error=WeightsError, where="by")
    path = Path(path)
    kind = _kind(path)
    if kind == "weights.h5":
        return _load_with_keras(network, path)
    if kind == "arrays":
        arrays = read_arrays(path)
        in_order = numbered(arrays)
        if in_order is not None:
            return _set_in_order(network, in_order, str(path))
        layers = as_layers(arrays, str(path))
    else:
        layers = _layers_of_keras(path) if kind == "keras" else read_layers(path)
    return assign(network, layers, by=by, name=str(path))


def assign(
    network: Any, layers: tuple[LayerWeights, ...], *, by: By = "auto", name: str = "the weights"
) -> Loaded:
    """Set weights that were read already; see `load_weights`.

    Args:
        network: A built Keras model.
        layers: What to set.
        by: How to match.
        name: What to call their source in messages.

    Raises:
        WeightsError: As `load_weights`.
    """
    _check_built(network)
    by_name = {layer.name: layer for layer in layers}
    named = _units(network, whole=lambda layer: layer.name in by_name)
    if by == "auto":
        by = "name" if all(unit.name in by_name for unit in named) else "topology"
    if by == "name":
        units, pairs = named, _pairs_by_name(named, by_name, name)
    else:
        units, pairs = _pairs_by_order(network, layers, name)
    for unit, read in pairs:
        for variable, array in zip(unit.variables, read.arrays, strict=True):
            variable.assign(np.asarray(array))
    filled = {unit.name for unit, _ in pairs}
    used = {id(read) for _, read in pairs}
    return Loaded(
        tuple(unit.name for unit in units if unit.name in filled),
        tuple(unit.name for unit in units if unit.name not in filled),
        tuple(read.name for read in layers if id(read) not in used),
        by,
    )


@dataclass(frozen=True)
class _Unit:
    """What a file has as one layer: a layer, or a whole network within the network."""

    name: str
    variables: tuple[Any, ...]


def _units(network: Any, *, whole: Callable[[Any], bool]) -> list[_Unit]:
    """The layers of a network that have weights; networks within it whole, or their layers."""
    found = []
    for layer in network.layers:
        if not hasattr(layer, "layers"):
            found.append(_Unit(layer.name, tuple(layer.weights)))
        elif whole(layer) and not _is_frozen(layer):
            # so legacy files have them; what is frozen would stand in the wrong half
            order = (*layer.trainable_weights, *layer.non_trainable_weights)
            found.append(_Unit(layer.name, order))
        else:
            found += _units(layer, whole=whole)
    return [unit for unit in found if unit.variables]


def _is_frozen(network: Any) -> bool:
    """Whether any layer that has weights learns none of them."""
    return not all(layer.trainable_weights for layer in layers_with_weights(network))


def _pairs_by_name(
    units: list[_Unit], by_name: dict[str, LayerWeights], name: str
) -> list[tuple[_Unit, LayerWeights]]:
    pairs = [(unit, by_name[unit.name]) for unit in units if unit.name in by_name]
    if not pairs:
        raise WeightsError(
            f"{name} has no layer of a name in the network: it has {_some(by_name)}, the "
            f"network {_some([unit.name for unit in units])}. Try by='topology'."
        )
    _check_fit(pairs, name)
    return pairs


def _pairs_by_order(
    network: Any, layers: tuple[LayerWeights, ...], name: str
) -> tuple[list[_Unit], list[tuple[_Unit, LayerWeights]]]:
    """By order; a network within the network is one layer in some files, its layers in others."""
    ways = [_units(network, whole=lambda _: False)]
    if any(hasattr(layer, "layers") for layer in network.layers):
        ways.append(_units(network, whole=lambda _: True))
    complaint: WeightsError | None = None
    for units in ways:
        try:
            _check_count(units, layers, name)
            pairs = list(zip(units, layers, strict=False))
            _check_fit(pairs, name)
        except WeightsError as error:
            complaint = complaint or error
        else:
            return units, pairs
    assert complaint is not None
    raise complaint


def _check_count(units: list[_Unit], layers: tuple[LayerWeights, ...], name: str) -> None:
    if len(layers) < len(units):
        missing = [unit.name for unit in units[len(layers) :]]
        raise WeightsError(
            f"{name} has {len(layers)} layers with weights, the network {len(units)}: there is "
            f"nothing for {_some(missing)}. Leave them out of the network, or ask for the others "
            "with by='name'."
        )


def layers_with_weights(network: Any) -> list[Any]:
    """The layers of a network that have weights, in order; those of networks within it too."""
    found = []
    for layer in network.layers:
        found += layers_with_weights(layer) if hasattr(layer, "layers") else [layer]
    return [layer for layer in found if layer.weights]


def _check_built(network: Any) -> None:
    if not network.built:
        raise WeightsError("the network has no weights yet. Build it with its input size first.")


def _check_fit(pairs: list[tuple[_Unit, LayerWeights]], name: str) -> None:
    for unit, read in pairs:
        expected = [tuple(variable.shape) for variable in unit.variables]
        got = [array.shape for array in read.arrays]
        if expected == got:
            continue
        there = f"layer {unit.name!r}"
        if read.name != unit.name:
            there += f" (in the file {read.name!r})"
        raise WeightsError(
            f"{name} does not fit at {there}: expected {_shapes(expected)}, got {_shapes(got)}. "
            "Nothing was set. Is it of another network?"
        )


def _shapes(shapes: list[tuple[int, ...]]) -> str:
    most = 6
    words = ["×".join(map(str, shape)) or "one number" for shape in shapes[:most]]
    if len(shapes) > most:
        words.append(f"{len(shapes) - most} more")
    return " and ".join(words) or "nothing"


def _some(names: Any, most: int = 3) -> str:
    names = list(names)
    if not names:
        return "none"
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + rest


def is_hdf5(path: Path) -> bool:
    """Whether a file is HDF5, by its content."""
    with path.open("rb") as stream:
        return stream.read(8) == HDF5_MAGIC


def _set_in_order(network: Any, arrays: list[np.ndarray], name: str) -> Loaded:
    """What `np.savez(file, *model.get_weights())` wrote."""
    _check_built(network)
    wanted = [tuple(weight.shape) for weight in network.weights]
    got = [array.shape for array in arrays]
    if wanted != got:
        at = next((at for at, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), -1)
        raise WeightsError(
            f"{name} has {len(got)} arrays, the network {len(wanted)}; they differ first at number "
            f"{at if at >= 0 else min(len(wanted), len(got))}. Nothing was set."
        )
    network.set_weights(arrays)
    return Loaded(tuple(e.name for e in layers_with_weights(network)), (), (), "topology")


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}.") from error
    if head.startswith(HDF5_MAGIC):
        return "layers" if is_layered(path) else "weights.h5"
    kind = kind_of(path)
    if kind and kind.name in {"npz", "safetensors"}:
        return "arrays"
    if kind and kind.name == "keras":
        return "keras"
    told = kind.what if kind else "no file of weights that is known"
    raise WeightsError(
        f"{path} is {told}. Understood are .keras, .weights.h5, .h5, the layer_0/param_0 form of "
        ".h5, .npz and .safetensors."
    )


def _layers_of_keras(path: Path) -> tuple[LayerWeights, ...]:
    network = load_network(path, error=WeightsError)
    return tuple(
        LayerWeights(layer.name, tuple(np.asarray(variable) for variable in layer.weights))
        for layer in layers_with_weights(network)
    )


def _load_with_keras(network: Any, path: Path) -> Loaded:
    """Keras sets layer by layer and stops where one does not fit: so keep what was.

    What it does not find it leaves with no more than a warning. So all is NaN beforehand, and
    whatever still is afterwards was not in the file.
    """
    _check_built(network)
    check_hdf5(path, error=WeightsError)
    wanted = layers_with_weights(network)
    before = network.get_weights()
    try:
        network.set_weights([np.full_like(array, _nothing(array)) for array in before])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            network.load_weights(_suffixed(path, ".weights.h5"))
        _check_all_set(wanted, path)
    except BaseException as error:
        network.set_weights(before)
        if isinstance(error, WeightsError) or not isinstance(error, Exception):
            raise
        raise WeightsError(
            f"{path} does not fit the network: {_one_line(error)}. Nothing was set."
        ) from error
    return Loaded(tuple(layer.name for layer in wanted), (), (), "topology")


def _nothing(array: np.ndarray) -> float:
    return np.nan if array.dtype.kind == "f" else 0


def _check_all_set(layers: list[Any], path: Path) -> None:
    for layer in layers:
        if any(np.isnan(np.asarray(variable)).any() for variable in layer.weights):
            raise WeightsError(
                f"{path} has nothing, or no numbers, for layer {layer.name!r}. Nothing was set."
            )


def _suffixed(path: Path, suffix: str) -> Path:
    """Keras goes by the name of a file, we by its content."""
    if path.name.endswith(suffix):
        return path
    raise WeightsError(f"{path} is a {suffix} file by its content: name it {path.stem}{suffix}.")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return text if len(text) <= 240 else f"{text[:240]} …"
