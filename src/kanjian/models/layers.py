"""A network spelled out in a recipe: a list of Keras layers with Keras' own argument names."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from kanjian.backend import load_keras
from kanjian.checks import unknown_name
from kanjian.errors import RecipeError
from kanjian.models.former_names import in_todays_words, reason_against
from kanjian.models.keras_lookup import (
    REFUSALS,
    classes_of,
    construct,
    find_class,
    key_of,
    one_line,
)

# One tensor in, one out, and nothing but numbers inside: no layer that runs code from a
# file (Lambda, TFSMLayer, JaxLayer …) or looks words up; beside them those that join tensors.
_ALLOWED = """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AlphaDropout AveragePooling1D AveragePooling2D
    AveragePooling3D BatchNormalization Bidirectional CenterCrop Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D Cropping1D Cropping2D Cropping3D
    Dense DepthwiseConv1D DepthwiseConv2D Dropout ELU EinsumDense Flatten GRU GaussianDropout
    GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization Identity LSTM
    LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D MaxPooling3D PReLU Permute
    RMSNormalization ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D
    SimpleRNN Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
    TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
    ZeroPadding2D ZeroPadding3D
"""
_JOINS = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
_ALSO = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
}
# 1 GB in one weight; training keeps four of each
_LARGEST = 250_000_000
_OF_EVERY_LAYER = ("name", "trainable", "dtype", "activity_regularizer")
# The arguments by which a table shows that its layer learns weights
_SIZES_OF_WEIGHTS = {"units", "filters", "kernel_size"}
_NOT_ACTIVATIONS = ("get", "serialize", "deserialize")

Table = Mapping[str, Any]


def layer_names() -> tuple[str, ...]:
    """The layers of one input that a recipe may spell.

    Example:
        >>> {"Conv2D", "PReLU", "RepeatVector"} <= set(layer_names())
        True
        >>> "Lambda" in layer_names()
        False
    """
    return tuple(name for name in _layer_classes() if name not in _JOINS)


def _layer_classes() -> dict[str, type]:
    offered = classes_of(load_keras().layers)
    return {name: offered[name] for name in (*_ALLOWED.split(), *_JOINS) if name in offered}


def apply_layers(x: Any, tables: Sequence[Table], *, n_classes: int) -> Any:
    """Send a Keras tensor through layers spelled as tables.

    The last layer with weights, and what follows it, is computed in float32 whatever the
    policy: probabilities need it.

    Args:
        x: Keras tensor.
        tables: One table per layer: `type` is a Keras layer, the rest its arguments. A layer
            takes what the one before it gives, or that of those that `inputs` names, "input"
            being what came in; so branches are spelled, and joined by Add or Concatenate.
            Initializers, regularizers, constraints and activations are names or tables
            with a `type` of their own; the value "classes" stands for the number of classes.
        n_classes: How many classes there are.

    Raises:
        RecipeError: If a layer or an argument does not exist, or shapes do not fit; says
            which layer, and the nearest known name.

    Example:
        >>> pixels = load_keras().Input((8, 8, 1))
        >>> apply_layers(pixels, [
        ...     {"type": "Flatten"},
        ...     {"type": "Dense", "units": "classes", "activation": "softmax"}], n_classes=3).shape
        (None, 3)
    """
    weighty = [n for n, table in enumerate(tables) if _SIZES_OF_WEIGHTS & set(table)]
    last = max(weighty, default=len(tables))
    given = {"input": x}
    for number, table in enumerate(tables):
        where = f"[model] layers[{number}]"
        more = {"dtype": "float32"} if number >= last and "type" in table else {}
        arguments = {name: value for name, value in table.items() if name != "inputs"}
        layer = build_layer({**more, **arguments}, where=where, n_classes=n_classes)
        comes = _inputs(layer, table["inputs"], given, where) if "inputs" in table else x
        _check_joined(layer, comes, where)
        x = _apply(layer, comes, where=where)
        if "name" in table:
            given[str(table["name"])] = x
    return x


def _inputs(layer: Any, wanted: Any, given: Mapping[str, Any], where: str) -> Any:
    """What the layers named by `inputs` gave: a list for layers that join, else one tensor."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in given:
            raise RecipeError(
                unknown_name("input", str(name), given, where=where)
                + " Inputs are layers above it that have a name."
            )
    tensors = [given[name] for name in names]
    if type(layer).__name__ in _JOINS:
        return tensors
    if len(tensors) != 1:
        raise RecipeError(
            f"{where} {type(layer).__name__} takes one input, got {len(tensors)}. "
            f"Join them first: {', '.join(_JOINS)}."
        )
    return tensors[0]


