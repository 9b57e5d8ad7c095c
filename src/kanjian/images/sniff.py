"""What a picture is, from its first bytes: format by content, size before any decoding."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kanjian.images import jpeg, pillow, pnm
from kanjian.images.header import Header
from kanjian.images.orientation import swaps_sides
from kanjian.images.source import Source, UnreadableError, open_source

# 270 MB as RGB. Pillow warns above 89.5 million, in the WebP reader even when not asked
MAX_PIXELS = 89_000_000
# By which pictures are found in folders; what they hold is told by content
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".gif"}
    | {".pgm", ".ppm", ".pbm", ".pnm"}
)
FORMATS = "JPEG, PNG, WebP, BMP, TIFF, GIF, PBM, PGM or PPM"


@dataclass(frozen=True)
class ImageInfo:
    """What the header of a picture says.

    Args:
        format: "jpeg", "png", "webp", "bmp", "tiff", "gif" or "pnm", by content, not by name.
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
            GIF, PBM, PGM or PPM; it starts with b'hello'. Leave it out or convert it first.
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
        UnreadableError: If it is empty or of no known format.
    """
    head = stream.read(16)
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
    raise UnreadableError(
        f"it is no {FORMATS}; it starts with {head!r}. Leave it out or convert it first."
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


def unreadable_format(path: Path) -> str | None:
    """What the format of a picture is called that is known here by name, but not read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> path.write_bytes(bytes([0, 0, 0, 24]) + b"ftypheic"), unreadable_format(path)
        (12, 'HEIC')
    """
    with path.open("rb") as stream:
        head = stream.read(16)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    return "JPEG XL" if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")) else None


_BRANDS = dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"), "HEIC")
_BRANDS |= dict.fromkeys((b"avif", b"avis"), "AVIF")
