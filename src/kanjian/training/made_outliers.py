"""Pictures of nothing that was learned, made from those that were: to try an open-set score on.

Real strangers are not at hand where a network is trained. These keep the colors and the fineness of
the training pictures, so that no score can tell them by that alone, and show no object of theirs.
"""

from collections.abc import Callable

import numpy as np

from kanjian import extras

_TILES = 8  # along each side; of 4 x 4 tiles of a photo the object can still be told


def made_outliers(images: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Make pictures that belong to no class.

    A fourth each: its tiles shuffled; its spectrum with the phases of noise, a texture; a small
    piece enlarged; blurred until only its colors are left.

    Args:
        images: (m, height, width, channels) uint8 to make them of.
        n: How many.
        seed: Of what is drawn.

    Returns:
        (n, height, width, channels) uint8.

    Example:
        >>> images = np.random.default_rng(0).integers(0, 256, (3, 16, 24, 3)).astype(np.uint8)
        >>> made_outliers(images, 6, seed=0).shape
        (6, 16, 24, 3)
    """
    rng = np.random.default_rng(seed)
    makers: tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], ...]
    makers = (_shuffled, _texture, _piece, _blurred)
    picked = rng.integers(len(images), size=n)
    return np.stack(
        [makers[number % len(makers)](images[at], rng) for number, at in enumerate(picked)]
    )


def _shuffled(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width, channels = image.shape
    tiles = min(_TILES, height, width)
    rows, columns = height // tiles, width // tiles
    cut = image[: rows * tiles, : columns * tiles].reshape(tiles, rows, tiles, columns, channels)
    parts = cut.transpose(0, 2, 1, 3, 4).reshape(-1, rows, columns, channels)
    mixed = rng.permutation(parts).reshape(tiles, tiles, rows, columns, channels)
    return _sized(mixed.transpose(0, 2, 1, 3, 4).reshape(rows * tiles, -1, channels), image)


def _texture(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.fft2(image.astype(np.float64), axes=(0, 1))
    noise = np.angle(np.fft.fft2(rng.normal(size=image.shape[:2])))[..., None]
    made = np.fft.ifft2(np.abs(spectrum) * np.exp(1j * noise), axes=(0, 1)).real
    return np.clip(np.round(made), 0, 255).astype(np.uint8)


def _piece(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = (max(1, side // 6) for side in image.shape[:2])
    top, left = (
        rng.integers(side - part + 1)
        for side, part in zip(image.shape[:2], (height, width), strict=True)
    )
    return _sized(image[top : top + height, left : left + width], image)


def _blurred(image: np.ndarray, _: np.random.Generator) -> np.ndarray:
    cv2 = extras.load("cv2")
    made: np.ndarray = cv2.GaussianBlur(image, (0, 0), max(image.shape[:2]) / 12)
    return made.reshape(image.shape)


def _sized(image: np.ndarray, like: np.ndarray) -> np.ndarray:
    cv2 = extras.load("cv2")
    height, width = like.shape[:2]  # cv2 wants (width, height)
    resized = cv2.resize(np.ascontiguousarray(image), (width, height))
    made: np.ndarray = resized.reshape(like.shape)
    return made
