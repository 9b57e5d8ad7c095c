"""AVIF, HEIC and JPEG XL are read where something here can; what cannot be read is named."""

import base64
import dataclasses
import importlib.util
import io

import numpy as np
import pytest
from PIL import Image, ImageFile

from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import ImageError
from kanjian.images import image_info, jxl, plugins, read_image
from kanjian.images.sniff import PICTURE_SUFFIXES, is_picture_inside, unreadable_format
from kanjian.media.feed import open_feed
from picture_files import exif_of, saved

# 24 × 16 gray, 60 but for 200 at the upper left, turned by 90 degrees as EXIF 6 says
_HEIC = base64.b85decode(
    b"0000SW^{RQXk}@500000ZE0pPXk}@5ZE0a<0005OZDn*}000000000XXk=`10000000000aA{+700000000000000000"
    b"000G-+&aV*mgE07O6l0ssL300001<p2Qy00000002G!0ssI200JWb0RR9100000Bme*aIB98aW&i*H00062000$fZf0c"
    b"y000000RRAKc4ILB0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO000310097LaB^?}007@<aAR)(0041lc4I>U1"
    b"PA~C0H62(0000U@BsY$`1k+-4+CHT0RR_30Sp2E{{#pC00RJ@_y7O{0017k0zhE^0RSdK0RaRE00093pZEX(0{{RXz=8"
    b"x8TdKNin*sm;0{}7r00RI55MlrU00u+>!E?ch0000JV{dG7ZewhC0096E00Dpi000zeb8uw<00000002M$002M$001as"
    b"Y+-N!000;O00031000mG00061|Nqzk00092|Nqbc00062000hfX?SS>000012mk;832Aa~bOQhY02yg;ZD9Za0000000"
    b"96227v+t1%!qG000_ka%E-!00000000hSWOHKx0ssL30RR91YHeg;bN~PVIw%3I3}iH733bTpo90f&clZa$^Pe#+!^U}"
    b"im!#AhddG=duJSI-i4$G(^niBp`mu%}bXQPaR_$v5000I>cxh$;08LE*DgXcg2mk>A5&#1L000311^@s60000"
)
_JXL = b"\xff\x0a" + bytes([0b01_00011_1, 0]) + bytes(20)  # states 32 × 32


def test_avif_gives_the_picture_upright_and_over_white(picture):
    upright = Image.fromarray(picture)
    data = saved(upright, "AVIF", quality=95)
    assert np.abs(read_image(data).astype(int) - picture).mean() < 4
    turned = saved(upright.transpose(Image.Transpose.ROTATE_90), "AVIF", exif=exif_of(6))
    assert read_image(turned).shape == picture.shape
    assert image_info(turned).size_hw == picture.shape[:2]
    clear = upright.convert("RGBA")
    clear.putalpha(0)
    assert (read_image(saved(clear, "AVIF")) == 255).all()
    gray = saved(upright.convert("L"), "AVIF")
    assert read_image(gray).ndim == 2
    assert (image_info(gray).format, image_info(gray).channels) == ("avif", 1)
    for cut in (1, 9, len(data) // 2):
        with pytest.raises(ImageError, match="cut short or damaged"):
            read_image(data[:-cut])


@pytest.mark.skipif(not importlib.util.find_spec("pi_heif"), reason="needs a plug-in for HEIC")
def test_heic_gives_the_picture_upright():
    image = read_image(_HEIC)
    assert image.shape == image_info(_HEIC).size_hw == (24, 16)
    assert abs(int(image[4, 12]) - 200) < 9
    assert abs(int(image[4, 4]) - 60) < 9
    assert image_info(_HEIC).format == "heic"
    assert ".heic" in PICTURE_SUFFIXES
    with pytest.raises(ImageError, match="cut short or damaged") as caught:
        read_image(_HEIC[:-40])
    assert "\n" not in str(caught.value)
    with pytest.raises(ImageError, match="more than the limit of 100"):
        read_image(_HEIC, max_pixels=100)


def test_a_format_without_its_plug_in_is_named_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "opener_of", lambda kind: None)
    for data, name, package in ((_HEIC, "HEIC", "pi-heif"), (_JXL, "JPEG XL", "pillow-jxl-plugin")):
        path = tmp_path / "photo.jpg"  # content decides, and not the name
        path.write_bytes(data)
        assert unreadable_format(path) == name
        assert not is_picture_inside(path)
        for door in (read_image, image_info):
            with pytest.raises(
                ImageError, match=rf"photo.jpg: it is {name}.*pip install {package}"
            ):
                door(path)


