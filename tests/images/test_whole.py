"""A picture is damaged only where pixels are missing: files with a flaw give the whole picture."""

import io
import logging
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kanjian.errors import ImageError
from kanjian.images import image_info, read_image
from kanjian.images.flaws import flaw_notes, flaws_seen
from picture_files import exif_of, saved

JPEGS = ["rgb.jpg", "fine.jpg", "progressive.jpg", "restarts.jpg", "gray.jpg", "cmyk.jpg"]
STRAYS = b"\x12\x34\x56\x07"


def strays_before_end(data: bytes, strays: bytes) -> bytes:
    return data[:-2] + strays + data[-2:]


@pytest.fixture(scope="module")
def flawed(files) -> dict[str, tuple[bytes, bytes]]:
    """By name, a file with a flaw and the same one without."""
    made = {f"no end, {name}": (files[name][:-2], files[name]) for name in JPEGS}
    made |= {f"half an end, {name}": (files[name][:-1], files[name]) for name in JPEGS}
    for name in JPEGS:
        for count in (9, 29, 500):
            strays = strays_before_end(files[name], STRAYS * count)
            made[f"{count} strays, {name}"] = (strays, files[name])
        quantization = files[name].index(b"\xff\xdb")
        header = files[name][:quantization] + STRAYS + files[name][quantization:]
        made[f"strays in the header, {name}"] = (header, files[name])
    for name in ("rgb.png", "gray.png", "palette-alpha.png", "bitmap.png", "deep.png"):
        made |= {f"{cut} off, {name}": (files[name][:-cut], files[name]) for cut in (1, 12, 16, 20)}
    with_text = saved(
        Image.open(io.BytesIO(files["rgb.webp"])), "WEBP", lossless=True, xmp=b"x" * 9
    )
    made["no text, webp"] = (with_text[:-6], with_text)
    made["no text at all, webp"] = (with_text[:-18], with_text)
    made["second frame cut, webp"] = (files["moving.webp"][:-9], files["moving.webp"])
    return made


def test_a_flawed_file_gives_every_pixel_and_its_flaw_is_told(flawed):
    for name, (file, sound) in flawed.items():
        with flaws_seen() as flaws:
            image = read_image(file)
        np.testing.assert_array_equal(image, read_image(sound), err_msg=name)
        assert list(flaws) == ["the given bytes"], name
        assert flaws["the given bytes"].endswith(("no end mark", "stray bytes")), name
        assert image_info(file) == image_info(sound), name


def test_a_flaw_is_judged_by_the_whole_picture_though_a_reduced_one_is_wanted():
    rng = np.random.default_rng(7)
    for _ in range(20):
        noise = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        data = saved(Image.fromarray(noise), "JPEG", quality=90)
        for flawed in (data[:-2], strays_before_end(data, STRAYS * 30)):
            small = read_image(flawed, cover_hw=(8, 8))
            np.testing.assert_array_equal(small, read_image(data, cover_hw=(8, 8)))
            assert small.shape == (8, 8, 3)


def test_a_sound_file_has_no_flaw(files):
    with flaws_seen() as flaws:
        for data in files.values():
            read_image(data)
    assert flaws == {}


@pytest.mark.parametrize("name", ["rgb.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "rgb.png",
                                  "turned.png", "turned.webp", "alpha.webp", "rgb.webp",
                                  "alpha.bmp", "palette.gif", "lzw.tif"])  # fmt: skip
def test_each_cut_at_the_end_gives_the_whole_picture_or_is_called_damage(files, name):
    data = files[name]
    whole = read_image(data)
    for cut in range(1, min(len(data) - 20, 150)):
        # the other formats have no checksums: nobody can tell a hole at their end
        for filler in (b"", bytes(cut)) if name.endswith(("jpg", "png")) else (b"",):
            try:
                image = read_image(data[:-cut] + filler)
            except ImageError as error:
                assert "cut short or damaged" in str(error)
                continue
            np.testing.assert_array_equal(image, whole, err_msg=f"{cut} off")


def test_a_jpeg_that_breaks_off_between_scans_is_damaged(files):
    data = files["progressive.jpg"]
    scans = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 4
    for at in scans[1:]:
        tables = data.rindex(b"\xff\xc4", 0, at)  # the scan's own come before it
        with pytest.raises(ImageError, match="Premature end of JPEG"):
            read_image(data[: tables if tables > scans[0] else at])


def test_a_jpeg_with_a_hole_is_damaged_though_bytes_are_left_over_at_its_end():
    noise = np.random.default_rng(1).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    data = bytearray(saved(Image.fromarray(noise), "JPEG", quality=95, subsampling=0))
    for at in range(len(data) // 3, len(data) - 600, 997):
        holed = bytes(data[:at]) + bytes(512) + bytes(data[at + 512 :])
        with pytest.raises(ImageError, match="cut short or damaged"):
            read_image(holed)


def test_scan_numbers_that_mean_nothing_are_no_damage(files):
    data = files["rgb.jpg"]
    at = data.index(b"\xff\xda") + 4 + 1 + 2 * 3
    assert data[at : at + 3] == b"\0\x3f\0"
    np.testing.assert_array_equal(
        read_image(data[:at] + b"\0\0\0" + data[at + 3 :]), read_image(data)
    )


def interlaced_png() -> bytes:
    """13 × 11 gray, in the seven passes of Adam7, with filter 0."""
    values = np.arange(143, dtype=np.uint8).reshape(11, 13)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)]  # fmt: skip
    rows = b"".join(
        b"\0" + row.tobytes() for left, top, right, down in passes
        for row in values[top::down, left::right]
    )  # fmt: skip

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 13, 11, 8, 0, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows))


def test_an_interlaced_png_without_end_is_whole_and_with_a_pixel_less_is_not():
    data = interlaced_png()
    assert read_image(data).tolist() == np.arange(143).reshape(11, 13).tolist()
    with pytest.raises(ImageError, match="ends early"):
        read_image(data[:-40])


def test_a_turned_webp_that_lost_how_it_was_held_is_damaged():
    picture = Image.fromarray(np.zeros((8, 20, 3), np.uint8))
    data = saved(picture, "WEBP", exif=exif_of(6))
    assert read_image(data).shape == (20, 8, 3)
    with pytest.raises(ImageError, match="ends early"):
        read_image(data[:-3])


def test_flaws_are_named_by_file_and_logged_and_noted(tmp_path, files, caplog):
    paths = [tmp_path / "猫.jpg", tmp_path / "b.jpg"]
    for path in paths:
        path.write_bytes(files["rgb.jpg"][:-2])
    with flaws_seen() as outer, flaws_seen() as flaws, caplog.at_level(logging.INFO, "kanjian"):
        for path in paths:
            read_image(path)
    assert flaws == outer == {str(path): "no end mark" for path in paths}
    assert "猫.jpg has a flaw and was read in full: no end mark" in caplog.text
    assert flaw_notes(flaws)[0].startswith("2 pictures have a flaw in their file and were read")
    with flaws_seen() as later:
        pass
    read_image(paths[0])
    assert later == {}
    assert flaw_notes(later) == []


@given(st.sampled_from(JPEGS), st.binary(max_size=40), st.integers(0, 12))
def test_any_tail_gives_a_picture_or_an_image_error(files, name, tail, cut):
    data = files[name]
    try:
        image = read_image(data[: len(data) - cut] + tail)
    except ImageError:
        return
    assert image.shape == read_image(data).shape
