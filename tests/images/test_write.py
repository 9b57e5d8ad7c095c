"""What is written can be read again, whole, under any name."""

import numpy as np
import pytest

from kanjian.errors import ImageError, KanjianError
from kanjian.images import encode_png, image_info, read_image, write_image


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff", ".PNG"])
def test_lossless_formats_round_trip_in_rgb_and_gray(tmp_path, picture, suffix):
    path = tmp_path / "猫 🐈" / f"写{suffix}"
    for image in (picture, picture[:, :, 1], picture[:1, :1]):
        write_image(path, image)
        np.testing.assert_array_equal(read_image(path), image)


def test_pnm_round_trips_in_its_own_kind(tmp_path, picture):
    write_image(tmp_path / "a.ppm", picture)
    write_image(tmp_path / "a.pgm", picture[:, :, 0])
    np.testing.assert_array_equal(read_image(tmp_path / "a.ppm"), picture)
    np.testing.assert_array_equal(read_image(tmp_path / "a.pgm"), picture[:, :, 0])
    with pytest.raises(ImageError, match=r"\.pgm holds gray and \.ppm RGB"):
        write_image(tmp_path / "b.pgm", picture)


@pytest.mark.parametrize(("suffix", "format_name"), [(".jpg", "jpeg"), (".webp", "webp")])
def test_lossy_formats_stay_close(tmp_path, picture, suffix, format_name):
    write_image(tmp_path / f"a{suffix}", picture)
    image = read_image(tmp_path / f"a{suffix}")
    assert np.abs(image.astype(int) - picture).mean() < 2
    assert image_info(tmp_path / f"a{suffix}").format == format_name


def test_arrays_that_do_not_lie_in_one_piece_are_written(tmp_path, picture):
    write_image(tmp_path / "a.png", picture[::-1, ::2])
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture[::-1, ::2])
    np.testing.assert_array_equal(read_image(encode_png(picture[:, ::-1])), picture[:, ::-1])


def test_what_cannot_be_written_is_told_and_leaves_no_file(tmp_path, picture):
    with pytest.raises(ImageError, match=r"unknown suffix '\.gif'\. Use one of \.png, "):
        write_image(tmp_path / "a.gif", picture)
    with pytest.raises(ImageError, match=r"\(36, 52, 3\) float64\. Use to_uint8"):
        write_image(tmp_path / "a.png", picture / 255)
    with pytest.raises(ImageError, match=r"cannot write .*\.webp: .* Use \.png\."):
        write_image(tmp_path / "a.webp", np.zeros((1, 20000), np.uint8))
    (tmp_path / "file").touch()
    with pytest.raises(KanjianError, match="cannot write"):
        write_image(tmp_path / "file" / "a.png", picture)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
