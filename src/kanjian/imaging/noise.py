"""Noise of cameras, wires and files; the same noise for the same seed, never in place.

The one place where noise is made: training pictures, denoisers and comparisons all call
it. Whole-number pictures are rounded and keep to what their type can hold. Floats stay as they
come, below black and above white too, as the literature on denoising measures them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.levels import LARGEST, check_at_least, in_type_of

_BOOL, _FLOAT32, _FLOAT64 = np.dtype(np.bool_), np.dtype(np.float32), np.dtype(np.float64)
# The value of white
_WHITE_OR_BOOL = LARGEST | {_FLOAT32: 255.0, _FLOAT64: 255.0}
_WHITE = {dtype: value for dtype, value in _WHITE_OR_BOOL.items() if dtype != _BOOL}
Seed = int | np.random.Generator


@takes_picture
def gaussian(
    image: np.ndarray, *, sigma: float = 25, seed: Seed = 0, peak: float | None = None
) -> np.ndarray:
    """Normal noise: to every value a number of its own is added.

    Args:
        image: (height, width) or (height, width, channels); uint8, uint16 or floats. A picture
            without pixels comes back as it is.
        sigma: Standard deviation in gray levels, of which white has 255.
        seed: The same noise for the same seed; a generator goes on where it stands.
        peak: The value of white; by default the largest of a whole-number type, and 255 for
            floats.

    Returns:
        New array, same shape and dtype.

    Raises:
        ImageError: If the picture or a number is not as said.

    Example:
        >>> flat = np.full((100, 100), 128, np.uint8)
        >>> abs(gaussian(flat, sigma=10).std() - 10) < 0.2
        np.True_
    """
    white = _checked(image, peak)
    check_at_least(0, sigma=sigma)
    if not sigma:
        return image.copy()
    deviation = _own(image).type(sigma * (white / 255))
    return in_type_of(image + deviation * _normal(image, seed), image)


@takes_picture
def speckle(
    image: np.ndarray, *, sigma: float = 25, seed: Seed = 0, peak: float | None = None
) -> np.ndarray:
    """Normal noise in proportion to the brightness, as of radar and ultrasound; black has none.

    Args:
        image: As in `gaussian`, and so are the other arguments.
        sigma: Standard deviation at white, in gray levels, of which white has 255.
        seed: As in `gaussian`.
        peak: As in `gaussian`.

    Example:
        >>> speckle(np.zeros((2, 2), np.uint8)).max()
        np.uint8(0)
    """
    _checked(image, peak)
    check_at_least(0, sigma=sigma)
    if not sigma:
        return image.copy()
    share = _own(image).type(sigma / 255)
    return in_type_of(image * (1 + _normal(image, seed) * share), image)


@takes_picture
def poisson(
    image: np.ndarray, *, photons: float = 100, seed: Seed = 0, peak: float | None = None
) -> np.ndarray:
    """Counted light: few photons, much noise, and more of it where it is bright.

    Args:
        image: As in `gaussian`, and so are the other arguments; values below 0 count as 0.
        photons: How many white has on average; with none all is dark.
        seed: As in `gaussian`.
        peak: As in `gaussian`.

    Example:
        >>> flat = np.full((100, 100), 255, np.uint16)
        >>> counted = poisson(flat, photons=100, peak=255)
        >>> abs(counted.std() - 25.5) < 1  # the root of 100 photons is a tenth of them
        np.True_
    """
    white = _checked(image, peak)
    check_at_least(0, photons=photons)
    if not photons:
        return np.zeros_like(image)
    expected = image.clip(0).astype(_own(image), copy=False) * (photons / white)
    return in_type_of(_generator(seed).poisson(expected) * (white / photons), image)


@takes_picture
def salt_pepper(
    image: np.ndarray,
    *,
    amount: float = 0.05,
    salt: float = 0.5,
    seed: Seed = 0,
    peak: float | None = None,
) -> np.ndarray:
    """Some pixels white, some black, all channels of a pixel at once.

    Args:
        image: As in `gaussian`, or bool; and so are the other arguments.
        amount: Share of the pixels that turn, 0 to 1; each by its own chance.
        salt: Share of white among them.
        seed: As in `gaussian`.
        peak: As in `gaussian`.

    Example:
        >>> gray = np.full((8, 8), 128, np.uint8)
        >>> sorted(set(salt_pepper(gray, amount=1).ravel().tolist()))
        [0, 255]
    """
    white = _checked(image, peak, _WHITE_OR_BOOL)
    _check_share(amount=amount, salt=salt)
    if not amount:
        return image.copy()
    chance = _generator(seed).random((*image.shape[:2], *(1,) * (image.ndim - 2)), np.float32)
    out: np.ndarray = np.where(chance < amount * salt, image.dtype.type(white), image)
    # in float32 like the chance itself: 1 - 0 must be above every chance
    dark = chance >= 1 - amount * (1 - salt)
    return np.where(dark, image.dtype.type(0), out)


@takes_picture
def white(
    image: np.ndarray, *, amount: float = 0.05, seed: Seed = 0, peak: float | None = None
) -> np.ndarray:
    """Some pixels white, wherever they lie.

    Args:
        image: As in `salt_pepper`, and so are the other arguments.
        amount: Share of the pixels that turn, 0 to 1; each by its own chance.
        seed: As in `gaussian`.
        peak: As in `gaussian`.

    Example:
        >>> white(np.zeros((1, 3), np.uint8), amount=1)
        array([[255, 255, 255]], dtype=uint8)
    """
    return salt_pepper(image, amount=amount, salt=1, seed=seed, peak=peak)


@takes_picture
def jpeg(image: np.ndarray, *, quality: int = 20, peak: float | None = None) -> np.ndarray:
    """The picture after a way through a JPEG file; color at half its size, as cameras do.

    JPEG knows 256 levels: other types are rounded to these on the way. Nothing is drawn by
    chance, so there is no seed.

    Args:
        image: (height, width) or with 1 or 3 channels; types as in `gaussian`.
        quality: 1 to 100.
        peak: As in `gaussian`.

    Example:
        >>> jpeg(np.zeros((4, 4, 3), np.uint8), quality=50).shape
        (4, 4, 3)
    """
    top = _checked(image, peak)
    channels = image.shape[2] if image.ndim == 3 else 1
    if channels not in (1, 3):
        raise ImageError(f"image must have 1 or 3 channels for JPEG, got {channels}.")
    if not 1 <= quality <= 100:
        raise ImageError(f"quality must be from 1 to 100, got {quality}.")
    if not image.size:
        return image.copy()
    if image.dtype == np.uint8 and top == 255:
        return _through_jpeg(image, channels, int(quality))
    levels = np.rint((image * (255 / top)).clip(0, 255)).astype(np.uint8)
    return in_type_of(_through_jpeg(levels, channels, int(quality)) * (top / 255), image)


def _through_jpeg(image: np.ndarray, channels: int, quality: int) -> np.ndarray:
    import simplejpeg

    space = "GRAY" if channels == 1 else "RGB"
    pixels = np.ascontiguousarray(image).reshape(*image.shape[:2], channels)
    sampling = {"colorsubsampling": "Gray" if channels == 1 else "420"}
    data = simplejpeg.encode_jpeg(pixels, quality, space, **sampling)
    decoded: np.ndarray = simplejpeg.decode_jpeg(data, space)
    return decoded.reshape(image.shape)


def _checked(
    image: np.ndarray,
    peak: float | None,
    whites: "dict[np.dtype[Any], float]" = _WHITE,
) -> float:
    """The value of white, if `image` is a picture."""
    known = isinstance(image, np.ndarray) and image.ndim in (2, 3) and image.dtype in whites
    if not known:
        is_array = isinstance(image, np.ndarray)
        got = f"{image.shape} {image.dtype}" if is_array else type(image).__name__
        raise ImageError(
            "image must be (height, width) or (height, width, channels) "
            f"{' or '.join(map(str, whites))}, got {got}."
        )
    largest = whites[image.dtype]
    if peak is None or image.dtype.kind == "b":
        return largest
    if not 0 < peak < np.inf:
        raise ImageError(f"peak must be above 0, got {peak}.")
    if image.dtype.kind == "u" and peak > largest:
        raise ImageError(f"peak must be at most {largest:g} for {image.dtype}, got {peak}.")
    return peak


def _check_share(**named: float) -> None:
    for name, value in named.items():
        if not 0 <= value <= 1:
            raise ImageError(f"{name} must be from 0 to 1, got {value}.")


def _generator(seed: Seed) -> np.random.Generator:
    if isinstance(seed, np.random.Generator):
        return seed
    if seed < 0:
        raise ImageError(f"seed must be at least 0, got {seed}.")
    # SFC64 draws fastest of all and starts fastest from a seed: small pictures feel it
    return np.random.Generator(np.random.SFC64(int(seed)))


def _own(image: np.ndarray) -> "np.dtype[Any]":
    """What to compute in: float32 holds every level of 16 bits."""
    return _FLOAT64 if image.dtype == _FLOAT64 else _FLOAT32


def _normal(image: np.ndarray, seed: Seed) -> np.ndarray:
    draw: Callable[..., np.ndarray] = _generator(seed).standard_normal
    return draw(image.shape, _own(image))
