"""How a camera was held: read from EXIF, undone on the array."""

import struct

import numpy as np

ORIENTATION_TAG = 274


def exif_orientation(exif: bytes) -> int:
    r"""The orientation that EXIF data states, 1 to 8; 1 (upright) where it states none.

    Damaged EXIF data is common in good pictures and says nothing about the pixels, so it
    is no error: it counts as no statement.

    Args:
        exif: The TIFF structure, with or without the leading "Exif\0\0".

    Example:
        >>> one_entry = b"\x01\x12\0\x03\0\0\0\x01\0\x06"
        >>> exif_orientation(b"MM\0*\0\0\0\x08\0\x01" + one_entry)
        6
        >>> exif_orientation(b"")
        1
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, start)
        for entry in range(min(entries, 512)):
            at = start + 2 + 12 * entry
            tag, kind, count, value = struct.unpack_from(order + "HHIH", exif, at)
            if tag == ORIENTATION_TAG:
                return value if (kind, count) == (3, 1) and 1 <= value <= 8 else 1
    except struct.error:  # it points outside of itself
        return 1
    return 1


def swaps_sides(orientation: int) -> bool:
    """Whether the stored picture lies on its side.

    Example:
        >>> [number for number in range(1, 9) if swaps_sides(number)]
        [5, 6, 7, 8]
    """
    return orientation >= 5


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """The stored picture as it should be seen.

    Args:
        image: As stored, (height, width) or (height, width, 3).
        orientation: 1 to 8, as EXIF counts: where row 0 and column 0 of the stored
            picture belong (6: top row on the right, first column at the top).

    Example:
        >>> upright(np.array([[1, 2], [3, 4]], np.uint8), 6)
        array([[3, 1],
               [4, 2]], dtype=uint8)
    """
    if orientation == 1:
        return image
    if swaps_sides(orientation):
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
