"""PNG and WebP files that end early: whole where every pixel is there, else damaged."""

import struct
import zlib
from collections.abc import Iterator

from kanjian.images.source import UnreadableError

NO_END = "no end mark"
_DAMAGED = "it is cut short or damaged ({}). Get a fresh copy or leave it out."
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# first column, first row, step right, step down of the seven passes of an interlaced PNG
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
_SAYS_EXIF = 0x08  # among the flags of an extended WebP


def whole_png(data: bytes, flaws: list[str]) -> bytes:
    """The file, ended properly; every chunk that carries the picture has its checksum.

    Pillow skips the checksums of pixel data: a changed byte would be a changed picture.

    Args:
        data: The whole file.
        flaws: Gets what was mended.

    Raises:
        UnreadableError: If a checksum is wrong or pixels are missing.
    """
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 8 + length
        if name == b"IEND":
            return data
        if end + 4 > len(data):
            break
        critical = name[:1].isupper() or name == b"tRNS"
        if critical and zlib.crc32(memoryview(data)[at + 4 : end]) != int.from_bytes(
            data[end : end + 4], "big"
        ):
            raise UnreadableError(_DAMAGED.format(f"wrong checksum in {name!r}"))
        at = end + 4
    flaws.append(NO_END)
    return _ended_png(data)


def _ended_png(data: bytes) -> bytes:
    """The head of a PNG without end, and its pixels if they are all there."""
    start = data.find(b"IDAT") - 4
    wanted = _raw_size(data) if start > 0 else 0
    try:
        packed = b"".join(_pixel_chunks(data, start)) if wanted else b""
        # the checksum at the very end may be missing, so no call that asks for it
        raw = zlib.decompressobj().decompress(packed, wanted)
    except zlib.error as error:
        raise UnreadableError(_DAMAGED.format(error)) from error
    if not wanted or len(raw) < wanted:
        raise UnreadableError(_DAMAGED.format("it ends early"))
    return data[:start] + _chunk(b"IDAT", zlib.compress(raw, 0)) + _chunk(b"IEND", b"")


def _pixel_chunks(data: bytes, at: int) -> Iterator[bytes]:
    """What lies in the chunks of pixels, the last one cut off or not."""
    while data[at + 4 : at + 8] == b"IDAT":
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 8 : at + 8 + length]
        at += 12 + length


def _raw_size(data: bytes) -> int:
    """How many bytes the unpacked rows take, with the filter byte before each."""
    width, height, bits, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    depth = bits * _CHANNELS.get(kind, 0)
    total = 0
    for left, top, right, down in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns, rows = (width - left + right - 1) // right, (height - top + down - 1) // down
        total += rows * (1 + (columns * depth + 7) // 8) if columns > 0 and rows > 0 else 0
    return total


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def whole_webp(data: bytes, flaws: list[str]) -> bytes:
    """The file, with the size stated that it has.

    Args:
        data: The whole file.
        flaws: Gets what was mended.

    Raises:
        UnreadableError: If pixels are missing.
    """
    if int.from_bytes(data[4:8], "little") + 8 <= len(data):
        return data
    at, kept = 12, []
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if end > len(data):
            break
        kept.append(data[at:end] + b"\0" * (end % 2))
        at = end + end % 2
    names = {chunk[:4] for chunk in kept}
    # what was turned must not come out lying on its side
    turned = kept[:1] and kept[0][:4] == b"VP8X" and kept[0][8] & _SAYS_EXIF
    if not names & {b"VP8 ", b"VP8L", b"ANMF"} or (turned and b"EXIF" not in names):
        raise UnreadableError(_DAMAGED.format("it ends early"))
    flaws.append(NO_END)
    content = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(content)) + content
