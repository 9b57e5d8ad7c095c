"""Whiten every small patch of a picture: fitted on training pictures, done by a convolution."""

import numpy as np

from kanjian.errors import RecipeError

# Added to every variance, of the mean one. Directions with much less of it are noise: fine
# color, say, which JPEG does not keep
_ADDED = 5e-4


class PatchSums:
    """Sum and sum of all products of the numbers in every patch of the pictures seen.

    Args:
        shape_hwc: Of the pictures.
        size: Sides of a patch in pixels; patches overlap.

    Raises:
        RecipeError: If a patch is larger than the picture.
    """

    def __init__(self, shape_hwc: tuple[int, int, int], size: int) -> None:
        height, width, self.channels = shape_hwc
        if size > min(height, width):
            raise RecipeError(
                f"[input] patch_whitening_px must be at most the sides of the picture, "
                f"{height}×{width}, got {size}."
            )
        self.size, self.count = size, 0
        numbers = size * size * self.channels
        # whole numbers below 2**53, so that order and size of the batches change nothing
        self.sum, self.products = np.zeros(numbers), np.zeros((numbers, numbers))

    def add(self, images: np.ndarray) -> None:
        """See more (n, h, w, c) uint8 pictures."""
        windows = np.lib.stride_tricks.sliding_window_view(
            images, (self.size, self.size), axis=(1, 2)
        )
        patches = windows.reshape(-1, len(self.sum)).astype(np.float64)
        self.count += len(patches)
        self.sum += patches.sum(axis=0)
        self.products += patches.T @ patches

    def whitening(
        self, gain: np.ndarray, offset: np.ndarray, *, added: float = _ADDED
    ) -> tuple[np.ndarray, np.ndarray]:
        """Kernel and bias of the convolution from pixels × gain + offset to whitened patches.

        Args:
            gain: () or (c,).
            offset: () or (c,).
            added: To every variance, of the mean one.

        Returns:
            float32 (size, size, c, d) and (d,) with d = size × size × c: the principal
            directions of a patch, the one with most variance first.
        """
        # patches come as (c, rows, columns)
        factor = np.repeat(np.broadcast_to(gain, self.channels), self.size**2)
        mean = self.sum / self.count
        covariance = (self.products / self.count - np.outer(mean, mean)) * np.outer(factor, factor)
        variances, directions = np.linalg.eigh(covariance)
        # the spread of pictures of one color alone is zero
        least = max(added * variances.mean(), np.finfo(np.float32).tiny)
        matrix = (directions / np.sqrt(np.maximum(variances, 0) + least))[:, ::-1]
        moved = factor * mean + np.repeat(np.broadcast_to(offset, self.channels), self.size**2)
        kernel = matrix.reshape(self.channels, self.size, self.size, -1).transpose(1, 2, 0, 3)
        return kernel.astype(np.float32), (-moved @ matrix).astype(np.float32)
