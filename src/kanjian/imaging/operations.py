"""The table of operations that a chain can name; listing it imports none of them."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kanjian.checks import check_choice
from kanjian.errors import ImageError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Operation:
    """An operation by its name; its options, their types and defaults are its signature's.

    Args:
        name: As a user writes it.
        function: "module:function".
        about: One line.
        group: Under which it is listed.

    Example:
        >>> Operation("thin", "kanjian.imaging.thinning:thin", "lines of one pixel", "shapes").name
        'thin'
    """

    name: str
    function: str
    about: str
    group: str


@dataclass(frozen=True, eq=False)
class Drawn:
    """A result made visible, with what it says in numbers.

    Args:
        picture: The result as a picture; a chain goes on with it.
        facts: Few values a person reads, as in {"contours": 12}; JSON can hold them.
        data: The result itself as arrays, as in {"points_xy": …}.

    Example:
        >>> import numpy as np
        >>> Drawn(np.zeros((2, 2), np.uint8), {"corners": 0}).facts
        {'corners': 0}
    """

    picture: "np.ndarray"
    facts: dict[str, object] = field(default_factory=dict)
    data: dict[str, "np.ndarray"] = field(default_factory=dict)

    def _repr_png_(self) -> bytes:
        """The picture, in a notebook."""
        from kanjian.images.write import encode_png

        return encode_png(self.picture)


_HERE = "kanjian.imaging"

SHAPES = (
    Operation("threshold", f"{_HERE}.threshold:threshold",
              "black and white: fixed, otsu, adaptive", "contours"),
    Operation("contours", f"{_HERE}.contours:contours",
              "outlines of what is on, one color each", "contours"),
    Operation("corners", f"{_HERE}.corners:corners",
              "Harris or Shi-Tomasi, a circle around each", "corners"),
    Operation("erode", f"{_HERE}.morphology:erode",
              "bright shapes shrink by the element", "morphology"),
    Operation("dilate", f"{_HERE}.morphology:dilate",
              "bright shapes grow by the element", "morphology"),
    Operation("open", f"{_HERE}.morphology:opening",
              "eroded, then dilated: small bright specks go", "morphology"),
    Operation("close", f"{_HERE}.morphology:closing",
              "dilated, then eroded: small dark holes go", "morphology"),
    Operation("gradient", f"{_HERE}.morphology:gradient",
              "dilated minus eroded: the outlines", "morphology"),
    Operation("top-hat", f"{_HERE}.morphology:top_hat",
              "what is bright and smaller than the element", "morphology"),
    Operation("black-hat", f"{_HERE}.morphology:black_hat",
              "what is dark and smaller than the element", "morphology"),
    Operation("hit-or-miss", f"{_HERE}.morphology:hit_or_miss",
              "where one element is on and another off", "morphology"),
    Operation("thin", f"{_HERE}.thinning:thin",
              "shapes peeled to lines of one pixel, connected as they were", "morphology"),
    Operation("skeleton", f"{_HERE}.regions:skeleton",
              "lines in the middle of every shape", "morphology"),
    Operation("distance", f"{_HERE}.regions:distance",
              "how far each pixel lies from the nearest that is off", "morphology"),
    Operation("labels", f"{_HERE}.regions:labels",
              "every shape a number and a color of its own", "morphology"),
    Operation("changes", f"{_HERE}.changes:changes",
              "what an operation added and removed, each pixel a square", "morphology"),
    Operation("heatmap", f"{_HERE}.heatmap:heatmap",
              "points of a file as a cloud of colors over the picture", "heat maps"),
)  # fmt: skip


PIXELS = (
    Operation("gray", f"{_HERE}.color:gray", "the brightness of each pixel", "color"),
    Operation("channel", f"{_HERE}.color:channel", "red, green or blue alone", "color"),
    Operation("negative", f"{_HERE}.color:negative", "dark where it was bright", "color"),
    Operation("blur", f"{_HERE}.gaussian:blur", "Gaussian filter", "filters"),
    Operation("kernel", f"{_HERE}.gaussian:kernel",
              "the weights of a Gaussian filter, as a picture", "filters"),
    Operation("mean", f"{_HERE}.filters:mean", "plain mean of a square", "filters"),
    Operation("median", f"{_HERE}.filters:median",
              "middle value of a square: specks go, edges stay", "filters"),
    Operation("bilateral", f"{_HERE}.filters:bilateral",
              "mean of what is near and alike: edges stay", "filters"),
    Operation("nonlocal-means", f"{_HERE}.filters:nonlocal_means",
              "mean of what has surroundings alike: noise goes", "filters"),
    Operation("sharpen", f"{_HERE}.edges:sharpen",
              "the picture plus what a filter takes from it", "filters"),
    Operation("high-pass", f"{_HERE}.edges:high_pass",
              "the picture minus the blurred one", "filters"),
    Operation("sobel", f"{_HERE}.edges:sobel", "how steeply brightness changes", "filters"),
    Operation("laplace", f"{_HERE}.edges:laplace",
              "how far a pixel is from its neighbors: lines and specks", "filters"),
    Operation("canny", f"{_HERE}.edges:canny", "edges as lines of one pixel", "filters"),
    Operation("frequencies", f"{_HERE}.fourier:frequency_filter",
              "coarse waves, fine ones or a band, through the Fourier domain", "filters"),
    Operation("spectrum", f"{_HERE}.fourier:spectrum",
              "how strong each wave is", "filters"),
    Operation("rotate", f"{_HERE}.geometry:rotate",
              "turned by any angle: keep the size, grow or zoom", "geometry"),
    Operation("flip", f"{_HERE}.geometry:flip", "mirrored", "geometry"),
    Operation("resize", f"{_HERE}.geometry:resize", "at another size", "geometry"),
    Operation("crop", f"{_HERE}.geometry:crop", "a part of it", "geometry"),
    Operation("warp", f"{_HERE}.warping:warp",
              "points moved to other points: a page put upright", "geometry"),
    Operation("histogram", f"{_HERE}.histogram_plot:plot_histogram",
              "how often each level comes, as a plot", "histograms"),
    Operation("equalize", f"{_HERE}.histogram:equalize",
              "levels spread over the whole range", "histograms"),
    Operation("clahe", f"{_HERE}.histogram:clahe",
              "equalized part by part, with a limit", "histograms"),
    Operation("match", f"{_HERE}.histogram:match",
              "with the brightness of another picture", "histograms"),
    Operation("gaussian-noise", f"{_HERE}.noise:gaussian",
              "to every value a number of its own is added", "noise"),
    Operation("salt-pepper", f"{_HERE}.noise:salt_pepper",
              "some pixels white, some black", "noise"),
    Operation("white-pixels", f"{_HERE}.noise:white", "some pixels white", "noise"),
    Operation("poisson-noise", f"{_HERE}.noise:poisson", "counted light", "noise"),
    Operation("speckle", f"{_HERE}.noise:speckle",
              "noise in proportion to the brightness", "noise"),
    Operation("jpeg", f"{_HERE}.noise:jpeg", "after a way through a JPEG file", "noise"),
    Operation("difference", f"{_HERE}.metrics:difference",
              "how far from a reference: MSE, MAE, PSNR, SSIM", "metrics"),
)  # fmt: skip
OPERATIONS = (*PIXELS, *SHAPES)


def operation_named(name: str) -> Operation:
    """The operation of this name; "salt_pepper" will do for "salt-pepper".

    Raises:
        ImageError: If there is none; it says which was probably meant.

    Example:
        >>> operation_named("blur").about
        'Gaussian filter'
        >>> operation_named("blurr")
        Traceback (most recent call last):
        kanjian.errors.ImageError: unknown operation 'blurr'. Did you mean 'blur'?
    """
    known = {operation.name: operation for operation in OPERATIONS}
    return known[check_choice("operation", name.replace("_", "-"), known, error=ImageError)]


def function_of(operation: Operation) -> Callable[..., Any]:
    """The function itself, imported now.

    Example:
        >>> function_of(operation_named("top-hat")).__name__
        'top_hat'
    """
    module, _, name = operation.function.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
