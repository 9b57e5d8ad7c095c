"""The table of operations that a chain can name; listing it imports none of them."""

import importlib
from collections.abc import Callable
from typing import Any

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.imaging.operation import Operation
from kanjian.imaging.shapes_operations import SHAPES

_HERE = "kanjian.imaging"

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
