"""What a picture is, from its first bytes: format by content, size before any decoding."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kanjian.errors import ImageError
from kanjian.images import jpeg, pillow, pnm
from kanjian.images.header import Header
from kanjian.images.orientation import swaps_sides
from kanjian.images.plugins import PLUGINS, plugin_kind, refusal, unread_name
from kanjian.images.source import Source, UnreadableError, open_source
from kanjian.paths import AnyPath

# 270 MB as RGB. Pillow warns above 89.5 million, in the WebP reader even when not asked
MAX_PIXELS = 89_000_000
HEAD = 64  # bytes that tell a format
# By which pictures are found in folders; what they hold is told by content
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".gif"}
    | {".pgm", ".ppm", ".pbm", ".pnm"}
    | {suffix for plugin in PLUGINS.values() for suffix in plugin.suffixes_here}
)
FORMATS = "JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF, PBM, PGM or PPM"


@dataclass(frozen=True)
class ImageInfo:
    """What the header of a picture says.

    Args:
        format: "jpeg", "png", "webp", "bmp", "tiff", "gif", "pnm", "avif", "heic" or "jxl", by
            content, not by name.
        size_hw: Height and width as seen, EXIF orientation applied.
        channels: 1 or 3, as `read_image` gives it.
        bits: Bits of one sample as stored.
        orientation: EXIF orientation 1 to 8; 1 is upright.
    """

    format: str
    size_hw: tuple[int, int]
    channels: int
    bits: int
    orientation: int


def image_info(source: Source) -> ImageInfo:
    """Format, size, channels, bits and orientation, reading only the header.

    A header can be whole in a file whose pixels are damaged: `read_image` tells.

    Args:
        source: Path, bytes or binary file object.

    Raises:
        ImageError: If there is no readable header of a known format.

    Example:
        >>> info = image_info(b"P6 3 2 255 " + bytes(18))
        >>> info.format, info.size_hw, info.channels, info.bits
        ('pnm', (2, 3), 3, 8)
        >>> image_info(b"hello")
        Traceback (most recent call last):
        kanjian.errors.ImageError: cannot read the given bytes: it is no JPEG, PNG, WebP, BMP, TIFF,
            GIF, AVIF, PBM, PGM or PPM; it starts with b'hello'. Leave it out or convert it first.
    """
    with open_source(source) as stream:
        kind, header = read_header(stream)
    height, width = header.size_hw
    upright_hw = (width, height) if swaps_sides(header.orientation) else (height, width)
    return ImageInfo(kind, upright_hw, header.channels, header.bits, header.orientation)


def read_header(stream: BinaryIO) -> tuple[str, Header]:
    """Format and header of the picture in this stream, which is left anywhere.

    Raises:
        UnreadableError: If there is no readable header of a known format.
    """
    kind = sniff(stream)
    reader = {"jpeg": jpeg.read_header, "pnm": pnm.read_header}.get(kind)
    header = reader(stream) if reader else pillow.read_header(stream, kind)
    height, width = header.size_hw
    if height < 1 or width < 1:
        raise UnreadableError(f"its header states a size of {width}×{height}. Get a fresh copy.")
    return kind, header


def sniff(stream: BinaryIO) -> str:
    """The format by the first bytes; the stream is left at its start.

    Raises:
        UnreadableError: If it is empty or of no known format, or of one that cannot be read here.
    """
    head = stream.read(HEAD)
    stream.seek(0)
    if not head:
        raise UnreadableError("it is empty. Get a fresh copy or leave it out.")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in (*_SPACES, b"#"):
        return "pnm"
    plugin, refused = plugin_kind(head), refusal(head)
    if plugin is not None and refused is None:
        return plugin
    raise UnreadableError(
        refused
        or f"it is no {FORMATS}; it starts with {head[:16]!r}. Leave it out or convert it first."
    )


_SPACES = (b" ", b"\t", b"\n", b"\r", b"\v", b"\f")
_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
)


def unreadable_format(path: AnyPath) -> str | None:
    """What the format of a picture is called that is known here by name, but not read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> path.write_bytes(b"8BPS"), unreadable_format(path)
        (4, 'Photoshop')
    """
    path = Path(path)
    with path.open("rb") as stream:
        return unread_name(stream.read(HEAD))


def is_picture_inside(path: AnyPath) -> bool:
    """Whether a file whose name does not say so is a picture that can be read, by its content.

    Raises:
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "001"
        >>> path.write_bytes(b"P5 1 1 255 x"), is_picture_inside(path)
        (12, True)
        >>> path.write_text("P5 is a kind of picture"), is_picture_inside(path)
        (23, False)
    """
    path = Path(path)
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    try:
        if sniff(io.BytesIO(head)) in ("bmp", "pnm"):  # two letters: a text can begin with them
            image_info(path)
    except (UnreadableError, ImageError):
        return False
    return True
