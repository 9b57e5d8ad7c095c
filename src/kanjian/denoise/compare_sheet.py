"""All methods side by side on one picture: the same detail, enlarged."""

import numpy as np

from kanjian.denoise.compare import DenoisingComparison, Score
from kanjian.i18n import _
from kanjian.images import draw
from kanjian.images.convert import to_gray, to_rgb
from kanjian.images.fonts import words_in_pictures
from kanjian.reporting import figures
from kanjian.spoken import heading

_CROP, _TILE, _COLUMNS, _TITLE_PX, _EDGE = 96, 288, 4, 18, 6
_MARK = (230, 60, 30)


@words_in_pictures()
def sheet(comparison: DenoisingComparison, *, tile: int = _TILE) -> np.ndarray:
    """The first picture of a comparison and what each method makes of its busiest detail.

    Args:
        comparison: From `compare`.
        tile: Side of each picture on the sheet.

    Returns:
        RGB (height, width, 3) uint8; under each detail the method, its PSNR and SSIM on the
        whole picture, and seconds.
    """
    clean = _levels(comparison.example["clean"])
    top, left, side = busiest(clean, _CROP)
    scores = comparison.of(comparison.scores[0].picture)
    height, width = clean.shape[:2]
    tiles = [
        figures.tile(_marked(clean, top, left, side), tile),
        _enlarged(clean[top:, left:][:side, :side], tile),
    ]
    captions = [f"{scores[next(iter(scores))].picture.name}\n{width}×{height}", _("clean")]
    for name, title in comparison.titles.items():
        detail = _levels(comparison.example[name])[top:, left:][:side, :side]
        tiles.append(_enlarged(detail, tile))
        captions.append(_caption(heading(title), scores[name]))
    body = draw.contact_sheet(
        tiles, captions=captions, columns=_COLUMNS, tile_hw=(tile, tile), cut="middle"
    )
    return _titled(body, _("Gaussian noise, σ = {sigma} gray levels",
                           sigma=f"{comparison.sigma:g}"))  # fmt: skip


def _caption(title: str, score: Score) -> str:
    took = "" if score.method == "noisy" else f"   {duration(score.seconds)}"
    return f"{title}\n{score.psnr:.2f} dB   {score.ssim:.3f}{took}"


def duration(seconds: float) -> str:
    """A time from microseconds to minutes, in two or three digits.

    Example:
        >>> duration(0.00042), duration(0.0421), duration(12.34)
        ('0.42 ms', '42 ms', '12 s')
    """
    number, unit = (1000 * seconds, "ms") if seconds < 1 else (seconds, "s")
    digits = 2 if number < 1 else 1 if number < 10 else 0
    return f"{number:.{digits}f} {unit}"


def _levels(image: np.ndarray) -> np.ndarray:
    levels: np.ndarray = np.rint(image.clip(0, 255)).astype(np.uint8)
    return levels


def busiest(image: np.ndarray, side: int) -> tuple[int, int, int]:
    """Top, left and side of the square with the most detail; the side is that of small pictures.

    Example:
        >>> image = np.zeros((20, 30), np.uint8)
        >>> image[12:15, 20:22] = 255
        >>> top, left, side = busiest(image, 8)
        >>> top <= 12 and top + side >= 15 and left <= 20 and left + side >= 22
        True
    """
    import cv2

    side = min(side, *image.shape[:2])
    # shapes, not gravel: what is left of edges after a little blur
    gray = cv2.GaussianBlur(to_gray(image).astype(np.float32), (0, 0), 2)
    edges = np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))
    total = cv2.boxFilter(edges, -1, (side, side), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    room = total[: image.shape[0] - side + 1, : image.shape[1] - side + 1]
    top, left = np.unravel_index(int(room.argmax()), room.shape)
    return int(top), int(left), side


def _marked(image: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """The whole picture with a frame around the detail, drawn thick enough to stay visible."""
    import cv2

    marked = to_rgb(image).copy()
    thick = max(1, round(max(image.shape[:2]) / _TILE * 2))
    # cv2 wants (x, y)
    cv2.rectangle(marked, (left, top), (left + side - 1, top + side - 1), _MARK, thick)
    return marked


def _enlarged(detail: np.ndarray, tile: int) -> np.ndarray:
    """By whole pixels: what a method did to each stays to be seen."""
    return figures.tile(detail, tile)


def _titled(body: np.ndarray, title: str) -> np.ndarray:
    strip = draw.text_strip(title, body.shape[1] - 2 * _EDGE, text_px=_TITLE_PX)
    head = np.full((len(strip) + 2 * _EDGE, body.shape[1], 3), 255, np.uint8)
    head[_EDGE : _EDGE + len(strip), _EDGE : body.shape[1] - _EDGE] = strip
    return np.concatenate([head, body])
