"""What cameras and the ways of a picture do to it: blur, noise, JPEG."""

import numpy as np

from kanjian.imaging import noise

# A kernel this narrow changes no pixel by more than a level
_LEAST_SIGMA = 0.2


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur; the picture goes on mirrored beyond its border.

    Args:
        image: (height, width, channels) uint8.
        sigma: In pixels.

    Example:
        >>> blurred(np.full((4, 4, 3), 9, np.uint8), 1.0).max()
        np.uint8(9)
    """
    import cv2

    if sigma < _LEAST_SIGMA:
        return image
    soft: np.ndarray = cv2.GaussianBlur(image, (0, 0), float(sigma)).reshape(image.shape)
    return soft


def sharpened(image: np.ndarray, factor: float) -> np.ndarray:
    """Sharper above 1, softer below; 1 leaves it as it is.

    Example:
        >>> sharpened(np.full((4, 4, 1), 9, np.uint8), 1.5).max()
        np.uint8(9)
    """
    import cv2

    soft = blurred(image, 1.0)
    sharp: np.ndarray = cv2.addWeighted(image, factor, soft, 1 - factor, 0)
    return sharp.reshape(image.shape)


def noisy(image: np.ndarray, sigma: float, salt_pepper: float, seed: int) -> np.ndarray:
    """Gaussian noise, then white and black pixels, half of each.

    Args:
        image: (height, width, channels) uint8.
        sigma: In gray levels.
        salt_pepper: Share of the pixels.
        seed: The same noise for the same seed.

    Example:
        >>> gray = np.full((8, 8, 1), 128, np.uint8)
        >>> sorted(set(noisy(gray, 0, 1.0, seed=0).ravel().tolist()))
        [0, 255]
    """
    rng = np.random.Generator(np.random.SFC64(int(seed)))
    image = noise.gaussian(image, sigma=sigma, seed=rng)
    return noise.salt_pepper(image, amount=salt_pepper, seed=rng)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """The picture after a way through a JPEG file of this quality, 1 to 100.

    Example:
        >>> jpeg(np.zeros((4, 4, 3), np.uint8), 50).shape
        (4, 4, 3)
    """
    return noise.jpeg(image, quality=quality)
