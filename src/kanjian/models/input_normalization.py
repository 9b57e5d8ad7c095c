"""What a network does to raw pixels first: fitted on training pictures, saved inside it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal

import numpy as np

from kanjian.backend import load_keras
from kanjian.errors import DatasetError, RecipeError
from kanjian.models.patch_whitening import PatchSums
from kanjian.recipes.recipe import Input

# 32×32×3: the whitening matrix then has 9.4 million numbers, 38 MB. Four times the
# pixels would be 600 MB to keep and 64 times the time to fit.
LARGEST_ZCA = 32 * 32 * 3

# Sums of squares of 258 pixels stay below 2**24, so float32 adds them without rounding
_EXACT_ROWS = 256

# A flat picture has no spread to bring to one
_LEAST_VARIANCE = 1e-6

Per = Literal["none", "pixel", "channel", "whole"]


@dataclass(frozen=True, eq=False)
class Preparation:
    """From uint8 pixels to what the first learned layer sees.

    x = low + pixel × (high − low) / 255, then (x − mean) / deviation, then matrix · x + bias,
    or the same for every patch.

    Args:
        shape_hwc: Height, width and channels of a picture.
        scale: (low, high), what pixels 0 and 255 become.
        mean: Taken off after scaling: float32 of shape (), (c,) or (h, w, c); None for none.
        deviation: Divided by; same shape as `mean`.
        zca_matrix: (d, d) float32 with d = h × w × c, or None.
        zca_bias: (d,) float32, or None.
        patch_kernel: (k, k, c, k × k × c) float32, of the convolution that whitens patches of
            k × k pixels, or None.
        patch_bias: (k × k × c,) float32, or None.
        sample: What each picture undergoes by itself, see `[input] sample`.
    """

    shape_hwc: tuple[int, int, int]
    scale: tuple[float, float] = (0.0, 1.0)
    mean: np.ndarray | None = None
    deviation: np.ndarray | None = None
    zca_matrix: np.ndarray | None = None
    zca_bias: np.ndarray | None = None
    patch_kernel: np.ndarray | None = None
    patch_bias: np.ndarray | None = None
    sample: Literal["none", "center", "standardize"] = "none"

    def layers(self) -> list[Any]:
        """Fresh plain Keras layers (or operations) that do this, in float32 whatever the policy.

        Example:
            >>> [layer.name for layer in Preparation((28, 28, 1)).layers()]
            ['scale_pixels']
        """
        keras_layers = load_keras().layers
        low, high = self.scale
        layers = [
            keras_layers.Rescaling(
                (high - low) / 255, offset=low, dtype="float32", name="scale_pixels"
            )
        ]
        if self.mean is not None and self.deviation is not None:
            axis = {0: None, 1: -1, 3: (1, 2, 3)}[self.mean.ndim]
            layers.append(
                keras_layers.Normalization(
                    axis=axis,
                    mean=self.mean,
                    variance=np.square(self.deviation, dtype=np.float64),
                    dtype="float32",
                    name="normalize_pixels",
                )
            )
        if self.zca_matrix is not None:
            layers += self._whitening_layers()
        if self.patch_kernel is not None:
            layers.append(self._patch_layer())
        if self.sample == "center":
            layers.append(_without_own_mean)
        elif self.sample == "standardize":
            layers.append(
                keras_layers.LayerNormalization(
                    axis=(1, 2, 3), epsilon=_LEAST_VARIANCE, center=False, scale=False,
                    dtype="float32", name="normalize_sample",
                )
            )  # fmt: skip
        return layers

    def _whitening_layers(self) -> list[Any]:
        keras_layers = load_keras().layers
        assert self.zca_matrix is not None
        whiten = keras_layers.Dense(
            len(self.zca_matrix), dtype="float32", trainable=False, name="whiten_pixels"
        )
        whiten.build((None, len(self.zca_matrix)))
        whiten.set_weights([self.zca_matrix.T, self.zca_bias])
        return [
            keras_layers.Flatten(dtype="float32", name="flatten_pixels"),
            whiten,
            keras_layers.Reshape(self.shape_hwc, dtype="float32", name="reshape_pixels"),
        ]

    def _patch_layer(self) -> Any:
        assert self.patch_kernel is not None
        size, _, channels, directions = self.patch_kernel.shape
        layer = load_keras().layers.Conv2D(
            directions, size, dtype="float32", trainable=False, name="whiten_patches"
        )
        layer.build((None, *self.shape_hwc[:2], channels))
        layer.set_weights([self.patch_kernel, self.patch_bias])
        return layer

    def count_params(self) -> int:
        """How many of a network's numbers are these layers' weights: 0 without whitening.

        Example:
            >>> Preparation((28, 28, 1)).count_params()
            0
        """
        weights = (self.zca_matrix, self.zca_bias, self.patch_kernel, self.patch_bias)
        return sum(weight.size for weight in weights if weight is not None)


def _without_own_mean(x: Any) -> Any:
    ops = load_keras().ops
    return ops.subtract(x, ops.mean(x, axis=(1, 2, 3), keepdims=True))


def fit_preparation(
    input: Input,  # noqa: A002 - the recipe's own word for the section
    images: Iterable[np.ndarray],
    *,
    shape_hwc: tuple[int, int, int],
) -> Preparation:
    """Fit what `[input]` asks for in one pass; memory does not grow with the pictures.

    Sums are taken over whole numbers and are exact, so the order and the size of the
    batches change nothing. A spread below one gray level (a border that is always black)
    counts as one gray level: a rare speck there is not blown up.

    Args:
        input: The recipe's section.
        images: (n, h, w, c) uint8 batches of the training part alone. Not looked at
            where nothing has to be fitted.
        shape_hwc: Height, width and channels of every picture.

    Raises:
        RecipeError: If `zca` is asked for on pictures of more than 32×32×3 numbers, or a patch
            is larger than the pictures.
        DatasetError: If there are no pictures, or one has another shape.

    Example:
        >>> pictures = np.array([0, 100, 200], np.uint8).reshape(3, 1, 1, 1)
        >>> fitted = fit_preparation(
        ...     Input(scale=(0, 255), center="whole", standardize="whole"),
        ...     [pictures], shape_hwc=(1, 1, 1))
        >>> float(fitted.mean), round(float(fitted.deviation), 3)
        (100.0, 81.65)

    Reference:
        ZCA: Krizhevsky, Learning Multiple Layers of Features from Tiny Images, appendix A.
        Patches: Page, How to train your ResNet 8: back of the envelope, 2019.
    """
    low, high = input.scale
    if input.zca is not None and prod(shape_hwc) > LARGEST_ZCA:
        raise RecipeError(
            f"[input] zca whitens up to {LARGEST_ZCA} numbers per picture (32×32×3), "
            f"got {'×'.join(map(str, shape_hwc))}. Set a smaller [input] size, or leave zca out."
        )
    if (input.center, input.standardize, input.zca, input.patch_whitening_px) == (
        "none",
        "none",
        None,
        0,
    ):
        return Preparation(shape_hwc, (low, high), sample=input.sample)
    sums = _PixelSums(shape_hwc, products=input.zca is not None)
    patches = PatchSums(shape_hwc, input.patch_whitening_px) if input.patch_whitening_px else None
    for batch in images:
        sums.add(batch)
        if patches is not None:
            patches.add(batch)
    gain = (high - low) / 255
    pixel_mean, pixel_variance = sums.moments()
    mean, deviation = _mean_and_deviation(
        low + gain * pixel_mean,
        gain**2 * pixel_variance,
        center=input.center,
        standardize=input.standardize,
        floor=abs(gain),
    )
    fitted = Preparation(
        shape_hwc, (low, high), mean.astype(np.float32), deviation.astype(np.float32)
    )
    if patches is not None:
        kernel, bias = patches.whitening(gain / deviation, (low - mean) / deviation)
        return replace(fitted, patch_kernel=kernel, patch_bias=bias)
    if input.zca is None:
        return fitted
    factor = np.broadcast_to(gain / deviation, shape_hwc).ravel()
    left_mean = ((low + gain * pixel_mean - mean) / deviation).ravel()
    matrix = _whitening(sums.covariance() * np.outer(factor, factor), added=input.zca)
    return replace(
        fitted,
        zca_matrix=matrix.astype(np.float32),
        zca_bias=(-matrix @ left_mean).astype(np.float32),
    )


class _PixelSums:
    """Sum, sum of squares and, for whitening, sum of all products of the pixels seen."""

    def __init__(self, shape_hwc: tuple[int, int, int], *, products: bool) -> None:
        self.count = 0
        self.sum = np.zeros(shape_hwc, np.int64)
        self.squares = np.zeros(shape_hwc, np.int64)
        size = prod(shape_hwc)
        self.products = np.zeros((size, size)) if products else None

    def add(self, images: np.ndarray) -> None:
        if images.dtype != np.uint8 or images.shape[1:] != self.sum.shape:
            raise DatasetError(
                f"input normalization is fitted on (n, {', '.join(map(str, self.sum.shape))}) "
                f"uint8 pictures, got {images.shape} {images.dtype}. "
                "Resize the pictures to one size first."
            )
        for start in range(0, len(images), _EXACT_ROWS):
            rows = images[start : start + _EXACT_ROWS]
            self.count += len(rows)
            self.sum += rows.sum(axis=0, dtype=np.int64)
            # 255² still fits 16 bits: an eighth of the memory of int64
            self.squares += np.square(rows, dtype=np.uint16).sum(axis=0, dtype=np.int64)
            if self.products is not None:
                flat = rows.reshape(len(rows), -1).astype(np.float32)
                self.products += flat.T @ flat

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each pixel, (h, w, c) float64."""
        if self.count == 0:
            raise DatasetError(
                "there are no training pictures to fit [input] on. "
                "Lower [data] validation and test, or add pictures."
            )
        mean = self.sum / self.count
        return mean, np.maximum(self.squares / self.count - mean**2, 0)

    def covariance(self) -> np.ndarray:
        """(d, d) float64."""
        assert self.products is not None
        mean = (self.sum / self.count).ravel()
        covariance: np.ndarray = self.products / self.count - np.outer(mean, mean)
        return covariance


