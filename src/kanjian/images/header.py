"""What every codec reports about a picture before decoding it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """What a file states: size as stored, channels that will come out, bits, EXIF orientation."""

    size_hw: tuple[int, int]
    channels: int
    bits: int
    orientation: int = 1
