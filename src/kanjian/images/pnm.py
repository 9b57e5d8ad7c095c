"""PBM, PGM and PPM, plain and binary: simple enough to be read by us, to the last rule."""

import re
from typing import BinaryIO

import numpy as np

from kanjian.images.header import Header
from kanjian.images.source import UnreadableError

_HEADER_LIMIT = 4096  # comments included; real headers take 15 bytes
_DAMAGED = "it is cut short or damaged ({}). Get a fresh copy or leave it out."
_SPACE_OR_COMMENT = rb"(?:\s|#[^\n\r]*[\n\r])+"
_NUMBER = rb"(\d{1,9})"


def read_header(stream: BinaryIO) -> Header:
    """Size, channels and bits of the samples.

    Raises:
        UnreadableError: If the header is damaged.
    """
    kind, width, height, largest, _ = _parse(stream.read(_HEADER_LIMIT))
    return Header((height, width), 3 if kind in (3, 6) else 1, largest.bit_length())


def _parse(head: bytes) -> tuple[int, int, int, int, int]:
    """Kind 1 to 6, width, height, largest value, and where the samples begin."""
    kind = head[1] - ord("0")
    numbers = 2 if kind in (1, 4) else 3  # a bitmap states no largest value
    found = re.match(rb"P\d" + (_SPACE_OR_COMMENT + _NUMBER) * numbers + rb"\s", head)
    if not found:
        raise UnreadableError(_DAMAGED.format("its header is not whole"))
    width, height, *rest = (int(number) for number in found.groups())
    largest = rest[0] if rest else 1
    if not 1 <= largest <= 65535:
        raise UnreadableError(_DAMAGED.format(f"largest value {largest}, not 1 to 65535"))
    return kind, width, height, largest, found.end()


def decode(data: bytes) -> np.ndarray:
    """The pixels, gray (height, width) or RGB (height, width, 3) uint8.

    A largest value up to 255 is stretched to 255; above it, the value is stretched to 16
    bits and its high byte taken, as for every format with 16 bits.

    Raises:
        UnreadableError: If there are too few samples, or one is above the largest value.

    Example:
        >>> decode(b"P2 3 1 15  0 5 15")
        array([[  0,  85, 255]], dtype=uint8)
    """
    kind, width, height, largest, start = _parse(data[:_HEADER_LIMIT])
    shape = (height, width, 3) if kind in (3, 6) else (height, width)
    if kind == 4:
        samples = _packed_bits(data[start:], height, width)
    else:
        read = _plain if kind <= 3 else _binary
        samples = read(data[start:], int(np.prod(shape)), largest)
    if samples.max() > largest:
        raise UnreadableError(_DAMAGED.format(f"a value above the largest, {largest}"))
    if kind in (1, 4):  # 1 is black in a bitmap
        samples = 1 - samples
    return _to_bytes(samples, largest).reshape(shape)


def _packed_bits(data: bytes, height: int, width: int) -> np.ndarray:
    row_bytes = (width + 7) // 8
    rows = _binary(data, height * row_bytes, 255).reshape(height, row_bytes)
    return np.unpackbits(rows, axis=1, count=width)


def _binary(data: bytes, count: int, largest: int) -> np.ndarray:
    kind = np.dtype(np.uint8 if largest < 256 else ">u2")
    if len(data) < count * kind.itemsize:
        raise UnreadableError(_DAMAGED.format("it ends before its last pixel"))
    return np.frombuffer(data, kind, count)


def _plain(data: bytes, count: int, largest: int) -> np.ndarray:
    # The digits of a plain bitmap need no space between them
    words = re.findall(rb"[01]" if largest == 1 else rb"\d{1,5}", re.sub(rb"#[^\n\r]*", b"", data))
    if len(words) < count:
        raise UnreadableError(_DAMAGED.format("it ends before its last pixel"))
    return np.array(words[:count], dtype="S5").astype(np.uint32)


def _to_bytes(samples: np.ndarray, largest: int) -> np.ndarray:
    if largest == 255:
        return samples.astype(np.uint8)  # a copy: the file's own bytes are not writable
    if largest < 255:
        return ((samples.astype(np.uint32) * 255 + largest // 2) // largest).astype(np.uint8)
    wide = samples.astype(np.uint32)
    if largest != 65535:
        wide = wide * 65535 // largest
    return (wide >> 8).astype(np.uint8)
