"""What is drawn over pictures: colors that differ, marks, a few words, legends, color bars.

Words here are figures and single English words: OpenCV's own letters do for them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from kanjian.imaging.binary import check_picture

Color = tuple[int, int, int]


def colors(count: int) -> np.ndarray:
    """Bright colors, neighbors in number far apart in hue.

    Args:
        count: How many; the first ones do not depend on it.

    Returns:
        (count, 3) uint8 RGB, none of them gray.

    Example:
        >>> colors(2)
        array([[255,  64,  64],
               [ 64, 120, 255]], dtype=uint8)
    """
    hue = np.arange(count) * 0.618034 % 1  # golden section: no two near each other for long
    # a triangle wave a third of a turn apart for red, green and blue
    wave = np.abs((hue[:, None] * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    found: np.ndarray = np.rint(64 + 191 * wave.clip(0, 1)).astype(np.uint8)
    return found


def canvas(image: np.ndarray, on: np.ndarray | None = None) -> np.ndarray:
    """A new RGB picture to draw on.

    Args:
        image: The picture an operation looked at; bool or uint8.
        on: Another that shall be drawn on; not used where its size is another.

    Returns:
        RGB (height, width, 3) uint8, a copy.

    Example:
        >>> canvas(np.array([[0, 1]], bool)).tolist()
        [[[0, 0, 0], [255, 255, 255]]]
    """
    if on is not None and on.shape[:2] == image.shape[:2]:
        image = on
    check_picture(image, types=("bool", "uint8"))
    if image.dtype == np.bool_:
        image = image.view(np.uint8) * np.uint8(255)
    if image.ndim == 3:
        return image.copy()
    # 0 and 1 as black and white: a binary picture would be black to the eye
    gray = image * np.uint8(255) if image.max() == 1 else image
    return np.repeat(gray[:, :, None], 3, axis=2)


def viewable(values: np.ndarray) -> np.ndarray:
    """Numbers as gray levels, 0 black and the largest white; below 0 is black.

    Example:
        >>> viewable(np.array([[0.0, 2.0, 4.0]]))
        array([[  0, 128, 255]], dtype=uint8)
    """
    largest = float(values.max())
    scale = 255 / largest if largest > 0 else 0.0
    return np.floor(values.clip(0) * scale + 0.5).astype(np.uint8)


def marked(picture: np.ndarray, points_xy: np.ndarray, *, radius: int | None = None) -> np.ndarray:
    """A circle around each point, seen on bright and on dark.

    Args:
        picture: RGB uint8.
        points_xy: (n, 2), column and row; (0, 0) is the middle of the first pixel.
        radius: In pixels; by default it grows with the picture.

    Returns:
        A new picture.

    Example:
        >>> marked(np.zeros((9, 9, 3), np.uint8), np.array([[4, 4]])).any()
        np.True_
    """
    import cv2

    out = picture.copy()
    radius = max(3, round(min(picture.shape[:2]) / 100)) if radius is None else radius
    # circles are placed to 1/16 of a pixel
    for x, y in np.rint(np.asarray(points_xy, np.float64).reshape(-1, 2) * 16).astype(int):
        for color, thickness in (((0, 0, 0), 3), ((255, 64, 64), 1)):
            center, wide = (int(x), int(y)), radius * 16
            cv2.circle(out, center, wide, color, thickness, cv2.LINE_AA, 4)
    return out


def word(text: str, *, color: Color = (0, 0, 0)) -> np.ndarray:
    """A word in small letters on white.

    Args:
        text: Letters, digits and signs of ASCII.
        color: Of the letters.

    Returns:
        RGB (16, width, 3) uint8, as wide as the word.

    Example:
        >>> word("kept").shape[0]
        16
    """
    import cv2

    face, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.4
    (width, _), _ = cv2.getTextSize(text, face, scale, 1)
    strip = np.full((16, width + 2, 3), 255, np.uint8)
    cv2.putText(strip, text, (1, 12), face, scale, color, 1, cv2.LINE_AA)
    return strip


def with_legend(picture: np.ndarray, names: Mapping[str, Color]) -> np.ndarray:
    """A picture with a line below it that says what each color means.

    Args:
        picture: RGB uint8; widened with white where the legend needs it.
        names: The color of each name, in order.

    Example:
        >>> with_legend(np.zeros((20, 200, 3), np.uint8), {"kept": (255, 255, 255)}).shape
        (44, 200, 3)
    """
    entries = []
    for name, color in names.items():
        chip = np.full((16, 22, 3), 255, np.uint8)
        chip[1:15, 4:18] = 96
        chip[2:14, 5:17] = color
        entries += [chip, word(name), np.full((16, 10, 3), 255, np.uint8)]
    legend = np.pad(np.concatenate(entries, axis=1), ((4, 4), (0, 0), (0, 0)), constant_values=255)
    return stacked([picture, legend])


def stacked(strips: Sequence[np.ndarray]) -> np.ndarray:
    """RGB pictures below one another, the narrow ones filled up with white.

    Example:
        >>> stacked([np.zeros((2, 3, 3), np.uint8), np.zeros((1, 5, 3), np.uint8)]).shape
        (3, 5, 3)
    """
    width = max(strip.shape[1] for strip in strips)
    return np.concatenate(
        [
            np.pad(strip, ((0, 0), (0, width - strip.shape[1]), (0, 0)), constant_values=255)
            for strip in strips
        ]
    )


def with_color_bar(picture: np.ndarray, ramp: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """A picture with a bar at its right that says which color is which value.

    Args:
        picture: RGB uint8; lengthened with white where it is lower than the bar.
        ramp: (256, 3) uint8, from low to high.
        low: The value at the bottom.
        high: The value at the top.

    Example:
        >>> ramp = np.zeros((256, 3), np.uint8)
        >>> with_color_bar(np.zeros((100, 80, 3), np.uint8), ramp, low=0, high=1).shape
        (100, 129, 3)
    """
    height = max(48, picture.shape[0])
    levels = np.linspace(255, 0, height - 16).round().astype(int)
    bar = np.full((height, 22, 3), 255, np.uint8)
    bar[8:-8, 8:20] = ramp[levels][:, None]
    ticks = [word(_short(low + (high - low) * share)) for share in (1, 0.5, 0)]
    side = np.full((height, max(tick.shape[1] for tick in ticks) + 4, 3), 255, np.uint8)
    for tick, top in zip(ticks, (0, (height - 16) // 2, height - 16), strict=True):
        side[top : top + 16, 2 : 2 + tick.shape[1]] = tick
    below = ((0, height - picture.shape[0]), (0, 0), (0, 0))
    return np.concatenate([np.pad(picture, below, constant_values=255), bar, side], axis=1)


def _short(value: float) -> str:
    return f"{value:.3g}"
