"""What cannot be read raises ImageError with the name and the reason: no crash, no half picture."""

import random
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kanjian.errors import ImageError
from kanjian.images import image_info, read_image
from picture_files import saved


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ImageError, match=r"^cannot read .*没有\.jpg: No such file or directory\. "):
        read_image(tmp_path / "没有.jpg")
    with pytest.raises(ImageError, match="Is a directory"):
        read_image(tmp_path)
    with pytest.raises(ImageError, match="Check the path"):
        read_image("a\0b.jpg")


def test_empty_and_foreign_files(tmp_path):
    path = tmp_path / "空.jpg"
    path.touch()
    with pytest.raises(ImageError, match=r"^cannot read .*空\.jpg: it is empty\. Get a fresh copy"):
        read_image(path)
    path.write_bytes(b"<html>404</html>")
    with pytest.raises(ImageError, match=r"it is no JPEG, PNG.*it starts with b'<html>404</html>'"):
        read_image(path)


def test_what_is_no_source_at_all(tmp_path):
    path = tmp_path / "a.pgm"
    path.write_text("P2 1 1 255 7")
    with path.open(encoding="utf-8") as text, pytest.raises(ImageError, match="opened with 'rb'"):
        read_image(text)
    with pytest.raises(ImageError, match=r"the given int: a picture comes from a path, bytes"):
        read_image(7)


def test_unknown_color_names_the_nearest():
    with pytest.raises(ImageError, match=r"unknown color 'grey' .*Did you mean 'gray'\?"):
        read_image(b"P2 1 1 255 7", color="grey")


