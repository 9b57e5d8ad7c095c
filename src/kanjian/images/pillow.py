"""PNG, WebP, BMP, TIFF, GIF and what plug-ins read through Pillow, held to one strict way.

Pillow and not OpenCV: it says why it cannot read a file, reads every kind of these formats,
and is silent where libpng under OpenCV writes on stderr; times are in bench/decode.py.
"""

import importlib
import logging
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np

from kanjian.images import jxl
from kanjian.images.convert import over_white
from kanjian.images.endings import whole_png, whole_webp
from kanjian.images.header import Header
from kanjian.images.orientation import ORIENTATION_TAG, exif_orientation, swaps_sides, upright
from kanjian.images.plugins import PLUGINS, open_plugin
from kanjian.images.source import UnreadableError
from kanjian.images.stderr import libtiff_messages
from kanjian.images.tiff import meant, open_tiff

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

# The plugin's own class and not Image.open: it tries this one format only, and leaves the
# pixel limit to us (Image.open warns at one limit of its own and raises at another)
_PLUGINS = {
    "png": ("PngImagePlugin", "PngImageFile"),
    "webp": ("WebPImagePlugin", "WebPImageFile"),
    "bmp": ("BmpImagePlugin", "BmpImageFile"),
    "gif": ("GifImagePlugin", "GifImageFile"),
}
_JXL_PIXELS = 89_000_000  # its plug-in decodes all to tell channels and orientation
_DAMAGED = "it is cut short or damaged ({}). Get a fresh copy or leave it out."
_GRAY = {"1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N"}


def read_header(stream: BinaryIO, kind: str) -> Header:
    """What the header of a PNG, WebP, BMP, TIFF or GIF says; its pixels are not read.

    Raises:
        UnreadableError: If the header is damaged.
    """
    if kind == "webp":  # its reader wants the whole file for the header, too
        stream = BytesIO(whole_webp(stream.read(), []))
    if kind == "jxl":
        size_hw = jxl.size_hw(stream.read())
        if size_hw is None or size_hw[0] * size_hw[1] > _JXL_PIXELS:
            return Header(size_hw or (0, 0), 3, 8)
        stream.seek(0)
    return _guarded(lambda: _header_of(_open(stream, kind), kind))


def decode(data: bytes, kind: str, flaws: list[str]) -> np.ndarray:
    """The pixels, upright; gray (height, width) or RGB (height, width, 3).

    Transparency is laid over white; 16 bits become 8 by taking the high byte; palettes,
    CMYK and YCbCr become RGB.

    Args:
        data: The whole file.
        kind: What it is.
        flaws: Gets what is wrong with a file whose pixels are all there.

    Raises:
        UnreadableError: If the file is damaged, or holds 32-bit or floating point values.
    """
    if kind in _WHOLE:
        data = _WHOLE[kind](data, flaws)
    return _guarded(lambda: _upright_pixels(_open(BytesIO(data), kind), kind))


def from_pil(image: "Image") -> np.ndarray:
    """The pixels of a PIL image, by the rules of `decode`.

    Raises:
        UnreadableError: If they cannot be loaded, or are 32-bit or floating point values.
    """

    def pixels() -> np.ndarray:
        image.load()
        kind = "tiff" if hasattr(image, "tag_v2") else "gif" if image.mode == "P" else ""
        found = _pixels(image, kind, gray=_is_gray(image, kind))
        return found if kind == "tiff" else upright(found, _turn(image))

    return _guarded(pixels)


T = TypeVar("T")


def _guarded(work: Callable[[], T]) -> T:
    from PIL.Image import DecompressionBombError

    try:
        return work()
    except UnreadableError:
        raise
    except MemoryError as error:
        raise UnreadableError("there is not enough memory for its pixels.") from error
    except DecompressionBombError as error:  # the WebP reader's own, whatever max_pixels is
        raise UnreadableError(f"{error} Shrink it if it is meant to be that large.") from error
    except Exception as error:
        # Fed with damaged files, Pillow's plugins raise OSError, SyntaxError, struct.error,
        # KeyError, TypeError …: whatever it is, the file could not be read
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableError(_DAMAGED.format(reason)) from error


