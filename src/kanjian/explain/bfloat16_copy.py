"""A copy of a network that computes in bfloat16: twice as fast where the processor can."""

from typing import Any

from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import choose_precision
from kanjian.checks import check_choice
from kanjian.errors import RecognizerError
from kanjian.models.keras_lookup import REFUSALS

PRECISIONS = ("auto", "f32", "bf16")


def in_precision(network: Any, wanted: str = "auto") -> Any:
    """The network in the precision asked for; itself for float32.

    Steps along a gradient need its direction, not its digits: pictures reach the same
    activation in bfloat16 (`bench/see_filters.py`).

    Args:
        network: Flat, float32, as a `InspectedModel` gives it.
        wanted: "f32", "bf16", or "auto": bfloat16 where the processor computes it fast.

    Raises:
        RecognizerError: If a layer cannot be had in bfloat16 and "bf16" was asked for.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> in_precision(network, "f32") is network
        True
    """
    check_choice("precision", wanted, PRECISIONS, error=RecognizerError)
    if wanted == "f32" or (wanted == "auto" and choose_precision() == "float32"):
        return network
    try:
        copy = load_keras().models.clone_model(network, clone_function=_narrow)
        copy.set_weights(network.get_weights())
    except REFUSALS as error:
        if wanted == "auto":  # a layer of someone's own: slower, but right
            return network
        raise RecognizerError(
            f"{network.name} has a layer that cannot be had in bf16. Use --precision f32."
        ) from error
    return copy


def _narrow(operation: Any) -> Any:
    layers = load_keras().layers
    as_it_is = isinstance(operation, layers.InputLayer) or not isinstance(operation, layers.Layer)
    # pixels have more levels than bfloat16 tells apart
    if as_it_is or operation.name.endswith("_pixels"):
        return operation
    return type(operation).from_config({**operation.get_config(), "dtype": "mixed_bfloat16"})
