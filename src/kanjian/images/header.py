"""What every codec reports about a picture before decoding it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """What a file states.

    Args:
        size_hw: Height and width as stored, before turning.
        channels: 1 or 3, as the picture will come out when left as it is.
        bits: Bits of one sample.
        orientation: EXIF orientation, 1 to 8.
        cmyk: Whether the samples are inks, cyan, magenta, yellow and black.
    """

    size_hw: tuple[int, int]
    channels: int
    bits: int
    orientation: int = 1
    cmyk: bool = False
