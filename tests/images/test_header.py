"""The header alone says what a file is; EXIF and stderr are read as they are met."""

import io
import os
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import ImageError
from kanjian.images import image_info, read_image
from kanjian.images.orientation import exif_orientation, upright
from kanjian.images.stderr import libtiff_messages
from picture_files import exif_of


def test_the_header_is_read_and_no_pixel(files):
    """The first part of a file is enough, wherever the format puts its header first."""
    for name in ("rgb.jpg", "rgb.png", "palette.gif", "rgb.bmp", "rgb.ppm", "deep.pgm"):
        head = files[name][: len(files[name]) * 4 // 5]
        assert image_info(head) == image_info(files[name]), name
        with pytest.raises(ImageError):
            read_image(head)


def test_bits_and_formats(files):
    expected = {"bitmap.png": 1, "deep.png": 16, "deep.tif": 16, "fax.tif": 1, "rgb.jpg": 8,
                "bitmap.pbm": 1, "deep.pgm": 16, "palette.png": 8}  # fmt: skip
    assert {name: image_info(files[name]).bits for name in expected} == expected
    formats = {"jpg": "jpeg", "tif": "tiff", "ppm": "pnm", "pgm": "pnm", "pbm": "pnm"}
    for name, data in files.items():
        suffix = name.split(".")[1]
        assert image_info(data).format == formats.get(suffix, suffix)


def test_large_metadata_before_the_frame_is_walked_over(files):
    data = files["turned.jpg"]
    padding = b"\xff\xe2" + struct.pack(">H", 65535) + bytes(65533)
    padded = data[:2] + padding * 20 + data[2:]
    assert image_info(io.BytesIO(padded)) == image_info(data)
    np.testing.assert_array_equal(read_image(padded), read_image(data))


@given(st.binary(max_size=80))
def test_any_bytes_as_exif_give_an_orientation(noise):
    for head in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"Exif\0\0II*\0"):
        assert exif_orientation(head + noise) in range(1, 9)


def test_orientation_in_both_byte_orders():
    entry = (274, 3, 1, 5)
    little = b"II*\0" + struct.pack("<IHHHIHxx", 8, 1, *entry)
    big = b"MM\0*" + struct.pack(">IHHHIHxx", 8, 1, *entry)
    assert exif_orientation(little) == exif_orientation(b"Exif\0\0" + big) == 5
    assert [exif_orientation(exif_of(number)) for number in range(1, 9)] == list(range(1, 9))


@given(st.integers(1, 8), st.integers(1, 5), st.integers(1, 5))
def test_turning_keeps_every_pixel(orientation, height, width):
    image = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    turned = upright(image, orientation)
    assert turned.shape == ((width, height) if orientation >= 5 else (height, width))
    np.testing.assert_array_equal(np.sort(turned, axis=None), image.ravel())


def test_only_what_libtiff_says_is_caught(capfd):
    with libtiff_messages() as messages:
        os.write(2, b"LZWDecode: Not enough data at scanline 0.\n")
        os.write(2, b"progress: 50 %\r")
        os.write(2, b"WARNING: something else.\n")
        os.write(2, b"ValueError: in another thread\n")
        os.write(2, b"EstimateStripByteCounts: Cannot determine size.\n")
        os.write(2, b"_TIFFVSetField: tempfile.tif: Bad value 0.\n")
    assert messages == [
        "LZWDecode: Not enough data at scanline 0.",
        "EstimateStripByteCounts: Cannot determine size.",
        "_TIFFVSetField: tempfile.tif: Bad value 0.",
    ]
    passed_on = "progress: 50 %\rWARNING: something else.\nValueError: in another thread\n"
    assert capfd.readouterr().err == passed_on


def test_stderr_comes_back_after_an_error(capfd):
    with pytest.raises(ZeroDivisionError), libtiff_messages():
        raise ZeroDivisionError
    os.write(2, b"here\n")
    assert capfd.readouterr().err == "here\n"
