"""Heat maps: many points as a warm cloud over a picture."""

from pathlib import Path
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import canvas, with_color_bar

Palette = Literal["turbo", "inferno", "magma", "viridis", "jet"]
_PALETTES = ("turbo", "inferno", "magma", "viridis", "jet")


def density(
    points_xy: np.ndarray,
    size_hw: tuple[int, int],
    *,
    sigma: float = 10,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """How densely points lie, around every pixel.

    The points are counted in a two-dimensional histogram, a cell for each pixel, which is then
    smoothed with a Gaussian.

    Args:
        points_xy: (n, 2), column and row; (0, 0) is the middle of the first pixel. Points
            outside the picture do not count.
        size_hw: Height and width of the picture.
        sigma: Of the Gaussian, in pixels; 0 leaves the counts.
        weights: (n,) how much each point counts; by default 1.

    Returns:
        (height, width) float32, points per pixel: away from the border its sum is the sum of
        the weights; what the Gaussian spreads beyond the border is lost.

    Raises:
        ImageError: If an array has another shape, a value is not finite, or a number is
            not as said.

    Example:
        >>> density(np.array([[1, 0], [1, 0], [9, 9]]), (2, 3), sigma=0)
        array([[0., 2., 0.],
               [0., 0., 0.]], dtype=float32)
    """
    import cv2

    points, amounts = _checked_points(points_xy, weights)
    height, width = size_hw
    if height < 1 or width < 1:
        raise ImageError(f"size_hw must be at least 1 and 1, got {size_hw}.")
    if not 0 <= sigma < np.inf:
        raise ImageError(f"sigma must be at least 0, got {sigma}.")
    columns, rows = np.floor(points + 0.5).T
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    cells = (rows[inside] * width + columns[inside]).astype(np.intp)
    counts = np.bincount(cells, amounts[inside], height * width).reshape(height, width)
    cloud = counts.astype(np.float32)
    if sigma:
        # nothing lies beyond the border: a mirrored one would count points twice
        cloud = cv2.GaussianBlur(cloud, (0, 0), float(sigma), borderType=cv2.BORDER_CONSTANT)
    return cloud


@takes_picture
def heatmap(
    image: np.ndarray,
    *,
    points: str | Path | np.ndarray,
    sigma: float = 10,
    alpha: float = 0.6,
    palette: Palette = "turbo",
    bar: bool = True,
    on: np.ndarray | None = None,
) -> Drawn:
    """Points as a cloud of colors over a picture.

    Where no points lie the picture is as it was; the denser they lie, the more of the color.

    Args:
        image: Gray or RGB, uint8 or bool.
        points: A file with a point in each line, "x,y" or "x,y,weight" (a first line of names
            is skipped), or (n, 2) or (n, 3) of the same.
        sigma: As in `density`.
        alpha: How much of the color covers the picture where points lie densest, 0 to 1.
        palette: The colors, from few to many.
        bar: A bar at the right that says which color is which density, in points per 100×100
            pixels.
        on: What to draw on, where it has the same size; by default the picture itself.

    Returns:
        facts: points inside, outside, and the highest density; data["density"] as in
        `density`.

    Raises:
        ImageError: If the file cannot be read as points, or a number is not as said.

    Example:
        >>> heatmap(np.zeros((60, 60), np.uint8), points=np.array([[30, 30]])).facts["inside"]
        1
    """
    check_picture(image, types=("bool", "uint8"))
    check_choice("palette", palette, _PALETTES, error=ImageError)
    if not 0 <= alpha <= 1:
        raise ImageError(f"alpha must be from 0 to 1, got {alpha}.")
    table = read_points(points) if isinstance(points, str | Path) else np.asarray(points)
    weighted = table.ndim == 2 and table.shape[1] == 3
    points_xy, weights = (table[:, :2], table[:, 2]) if weighted else (table, None)
    cloud = density(points_xy, image.shape[:2], sigma=sigma, weights=weights)
    top = float(cloud.max())
    ramp = _ramp(palette)
    picture = _blended(canvas(image, on), cloud / top if top > 0 else cloud, ramp, alpha)
    if bar:
        picture = with_color_bar(picture, ramp, low=0, high=top * 1e4)
    inside = _inside(points_xy, image.shape)
    facts: dict[str, object] = {
        "inside": inside,
        "outside": len(points_xy) - inside,
        "most_per_100x100": round(top * 1e4, 3),
    }
    return Drawn(picture, facts, {"density": cloud})


def read_points(path: str | Path) -> np.ndarray:
    r"""The points of a text file, one in each line: "x,y" or "x,y,weight".

    Args:
        path: Values are parted by commas, semicolons, tabs or spaces. A first line of names
            is skipped, and so are empty lines.

    Returns:
        (n, 2) or (n, 3) float64.

    Raises:
        ImageError: If the file cannot be read, or a line is no point; it says which.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "points.csv").write_text("x,y\n3,4\n5,6\n")
        ...     read_points(Path(folder, "points.csv")).tolist()
        [[3.0, 4.0], [5.0, 6.0]]
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"points must be a text file with x,y in each line: {error}.") from error
    rows: list[list[float]] = []
    for number, text in enumerate(lines, start=1):
        row = _numbers(text)
        if row == [] or (row is None and number == 1):
            continue  # empty, or names
        wanted = (len(rows[0]),) if rows else (2, 3)
        if row is None or len(row) not in wanted:
            raise ImageError(f"{path}, line {number}: expected x,y or x,y,weight, got {text!r}.")
        rows.append(row)
    return np.array(rows, np.float64).reshape(len(rows), -1 if rows else 2)


def _numbers(text: str) -> list[float] | None:
    try:
        return [float(part) for part in text.replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return None


def _checked_points(
    points_xy: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    points = np.asarray(points_xy, np.float64)
    points = points.reshape(0, 2) if not points.size else points
    if points.ndim != 2 or points.shape[1] != 2:
        raise ImageError(f"points must be (n, 2): column and row of each, got {points.shape}.")
    amounts = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    if amounts.shape != (len(points),):
        raise ImageError(f"weights must be one for each of {len(points)}, got {amounts.shape}.")
    if not (np.isfinite(points).all() and np.isfinite(amounts).all() and (amounts >= 0).all()):
        raise ImageError("points and weights must be finite numbers, weights at least 0.")
    return points, amounts


def _inside(points_xy: np.ndarray, shape: tuple[int, ...]) -> int:
    columns, rows = np.floor(np.asarray(points_xy, np.float64).reshape(-1, 2) + 0.5).T
    within = (columns >= 0) & (columns < shape[1]) & (rows >= 0) & (rows < shape[0])
    return int(within.sum())


def _ramp(palette: str) -> np.ndarray:
    """(256, 3) RGB of a palette of OpenCV."""
    import cv2

    levels = np.arange(256, dtype=np.uint8)[:, None]
    bgr = cv2.applyColorMap(levels, getattr(cv2, f"COLORMAP_{palette.upper()}"))
    return np.asarray(bgr[:, 0, ::-1])


def _blended(picture: np.ndarray, heat: np.ndarray, ramp: np.ndarray, alpha: float) -> np.ndarray:
    color = ramp[np.rint(heat * 255).astype(np.uint8)]
    # the root: thin places are seen too, none at all stays none
    cover = (alpha * np.sqrt(heat))[..., None].astype(np.float32)
    mixed = picture + cover * (color - picture.astype(np.float32))
    pixels: np.ndarray = np.rint(mixed).astype(np.uint8)
    return pixels
