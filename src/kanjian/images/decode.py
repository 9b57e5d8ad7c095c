"""Read any picture safely: the right pixels, upright, or one sentence that says why not."""

from typing import Literal, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images import jpeg, pillow, pnm
from kanjian.images.convert import to_gray, to_rgb
from kanjian.images.flaws import tell
from kanjian.images.header import Header
from kanjian.images.orientation import swaps_sides, upright
from kanjian.images.sniff import MAX_PIXELS, read_header
from kanjian.images.source import Source, UnreadableError, name_of, open_source

Color = Literal["rgb", "gray", "as-is"]


def read_image(
    source: Source,
    *,
    color: Color = "as-is",
    cover_hw: tuple[int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """The picture in a file, upright, as an array.

    JPEG, PNG, WebP, BMP, TIFF, GIF (its first frame), AVIF, PBM, PGM and PPM, told by content
    and not by name; HEIC and JPEG XL where a plug-in of Pillow for them is installed. One
    rule each: EXIF orientation is applied; transparency is laid over white; 16 bits become 8
    by taking the high byte; CMYK becomes RGB without a color profile; a palette picture is
    gray where its palette is. A file whose pixels are all there is read although its end
    mark is missing or stray bytes lie in it; see `flaws_seen`.

    Args:
        source: Path, with any Unicode name; bytes; or a file object opened with 'rb'.
        color: "as-is" leaves gray files gray and makes all others RGB; "rgb" and "gray"
            give that for every file.
        cover_hw: A JPEG may come at 1/2, 1/4 or 1/8 of its size, as long as height and
            width (upright) are at least these. Saves time where it is shrunk anyway.
        max_pixels: The header's width × height may be at most this; checked before any
            pixel is decoded.

    Returns:
        RGB (height, width, 3) or gray (height, width), uint8.

    Raises:
        ImageError: If the file is missing, empty, cut short, damaged, of another format,
            or too large. The message names it and the reason.

    Example:
        >>> read_image(b"P2 2 1 255  7 9")
        array([[7, 9]], dtype=uint8)
        >>> read_image(b"P5 2 1 255 7")
        Traceback (most recent call last):
        kanjian.errors.ImageError: cannot read the given bytes: it is cut short or damaged (it ends
            before its last pixel). Get a fresh copy or leave it out.
    """
    check_choice("color", color, get_args(Color), error=ImageError, where="read_image()")
    with open_source(source) as stream:
        kind, header = read_header(stream)
        _check_pixels(header, max_pixels)
        stream.seek(0)
        flaws: list[str] = []
        image = _decode(stream.read(), kind, header, color, cover_hw, flaws)
    if flaws:
        tell(name_of(source), ", ".join(flaws))
    return to_rgb(image) if color == "rgb" else to_gray(image) if color == "gray" else image


def _check_pixels(header: Header, max_pixels: int) -> None:
    height, width = header.size_hw
    if height * width > max_pixels:
        raise UnreadableError(
            f"its header states {width}×{height} pixels, more than the limit of {max_pixels:,}. "
            "If it is meant to be that large, shrink it or raise max_pixels."
        )


def _decode(
    data: bytes,
    kind: str,
    header: Header,
    color: Color,
    cover_hw: tuple[int, int] | None,
    flaws: list[str],
) -> np.ndarray:
    if kind == "pnm":
        return pnm.decode(data)
    if kind != "jpeg":
        return pillow.decode(data, kind, flaws)
    gray = color == "gray" or (color == "as-is" and header.channels == 1)
    if cover_hw and swaps_sides(header.orientation):
        cover_hw = cover_hw[1], cover_hw[0]
    image = jpeg.decode(
        data, header, color="gray" if gray else "rgb", cover_hw=cover_hw, flaws=flaws
    )
    return upright(image, header.orientation)