def _open(stream: BinaryIO, kind: str) -> "ImageFile":
    if kind == "tiff":
        # Odd metadata is common and harmless; a filter of one module, set again each time,
        # because catch_warnings() would disturb the filters of other threads. What it logs
        # it also raises
        logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")
        return open_tiff(stream)
    if kind in PLUGINS:
        return open_plugin(stream, kind)
    module, name = _PLUGINS[kind]
    image: ImageFile = getattr(importlib.import_module(f"PIL.{module}"), name)(stream)
    return image


def _header_of(image: "ImageFile", kind: str) -> Header:
    width, height = image.size
    turn = _turn(image)
    # Pillow states and decodes a TIFF upright, all others as stored
    turned = kind == "tiff" and swaps_sides(turn)
    size_hw = (width, height) if turned else (height, width)
    return Header(size_hw, 1 if _is_gray(image, kind) else 3, _bits(image, kind), turn)


def _is_gray(image: "Image", kind: str) -> bool:
    if image.mode in _GRAY:
        return True
    if image.mode == "P" and kind in ("gif", "png") and image.palette is not None:
        colors = np.frombuffer(bytes(image.palette.palette), np.uint8)
        colors = colors[: len(colors) // 3 * 3].reshape(-1, 3)
        return bool((colors == colors[:, :1]).all())
    # Pillow opens 16-bit gray with alpha as RGBA; the PNG's own color type says gray
    return kind == "png" and _png_kind(image)[1] in (0, 4)


def _png_kind(image: Any) -> tuple[int, int]:
    """Bits and color type, from their fixed place in the file."""
    assert image.fp is not None
    before = image.fp.tell()
    image.fp.seek(24)  # after signature, chunk head, width and height
    bits, color_type = image.fp.read(2)
    image.fp.seek(before)
    return bits, color_type


def _bits(image: "ImageFile", kind: str) -> int:
    if kind == "png":
        return _png_kind(image)[0]
    if kind == "tiff":
        return int(image.tag_v2.get(258, (1,))[0])  # type: ignore[attr-defined]
    return 1 if image.mode == "1" else 8


def _turn(image: "Image") -> int:
    if hasattr(image, "tag_v2"):
        stated = image.tag_v2.get(ORIENTATION_TAG, 1)
        return stated if stated in range(1, 9) else 1
    exif = image.info.get("exif", b"")
    return exif_orientation(exif) if isinstance(exif, bytes) else 1


def _upright_pixels(image: "ImageFile", kind: str) -> np.ndarray:
    gray, turn = _is_gray(image, kind), _turn(image)
    _load(image, kind)
    pixels = _pixels(image, kind, gray=gray)
    return pixels if kind == "tiff" else upright(pixels, turn)


def _pixels(image: "Image", kind: str, *, gray: bool) -> np.ndarray:
    if image.mode.startswith("I;16"):
        return _high_bytes(image, kind)
    if image.mode in ("I", "F"):
        raise UnreadableError(
            "its 32-bit values have no agreed range. Scale them to 0..65535 and store 16 bits."
        )
    if image.has_transparency_data:
        values = np.asarray(image.convert("LA" if gray else "RGBA"))
        return over_white(meant(image, values) if kind == "tiff" else values)
    wanted = "L" if gray else "RGB"
    values = np.array(image if image.mode == wanted else image.convert(wanted))
    return meant(image, values) if kind == "tiff" and gray else values


def _load(image: "ImageFile", kind: str) -> None:
    if kind == "tiff":
        _check_strips(image)
    if kind != "tiff" or image.tile[0].codec_name != "libtiff":
        image.load()
        return
    with libtiff_messages() as messages:
        image.load()
    if messages:
        raise UnreadableError(_DAMAGED.format(messages[0].rstrip(".")))


def _check_strips(image: "ImageFile") -> None:
    """The strips of a TIFF must reach every pixel: Pillow leaves black what they do not."""
    boxes = [tile.extents for tile in image.tile if tile.extents is not None]
    described = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
    if described < image.width * image.height:
        raise UnreadableError(_DAMAGED.format("its pixel data do not fill its size"))


def _high_bytes(image: "Image", kind: str) -> np.ndarray:
    values = np.asarray(image).astype(np.uint16)
    if kind == "tiff":
        values = meant(image, values)
    high = (values >> 8).astype(np.uint8)
    if "transparency" in image.info:  # one gray level of a PNG that stands for clear
        high[values == image.info["transparency"]] = 255
    return high


_WHOLE: dict[str, Callable[[bytes, list[str]], bytes]] = {"png": whole_png, "webp": whole_webp}
