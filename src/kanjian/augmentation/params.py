"""The drawn variations of many pictures, one row each."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, eq=False)
class AugmentationParams:
    """The drawn variations of n pictures; every array has n rows.

    Args:
        flip_xy: (n, 2) bool, mirrored left to right, top to bottom.
        quarters: (n,) quarter turns counterclockwise, 0 to 3.
        angle_deg: (n,) counterclockwise.
        shift_px: (n, 2) whole pixels, to the right and down.
        shift_frac: (n, 2) of width and height.
        shear_deg: (n, 2) along x and along y.
        zoom_xy: (n, 2) factors, above 1 enlarge.
        corners: (n, 4, 2) how far the corners move inward, of the sides.
        crop: (n, 4) x, y, width and height of the part that fills the whole, of the sides.
        brightness: (n,) added, of the full range.
        contrast: (n,) factor about middle gray.
        gamma: (n,) exponent.
        saturation: (n,) factor about gray.
        hue_deg: (n,) turn about the gray axis.
        channels: (n, 3) added to each channel, in gray levels.
        gray: (n,) bool, without color.
        posterize_bits: (n,) bits kept, 8 for all.
        solarize_from: (n,) levels from here on are inverted, 256 for none.
        autocontrast: (n,) bool, each channel is spread over the full range.
        equalize: (n,) bool, each channel's levels become equally frequent.
        blur_px: (n,) sigma.
        sharpness: (n,) factor, 1 for none.
        noise_levels: (n,) sigma in gray levels.
        salt_pepper: (n,) share of pixels.
        jpeg_quality: (n,) 100 for none.
        erase_xy: (n, 2) in 0…1, where the blank square lies.
        erase_box: (n, 4) x, y, width and height of the blank rectangle, of the sides.
        noise_seed: (n,) of what is drawn pixel by pixel.
    """

    flip_xy: np.ndarray
    quarters: np.ndarray
    angle_deg: np.ndarray
    shift_px: np.ndarray
    shift_frac: np.ndarray
    shear_deg: np.ndarray
    zoom_xy: np.ndarray
    corners: np.ndarray
    crop: np.ndarray
    brightness: np.ndarray
    contrast: np.ndarray
    gamma: np.ndarray
    saturation: np.ndarray
    hue_deg: np.ndarray
    channels: np.ndarray
    gray: np.ndarray
    posterize_bits: np.ndarray
    solarize_from: np.ndarray
    autocontrast: np.ndarray
    equalize: np.ndarray
    blur_px: np.ndarray
    sharpness: np.ndarray
    noise_levels: np.ndarray
    salt_pepper: np.ndarray
    jpeg_quality: np.ndarray
    erase_xy: np.ndarray
    erase_box: np.ndarray
    noise_seed: np.ndarray

    def __len__(self) -> int:
        return len(self.quarters)

    def of(self, indices: np.ndarray) -> "AugmentationParams":
        """The draws of the pictures with these numbers."""
        return AugmentationParams(
            **{field.name: getattr(self, field.name)[indices] for field in fields(self)}
        )
