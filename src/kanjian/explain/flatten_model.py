"""A network made ready to be looked into: flat, float32, on raw pixels, its logits laid open."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, get_args

from kanjian.backend import load_keras
from kanjian.checks import check_choice
from kanjian.errors import RecognizerError
from kanjian.models.backbones import prepare_pixels
from kanjian.models.graph import calls, maker, opens, run_again
from kanjian.models.keras_lookup import REFUSALS, one_line

PixelRange = Literal["auto", "0..1", "-1..1", "0..255", "caffe", "torch"]
Ending = Literal["softmax", "sigmoid", "none"]

_ENDINGS: dict[str, Ending] = {"softmax": "softmax", "sigmoid": "sigmoid"}
# Sizes for networks that take any
_SIZE_HW = (224, 224)


def on_pixels(
    network: Any, *, pixel_range: PixelRange = "auto", size_hw: tuple[int, int] | None = None
) -> Any:
    """The same network, flat and in float32, for raw pixels 0…255 as float32.

    Layers and weights are shared with the network given. Layers of one name (two backbones
    side by side) get the name of their container before their own. What is done to pixels
    first is in layers whose names end in `_pixels`.

    Args:
        network: A Keras model with one picture in and one tensor out.
        pixel_range: What the network takes for a pixel of 0 … 255. "caffe" is BGR less the
            mean color, "torch" RGB less mean by deviation. "auto" is "0..255" for uint8
            input and where the first layer scales, else "0..1".
        size_hw: Height and width, where the network takes any.

    Raises:
        RecognizerError: If it takes no picture, or has several inputs or outputs.

    Example:
        >>> keras = load_keras()
        >>> inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3, name="c")])
        >>> network = on_pixels(keras.Sequential([keras.Input((8, 8, 3)), inner]))
        >>> [layer.name for layer in network.layers]
        ['pixels', 'scale_pixels', 'c']
    """
    check_choice("range", pixel_range, get_args(PixelRange), error=RecognizerError)
    _check_ends(network)
    shape = _picture_shape(network, size_hw)
    _tell_apart(network)
    _in_float32(network)
    keras = load_keras()
    try:
        pixels = keras.Input(shape, dtype="float32", name=_free_name(network, "pixels"))
        x = _prepared(pixels, _settled(network, pixel_range))
        if len(network.inputs[0].shape) == 3:
            x = keras.layers.Reshape(shape[:2], name="flatten_pixels")(x)
        (output,) = run_again(network, [x], training=False)
        return keras.Model(pixels, output, name=network.name)
    except REFUSALS as error:
        raise RecognizerError(f"{network.name} cannot be looked into: {one_line(error)}") from error


def _check_ends(network: Any) -> None:
    ends = [getattr(network, "inputs", None) or [], getattr(network, "outputs", None) or []]
    if not all(ends):
        raise RecognizerError(
            f"{getattr(network, 'name', 'the network')} is not a Sequential or functional model "
            "with a known input. Give its first layer an Input shape and save it again."
        )
    if [len(end) for end in ends] != [1, 1]:
        raise RecognizerError(
            f"{network.name} has {len(ends[0])} inputs and {len(ends[1])} outputs, expected one "
            "picture in and one output."
        )


def _picture_shape(network: Any, size_hw: tuple[int, int] | None) -> tuple[int, int, int]:
    shape = tuple(network.inputs[0].shape[1:])
    full = (*shape, 1) if len(shape) == 2 else shape
    if len(full) != 3 or full[2] not in (1, 3):
        raise RecognizerError(
            f"{network.name} takes {shape}, expected pictures: (height, width, 3) or gray "
            "(height, width, 1) or (height, width)."
        )
    size = size_hw or _SIZE_HW
    return full[0] or size[0], full[1] or size[1], full[2]


def _tell_apart(network: Any) -> None:
    """Names that occur twice once the containers are opened get the container's before them."""
    # a layer called twice is one layer
    found = {id(operation): (parent, operation) for parent, operation in _operations(network)}
    counts = Counter(operation.name for _, operation in found.values())
    for parent, operation in found.values():
        if counts[operation.name] > 1 and parent:
            operation.name = f"{parent}_{operation.name}"


def _operations(network: Any, parent: str = "") -> Iterator[tuple[str, Any]]:
    for node in calls(network):
        if node.is_input:
            continue
        if opens(node.operation):
            yield from _operations(node.operation, f"{parent}{node.operation.name}")
        else:
            yield parent, node.operation


def _in_float32(network: Any) -> None:
    """Gradients of pictures drown in the seven bits of bfloat16."""
    for _, operation in _operations(network):
        if getattr(operation, "compute_dtype", "float32") in ("bfloat16", "float16"):
            operation.dtype_policy = "float32"


def _free_name(network: Any, name: str) -> str:
    taken = {operation.name for _, operation in _operations(network)}
    return name if name not in taken else f"raw_{name}"


def _settled(network: Any, pixel_range: PixelRange) -> PixelRange:
    if pixel_range != "auto":
        return pixel_range
    layers = load_keras().layers
    if network.inputs[0].dtype == "uint8":
        return "0..255"
    first = next((operation for _, operation in _operations(network)), None)
    return "0..255" if isinstance(first, (layers.Rescaling, layers.Normalization)) else "0..1"


def _prepared(pixels: Any, pixel_range: PixelRange) -> Any:
    if pixel_range == "0..255":
        return pixels
    if pixel_range == "0..1":
        return load_keras().layers.Rescaling(1 / 255, name="scale_pixels")(pixels)
    scheme = {"-1..1": "tf"}.get(pixel_range, pixel_range)
    if pixels.shape[-1] != 3 and scheme != "tf":
        raise RecognizerError(f"range {pixel_range!r} is for color, but the network takes gray.")
    return prepare_pixels(pixels, scheme)


def logits_of(network: Any) -> tuple[Any, Ending]:
    """What a network gives before its softmax or sigmoid, and which of them it was.

    Args:
        network: As `on_pixels` gives it.

    Returns:
        A tensor of the same network, and "none" where it ends in plain numbers.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((4,)),
        ...                             keras.layers.Dense(3, activation="softmax", name="out")])
        >>> tensor, ending = logits_of(network)
        >>> tensor.shape, ending
        ((None, 3), 'softmax')
    """
    tensor = network.outputs[0]
    while True:
        node = maker(tensor)
        operation, kind = node.operation, type(node.operation).__name__.lower()
        activation = getattr(getattr(operation, "activation", None), "__name__", "none")
        if kind in _ENDINGS:
            return node.input_tensors[0], _ENDINGS[kind]
        if kind == "activation" and activation in _ENDINGS:
            return node.input_tensors[0], _ENDINGS[activation]
        if activation in _ENDINGS:
            return _linear_twin(operation, node.input_tensors[0]), _ENDINGS[activation]
        if not (kind in ("dropout", "identity") or (kind, activation) == ("activation", "linear")):
            return tensor, "none"
        tensor = node.input_tensors[0]


def _linear_twin(layer: Any, tensor: Any) -> Any:
    """What the layer gives for a tensor without its activation, with the same weights."""
    config = {**layer.get_config(), "activation": "linear", "name": f"{layer.name}_logits"}
    twin = type(layer).from_config(config)
    logits = twin(tensor)
    twin.set_weights(layer.get_weights())
    return logits