@pytest.mark.parametrize(
    ("data", "name"),
    [(magic + bytes(60), name) for magic, name in plugins.UNREAD],
)
def test_a_format_that_is_not_read_is_named(tmp_path, data, name):
    path = tmp_path / "a"
    path.write_bytes(data)
    assert unreadable_format(path) == name
    with pytest.raises(ImageError, match=f"it is {name}, which is not read. Save it as PNG"):
        read_image(path)


def test_what_can_be_read_is_not_called_unreadable(tmp_path, files):
    path = tmp_path / "a"
    for name, data in files.items():
        path.write_bytes(data)
        assert unreadable_format(path) is None, name
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(99))  # a video
    assert unreadable_format(path) is None


class _Flat(ImageFile.ImageFile):
    """Stands in for a plug-in that someone registered."""

    format = "JXL"

    def _open(self):
        self._size, self._mode = (32, 32), "L"
        self.fp = io.BytesIO(bytes([7]) * 1024)
        self.tile = [ImageFile._Tile("raw", (0, 0, 32, 32), 0, "L")]


def test_a_plug_in_that_was_registered_with_pillow_is_used(monkeypatch):
    monkeypatch.setitem(Image.OPEN, "JXL", (_Flat, None))
    monkeypatch.setitem(
        plugins.PLUGINS, "jxl", dataclasses.replace(plugins.PLUGINS["jxl"], modules=())
    )
    assert (read_image(_JXL) == 7).all()
    assert image_info(_JXL).format == "jxl"


def jxl_sides(*fields: tuple[int, int]) -> bytes:
    """A JPEG XL that states (bits, value) one after the other, the lowest bit first."""
    number = at = 0
    for count, value in fields:
        number, at = number | value << at, at + count
    return b"\xff\x0a" + number.to_bytes(20, "little")


def test_the_size_of_a_jpeg_xl_is_known_before_its_plug_in_decodes(monkeypatch):
    small = jxl_sides((1, 1), (5, 4), (3, 0), (5, 1))
    assert jxl.size_hw(small) == (40, 16)
    wide = jxl_sides((1, 0), (2, 1), (13, 1079), (3, 5))
    assert jxl.size_hw(wide) == (1080, 1920)
    box = b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x14ftypjxl " + bytes(8)
    assert jxl.size_hw(box + b"\0\0\0\0jxlc" + small) == (40, 16)
    assert jxl.size_hw(box + b"\0\0\0\x40jxlp\0\0\0\0" + small) == (40, 16)
    assert jxl.size_hw(box) is None
    bomb = jxl_sides((1, 0), (2, 3), (30, 2**29), (3, 1))
    monkeypatch.setattr(plugins, "opener_of", lambda kind: pytest.fail("it was opened"))
    monkeypatch.setattr("kanjian.images.sniff.refusal", lambda head: None)
    with pytest.raises(ImageError, match=r"states 536870913×536870913 pixels, more than"):
        read_image(bomb)


def test_pictures_without_a_suffix_or_with_a_wrong_one_are_taken(tmp_path, picture):
    data = saved(Image.fromarray(picture), "AVIF")
    for name in ("cat/1", "cat/2.avif", "dog/3.jpg", "dog/4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        with open_feed(path) as feed:
            assert [frame.image.shape for frame in feed] == [picture.shape]
    assert open_dataset(tmp_path).train.class_counts() == {"cat": 2, "dog": 2}
