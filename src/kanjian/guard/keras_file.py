"""A network that Keras saved, from a stranger: looked through, then built within bounds."""

import contextlib
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.backend import backend_name, load_keras
from kanjian.errors import KanjianError
from kanjian.guard.hdf5 import LIMIT_RATIO, SMALL_BYTES, check_hdf5
from kanjian.guard.text import LIMIT_JSON, parse_json
from kanjian.guard.zipped import opened_zip
from kanjian.storage.failures import HARD, unwritable

HDF5_MAGIC, ZIP_MAGIC = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
LIMIT_BYTES = 16 << 30
# 2 GB of float32 in one network, 1 GB in one layer's output for one picture
MOST_WEIGHTS = 500_000_000
MOST_NUMBERS = 250_000_000
MOST_LAYERS = 5_000
# Layers that run what the file says, or read other files
_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__lambda__"}
_VOCABULARY = {"TextVectorization", "StringLookup", "IntegerLookup", "IndexLookup"}
_OWN_MODULES = ("keras", "kanjian", "builtins")
_HUB_MODULES = ("keras_hub", "keras_nlp")
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
# What TensorFlow takes as the name of a layer
_SCOPE = re.compile(r"[A-Za-z0-9_.\\/>-]+")
_building = threading.local()


def load_network(path: Path, *, error: type[KanjianError]) -> Any:
    """The network of a `.keras` or a whole legacy `.h5`, not compiled.

    Args:
        path: The file; what it is, its content says.
        error: What to raise where it holds code, reaches for other files, is damaged, or asks
            for more than it can hold.

    Example:
        >>> load_network(Path("missing.keras"), error=KanjianError)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: Keras cannot load missing.keras: No such file or directory.
    """
    try:
        check_keras_file(path, error=error)
        with bounded(most_weights(path.stat().st_size), str(path), error=error):
            network = _loaded(path)
            check_outputs(network, error=error)
            check_names(network, error=error)
    except KanjianError:
        raise
    except OSError as caught:
        if caught.errno in HARD:  # Keras unpacks the weights before it reads them
            raise unwritable(Path(tempfile.gettempdir()), caught) from caught
        why = caught.strerror or " ".join(str(caught).split())[:240]
        raise error(f"Keras cannot load {path}: {why.rstrip('.')}.") from caught
    # Keras and its layers raise whatever they like over a description that does not add up
    except Exception as caught:
        why = (str(caught).strip().splitlines() or [type(caught).__name__])[0][:240]
        raise error(f"Keras cannot load {path}: {why.rstrip('.')}.") from caught
    return network


def _loaded(path: Path) -> Any:
    load = load_keras().saving.load_model
    suffix = ".h5" if _head(path) == HDF5_MAGIC else ".keras"
    if path.suffix in {suffix, ".hdf5"}:
        return load(path, compile=False, safe_mode=True)
    # Keras goes by the name of a file, we by its content
    with tempfile.TemporaryDirectory() as place:
        named = Path(place) / f"network{suffix}"
        shutil.copyfile(path, named)
        return load(named, compile=False, safe_mode=True)


def check_keras_file(path: Path, *, error: type[KanjianError]) -> None:
    """Look a `.keras` or `.h5` through without building anything.

    Raises:
        OSError: If it cannot be read.
    """
    head = _head(path)
    if head == HDF5_MAGIC:
        check_hdf5(path, error=error)
        check_config(_config_in_hdf5(path, error), str(path), error=error)
    elif head.startswith(ZIP_MAGIC):
        _check_zip(path, error)
    else:
        raise error(f"{path} is no network that Keras saved: it is neither a .keras nor a .h5.")


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(8)


def _check_zip(path: Path, error: type[KanjianError]) -> None:
    with opened_zip(
        path, error=error, limit=LIMIT_BYTES, ratio=LIMIT_RATIO, small=4 * SMALL_BYTES
    ) as archive:
        names = archive.namelist()
        for part in (_CONFIG, _WEIGHTS):
            if part not in names:
                raise error(f"{path} is a zip, but no .keras file: it has no {part}.")
        if archive.getinfo(_CONFIG).file_size > LIMIT_JSON:
            raise error(f"{path} has a description larger than any network's.")
        text = archive.read(_CONFIG).decode("utf-8")
        check_config(parse_json(text, str(path), error=error), str(path), error=error)
        with tempfile.TemporaryDirectory() as place:
            inside = Path(archive.extract(_WEIGHTS, place))
            check_hdf5(inside, error=error, name=str(path))


def _config_in_hdf5(path: Path, error: type[KanjianError]) -> Any:
    with extras.load("h5py").File(path, "r") as file:
        config = file.attrs.get("model_config")
    if config is None:
        raise error(f"{path} holds weights without the network they belong to.")
    text = config.decode("utf-8") if isinstance(config, bytes) else str(config)
    return parse_json(text, str(path), error=error)


def tables_in(config: Any) -> Iterator[dict[str, Any]]:
    """Every table of a description, however deep; without recursion, which a file could exhaust.

    Example:
        >>> sorted(map(len, tables_in([{"a": {"b": 1, "c": []}}])))
        [1, 2]
    """
    waiting = [config]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            waiting += here.values()
            yield here


