"""A KerasHub preset from a stranger: its descriptions and weights, before anything is built."""

from pathlib import Path
from typing import Any

from kanjian.errors import KanjianError
from kanjian.guard.hdf5 import check_hdf5
from kanjian.guard.keras_file import LIMIT_BYTES, check_config, tables_in
from kanjian.guard.text import read_json

CONFIG, CONVERTER, SHARDS = "config.json", "image_converter.json", "model.weights.json"
_LIMIT_JSON = 16 << 20
_WHOSE = ("keras", "keras_hub", "keras_nlp", "builtins")


def check_preset(folder: Path, *, error: type[KanjianError]) -> dict[str, Any]:
    """Look a preset through; what its `config.json` says.

    Args:
        folder: Where it lies.
        error: What to raise where it is none, is damaged, holds code, names files outside of
            itself, or objects that are neither Keras' nor KerasHub's.

    Example:
        >>> check_preset(Path("nowhere"), error=KanjianError)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: nowhere is no preset: cannot read config.json (No such file or
            directory).
    """
    config = _table(folder, CONFIG, error)
    for path in sorted(folder.glob("*.json")):
        if path.name != CONFIG:
            check_description(_json(path, error), str(path), error=error)
    check_description(config, str(folder / CONFIG), error=error)
    _check_shards(folder, error)
    for path in sorted(folder.glob("*.h5")):
        check_hdf5(path, error=error)
    if stored_bytes(folder) > LIMIT_BYTES:
        raise error(f"{folder} holds more than {LIMIT_BYTES >> 30} GB of weights.")
    return config


def check_description(config: Any, place: str, *, error: type[KanjianError]) -> None:
    """Refuse code, and objects of programs other than Keras and KerasHub."""
    for table in tables_in(config):
        module = table.get("module")
        if isinstance(module, str) and module.partition(".")[0] not in _WHOSE:
            raise error(
                f"{place} needs {str(table.get('class_name'))[:60]!r} of the program "
                f"{module[:60]!r}, which is neither Keras nor KerasHub."
            )
    check_config(config, place, error=error, builds=False)


def converter_config(folder: Path, *, error: type[KanjianError]) -> dict[str, Any]:
    """What a preset says of how its pixels are prepared; empty where it says nothing."""
    if not (folder / CONVERTER).is_file():
        return {}
    told = _table(folder, CONVERTER, error).get("config")
    return told if isinstance(told, dict) else {}


def stored_bytes(folder: Path) -> int:
    """The bytes of its files of weights."""
    kinds = ("*.h5", "*.safetensors")
    return sum(path.stat().st_size for kind in kinds for path in folder.glob(kind))


def _check_shards(folder: Path, error: type[KanjianError]) -> None:
    if not (folder / SHARDS).is_file():
        return
    told = _table(folder, SHARDS, error).get("weight_map")
    for value in (told if isinstance(told, dict) else {}).values():
        for name in value if isinstance(value, list) else [value]:
            if not isinstance(name, str) or Path(name).name != name or "\\" in name:
                raise error(f"{folder / SHARDS} names a file outside of its folder: {name!r:.80}.")


def _table(folder: Path, name: str, error: type[KanjianError]) -> dict[str, Any]:
    told = _json(folder / name, error)
    if not isinstance(told, dict):
        raise error(f"{folder / name} must be a table of keys and values.")
    return told


def _json(path: Path, error: type[KanjianError]) -> Any:
    try:
        return read_json(path, error=error, limit=_LIMIT_JSON)
    except OSError as caught:
        why = caught.strerror or caught
        raise error(f"{path.parent} is no preset: cannot read {path.name} ({why}).") from caught
