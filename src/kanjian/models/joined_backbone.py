"""Several trained networks as one: each sees the same pixels, their last maps are joined."""

from dataclasses import replace
from typing import Any

from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.errors import RecipeError
from kanjian.models.backbone_registry import BackboneRecord, find_backbone, is_file
from kanjian.models.split_model import flat
from kanjian.weights.hub_preset import is_hub

JOIN = "+"  # between the names of networks that are joined
JOINED = "joined"  # the layer that gives the maps of all


def parts_of(name: str) -> tuple[str, ...]:
    """The networks that a name means, one or several.

    Raises:
        RecipeError: If a part of a joined name is missing, or stands in it twice.

    Example:
        >>> parts_of("vgg16"), parts_of("efficientnet-lite0+efficientnet-lite2")
        (('vgg16',), ('efficientnet-lite0', 'efficientnet-lite2'))
    """
    if is_hub(name) or is_file(name):  # a path may have any letter
        return (name,)
    parts = tuple(part.strip() for part in name.split(JOIN))
    if len(set(parts)) < len(parts) or (len(parts) > 1 and "" in parts):
        raise RecipeError(
            f"backbones are joined as 'efficientnet-lite0+efficientnet-lite2', each once, got "
            f"{name!r}."
        )
    return parts


def joined_record(name: str) -> BackboneRecord:
    """The record of one network, or of several that are joined.

    Raises:
        RecipeError: If no network has one of the names.

    Example:
        >>> joined_record("efficientnet-lite0+efficientnet-lite2").input_hw
        (260, 260)
    """
    records = [find_backbone(part) for part in parts_of(name)]
    if len(records) == 1:
        return records[0]
    return replace(
        records[-1],
        name=JOIN.join(record.name for record in records),
        input_hw=max(record.input_hw for record in records),
        least_hw=max(record.least_hw for record in records),
        parameters=sum(record.parameters for record in records),
        parameters_top=sum(record.parameters for record in records),
        about="the features of several networks side by side",
        weights_licence=", ".join(dict.fromkeys(record.weights_licence for record in records)),
    )


def join(networks: dict[str, Any], *, policy: str) -> Any:
    """One flat network: uint8 pictures in, the maps of all, channel by channel, out.

    The mean over such a map is the means of all side by side, and what can be asked of the last
    map of one network can be asked of this.

    Args:
        networks: By name; each gives a map of features for the same uint8 pictures. Their layers
            get the name in front of their own.
        policy: Keras dtype policy.

    Returns:
        The network; its last layer is called "joined".

    Raises:
        RecipeError: If their maps differ in height or width.
    """
    keras = load_keras()
    sizes = {name: tuple(network.output_shape[1:3]) for name, network in networks.items()}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} {'×'.join(map(str, size))}" for name, size in sizes.items())
        raise RecipeError(
            f"networks are joined where their last maps are equally large, got {said}. Take "
            "others, or another [input] size."
        )
    first = next(iter(networks.values()))
    pixels = keras.Input(first.input_shape[1:], dtype="uint8", name="pixels")
    for name, network in networks.items():
        _name_after(network, name)
    with precision(policy):
        maps = [network(pixels) for network in networks.values()]
        output = keras.layers.Concatenate(name=JOINED)(maps)
    return flat(keras.Model(pixels, output, name=JOINED))


def _prefix(name: str) -> str:
    return f"{name.replace('-', '_')}_"


def _name_after(network: Any, name: str) -> None:
    """Two networks of a family name their layers alike; in one network each has its own name."""
    for operation in network.operations:
        operation.name = _prefix(name) + operation.name