def _mean_and_deviation(
    pixel_mean: np.ndarray,
    pixel_variance: np.ndarray,
    *,
    center: Per,
    standardize: Per,
    floor: float,
) -> tuple[np.ndarray, np.ndarray]:
    """What to take off and divide by, both of the smallest shape that holds them."""
    mean = np.zeros(()) if center == "none" else _over(pixel_mean, center)
    deviation = np.ones(())
    if standardize != "none":
        # what is left of the means between pixels is spread too
        left = pixel_mean - mean
        spread = _over(pixel_variance + left**2, standardize) - _over(left, standardize) ** 2
        deviation = np.maximum(np.sqrt(np.maximum(spread, 0)), floor)
    shape = max(mean.shape, deviation.shape, key=len)
    return np.broadcast_to(mean, shape), np.broadcast_to(deviation, shape)


def _over(values: np.ndarray, per: Per) -> np.ndarray:
    axes = {"pixel": (), "channel": (0, 1), "whole": (0, 1, 2)}[per]
    return np.asarray(values.mean(axis=axes))


def _whitening(covariance: np.ndarray, *, added: float) -> np.ndarray:
    """The symmetric matrix that brings this covariance, plus `added` on its diagonal, to one."""
    variances, directions = np.linalg.eigh(covariance)
    shrink = 1 / np.sqrt(np.maximum(variances, 0) + added)
    matrix: np.ndarray = (directions * shrink) @ directions.T
    return matrix
