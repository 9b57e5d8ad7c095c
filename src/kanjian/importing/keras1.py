"""Descriptions of networks by Keras 1, 2 and 3, brought to the form that Keras 3 reads.

A description is data from a stranger. It is not handed on: what is known is copied into a new
one, piece by piece, and what is not known is refused. So no Lambda, no custom layer, no module
name and no file name of the stranger ever reaches Keras.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kanjian.backend import load_keras
from kanjian.errors import NetworkError
from kanjian.importing.keras1_arguments import rebuilt_arguments
from kanjian.models.former_names import (
    JOINS,
    MERGES,
    RENAMED,
    TURNED,
)
from kanjian.models.layers import layer_names

_MODELS = ("Sequential", "Functional", "Model")
_MORE = ("Normalization",)
MOST_LAYERS = 5_000
_DEEPEST = 20


@dataclass
class Description:
    """A network's description, in the form that Keras 3 reads.

    Args:
        config: For `keras.saving.deserialize_keras_object`.
        channels_first: Whether the network had colors before height and width; it has them
            last now, and its weights must follow.
        layers: How many layers it has, networks within it counted through.
    """

    config: dict[str, Any]
    channels_first: bool = False
    layers: int = 0


@dataclass
class _Found:
    """What was met on the way."""

    channels_first: bool = False
    layers: int = 0
    depth: int = field(default=0)


def described(config: Any) -> Description:
    """A network's description in today's form.

    Args:
        config: What `model.to_json()` of Keras 1, 2 or 3 wrote, as JSON reads it.

    Raises:
        NetworkError: If it holds a layer that is not known, or code.

    Example:
        >>> old = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {
        ...     "output_dim": 2, "batch_input_shape": [None, 3], "activation": "softmax"}}]}
        >>> [layer["class_name"] for layer in described(old).config["config"]["layers"]]
        ['InputLayer', 'Dense']
        >>> described({"class_name": "Sequential", "config": [{"class_name": "Lambda"}]})
        Traceback (most recent call last):
        kanjian.errors.NetworkError: layer 'Lambda' holds code, which kanjian never runs from a
            file. Replace it with a Keras layer that does the same, and save the network again.
    """
    try:
        found = _Found(channels_first=_has_channels_first(config))
        made = _model(_dict(config), found)
    except (
        KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError,
    ) as error:  # fmt: skip
        raise NetworkError(
            f"the description of the network is damaged: {type(error).__name__} at {error}. "
            "Save it again with model.to_json() or model.save()."
        ) from error
    if found.channels_first and made["class_name"] != "Sequential":
        raise NetworkError(
            "the network has colors before height and width (channels_first) and branches. Only "
            "plain stacks of layers (Sequential) are converted to channels_last."
        )
    return Description(made, found.channels_first, found.layers)


def _has_channels_first(config: Any) -> bool:
    """Told by the layers, and after the input that it turns."""
    if isinstance(config, dict):
        layouts = config.get("data_format"), config.get("dim_ordering")
        return bool(
            {"channels_first", "th"} & {each for each in layouts if isinstance(each, str)}
        ) or any(map(_has_channels_first, config.values()))
    return isinstance(config, list) and any(map(_has_channels_first, config))


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:40]!r}, which is no table")
    return value


def _model(config: Mapping[str, Any], found: _Found) -> dict[str, Any]:
    name = config["class_name"]
    if name not in _MODELS:
        raise NetworkError(
            f"the file describes {str(name)[:60]!r}, expected a whole network (Sequential or "
            "Functional). A network of a class of its own cannot be rebuilt without its code."
        )
    found.depth += 1
    if found.depth > _DEEPEST:
        raise NetworkError(f"networks lie within networks more than {_DEEPEST} deep.")
    inner = config["config"]
    stacked = name == "Sequential" or isinstance(inner, list)
    made = _sequential(inner, found) if stacked else _functional(_dict(inner), found)
    found.depth -= 1
    return made


def _sequential(inner: Any, found: _Found) -> dict[str, Any]:
    layers = inner if isinstance(inner, list) else _dict(inner)["layers"]
    name = "sequential" if isinstance(inner, list) else inner.get("name", "sequential")
    made = [_layer(_dict(each), found) for each in layers]
    if not made or made[0]["class_name"] != "InputLayer":
        shape = _first_shape(_dict(layers[0])) or (
            inner.get("build_input_shape") if isinstance(inner, dict) else None
        )
        if shape is not None:
            made.insert(0, _input(shape, "pictures", found))
    config = {"name": clean_name(name), "layers": made}
    return {"module": "keras", "class_name": "Sequential", "config": config,
            "registered_name": None}  # fmt: skip


def _functional(inner: dict[str, Any], found: _Found) -> dict[str, Any]:
    layers = []
    for each in inner["layers"]:
        name = each.get("name") or each["config"]["name"]
        layers.append(
            _layer(_dict(each), found)
            | {"name": clean_name(name), "inbound_nodes": _nodes(each.get("inbound_nodes", []))}
        )
    config = {
        "name": clean_name(inner.get("name", "network")),
        "trainable": bool(inner.get("trainable", True)),
        "layers": layers,
        "input_layers": _one(_nodes(inner["input_layers"])),
        "output_layers": _one(_nodes(inner["output_layers"])),
    }
    return {"module": "keras.src.models.functional", "class_name": "Functional",
            "config": config, "registered_name": "Functional"}  # fmt: skip


def _one(ends: Any) -> Any:
    """A single input or output without the list around it, which Keras 3 would give back."""
    alone = isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list)
    return ends[0] if alone else ends


def _nodes(value: Any) -> Any:
    """Who comes before whom: names, numbers and tensors of Keras; nothing else."""
    if isinstance(value, list):
        return [_nodes(each) for each in value]
    if isinstance(value, dict):
        if value.get("class_name", "__keras_tensor__") != "__keras_tensor__":
            raise NetworkError(
                f"a layer is called with {str(value['class_name'])[:60]!r}, expected the output of "
                "another layer."
            )
        # `training` and `mask` decide nothing here
        return {str(k): _nodes(v) for k, v in value.items() if k not in {"training", "mask"}}
    if isinstance(value, str):
        return clean_name(value) if value not in {"float32", "__keras_tensor__"} else value
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"{value!r}")


def clean_name(name: object) -> str:
    """A name as Keras 3 takes it: it has no slashes.

    Example:
        >>> clean_name("block1/conv")
        'block1_conv'
    """
    return str(name).replace("/", "_")[:200]


def _layer(each: Mapping[str, Any], found: _Found) -> dict[str, Any]:
    name = str(each["class_name"])
    found.layers += 1
    if found.layers > MOST_LAYERS:
        raise NetworkError(f"the network has more than {MOST_LAYERS} layers.")
    if name in _MODELS:
        return _model(each, found)
    if ".ops." in f"{each.get('module')}.":
        raise NetworkError(
            f"the network calls the operation {name[:60]!r} outside of any layer, which is not "
            "rebuilt. Save it as ONNX and import that."
        )
    config = dict(_dict(each["config"])) if "config" in each else {}
    if name == "InputLayer":
        shape = config.get("batch_shape") or config["batch_input_shape"]
        return _input(shape, config.get("name", "pictures"), found)
    name = RENAMED.get(name, name)
    if name == "Merge":
        name = MERGES.get(config.pop("mode", "sum"), "Merge")
        axis = {"axis": config["concat_axis"]} if name == "Concatenate" else {}
        config = {"name": config.get("name", "merge")} | axis
    cls = _known().get(name)
    if cls is None:
        raise _refusal(name)
    if found.channels_first and name in TURNED:
        raise NetworkError(
            f"the network has colors before height and width (channels_first) and a layer "
            f"{name!r}, which is not turned around. Save the network as ONNX and import that."
        )
    made: dict[str, Any] = {"name": clean_name(config.get("name", name.lower()))}
    made |= rebuilt_arguments(
        cls, config, channels_first=found.channels_first,
        rebuild=lambda within: _layer(within, found),
    )  # fmt: skip
    if "trainable" in config:
        made["trainable"] = bool(config["trainable"])
    return {"module": "keras.layers", "class_name": name, "config": made, "registered_name": None}


@cache
def _known() -> dict[str, type]:
    layers = load_keras().layers
    return {name: getattr(layers, name) for name in (*layer_names(), *JOINS, *_MORE)}


def _refusal(name: str) -> NetworkError:
    if "Lambda" in name or name in {"TFOpLambda", "SlicingOpLambda", "TFSMLayer"}:
        return NetworkError(
            f"layer {name!r} holds code, which kanjian never runs from a file. Replace it with a "
            "Keras layer that does the same, and save the network again."
        )
    return NetworkError(
        f"layer {name[:60]!r} is not one that kanjian can rebuild. Save the network as ONNX and "
        "import that."
    )


def _input(shape: Any, name: str, found: _Found) -> dict[str, Any]:
    """An input; what comes first in it is the batch."""
    sides = [None if side is None else int(side) for side in list(shape)[1:]]
    if found.channels_first and len(sides) == 3:
        sides = [*sides[1:], sides[0]]
    config = {"batch_shape": [None, *sides], "dtype": "float32", "name": clean_name(name)}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config,
            "registered_name": None}  # fmt: skip


def _first_shape(layer: Mapping[str, Any]) -> Any:
    """The input that a stack's first layer tells of, also that of a network within."""
    inner = layer.get("config", {})
    if isinstance(inner, dict):
        for key in ("batch_input_shape", "batch_shape"):
            if inner.get(key):
                return inner[key]
        if inner.get("input_shape"):
            return [None, *inner["input_shape"]]
        if inner.get("input_dim"):
            return [None, inner["input_dim"]]
        inner = inner.get("layers", [])
    return _first_shape(_dict(inner[0])) if isinstance(inner, list) and inner else None
