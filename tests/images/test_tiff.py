"""What a TIFF says about its values is obeyed at every depth, byte order and layout."""

import itertools
import struct
import zlib

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.images import image_info, read_image

_SIDE = 32
# low bytes are noise: only the high byte of 16 bits may count
VALUES = np.random.default_rng(3).integers(0, 65536, (_SIDE, _SIDE), dtype=np.uint16)


def tiff(
    values: np.ndarray, *, order: str = "<", photometric: int = 1, packed: bool = False,
    predicted: bool = False, tiles: bool = False, extra: int | None = None, bits: int | None = None,
) -> bytes:  # fmt: skip
    """A TIFF of (32, 32) or (32, 32, 2) values; 12 bits are packed by hand."""
    samples = values.shape[2] if values.ndim == 3 else 1
    depth = bits or 8 * values.itemsize
    halves = [slice(0, 16), slice(16, 32)]
    boxes = list(itertools.product(halves, halves if tiles else [slice(None)]))
    blocks = [_block(values[box], order, packed, predicted, bits) for box in boxes]
    entries = [(256, 4, [_SIDE]), (257, 4, [_SIDE]), (258, 3, [depth] * samples)]
    entries += [(259, 3, [8 if packed else 1]), (262, 3, [photometric]), (277, 3, [samples])]
    entries += [(322, 4, [16]), (323, 4, [16])] if tiles else [(278, 4, [16])]
    entries += [(317, 3, [2])] if predicted else []
    entries += [(338, 3, [extra])] if extra is not None else []
    starts = np.cumsum([8, *map(len, blocks)])
    places = [(324, 325), (273, 279)][not tiles]
    entries += [
        (places[0], 4, [int(s) for s in starts[:-1]]),
        (places[1], 4, list(map(len, blocks))),
    ]
    directory = _directory(sorted(entries), order, int(starts[-1]))
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", starts[-1]) + b"".join(blocks) + directory


def _block(values, order, packed, predicted, bits):
    if predicted:
        values = np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))
    if bits == 12:
        first, second = values.reshape(-1, 2).astype(np.uint32).T
        both = first << 12 | second
        content = np.stack([both >> 16, both >> 8 & 255, both & 255], axis=1)
        content = content.astype(np.uint8).tobytes()
    else:
        content = values.astype(values.dtype.newbyteorder(order)).tobytes()
    return zlib.compress(content) if packed else content


def _directory(entries, order, start):
    after, further, head = start + 2 + 12 * len(entries) + 4, b"", b""
    for tag, kind, numbers in entries:
        content = struct.pack(f"{order}{len(numbers)}{'HI'[kind == 4]}", *numbers)
        if len(content) > 4:
            content, further = struct.pack(order + "I", after + len(further)), further + content
        head += struct.pack(order + "HHI", tag, kind, len(numbers)) + content.ljust(4, b"\0")
    return struct.pack(order + "H", len(entries)) + head + bytes(4) + further


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("packed_predicted", [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("tiles", [False, True])
def test_white_is_0_and_black_is_0_show_the_same_picture(order, depth, packed_predicted, tiles):
    values = VALUES if depth == 16 else (VALUES >> 8).astype(np.uint8)
    packed, predicted = packed_predicted
    for photometric, stored in ((1, values), (0, ~values)):
        data = tiff(
            stored, order=order, photometric=photometric, packed=packed, predicted=predicted,
            tiles=tiles,
        )  # fmt: skip
        np.testing.assert_array_equal(read_image(data), VALUES >> 8)
        info = image_info(data)
        assert (info.bits, info.channels, info.size_hw) == (depth, 1, (_SIDE, _SIDE))


@pytest.mark.parametrize("photometric", [0, 1])
def test_alpha_is_not_turned_around_with_the_gray_values(photometric):
    gray = (VALUES >> 8).astype(np.uint8)
    stored = gray if photometric else ~gray
    for extra, alpha in ((2, 255), (0, 77)):  # 0: a channel that means nothing
        data = tiff(np.dstack([stored, np.full_like(gray, alpha)]), photometric=photometric,
                    extra=extra)  # fmt: skip
        np.testing.assert_array_equal(read_image(data), gray)
    clear = tiff(np.dstack([stored, np.zeros_like(gray)]), photometric=photometric, extra=2)
    assert (read_image(clear) == 255).all()


def test_twelve_bits_are_as_bright_as_sixteen():
    np.testing.assert_array_equal(read_image(tiff(VALUES >> 4, bits=12)), VALUES >> 8)


def test_a_layout_that_is_not_known_is_not_called_damage():
    deep = tiff(np.dstack([VALUES, VALUES]), extra=2)
    with pytest.raises(ImageError, match=r"does not know how its TIFF stores .* Save it as 8-bit"):
        read_image(deep)
