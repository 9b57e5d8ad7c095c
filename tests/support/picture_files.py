"""One picture as a file of every format and kind that kanjian reads; for tests and bench/."""

import io

import numpy as np
from PIL import Image

# What is written without loss gives the same pixels back
LOSSLESS_RGB = ["rgb.png", "rgb.webp", "rgb.bmp", "rgb.ppm", "plain.ppm"]
LOSSLESS_RGB += ["rgb.tif", "lzw.tif", "deflate.tif", "packbits.tif"]
LOSSLESS_GRAY = ["gray.png", "gray.bmp", "gray.tif", "gray.pgm", "plain.pgm", "gray.gif"]


def saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_name, **options)
    return stream.getvalue()


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes()


def plain_pnm(kind: str, array: np.ndarray, largest: int) -> bytes:
    size = f"{array.shape[1]} {array.shape[0]}"
    values = "\n".join(" ".join(map(str, row)) for row in array.reshape(len(array), -1))
    return f"{kind}\n# written by hand\n{size}\n{largest}\n{values}\n".encode()


def every_format(picture: np.ndarray) -> dict[str, bytes]:
    """The RGB picture in about 50 kinds of file; the key is a name with the right suffix."""
    color = Image.fromarray(picture)
    gray, alpha = color.convert("L"), color.convert("RGBA")
    alpha.putalpha(gray)
    gray_alpha = Image.merge("LA", (gray, gray))
    palette, bitmap = color.convert("P", palette=Image.Palette.ADAPTIVE), color.convert("1")
    deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    other = color.transpose(Image.Transpose.ROTATE_180)
    return {
        **_jpegs(color, gray),
        "rgb.png": saved(color, "PNG"),
        "gray.png": saved(gray, "PNG"),
        "alpha.png": saved(alpha, "PNG"),
        "gray-alpha.png": saved(gray_alpha, "PNG"),
        "palette.png": saved(palette, "PNG"),
        "palette-alpha.png": saved(palette, "PNG", transparency=3),
        "key.png": saved(color, "PNG", transparency=(255, 255, 255)),
        "bitmap.png": saved(bitmap, "PNG"),
        "deep.png": saved(deep, "PNG"),
        "turned.png": saved(color, "PNG", exif=exif_of(6)),
        "rgb.webp": saved(color, "WEBP", lossless=True),
        "lossy.webp": saved(color, "WEBP", quality=80),
        "alpha.webp": saved(alpha, "WEBP"),
        "turned.webp": saved(color, "WEBP", exif=exif_of(8)),
        "moving.webp": saved(color, "WEBP", save_all=True, append_images=[other]),
        "rgb.bmp": saved(color, "BMP"),
        "gray.bmp": saved(gray, "BMP"),
        "palette.bmp": saved(palette, "BMP"),
        "bitmap.bmp": saved(bitmap, "BMP"),
        "alpha.bmp": saved(alpha, "BMP"),
        "gray.gif": saved(gray, "GIF"),
        "palette.gif": saved(palette, "GIF"),
        "clear.gif": saved(palette, "GIF", transparency=3),
        "moving.gif": saved(color, "GIF", save_all=True, append_images=[other]),
        **_tiffs(color, gray, deep),
        **_pnms(picture, np.asarray(gray), np.asarray(bitmap)),
    }


def _jpegs(color: Image.Image, gray: Image.Image) -> dict[str, bytes]:
    return {
        "rgb.jpg": saved(color, "JPEG", quality=85),
        "fine.jpg": saved(color, "JPEG", quality=95, subsampling=0),
        "progressive.jpg": saved(color, "JPEG", progressive=True),
        "restarts.jpg": saved(color, "JPEG", restart_marker_blocks=8),
        "gray.jpg": saved(gray, "JPEG"),
        "cmyk.jpg": saved(color.convert("CMYK"), "JPEG", quality=95),
        "turned.jpg": saved(color, "JPEG", exif=exif_of(6)),
    }


def _tiffs(color: Image.Image, gray: Image.Image, deep: Image.Image) -> dict[str, bytes]:
    return {
        "rgb.tif": saved(color, "TIFF"),
        "lzw.tif": saved(color, "TIFF", compression="tiff_lzw"),
        "deflate.tif": saved(color, "TIFF", compression="tiff_adobe_deflate"),
        "packbits.tif": saved(color, "TIFF", compression="packbits"),
        "jpeg.tif": saved(color, "TIFF", compression="jpeg"),
        "gray.tif": saved(gray, "TIFF"),
        "deep.tif": saved(deep, "TIFF"),
        "deep-lzw.tif": saved(deep, "TIFF", compression="tiff_lzw"),
        "fax.tif": saved(color.convert("1"), "TIFF", compression="group4"),
        "cmyk.tif": saved(color.convert("CMYK"), "TIFF"),
        "turned.tif": saved(color, "TIFF", tiffinfo={274: 6}),
        "pages.tif": saved(color, "TIFF", save_all=True, append_images=[gray]),
    }


def _pnms(color: np.ndarray, gray: np.ndarray, bitmap: np.ndarray) -> dict[str, bytes]:
    height, width = gray.shape
    ink = 1 - bitmap.astype(np.uint8)
    rows = "\n".join("".join(map(str, row)) for row in ink)
    return {
        "rgb.ppm": f"P6 {width} {height} 255\n".encode() + color.tobytes(),
        "gray.pgm": f"P5 {width} {height} 255\n".encode() + gray.tobytes(),
        "bitmap.pbm": f"P4 {width} {height}\n".encode() + np.packbits(ink, axis=1).tobytes(),
        "plain.ppm": plain_pnm("P3", color, 255),
        "plain.pgm": plain_pnm("P2", gray, 255),
        "plain.pbm": f"P1 {width} {height}\n{rows}\n".encode(),
        "deep.pgm": f"P5 {width} {height} 65535\n".encode()
        + (gray.astype(">u2") * 257).astype(">u2").tobytes(),
    }
