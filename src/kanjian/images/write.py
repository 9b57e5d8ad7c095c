"""Write a picture: the whole file or none, under any Unicode name, format by suffix."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.convert import check_image
from kanjian.images.pictures import Picture, as_image, takes_picture
from kanjian.storage.files import write_bytes

# JPEG 95 with full chroma: hardly told from the original, half the size of PNG
_JPEG = ("JPEG", {"quality": 95, "subsampling": 0})
_FORMATS: dict[str, tuple[str, dict[str, int]]] = {
    ".png": ("PNG", {}),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": ("WEBP", {"quality": 95}),
    ".bmp": ("BMP", {}),
    ".tif": ("TIFF", {}),
    ".tiff": ("TIFF", {}),
    ".pgm": ("PPM", {}),
    ".ppm": ("PPM", {}),
}


def write_image(path: str | os.PathLike[str], image: Picture) -> None:
    """Write a picture to a file in the format of its suffix.

    Args:
        path: Ends in .png, .bmp, .tif, .tiff, .pgm (gray) or .ppm (RGB), which keep every
            pixel, or in .jpg, .jpeg or .webp, which do not (quality 95). The folder is
            made if missing.
        image: RGB (height, width, 3) or gray (height, width), uint8; or anything `as_image`
            takes.

    Raises:
        ImageError: If the suffix is another or the format cannot hold the picture.
        KanjianError: If the file cannot be written; a file that was there stays whole.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "猫 🐈.png"
        >>> write_image(path, np.array([[1, 2]], np.uint8))
        >>> from kanjian.images import read_image
        >>> read_image(path)
        array([[1, 2]], dtype=uint8)
    """
    path = Path(path)
    image = check_image(as_image(image))
    suffix = check_suffix(path)
    wrong = {".pgm": image.ndim == 3, ".ppm": image.ndim == 2}.get(suffix, False)
    if wrong:
        raise ImageError(f"cannot write {path}: .pgm holds gray and .ppm RGB. Use the other one.")
    format_name, options = _FORMATS[suffix]
    try:
        content = _encode(image, format_name, **options)
    except (OSError, ValueError) as error:  # WebP ends at 16 383 pixels a side, JPEG at 65 500
        raise ImageError(f"cannot write {path}: {error}. Use .png.") from error
    write_bytes(path, content)


def check_suffix(path: Path) -> str:
    """The suffix in small letters, if pictures can be written under it.

    Raises:
        ImageError: If it is another.

    Example:
        >>> check_suffix(Path("sheet.PNG"))
        '.png'
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise ImageError(
            f"cannot write {path}: unknown suffix {suffix!r}. Use one of {', '.join(_FORMATS)}."
        )
    return suffix


@takes_picture
def encode_png(image: np.ndarray) -> bytes:
    r"""The picture as the bytes of a PNG file, for reports and web pages.

    Args:
        image: RGB (height, width, 3) or gray (height, width), uint8.

    Raises:
        ImageError: If `image` is no picture.

    Example:
        >>> encode_png(np.zeros((2, 2), np.uint8))[:8]
        b'\x89PNG\r\n\x1a\n'
    """
    return _encode(check_image(image), "PNG")


def _encode(image: np.ndarray, format_name: str, **options: int) -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(stream, format_name, **options)
    return stream.getvalue()