def test_cut_anywhere_is_an_error_or_the_whole_picture(files):
    """Every format, many places; what still reads must be the same picture."""
    for name, data in files.items():
        whole, still_read = read_image(data), 0
        sizes = {*range(0, len(data), max(1, len(data) // 60)), *range(len(data) - 12, len(data))}
        for size in sorted(s for s in sizes if s >= 0):
            try:
                image = read_image(data[:size])
            except ImageError as error:
                assert str(error).startswith("cannot read the given bytes: it is "), error
                continue
            still_read += 1
            if name in ("plain.ppm", "plain.pgm") and len(data) - size < 4:
                continue  # a shorter last number cannot be told from a number
            np.testing.assert_array_equal(image, whole, err_msg=f"{name} cut to {size}")
        allowed = len(sizes) if name.startswith(("moving", "pages")) else 30
        assert still_read <= allowed, name


@pytest.mark.parametrize("name", ["rgb.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "rgb.png",
                                  "rgb.bmp", "rgb.ppm", "lossy.webp", "lzw.tif", "fax.tif",
                                  "palette.gif", "plain.pgm"])  # fmt: skip
def test_half_a_file_is_an_error_that_says_so(files, name):
    with pytest.raises(ImageError, match="cut short or damaged"):
        read_image(files[name][: len(files[name]) // 2])


def test_changed_pixel_bytes_of_a_jpeg_or_png_do_not_pass_for_the_picture(files):
    for name, at_least in (("rgb.png", 60), ("gray.png", 60), ("rgb.jpg", 15)):
        data, caught = files[name], 0
        for number in range(60):
            changed = bytearray(data)
            changed[len(data) * 3 // 4 + number - 30] ^= 0x55
            try:
                read_image(bytes(changed))
            except ImageError:
                caught += 1
        assert caught >= at_least, (name, caught)


def bomb_png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(bytes(1000))
    parts = (
        struct.pack(">I", len(p) - 4) + p + struct.pack(">I", zlib.crc32(p)) for p in (head, pixels)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bombs() -> dict[str, bytes]:
    webp = saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True)
    at = webp.index(b"VP8L") + 9
    size = (9999 | 9999 << 14).to_bytes(4, "little")
    jpeg = saved(Image.new("RGB", (8, 8)), "JPEG")
    frame = jpeg.index(b"\xff\xc0") + 5
    bmp = saved(Image.new("RGB", (8, 8)), "BMP")
    gif = saved(Image.new("RGB", (8, 8)), "GIF")
    return {
        "png": bomb_png(60000, 60000),
        "jpeg": jpeg[:frame] + struct.pack(">HH", 60000, 60000) + jpeg[frame + 4 :],
        "bmp": bmp[:18] + struct.pack("<ii", 60000, 60000) + bmp[26:],
        "gif": gif[:6] + struct.pack("<HH", 60000, 60000) + gif[10:],
        "webp": webp[:at] + size + webp[at + 4 :],
        "pnm": b"P6 60000 60000 255\n",
    }


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gif", "webp", "pnm"])
def test_a_bomb_is_refused_by_its_header_before_any_memory_is_taken(kind):
    data = bombs()[kind]
    image_info(b"P2 1 1 255 7")
    tracemalloc.start()
    with pytest.raises(ImageError, match=r"its header states \d+×\d+ pixels, more than the limit"):
        read_image(data)
    assert tracemalloc.get_traced_memory()[1] < 3e6
    tracemalloc.stop()


def test_pillows_own_limit_is_told_as_a_limit():
    webp = bytearray(saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    at = webp.index(b"VP8L") + 9
    webp[at : at + 4] = (16383 | 16383 << 14).to_bytes(4, "little")
    with pytest.raises(ImageError, match=r"exceeds limit of .* Shrink it"):
        read_image(bytes(webp), max_pixels=10**9)


def test_the_limit_is_the_callers_to_set(files):
    read_image(files["rgb.png"], max_pixels=36 * 52)
    with pytest.raises(
        ImageError,
        match=r"states 52×36 pixels, more than the limit of 1,871\. .*raise max_pixels",
    ):
        read_image(files["rgb.png"], max_pixels=36 * 52 - 1)


def test_no_size_is_no_picture():
    with pytest.raises(ImageError, match="its header states a size of 0×5"):
        read_image(b"P5 0 5 255\n")


def test_values_without_a_range_are_refused():
    for array in (np.ones((2, 2), np.float32), np.ones((2, 2), np.int32)):
        with pytest.raises(ImageError, match="its 32-bit values have no agreed range"):
            read_image(saved(Image.fromarray(array), "TIFF"))


def test_a_tiff_whose_strips_leave_pixels_out_is_damaged():
    data = bytearray(saved(Image.fromarray(np.ones((4, 4), np.uint8)), "TIFF"))
    assert data[:2] == b"II"
    height = data.index(struct.pack("<HHII", 257, 4, 1, 4)[:8])
    data[height + 8 : height + 12] = struct.pack("<I", 4000)
    with pytest.raises(ImageError, match="cut short or damaged"):
        read_image(bytes(data))


def test_pnm_damage_is_told():
    for data, reason in [
        (b"P5 2 2 255 \0\0\0", "ends before its last pixel"),
        (b"P2 2 1 7 3 8", "a value above the largest, 7"),
        (b"P2 2 1 70000 3 8", "largest value 70000, not 1 to 65535"),
        (b"P2 2\n", "its header is not whole"),
        (b"P5 2 1 " + b"9" * 5000, "its header is not whole"),
    ]:
        with pytest.raises(ImageError, match=reason):
            read_image(data)


def test_codecs_stay_silent_on_damage(files, capfd):
    rnd = random.Random(5)
    for name, data in files.items():
        for _ in range(6):
            changed = bytearray(data)
            for _ in range(3):
                changed[rnd.randrange(len(data))] = rnd.randrange(256)
            try:
                read_image(bytes(changed[: rnd.choice((len(data), len(data) * 2 // 3))]))
            except ImageError as error:
                assert "\n" not in str(error), name
    assert capfd.readouterr() == ("", "")


@given(st.data())
def test_any_change_gives_a_picture_or_an_image_error(files, data):
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    try:
        image = read_image(bytes(content))
    except ImageError:
        return
    assert image.dtype == np.uint8
    assert image.shape[:2] == image_info(bytes(content)).size_hw


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"P5 ",
                        b"RIFF\x20\0\0\0WEBP", b""]), st.binary(max_size=200))  # fmt: skip
def test_noise_after_any_magic_is_an_image_error_or_a_picture(magic, noise):
    try:
        image = read_image(magic + noise)
    except ImageError:
        return
    assert image.size
