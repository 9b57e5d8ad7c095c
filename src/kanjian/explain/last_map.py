"""Which layer gives the maps that a Grad-CAM is laid over a picture by."""

from typing import Any

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError
from kanjian.models.graph import calls
from kanjian.models.split_model import cuttable


def last_map(network: Any) -> str:
    """The last layer that gives maps all that follows depends on; pooling is skipped.

    Args:
        network: A flat Keras model.

    Raises:
        RecognizerError: If no layer has a height and a width.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([
        ...     keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="conv"),
        ...     keras.layers.MaxPooling2D(), keras.layers.Flatten(), keras.layers.Dense(2)])
        >>> last_map(network)
        'conv'
    """
    narrow = set(cuttable(network))
    for call in reversed(calls(network)):
        operation, shape = call.operation, call.outputs[0].shape
        prepares = operation.name.endswith("_pixels")
        if prepares or operation.name not in narrow or "Pooling" in type(operation).__name__:
            continue
        if not call.is_input and len(shape) == 4 and 1 not in (shape[1], shape[2]):
            return str(operation.name)
    tokens = _last_tokens(network)
    if tokens is not None:
        return tokens
    raise RecognizerError(
        f"{network.name} has no layer that gives maps, so there is nothing to lay over a picture. "
        "Ask for saliency, smooth-grad, integrated or occlusion."
    )


def _last_tokens(network: Any) -> str | None:
    """The layer before the last attention: after that, a class token alone may count."""
    narrow = set(cuttable(network))
    attended = False
    for call in reversed(calls(network)):
        operation = call.operation
        if attended and operation.name in narrow and len(call.outputs[0].shape) == 3:
            return str(operation.name)
        attended = attended or _attends(operation)
    return None


def _attends(operation: Any) -> bool:
    inner = operation._flatten_layers() if isinstance(operation, load_keras().Layer) else ()
    return any("Attention" in type(layer).__name__ for layer in inner)
