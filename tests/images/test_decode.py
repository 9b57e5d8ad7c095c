"""Reading a picture gives its pixels, upright, whatever the file is called and made of."""

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kanjian.images import image_info, read_image, resize_image, to_gray, to_rgb
from picture_files import LOSSLESS_GRAY, LOSSLESS_RGB, every_format, exif_of, saved

GRAY_KINDS = {"gray", "gray-alpha", "bitmap", "deep", "deep-lzw", "fax"}
TURNED_PILLOW = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # how the camera turned what it saw; applying the orientation undoes it


def pillow_gray(picture):
    return np.asarray(Image.fromarray(picture).convert("L"))


@pytest.mark.parametrize("kind", LOSSLESS_RGB)
def test_lossless_formats_give_the_same_rgb_pixels(picture, files, kind):
    np.testing.assert_array_equal(read_image(files[kind]), picture)


@pytest.mark.parametrize("kind", LOSSLESS_GRAY)
def test_lossless_formats_keep_gray_gray(picture, files, kind):
    np.testing.assert_array_equal(read_image(files[kind]), pillow_gray(picture))


def test_every_kind_of_file_shows_the_picture_with_the_channels_its_header_says(picture, files):
    for name, data in files.items():
        image, info = read_image(data), image_info(data)
        assert image.dtype == np.uint8
        assert image.flags.writeable, name
        assert image.shape[:2] == info.size_hw, name
        assert image.ndim == (2 if info.channels == 1 else 3), name
        stem, suffix = name.split(".")
        assert (info.channels == 1) == (stem in GRAY_KINDS or suffix in ("pgm", "pbm")), name
        if "alpha" in name or "bit" in name or name in ("fax.tif", "plain.pbm", "key.png"):
            continue  # other pixels, on purpose
        seen = picture if info.channels == 3 else pillow_gray(picture)
        if info.orientation != 1:
            seen = np.rot90(seen, {6: -1, 8: 1}[info.orientation])
        assert np.abs(image.astype(int) - seen).mean() < 6, name


def test_color_rgb_and_gray_hold_for_every_file(files):
    for name, data in files.items():
        as_is = read_image(data)
        rgb, gray = read_image(data, color="rgb"), read_image(data, color="gray")
        np.testing.assert_array_equal(rgb, to_rgb(as_is), err_msg=name)
        if not name.endswith("jpg"):  # a JPEG's brightness is stored, and need not be computed
            np.testing.assert_array_equal(gray, to_gray(as_is), err_msg=name)
        assert np.abs(gray.astype(int) - to_gray(as_is)).max() <= 2, name


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_eight_orientations_equal_the_upright_picture(picture, kind, orientation):
    upright = Image.fromarray(picture)
    stored = upright.transpose(TURNED_PILLOW[orientation]) if orientation > 1 else upright
    options = {
        "JPEG": {"quality": 100, "subsampling": 0, "exif": exif_of(orientation)},
        "PNG": {"exif": exif_of(orientation)},
        "WEBP": {"lossless": True, "exif": exif_of(orientation)},
        "TIFF": {"tiffinfo": {274: orientation}},
    }[kind]
    data = saved(stored, kind, **options)
    image = read_image(data)
    assert image.shape == picture.shape
    assert np.abs(image.astype(int) - picture).max() <= (4 if kind == "JPEG" else 0)
    info = image_info(data)
    assert (info.size_hw, info.orientation) == (picture.shape[:2], orientation)


def test_impossible_orientation_counts_as_none(picture):
    data = saved(Image.fromarray(picture), "PNG", exif=exif_of(99))
    np.testing.assert_array_equal(read_image(data), picture)


@given(st.tuples(st.integers(1, 70), st.integers(1, 70)), st.sampled_from([1, 6]))
def test_reduced_scale_never_falls_below_the_target(cover_hw, orientation):
    rows, columns = np.mgrid[0:50, 0:67]
    stored = np.stack([rows * 5, columns * 3, rows + columns], axis=2).astype(np.uint8)
    data = saved(Image.fromarray(stored), "JPEG", quality=95, exif=exif_of(orientation))
    whole, part = read_image(data), read_image(data, cover_hw=cover_hw)
    for full, seen, wanted in zip(whole.shape[:2], part.shape[:2], cover_hw, strict=True):
        assert seen == full or seen >= wanted
    if part.shape != whole.shape:
        assert part.shape[0] >= cover_hw[0]
        assert part.shape[1] >= cover_hw[1]


def test_reduced_scale_is_used_and_close_to_the_whole_picture_after_fitting():
    rows, columns = np.mgrid[0:480, 0:640]
    wave = 127 + 90 * np.sin(rows / 23) * np.cos(columns / 31)
    stored = np.stack([wave, wave[::-1], wave[:, ::-1]], axis=2).astype(np.uint8)
    data = saved(Image.fromarray(stored), "JPEG", quality=95)
    for cover_hw, seen_hw in [
        ((60, 80), (60, 80)),
        ((61, 80), (120, 160)),
        ((200, 200), (240, 320)),
    ]:
        part = read_image(data, cover_hw=cover_hw)
        assert part.shape[:2] == seen_hw
        fitted = resize_image(part, cover_hw, mode="stretch", channels=3).astype(int)
        whole = resize_image(read_image(data), cover_hw, mode="stretch", channels=3)
        assert np.abs(fitted - whole).mean() < 1.5


