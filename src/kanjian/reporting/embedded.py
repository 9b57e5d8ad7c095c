"""Pictures inside a page, as data addresses."""

import base64
from dataclasses import dataclass

import numpy as np

from kanjian import extras
from kanjian.images.write import encode_png

_SMALL = 64  # pictures up to this size keep every pixel, and the browser shows them
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture inside a page.

    Args:
        address: The picture itself, as a `data:` address.
        small: Whether the browser should enlarge it by whole pixels.
    """

    address: str
    small: bool = False


def embedded(image: np.ndarray, *, side: int | None = None, exact: bool = False) -> Embedded:
    """A picture to put into a page: small ones pixel for pixel, others as JPEG.

    Args:
        image: RGB (h, w, 3) or gray (h, w) uint8.
        side: Larger ones are reduced to this, about 10 kB for 240.
        exact: Keep every pixel of a large one too.

    Example:
        >>> embedded(np.zeros((4, 4), np.uint8))
        Embedded(address='data:image/png;base64,...', small=True)
    """
    height, width = image.shape[:2]
    small = max(height, width) <= _SMALL
    scale = 1.0 if side is None else min(1.0, side / max(height, width))
    if scale < 1:
        # cv2 wants (width, height); everything of ours is (height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        cv2 = extras.load("cv2")
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if small or exact:
        return Embedded(address_of(encode_png(image), "png"), small)
    return Embedded(address_of(_jpeg(image), "jpeg"))


def _jpeg(image: np.ndarray) -> bytes:
    cv2 = extras.load("cv2")
    stored = np.ascontiguousarray(image if image.ndim == 2 else image[..., ::-1])
    _, coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    content: bytes = coded.tobytes()
    return content


def address_of(content: bytes, kind: str) -> str:
    """The `data:` address of a picture that is a file already.

    Example:
        >>> address_of(b"GIF89a", "gif")
        'data:image/gif;base64,R0lGODlh'
    """
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
