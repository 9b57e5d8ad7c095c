"""The size that a JPEG XL states: its plug-in decodes before it tells, however large it is."""

from collections.abc import Iterator

_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
# Bits of a side, and what is added, by the two bits before them
_SIDES = ((9, 1), (13, 1), (18, 1), (30, 1))
# Width by height, by the three bits that say so
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


def size_hw(data: bytes) -> tuple[int, int] | None:
    r"""Height and width; None where they are not stated where they must be.

    Args:
        data: The file, at least its beginning.

    Example:
        >>> size_hw(b"\xff\x0a" + bytes([0b01_00011_1, 0]))
        (32, 32)

    Reference:
        ISO/IEC 18181-1, D.2, SizeHeader; 18181-2, the boxes around it.
    """
    code = next(_codes(data), b"") if data.startswith(_CONTAINER) else data
    if not code.startswith(b"\xff\x0a"):
        return None
    bits = _Bits(code[2:12])
    small = bits.take(1)
    height = 8 * (bits.take(5) + 1) if small else bits.side()
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height, height * across // down
    return height, 8 * (bits.take(5) + 1) if small else bits.side()


class _Bits:
    """Bits in the order of the format, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._rest & (1 << count) - 1
        self._rest >>= count
        return value

    def side(self) -> int:
        count, more = _SIDES[self.take(2)]
        return self.take(count) + more


def _codes(data: bytes) -> Iterator[bytes]:
    """What lies in the boxes of pixels."""
    at = 0
    while at + 8 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start = at + 8
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        if name == b"jxlc":
            yield data[start:]
        elif name == b"jxlp":
            yield data[start + 4 :]  # after the number of the piece
        if length < 8:  # to the end of the file, or nonsense
            return
        at += length
