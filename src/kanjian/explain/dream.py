"""DeepDream: a picture in which a network is shown more of what it sees already."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.backend.gradients import Gradients, compile_gradients
from kanjian.errors import RecognizerError
from kanjian.explain.bfloat16_copy import in_precision
from kanjian.explain.filters import convolutions, filter_count
from kanjian.explain.gradient_ascent import AscentConfig, Progress, climb
from kanjian.explain.inspected_model import InspectedModel
from kanjian.images.pictures import Picture, as_image

DREAM = AscentConfig(steps=10, rate=3.0, octaves=4, jitter=16, bounded=True)
# Much larger pictures take gigabytes of activations
_LONGEST_SIDE = 512


def dream(
    inspected: InspectedModel,
    picture: Picture,
    *,
    layers: Sequence[str] = (),
    ascent: AscentConfig = DREAM,
    precision: str = "auto",
    progress: Progress | None = None,
) -> np.ndarray:
    """Strengthen whatever layers see in a picture.

    Climbs the mean square of the layers' outputs, in several sizes, the smallest first.

    Args:
        inspected: The network.
        picture: RGB or gray uint8 of any size, or a path or PIL image; one with a side above
            512 is reduced.
        layers: Whose outputs; by default one three quarters of the way up.
        ascent: How it climbs.
        precision: "auto", "f32" or "bf16".
        progress: Called with (steps done, steps in all).

    Returns:
        (h, w, c) uint8, of the picture's size or reduced.

    Raises:
        RecognizerError: If there is no such layer, or it has no height and width.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(64, 64))
        >>> dream(inspected, np.full((40, 50, 3), 99, np.uint8), layers=["block_2_add"],
        ...       ascent=AscentConfig(steps=1)).shape
        (40, 50, 3)

    Reference:
        Mordvintsev, Olah and Tyka, Inceptionism: going deeper into neural networks, 2015.
    """
    picture = as_image(picture)
    names = tuple(layers) or (dream_layer(inspected),)
    for name in names:
        filter_count(inspected, name)
    start = _as_pixels(picture, inspected.shape_hwc[2])
    compiled: dict[tuple[int, ...], Gradients] = {}

    def gradient(pictures: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG001
        size_hw = (pictures.shape[1], pictures.shape[2])
        if size_hw not in compiled:
            network = in_precision(inspected.up_to(*names, size_hw=size_hw), precision)
            compiled[size_hw] = compile_gradients(_strength(network))
        return compiled[size_hw](pictures)

    pixels = climb(start[None], gradient, replace(ascent, bounded=True), progress=progress)
    dreamt: np.ndarray = np.round(pixels[0].clip(0, 255)).astype(np.uint8)
    return dreamt


def dream_layer(inspected: InspectedModel) -> str:
    """A layer to dream of: the convolution, or the sum of a block, three quarters of the way up.

    Raises:
        RecognizerError: If no layer has height and width.
    """
    sums = [name for name, layer in inspected.flat.items() if type(layer).__name__ == "Add"]
    joined = [name for name in sums if len(inspected.tensors[name].shape) == 4]
    names = joined or convolutions(inspected)
    if not names:
        raise RecognizerError(f"{inspected.name} has no layer with height and width to dream of.")
    return names[(3 * len(names) - 1) // 4]


def _as_pixels(picture: np.ndarray, channels: int) -> np.ndarray:
    from kanjian.images.convert import to_gray, to_rgb
    from kanjian.images.resize import resize

    image = to_rgb(picture) if channels == 3 else to_gray(picture)
    longest = max(image.shape[:2])
    if longest > _LONGEST_SIDE:
        height, width = (round(side * _LONGEST_SIDE / longest) for side in image.shape[:2])
        image = resize(image, (max(height, 1), max(width, 1)))
    return image.reshape(*image.shape[:2], channels).astype(np.float32)


def _strength(network: Any) -> Any:
    """Mean square of what a network gives, the sum over its outputs."""
    ops = load_keras().ops

    def strength(pictures: Any) -> Any:
        maps = network(pictures, training=False)
        maps = maps if isinstance(maps, (list, tuple)) else [maps]
        squares = [ops.mean(ops.square(ops.cast(each, "float32")), axis=(1, 2, 3)) for each in maps]
        return sum(squares[1:], squares[0])

    return strength
