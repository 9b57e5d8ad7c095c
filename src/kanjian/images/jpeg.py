"""JPEG: the header by our own walk over the segments, the pixels by libjpeg-turbo."""

import struct
from typing import BinaryIO, Literal

import numpy as np

from kanjian.images.header import Header
from kanjian.images.jpeg_flaws import without
from kanjian.images.orientation import exif_orientation
from kanjian.images.source import UnreadableError

# Start of frame, all codings; c4, c8 and cc are other segments in the same range
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP1, _SCAN, _END = 0xE1, 0xDA, 0xD9
_MOST_FLAWS = 4  # in one file
_DAMAGED = "it is cut short or damaged ({}). Get a fresh copy or leave it out."


def read_header(stream: BinaryIO) -> Header:
    """Walk the segments up to the frame header; EXIF comes before it.

    Raises:
        UnreadableError: If there is no frame header.
    """
    orientation = 1
    stream.seek(2)
    while True:
        marker, length = _next_segment(stream)
        if marker in _FRAMES:
            bits, height, width, components = struct.unpack(">BHHB", _take(stream, 6))
            channels = 1 if components == 1 else 3
            return Header((height, width), channels, bits, orientation, cmyk=components == 4)
        if marker in (_SCAN, _END):
            raise UnreadableError(_DAMAGED.format("no frame header"))
        if marker == _APP1 and orientation == 1:
            orientation = exif_orientation(_take(stream, length))
        else:
            stream.seek(length, 1)


def _next_segment(stream: BinaryIO) -> tuple[int, int]:
    """The next marker and how many bytes of content follow its length."""
    lead, marker = _take(stream, 2)
    # any number of fill bytes may come before a marker, and strays are `jpeg_flaws`' to decide on
    while lead != 0xFF or marker in (0x00, 0xFF):
        lead, marker = marker, _take(stream, 1)[0]
    length = int.from_bytes(_take(stream, 2), "big")
    if length < 2:
        raise UnreadableError(_DAMAGED.format("segment of impossible length"))
    return marker, length - 2


def _take(stream: BinaryIO, count: int) -> bytes:
    taken = stream.read(count)
    if len(taken) < count:
        raise UnreadableError(_DAMAGED.format("the header ends early"))
    return taken


def decode(
    data: bytes,
    header: Header,
    *,
    color: Literal["rgb", "gray"],
    cover_hw: tuple[int, int] | None,
    flaws: list[str],
) -> np.ndarray:
    """The pixels as stored, not turned.

    Args:
        data: The whole file.
        header: What `read_header` said about it.
        color: "gray" takes the brightness as it is stored, without passing through RGB.
        cover_hw: Decode at 1/2, 1/4 or 1/8 of the size as long as both sides stay at least
            this long (as stored, before turning).
        flaws: Gets what is wrong with a file whose pixels are all there.

    Raises:
        UnreadableError: If libjpeg-turbo has anything to complain about but what `jpeg_flaws`
            knows to be harmless: what it calls warnings are mostly cut or damaged pictures,
            whose lower part comes out gray.
    """
    # libjpeg-turbo through simplejpeg and not OpenCV or Pillow. Against OpenCV (bench/decode.py,
    # our header walk included) a fifth slower at 32 px, level at 320 px, twice as fast at 12
    # megapixels; 2 to 6 times as fast as Pillow; the same pixels. And it alone reports
    # libjpeg's warnings: of 600 damaged photos OpenCV gave out 600 as pictures, Pillow 584,
    # this 305 (a changed byte can be another valid picture), and it writes nothing on stderr
    height, width = _smallest_cover(header.size_hw, cover_hw)
    space = "CMYK" if header.cmyk else "GRAY" if color == "gray" else "RGB"
    try:
        image = _turbo(data, space, height, width, flaws)
    except (ValueError, OverflowError) as error:
        raise UnreadableError(_DAMAGED.format(error)) from error
    if header.cmyk:
        return _cmyk_to_rgb(image)
    return image[:, :, 0] if color == "gray" else image


def _turbo(
    data: bytes, space: str, min_height: int, min_width: int, flaws: list[str]
) -> np.ndarray:
    import simplejpeg

    def decoded(data: bytes, min_height: int = 0, min_width: int = 0) -> np.ndarray:
        image: np.ndarray = simplejpeg.decode_jpeg(
            data, space, min_height=min_height, min_width=min_width
        )
        return image

    for _ in range(_MOST_FLAWS):
        try:
            return decoded(data, min_height, min_width)
        except ValueError as error:
            # whether each bit is needed shows in the whole picture only
            mended = without(data, str(error), flaws, decoded)
            if mended is None:
                raise
            data = mended
    return decoded(data, min_height, min_width)


def _smallest_cover(size_hw: tuple[int, int], cover_hw: tuple[int, int] | None) -> tuple[int, int]:
    """The smallest of 1, 1/2, 1/4, 1/8 of the size, rounded up as libjpeg does, that covers.

    libjpeg also scales by 3/8, 5/8 … but has no vector code for these.
    """
    if cover_hw is None:
        return 0, 0  # no minimum asks for the full size
    for divisor in (8, 4, 2):
        height, width = (-(-side // divisor) for side in size_hw)
        if height >= cover_hw[0] and width >= cover_hw[1]:
            return height, width
    return 0, 0


def _cmyk_to_rgb(image: np.ndarray) -> np.ndarray:
    """Ink to light: red = C * K / 255, rounded down.

    Files hold 255 for "no ink", as Adobe's programs write them; whether the file says so
    or not, browsers, Pillow and OpenCV all read it that way. Color profiles are not applied.
    """
    black = image[:, :, 3:].astype(np.uint16)
    return (image[:, :, :3] * black // 255).astype(np.uint8)
