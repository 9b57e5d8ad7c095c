"""Arguments of a layer of Keras 1, 2 and 3 under the names that Keras 3 gives them.

Of a stranger, so copied one by one: what the layer does not take is refused, unless it says
what is done anyway.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from kanjian.backend import load_keras
from kanjian.errors import NetworkError
from kanjian.models.former_names import ARGUMENTS, IRRELEVANT, OF_CLASS

# Rebuilds the description of a layer
Rebuild = Callable[[Mapping[str, Any]], dict[str, Any]]


def rebuilt_arguments(
    cls: type, config: Mapping[str, Any], *, channels_first: bool, rebuild: Rebuild
) -> dict[str, object]:
    """The arguments of a layer as Keras 3 takes them.

    Args:
        cls: The layer's class today.
        config: Its arguments, as any Keras wrote them.
        channels_first: Whether the network had colors before height and width; it has them
            last now.
        rebuild: What makes a layer within this one.

    Raises:
        NetworkError: If Keras 3 has no word for an argument.

    Example:
        >>> rebuilt_arguments(load_keras().layers.Dense, {"output_dim": 2, "init": "uniform"},
        ...                   channels_first=False, rebuild=dict)
        {'units': 2}
    """
    taken = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    config = _joined_kernel(config)
    made: dict[str, Any] = {}
    for key, value in config.items():
        new = key if key in taken else ARGUMENTS.get(key, key)
        if (cls.__name__, key) in OF_CLASS:
            new = OF_CLASS[cls.__name__, key]
        if key in IRRELEVANT or key.endswith(("_initializer", "_regularizer", "_constraint")):
            continue
        if new in taken and new != "kwargs":
            made[new] = _value(new, value, channels_first=channels_first, rebuild=rebuild)
        elif not _changes_nothing(cls, key, value):
            raise NetworkError(
                f"{cls.__name__} has {key} = {str(value)[:60]}, which Keras 3 has no word for. "
                "Save the network as ONNX and import that."
            )
    return made


def _joined_kernel(config: Mapping[str, Any]) -> dict[str, Any]:
    """Keras 1 told height and width of a kernel apart."""
    config = dict(config)
    if "nb_row" in config:
        config["kernel_size"] = [config.pop("nb_row"), config.pop("nb_col")]
    return config


def _changes_nothing(cls: type, key: str, value: Any) -> bool:
    """Arguments that are gone but stand at what is done anyway."""
    if key == "groups":
        return bool(value == 1)
    if key == "mode" and cls.__name__ == "BatchNormalization":
        return bool(value == 0)
    return value in (None, False, [], {}, 0, "")


def _value(name: str, value: Any, *, channels_first: bool, rebuild: Rebuild) -> Any:
    if name == "data_format":
        return "channels_last"
    if name in {"layer", "backward_layer", "forward_layer"} and isinstance(value, dict):
        return rebuild(value)
    if name.endswith("activation"):
        return _activation(value)
    if name == "axis" and isinstance(value, list) and len(value) == 1:
        value = value[0]
    if name == "axis" and value == 1 and channels_first:
        return -1
    return _plain(value)


def _activation(value: Any) -> Any:
    """The name of a function of Keras, however it is told."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if isinstance(inner, str) else (inner or {}).get("name", value["class_name"])
    if value is None:
        return None
    known = load_keras().activations
    if not isinstance(value, str) or not callable(getattr(known, value, None)) or value in {
        "get", "serialize", "deserialize",
    }:  # fmt: skip
        raise NetworkError(
            f"activation {str(value)[:60]!r} is none of Keras'. Replace it with one that is, and "
            "save the network again."
        )
    return value


def _plain(value: Any) -> Any:
    """Numbers, texts and lists of them; a table would be an object to build."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise NetworkError(f"an argument is {str(value)[:60]!r}, expected numbers or a text.")