def check_config(
    config: Any, place: str, *, error: type[KanjianError], builds: bool = True
) -> None:
    """Refuse a description that holds code, reaches for files, or has layers without end.

    Args:
        config: As JSON reads it, not nested too deeply.
        place: Begins the message.
        error: What to raise.
        builds: Whether it is about to be built, which KerasHub's layers need KerasHub for.

    Example:
        >>> check_config({"class_name": "Lambda", "config": {}}, "a.keras", error=KanjianError)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: a.keras has a layer 'Lambda', which runs code from the file.
            Replace it with a Keras layer that does the same, and save the network again.
    """
    objects = 0
    for table in tables_in(config):
        name = table.get("class_name")
        if isinstance(name, str):
            objects += 1
            _check_object(name, table, place, error, builds=builds)
    # an object for each layer, its initializers, constraints and dtype
    if objects > 20 * MOST_LAYERS:
        raise error(f"{place} describes more than {20 * MOST_LAYERS} objects.")


def _check_object(
    name: str, entry: dict[str, Any], place: str, error: type[KanjianError], *, builds: bool
) -> None:
    if name in _CODE:
        raise error(
            f"{place} has a layer {name!r}, which runs code from the file. Replace it with a Keras "
            "layer that does the same, and save the network again."
        )
    config = entry.get("config")
    vocabulary = config.get("vocabulary") if isinstance(config, dict) else None
    if name in _VOCABULARY and isinstance(vocabulary, str):
        raise error(f"{place} has a layer {name!r} that reads another file.")
    module = entry.get("module")
    package = module.partition(".")[0] if isinstance(module, str) else "builtins"
    if package in _HUB_MODULES:  # Keras imports them itself, and takes nothing but layers from them
        extras.need(*(["keras_hub"] if builds else []))
    elif isinstance(module, str) and package not in _OWN_MODULES:
        registered = load_keras().saving.get_registered_object(str(entry.get("registered_name")))
        if registered is None:
            raise error(
                f"{place} needs {name[:60]!r} of the program {module[:60]!r}, which is code that "
                "did not come from kanjian or Keras."
            )


def most_weights(stored_bytes: int) -> int:
    """A description cannot ask for more numbers than its weights can hold.

    Example:
        >>> most_weights(40_000)
        1048576
    """
    return min(MOST_WEIGHTS, max(1 << 20, 8 * stored_bytes))


@contextlib.contextmanager
def bounded(most: int, place: str, *, error: type[KanjianError]) -> Iterator[None]:
    """Refuse a network, built meanwhile in this thread, before the memory for it is taken.

    Args:
        most: Most weights of all its layers together.
        place: Begins the message.
        error: What to raise.
    """
    _guard_layers()
    _building.left, _building.most = most, most
    _building.place, _building.error = place, error
    try:
        yield
    finally:
        _building.left = None


def _guard_layers() -> None:
    """Let every layer ask before it takes weights; once in a process."""
    layer = load_keras().layers.Layer
    add_weight = layer.add_weight
    if getattr(add_weight, "asks_first", False):
        return

    def add_bounded(self: Any, shape: Any = None, *args: Any, **more: Any) -> Any:
        if getattr(_building, "left", None) is not None:
            sides = (shape,) if isinstance(shape, int) else shape or ()
            _building.left -= prod(side or 1 for side in sides)
            if _building.left < 0:
                raise _building.error(
                    f"{_building.place}: the network takes more than {_building.most:.2g} weights, "
                    "more than its file can hold."
                )
        return add_weight(self, shape, *args, **more)

    add_bounded.asks_first = True  # type: ignore[attr-defined]
    layer.add_weight = add_bounded


def check_outputs(network: Any, *, error: type[KanjianError]) -> None:
    """Refuse a network of which one layer gives more numbers for a picture than any needs."""
    for layer in getattr(network, "layers", ()):
        if hasattr(layer, "layers"):
            check_outputs(layer, error=error)
            continue
        for shape in (*_shapes(layer), *_scores(layer)):
            if prod(side or 1 for side in shape) > MOST_NUMBERS:
                raise error(
                    f"layer {layer.name!r} gives {'×'.join(map(str, shape))} numbers "
                    "for one picture, more than any network needs."
                )


def check_names(network: Any, *, error: type[KanjianError]) -> None:
    """Refuse names of layers that TensorFlow refuses, but only once the network is asked."""
    if backend_name() != "tensorflow":
        return
    for layer in getattr(network, "layers", ()):
        if not _SCOPE.fullmatch(layer.name):
            raise error(
                f"layer {layer.name[:60]!r} has a name that TensorFlow cannot take: letters from "
                "a to z, digits and . _ - / are. Rename it and save the network again."
            )
        check_names(layer, error=error)


def _shapes(layer: Any) -> list[tuple[int | None, ...]]:
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return []
    outputs = output if isinstance(output, list | tuple) else [output]
    return [tuple(each.shape[1:]) for each in outputs]


def _scores(layer: Any) -> list[tuple[int | None, ...]]:
    """What attention holds between input and output: every place by every place."""
    heads = getattr(layer, "num_heads", None) or getattr(layer, "num_query_heads", None)
    if not isinstance(heads, int):
        return []
    return [(heads, prod(s or 1 for s in shape[:-1]), prod(s or 1 for s in shape[:-1]))
            for shape in _shapes(layer)]  # fmt: skip