def _check_joined(layer: Any, comes: Any, where: str) -> None:
    name = type(layer).__name__
    if name in _JOINS and not (isinstance(comes, list) and len(comes) > 1):
        raise RecipeError(
            f'{where} {name} joins two layers or more. Name them: inputs = ["first", "second"], '
            'where each of these layers has a name ("input" is what comes in).'
        )


def _apply(layer: Any, x: Any, *, where: str) -> Any:
    where = f"{where} {type(layer).__name__}"
    add_weight = layer.add_weight

    def add_bounded_weight(shape: Any = None, *args: Any, **more: Any) -> Any:
        _check_size(shape or (), where=where, what="hold")
        return add_weight(shape, *args, **more)

    # a stray zero would fill the memory and take other programs down with this one
    layer.add_weight = add_bounded_weight
    try:
        x_after = layer(x)
    except REFUSALS as error:
        raise RecipeError(
            f"{where} does not fit what comes, {_shape(x)}: {one_line(error)}"
        ) from error
    finally:
        del layer.add_weight
    _check_size(x_after.shape[1:], where=where, what="give")
    return x_after


def _check_size(shape: Sequence[int | None], *, where: str, what: str) -> None:
    numbers = prod(size or 1 for size in shape)
    if numbers > _LARGEST:
        raise RecipeError(
            f"{where} would {what} {numbers:.2g} numbers at once, more than {_LARGEST:.2g}. "
            "Make it smaller, or pool before it."
        )


def _shape(x: Any) -> str:
    if isinstance(x, list):
        return " and ".join(map(_shape, x))
    return f"({', '.join('n' if size is None else str(size) for size in x.shape)})"


def build_layer(table: Table, *, where: str, n_classes: int) -> Any:
    """One Keras layer from its table.

    Args:
        table: `type` and the layer's arguments.
        where: Where it stands, for messages.
        n_classes: What the value "classes" stands for.

    Raises:
        RecipeError: If layer or argument do not exist, or Keras refuses a value.

    Example:
        >>> build_layer({"type": "LeakyReLU", "negative_slope": 0.1}, where="[model] layers[0]",
        ...             n_classes=10).negative_slope
        0.1
    """
    if not isinstance(table, Mapping) or "type" not in table:
        raise RecipeError(f'{where} needs a type, as in {{ type = "Flatten" }}, got {table!r}.')
    if reason := reason_against(str(table["type"])):
        raise RecipeError(f"{where} {table['type']} is no layer of a recipe: {reason}")
    table = in_todays_words(table, where=where)
    cls = find_class("layer", table["type"], _layer_classes(), where=where, also=_ALSO)
    where = f"{where} {cls.__name__}"
    arguments = {
        name: _value(name, value, where=where, n_classes=n_classes)
        for name, value in table.items()
        if name != "type"
    }
    return construct(cls, arguments, where=where, more=_OF_EVERY_LAYER)


def _value(name: str, value: Any, *, where: str, n_classes: int) -> Any:
    """One argument, as Keras wants it."""
    keras = load_keras()
    where = f"{where} {name}"
    if value == "classes":
        return n_classes
    for ending, module in (
        ("initializer", keras.initializers),
        ("regularizer", keras.regularizers),
        ("constraint", keras.constraints),
    ):
        if name.endswith(ending):
            return _named_object(ending, value, module, where=where)
    if name.endswith("activation"):
        return _activation(value, where=where)
    if name in ("layer", "backward_layer"):
        return build_layer(value, where=where, n_classes=n_classes)
    return _tuples(value)


def _named_object(kind: str, value: Any, module: Any, *, where: str) -> Any:
    table = value if isinstance(value, Mapping) else {"type": value}
    base = kind.capitalize()
    cls = find_class(kind, table.get("type"), classes_of(module, without=[base]), where=where)
    arguments = {name: _tuples(given) for name, given in table.items() if name != "type"}
    return construct(cls, arguments, where=where)


def _activation(value: Any, *, where: str) -> str:
    activations = load_keras().activations
    known: dict[str, str] = {
        key_of(name): name
        for name, function in vars(activations).items()
        if callable(function) and name not in _NOT_ACTIVATIONS and not name.startswith("_")
    }
    if not isinstance(value, str) or key_of(value) not in known:
        raise RecipeError(
            unknown_name("activation", str(value), known.values(), where=where)
            + " LeakyReLU, PReLU and others with parameters are layers of their own."
        )
    return known[key_of(value)]


def _tuples(value: Any) -> Any:
    """TOML has lists where Keras wants tuples."""
    if isinstance(value, list | tuple):
        return tuple(_tuples(item) for item in value)
    return value