def test_sixteen_bits_become_their_high_byte_in_every_format():
    values = np.array([[0, 255, 256], [257, 65279, 65535]], np.uint16)
    high = [[0, 0, 1], [1, 254, 255]]
    rgb = np.stack([values, values[::-1], values[:, ::-1]], axis=2)
    png = cv2.imencode(".png", values)[1].tobytes()
    tiff = saved(Image.fromarray(values), "TIFF")
    pgm = b"P5 3 2 65535\n" + values.astype(">u2").tobytes()
    for data in (png, tiff, pgm):
        assert read_image(data).tolist() == high
        assert image_info(data).bits == 16
    rgb_png = cv2.imencode(".png", rgb[:, :, ::-1])[1].tobytes()
    rgb_tiff = cv2.imencode(".tiff", rgb[:, :, ::-1])[1].tobytes()
    rgb_ppm = b"P6 3 2 65535\n" + rgb.astype(">u2").tobytes()
    for data in (rgb_png, rgb_tiff, rgb_ppm):
        np.testing.assert_array_equal(read_image(data), rgb >> 8)


def png_of(bits, color_type, rows, *chunks):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(
            ">I", zlib.crc32(name + content)
        )  # fmt: skip

    width, height = rows[0], len(rows[1])
    head = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows[1]))
    parts = [(b"IHDR", head), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def test_transparency_is_laid_over_white_by_hand():
    half = Image.fromarray(np.array([[[0, 0, 0, 128], [200, 100, 0, 255], [9, 9, 9, 0]]], np.uint8))
    assert read_image(saved(half, "PNG")).tolist() == [[[127] * 3, [200, 100, 0], [255] * 3]]
    gray = png_of(8, 4, (2, [bytes([0, 128, 77, 255])]))
    assert read_image(gray).tolist() == [[127, 77]]
    deep = png_of(16, 4, (2, [bytes([0, 0, 128, 0, 77, 9, 255, 255])]))
    assert read_image(deep).tolist() == [[127, 77]]
    key = png_of(16, 0, (2, [bytes([1, 2, 1, 3])]), (b"tRNS", bytes([1, 2])))
    assert read_image(key).tolist() == [[255, 1]]
    palette = png_of(
        8, 3, (3, [bytes([0, 1, 2])]), (b"PLTE", bytes([9, 8, 7, 0, 0, 0, 50, 60, 70])),
        (b"tRNS", bytes([0, 128])),
    )  # fmt: skip
    assert read_image(palette).tolist() == [[[255] * 3, [127] * 3, [50, 60, 70]]]


def test_cmyk_jpeg_looks_as_pillow_shows_it(picture):
    for options in ({}, {"progressive": True}):
        data = saved(Image.fromarray(picture).convert("CMYK"), "JPEG", quality=95, **options)
        shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        assert np.abs(read_image(data).astype(int) - shown).max() <= 1
        assert read_image(data, color="gray").ndim == 2


def test_jpeg_pixels_are_those_of_opencv(files):
    for name in ("rgb.jpg", "fine.jpg", "progressive.jpg", "restarts.jpg"):
        theirs = cv2.imdecode(np.frombuffer(files[name], np.uint8), cv2.IMREAD_COLOR_RGB)
        np.testing.assert_array_equal(read_image(files[name]), theirs)


def test_unknown_jfif_revision_is_no_damage(files):
    old = files["rgb.jpg"].replace(b"JFIF\0\x01\x01", b"JFIF\0\0\0", 1)
    assert old != files["rgb.jpg"]
    np.testing.assert_array_equal(read_image(old), read_image(files["rgb.jpg"]))


def test_first_frame_of_moving_pictures(files):
    for name, still in (("moving.gif", "palette.gif"), ("moving.webp", "lossy.webp")):
        difference = read_image(files[name]).astype(int) - read_image(files[still])
        assert np.abs(difference).mean() < 4


def test_bitmaps_are_black_and_white(files):
    bitmaps = [read_image(files[n]) for n in ("bitmap.png", "bitmap.bmp", "bitmap.pbm", "plain.pbm",
                                              "fax.tif")]  # fmt: skip
    assert set(np.unique(bitmaps[0])) == {0, 255}
    for other in bitmaps[1:-1]:
        np.testing.assert_array_equal(other, bitmaps[0])
    assert set(np.unique(bitmaps[-1])) == {0, 255}


def test_one_pixel_in_every_format():
    for name, data in every_format(np.full((1, 1, 3), 90, np.uint8)).items():
        assert read_image(data).shape[:2] == (1, 1), name


@pytest.mark.parametrize("folder", ["猫 与 狗", "Übung größe", "🐈 a b", "고양이"])
def test_any_name_path_bytes_and_stream_give_the_same(tmp_path, files, picture, folder):
    path = tmp_path / folder / f"{folder}.png"
    path.parent.mkdir()
    path.write_bytes(files["rgb.png"])
    with path.open("rb") as stream:
        sources = [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), stream]
        for source in sources:
            np.testing.assert_array_equal(read_image(source), picture)


def test_content_decides_and_not_the_name(tmp_path, files, picture):
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(files["rgb.png"])
    np.testing.assert_array_equal(read_image(path), picture)
    assert image_info(path).format == "png"


def test_threads_read_the_same_as_one(files):
    data = list(files.values()) * 3
    with ThreadPoolExecutor(4) as pool:
        for ours, alone in zip(pool.map(read_image, data), map(read_image, data), strict=True):
            np.testing.assert_array_equal(ours, alone)


@pytest.mark.shared_data
def test_real_pictures_are_what_pillow_shows(shared_data: Path):
    paths = sorted((shared_data / "images").glob("*.[jp][pn]g"))
    paths = [path for path in paths if path.stat().st_size < 300_000]
    assert len(paths) > 35
    for path in paths:
        image = read_image(path)
        assert image_info(path).size_hw == image.shape[:2]
        with Image.open(path) as theirs:
            if theirs.mode in ("RGB", "L"):
                np.testing.assert_array_equal(image, np.asarray(theirs), err_msg=path.name)
