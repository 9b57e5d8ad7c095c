"""The map of a space of features: as pixels, and as a piece of HTML one can zoom."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from kanjian import extras
from kanjian.explain.colors import colored
from kanjian.explain.embedding_map import EmbeddingMap, nearest_rows
from kanjian.images import fonts
from kanjian.images.text_line import line_of
from kanjian.reporting.embedded import embedded
from kanjian.reporting.figures import tile
from kanjian.reporting.render import fragment

_THUMB = 48
_NEIGHBORS = 8
# Told apart by most eyes, on light and on dark paper
_CLASS_COLORS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#b2182b",
    "#7a7a7a", "#7f8f00",
)  # fmt: skip
_SIDE, _EDGE, _LEGEND = 1400, 40, 26


def class_colors(count: int) -> tuple[str, ...]:
    """A color for each class: a fixed set for ten, evenly around a map beyond.

    Example:
        >>> class_colors(2), len(set(class_colors(30)))
        (('#0072b2', '#d55e00'), 30)
    """
    if count <= len(_CLASS_COLORS):
        return _CLASS_COLORS[:count]
    table = colored(np.linspace(0.05, 0.95, count), name="turbo")
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in table)


def thumbnails(space: EmbeddingMap) -> np.ndarray:
    """Every picture, small, in its order: (n, side, side, 3) uint8."""
    images = space.dataset.images
    small = np.empty((len(images), _THUMB, _THUMB, 3), np.uint8)
    for number in range(len(images)):
        small[number] = tile(images.read(number, cover_hw=(_THUMB, _THUMB)), _THUMB)
    return small


def placed01(points_xy: np.ndarray) -> np.ndarray:
    """Points moved into the unit square, both axes by the same scale; y downwards.

    Example:
        >>> placed01(np.array([[0.0, 0.0], [2.0, 1.0]])).tolist()
        [[0.0, 0.75], [1.0, 0.25]]
    """
    low, high = points_xy.min(axis=0), points_xy.max(axis=0)
    side = max(float((high - low).max()), 1e-12)
    moved: np.ndarray = (points_xy - (low + high) / 2) / side + 0.5
    moved[:, 1] = 1 - moved[:, 1]
    return moved


def space_picture(space: EmbeddingMap, small: np.ndarray) -> np.ndarray:
    """The map as a picture: a dot for every picture, thumbnails where there is room.

    Args:
        space: What to draw.
        small: As `thumbnails` gives them.

    Returns:
        RGB (h, w, 3) uint8.
    """
    classes = space.dataset.classes
    colors = class_colors(len(classes))
    legend = _legend(classes, colors)
    room = _SIDE - 2 * _EDGE
    centers = (placed01(space.points_xy) * room + _EDGE).round().astype(int)
    sheet = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    cv2 = extras.load("cv2")
    shades = [tuple(int(color[i : i + 2], 16) for i in (1, 3, 5)) for color in colors]
    for (x, y), label in zip(centers.tolist(), space.dataset.labels, strict=True):
        cv2.circle(sheet, (x, y), 4, shades[int(label)], -1, cv2.LINE_AA)
    for number in _apart(centers, _THUMB + 8):
        x, y = centers[number] - _THUMB // 2
        label = int(space.dataset.labels[number])
        sheet[y - 3 : y + _THUMB + 3, x - 3 : x + _THUMB + 3] = shades[label]
        sheet[y : y + _THUMB, x : x + _THUMB] = small[number]
    return np.concatenate([legend, sheet])


def _apart(centers: np.ndarray, gap: int) -> list[int]:
    """Pictures whose thumbnails do not touch, taken in order."""
    taken: list[int] = []
    for number, center in enumerate(centers):
        if not taken or (np.abs(centers[taken] - center).max(axis=1) >= gap).all():
            taken.append(number)
    return taken


def _legend(classes: Sequence[str], colors: Sequence[str]) -> np.ndarray:
    """Names of the classes in rows above the map; none where there is only one nameless."""
    from PIL import Image, ImageDraw

    if len(classes) < 2:
        return np.empty((0, _SIDE, 3), np.uint8)
    lines = [line_of(fonts.drawn(name, number, most=24), 17) for number, name in enumerate(classes)]
    width = max(line.width for line in lines) + 44
    columns = max(1, int((_SIDE - 2 * _EDGE) // width))
    sheet = Image.new("RGB", (_SIDE, math.ceil(len(classes) / columns) * _LEGEND + 20), "white")
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        x, y = _EDGE + number % columns * width, 22 + number // columns * _LEGEND
        draw.ellipse((x, y - 7, x + 14, y + 7), fill=colors[number])
        line.write(draw, (x + 22, y), fill="#22262b")
    return np.asarray(sheet)


def space_html(space: EmbeddingMap, small: np.ndarray) -> Markup:
    """The map as a piece of HTML: wheel, buttons or keys zoom, a click shows neighbors.

    Args:
        space: What to draw.
        small: As `thumbnails` gives them.
    """
    classes = space.dataset.classes
    columns = math.ceil(math.sqrt(len(small)))
    names = [each.replace("\\", "/").split("/")[-1] for each in space.dataset.names]
    data = {
        "side": _THUMB,
        "columns": columns,
        "points": placed01(space.points_xy).round(5).tolist(),
        "labels": space.dataset.labels.tolist(),
        "names": [name.encode(errors="replace").decode() for name in names],
        "classes": list(classes),
        "colors": class_colors(len(classes)),
        "near": [_near(space.features, row) for row in range(len(small))],
    }
    return fragment("space.html", space=data, sprite=embedded(_sprite(small, columns)))


def _near(features: np.ndarray, row: int) -> list[int]:
    found = nearest_rows(features, features[row], most=_NEIGHBORS + 1)
    return [other for other, _ in found if other != row][:_NEIGHBORS]


def _sprite(small: np.ndarray, columns: int) -> np.ndarray:
    rows = math.ceil(len(small) / columns)
    sheet = np.full((rows * columns, _THUMB, _THUMB, 3), 255, np.uint8)
    sheet[: len(small)] = small
    grid = sheet.reshape(rows, columns, _THUMB, _THUMB, 3).swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(rows * _THUMB, columns * _THUMB, 3))
