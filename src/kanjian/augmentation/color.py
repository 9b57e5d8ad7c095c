"""All color variations of a picture as one table and one matrix."""

import numpy as np

from kanjian.augmentation.params import AugmentationParams

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as `to_gray`
_LEVELS = np.arange(256) / 255


def tables(draws: AugmentationParams) -> np.ndarray | None:
    """(n, 256, 3) uint8, what each level of each channel becomes; None where nothing changes.

    In this order: gamma, contrast, brightness, channel shift, solarize, posterize.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> tables(draw(Augmentation(), 1, seed=0, epoch=0)) is None
        True
    """
    factors = (draws.gamma != 1) | (draws.contrast != 1) | (draws.brightness != 0)
    steps = (draws.solarize_from < 256) | (draws.posterize_bits < 8)
    if not (factors.any() or steps.any() or draws.channels.any()):
        return None
    level = _LEVELS ** draws.gamma[:, None]
    level = (level - 0.5) * draws.contrast[:, None] + 0.5 + draws.brightness[:, None]
    shifted = 255 * level[:, :, None] + draws.channels[:, None, :]
    table = np.clip(np.rint(shifted), 0, 255).astype(np.uint8)
    table = np.where(table >= draws.solarize_from[:, None, None], 255 - table, table)
    lost = np.uint8(8) - draws.posterize_bits.astype(np.uint8)
    kept = (np.uint8(255) >> lost) << lost
    cut: np.ndarray = table & kept[:, None, None]
    return cut


def color_matrices(draws: AugmentationParams) -> np.ndarray | None:
    """(n, 3, 3) float32 from RGB to RGB: saturation, then hue; None where nothing changes.

    Gray stays gray under all of them.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> gray = draw(Augmentation(gray_share=1), 1, seed=0, epoch=0)
        >>> color_matrices(gray)[0, 0]
        array([0.299, 0.587, 0.114], dtype=float32)
    """
    if not ((draws.saturation != 1).any() or draws.hue_deg.any() or draws.gray.any()):
        return None
    kept = np.where(draws.gray, 0.0, draws.saturation)[:, None, None]
    saturate = kept * np.eye(3) + (1 - kept) * _LUMA
    # a turn about the axis (1, 1, 1), after Rodrigues
    angle = np.deg2rad(draws.hue_deg.astype(np.float64))[:, None, None]
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) / 3
    composed: np.ndarray = (turn @ saturate).astype(np.float32)
    return composed


def spread(image: np.ndarray) -> np.ndarray:
    """Each channel's darkest level to 0, its lightest to 255 (autocontrast).

    Example:
        >>> spread(np.array([[[100], [150]]], np.uint8)).ravel()
        array([  0, 255], dtype=uint8)
    """
    low = image.min((0, 1)).astype(np.int16)
    span = image.max((0, 1)) - low
    scaled = (image.astype(np.int16) - low) * (255 / np.maximum(span, 1))
    result: np.ndarray = np.where(span > 0, np.rint(scaled), image).astype(np.uint8)
    return result


def equalized(image: np.ndarray) -> np.ndarray:
    """Each channel with its levels made equally frequent.

    Args:
        image: (height, width, channels) uint8.

    Example:
        >>> equalized(np.full((2, 2, 1), 7, np.uint8)).ravel()
        array([7, 7, 7, 7], dtype=uint8)
    """
    import cv2

    channels = [
        channel if channel.min() == channel.max() else cv2.equalizeHist(channel)
        for channel in map(np.ascontiguousarray, np.moveaxis(image, 2, 0))
    ]
    result: np.ndarray = np.stack(channels, 2)
    return result
