"""What is drawn for a picture depends on (seed, epoch, picture) and on nothing else."""

import zlib

import numpy as np

from kanjian.augmentation.params import AugmentationParams
from kanjian.augmentation.randaugment import add_randaugment
from kanjian.recipes.augmentation import Augmentation

# Keeps the draws apart from the order of the pictures, which has the same seed and epoch
_STREAM = 0xA06


def draw(augmentation: Augmentation, n: int, *, seed: int, epoch: int) -> AugmentationParams:
    """Draw the variations of all `n` pictures of one epoch.

    Each kind of variation has a stream of its own: switching one on leaves the others as
    they were.

    Args:
        augmentation: The bounds of every variation.
        n: Number of pictures.
        seed: The run's seed.
        epoch: Counted from 0.

    Returns:
        One draw per picture: the same again for the same arguments.

    Example:
        >>> first = draw(Augmentation(shift_px=2), 4, seed=1, epoch=0)
        >>> again = draw(Augmentation(shift_px=2), 4, seed=1, epoch=0)
        >>> bool((first.shift_px == again.shift_px).all()), int(abs(first.shift_px).max()) <= 2
        (True, True)
    """

    def uniform(name: str, *shape: int, of: int = epoch) -> np.ndarray:
        """Even in 0…1, from the stream of this name and epoch."""
        stream = np.random.default_rng([_STREAM, zlib.crc32(name.encode()), seed, of])
        return stream.random((n, *shape), np.float32)

    def flipped(name: str, *, on: bool) -> np.ndarray:
        if not on:
            return _still(False, n)
        if not augmentation.flip_alternates:
            return uniform(name) < 0.5
        return (uniform(name, of=0) < 0.5) ^ bool(epoch % 2)

    def signed(name: str, bound: float, *shape: int) -> np.ndarray:
        return bound * (2 * uniform(name, *shape) - 1) if bound else _still(0.0, n, *shape)

    def factor(name: str, bound: float, *shape: int) -> np.ndarray:
        return 1 + signed(name, bound, *shape)

    def up_to(name: str, bound: float) -> np.ndarray:
        return bound * uniform(name) if bound else _still(0.0, n)

    a = augmentation
    draws = AugmentationParams(
        flip_xy=np.stack([flipped("flip x", on=a.flip_horizontal),
                          flipped("flip y", on=a.flip_vertical)], 1),
        quarters=(uniform("quarters") * 4).astype(int) if a.quarter_turns else _still(0, n),
        angle_deg=signed("angle", a.rotate_deg),
        # floor of a uniform over 2k + 1 values: rounding would draw the ends half as often
        shift_px=(uniform("shift px", 2) * (2 * a.shift_px + 1)).astype(int) - a.shift_px
        if a.shift_px else _still(0, n, 2),
        shift_frac=signed("shift", a.shift_frac, 2),
        shear_deg=signed("shear", a.shear_deg, 2),
        zoom_xy=factor("zoom", a.zoom_frac, 2) if a.zoom_separate
        else np.broadcast_to(factor("zoom", a.zoom_frac)[:, None], (n, 2)),
        corners=a.perspective_frac * uniform("corners", 4, 2)
        if a.perspective_frac else _still(0.0, n, 4, 2),
        crop=_crop(uniform("crop", 4), a.crop_area, a.crop_aspect) if a.crop_area < 1
        else np.broadcast_to(np.array([0, 0, 1, 1], np.float32), (n, 4)),
        brightness=signed("brightness", a.brightness_frac),
        contrast=factor("contrast", a.contrast_frac),
        gamma=np.exp(signed("gamma", float(np.log(a.gamma)))),
        saturation=factor("saturation", a.saturation_frac),
        hue_deg=signed("hue", a.hue_deg),
        channels=signed("channels", a.channel_shift_levels, 3),
        gray=uniform("gray") < a.gray_share if a.gray_share else _still(False, n),
        posterize_bits=_still(8, n),
        solarize_from=_still(256, n),
        autocontrast=_still(False, n),
        equalize=_still(False, n),
        blur_px=up_to("blur", a.blur_px),
        sharpness=_still(1.0, n),
        noise_levels=up_to("noise", a.noise_levels),
        salt_pepper=up_to("salt and pepper", a.salt_pepper_frac),
        jpeg_quality=(a.jpeg_quality + uniform("jpeg") * (101 - a.jpeg_quality)).astype(int)
        if a.jpeg_quality < 100 else _still(100, n),
        erase_xy=uniform("erase xy", 2) if a.erase_px else _still(0.0, n, 2),
        erase_box=_rectangle(uniform("erase box", 4), a.erase_area)
        if a.erase_area else _still(0.0, n, 4),
        noise_seed=np.random.default_rng([_STREAM, seed, epoch]).integers(0, 2**63, n)
        if a.noise_levels or a.salt_pepper_frac else _still(0, n),
    )  # fmt: skip
    if a.randaugment_ops:
        return add_randaugment(
            draws,
            uniform("randaugment ops", 14),
            uniform("randaugment signs", a.randaugment_ops),
            magnitude=a.randaugment_magnitude,
        )
    return draws


def _still(value: float, n: int, *shape: int) -> np.ndarray:
    """The same for every picture, without taking memory for it."""
    return np.broadcast_to(np.asarray(value), (n, *shape))


def _crop(uniform: np.ndarray, smallest: float, most_aspect: float) -> np.ndarray:
    """A random part of the picture: its area, then the ratio of its sides, then its place."""
    area = smallest + (1 - smallest) * uniform[:, 0]
    # a ratio at which the part still lies within the picture
    most = np.minimum(np.log(most_aspect), -np.log(area))
    root = np.exp((uniform[:, 1] - 0.5) * most)
    sides = np.stack([np.sqrt(area) * root, np.sqrt(area) / root], 1)
    return np.concatenate([uniform[:, 2:] * (1 - sides), sides], 1)


def _rectangle(uniform: np.ndarray, largest: float) -> np.ndarray:
    """A rectangle of up to this area, sides in a ratio of up to 3, wherever it finds room."""
    area = largest * uniform[:, 0]
    root = np.exp((uniform[:, 1] - 0.5) * np.log(3))
    sides = np.minimum(np.stack([np.sqrt(area) * root, np.sqrt(area) / root], 1), 1)
    return np.concatenate([uniform[:, 2:] * (1 - sides), sides], 1)
