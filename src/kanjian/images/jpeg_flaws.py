"""What libjpeg complains about in JPEGs that are whole, and the same files without it.

libjpeg tells real damage and harmless oddities by the same warnings, and only the last of them
gets out. So what is harmless is taken away and the file decoded again: any other complaint, or
one that stays, is damage.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

NO_END, _EOI = "no end mark", b"\xff\xd9"
_SCAN, _END = 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6})
_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without content
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0x(\w\w)")
_HOLE = re.compile(rb"\0{16}|\xff{16}")
# libjpeg reads up to 8 bytes ahead, and these it does not count as extraneous
_AHEAD = 8

Decode = Callable[[bytes], np.ndarray]


@dataclass(frozen=True)
class Segment:
    """One piece of a JPEG between markers.

    Args:
        marker: Its second byte.
        at: Where its marker begins, fill bytes passed over.
        start: Where its content begins, behind the length.
        end: Where it ends; of a scan, where the coded pixels end.
        before: Where the one before it ended: bytes between are strays.
    """

    marker: int
    at: int
    start: int
    end: int
    before: int


def segments(data: bytes) -> Iterator[Segment]:
    r"""The pieces of a JPEG, up to its end mark if there is one.

    Example:
        >>> [hex(piece.marker) for piece in segments(b"\xff\xd8\xff\xfe\0\3!\xff\xd9")]
        ['0xfe', '0xd9']
    """
    before = 2
    while (found := _MARKER.search(data, before)) is not None:
        at, marker = found.end() - 2, data[found.end() - 1]
        start = end = at + 2
        if marker not in _ALONE and marker != _END:
            if start + 2 > len(data):
                return
            end = start + max(2, int.from_bytes(data[start : start + 2], "big"))
            start += 2
        if marker == _SCAN:
            behind = _AFTER_SCAN.search(data, end)
            end = behind.start() if behind else len(data)
        yield Segment(marker, at, start, end, before)
        if marker == _END:
            return
        before = end


_MARKER = re.compile(rb"\xff[^\x00\xff]")


def without(data: bytes, complaint: str, flaws: list[str], decode: Decode) -> bytes | None:
    """The file without the harmless oddity that libjpeg complains about.

    Args:
        data: The whole file.
        complaint: libjpeg's words.
        flaws: Gets what was mended, where it is worth telling; what it holds was mended before.
        decode: Decodes a file, and raises ValueError at any complaint.

    Returns:
        None where it is damage, or cannot be told from damage.
    """
    if "JFIF revision" in complaint:
        # old programs wrote version 0.00, as in some pictures of the much used cats and dogs set
        version = data.index(b"JFIF\0") + 5
        return data[:version] + b"\1\1" + data[version + 2 :]
    if "Invalid SOS parameters" in complaint:
        return _plain_scans(data)
    if "Premature end of JPEG file" in complaint and _is_complete(data, decode):
        flaws.append(NO_END)
        return data + _EOI
    strays = _EXTRANEOUS.search(complaint)
    if strays is None or NO_END in flaws:
        return None
    mended = (_ended_at_pixels if int(strays[2], 16) == _END else _without_strays)(
        data, int(strays[1]), decode
    )
    if mended is not None:
        flaws.append(f"{strays[1]} stray bytes")
    return mended


def _plain_scans(data: bytes) -> bytes | None:
    """Numbers that mean nothing in a sequential JPEG set to what they should be."""
    mended = bytearray(data)
    for piece in segments(data):
        if piece.marker == _SCAN:
            after = piece.start + 1 + 2 * _first(data[piece.start : piece.end])
            mended[after : after + 3] = b"\0\x3f\0"
    return bytes(mended) if mended != data else None


def _is_complete(data: bytes, decode: Decode) -> bool:
    """Whether a JPEG without end mark holds all pixels, and nothing after them.

    One that broke off is often filled up with zeros, which can be read as pixels.
    """
    without_last = data.removesuffix(b"\xff")[:-1] + _EOI
    return _has_all_scans(data) and _decoded(without_last, decode) is None


def _has_all_scans(data: bytes) -> bool:
    """Whether every component came down to its last bit, in one scan or in many.

    Without its last scans a progressive JPEG decodes without any complaint, but blurred.
    libjpeg never complains of arithmetic coding that ends early.
    """
    low: dict[int, list[int]] = {}
    progressive = False
    for piece in segments(data):
        content = data[piece.start : piece.end]
        if piece.marker in _ARITHMETIC:
            return False
        if piece.marker in _FRAMES and len(content) >= 6 + 3 * _first(content[5:]):
            progressive = piece.marker in _PROGRESSIVE
            low = {content[6 + 3 * i]: [99] * 64 for i in range(content[5])}
        if piece.marker == _SCAN and len(content) >= 4 + 2 * _first(content):
            first, last, bits = content[1 + 2 * content[0] : 4 + 2 * content[0]]
            if not progressive:
                first, last, bits = 0, 63, 0
            for i in range(content[0]):
                levels = low.get(content[1 + 2 * i], [99] * 64)
                levels[first : last + 1] = [bits & 15] * (last + 1 - first)
    return bool(low) and not any(any(levels) for levels in low.values())


def _first(content: bytes) -> int:
    return content[0] if content else 0


def _without_strays(data: bytes, count: int, decode: Decode) -> bytes | None:  # noqa: ARG001
    """Without what lies between two segments before the first scan; pixels cannot be there."""
    for piece in segments(data):
        if piece.before < piece.at and data[piece.before] != 0xFF:
            return data[: piece.before] + data[piece.at :]
        if piece.marker == _SCAN:
            break
    return None


def _ended_at_pixels(data: bytes, count: int, decode: Decode) -> bytes | None:
    """Without what lies between the pixels and the end mark; None where these may be pixels.

    Coded pixels with a changed byte often come to their end too early. So there must be no hole
    in them, and the last byte that is needed must be filled up with ones, as it is in every
    sound JPEG: three times of four it is not where a change made the end.
    """
    *_, scan, end_mark = (None, None, *segments(data))
    if scan is None or end_mark is None or scan.marker != _SCAN or end_mark.marker != _END:
        return None
    place = end_mark.at
    for end in range(place - count - _AHEAD, place - count + 1):
        image = _decoded(data[:end] + _EOI, decode)
        if image is not None:
            break
    else:
        return None
    sound = not _HOLE.search(data, scan.start, end) and _is_filled_up(data[:end], image, decode)
    return data[:end] + data[place:] if sound else None


def _is_filled_up(pixels: bytes, image: np.ndarray, decode: Decode) -> bool:
    """Whether the bits that no pixel needs, at the very end, are ones."""
    last = pixels[-1]
    if last == 0xFF or pixels.endswith(b"\xff\0"):
        return True
    with_one_more = last | last + 1  # its lowest 0 turned into 1
    changed = pixels[:-1] + (b"\xff\0" if with_one_more == 0xFF else bytes((with_one_more,)))
    other = _decoded(changed + _EOI, decode)
    return other is None or not np.array_equal(image, other)


def _decoded(data: bytes, decode: Decode) -> np.ndarray | None:
    try:
        return decode(data)
    except ValueError:
        return None
