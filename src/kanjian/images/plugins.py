"""AVIF, HEIC and JPEG XL: read where Pillow or one of its plug-ins can, and else named."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from kanjian import extras
from kanjian.images.source import UnreadableError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile


@dataclass(frozen=True)
class Plugin:
    """A format that not every Pillow reads.

    Args:
        kind: As in `ImageInfo.format`.
        name: What people call it.
        registered: What Pillow's plug-ins call it.
        modules: Packages that read it, and the class in each; the first that is here is taken.
        suffixes: By which its files are found.
        package: What to install.
    """

    kind: str
    name: str
    registered: str
    modules: tuple[tuple[str, str], ...]
    suffixes: tuple[str, ...]
    package: str

    @property
    def suffixes_here(self) -> tuple[str, ...]:
        """By which its files are found, if it can be read here; imports nothing."""
        here = any(importlib.util.find_spec(module.partition(".")[0]) for module, _ in self.modules)
        return self.suffixes if here else ()


PLUGINS = {
    plugin.kind: plugin
    for plugin in (
        Plugin(
            "avif", "AVIF", "AVIF", (("PIL.AvifImagePlugin", "AvifImageFile"),),
            (".avif", ".avifs"), "'pillow>=12'",
        ),
        Plugin(
            "heic", "HEIC", "HEIF",
            (("pi_heif.as_plugin", "HeifImageFile"), ("pillow_heif.as_plugin", "HeifImageFile")),
            (".heic", ".heif", ".hif"), "pi-heif",
        ),
        Plugin(
            "jxl", "JPEG XL", "JXL", (("pillow_jxl.JpegXLImagePlugin", "JXLImageFile"),),
            (".jxl",), "pillow-jxl-plugin",
        ),
    )
}  # fmt: skip
# Known by name, and read by nothing of ours
UNREAD = (
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"\0\0\1\0", "Windows icon"),
    (b"II\xbc\1", "JPEG XR"),
    (b"DDS ", "DirectDraw"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
    (b"qoif", "QOI"),
)
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
)


def plugin_kind(head: bytes) -> str | None:
    r"""Which of `PLUGINS` a file belongs to, by its first 64 bytes.

    Example:
        >>> plugin_kind(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf")
        'avif'
    """
    if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return "jxl"
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF:
        return "avif"
    return "heic" if head[8:12] in _HEIC else None


def unread_name(head: bytes) -> str | None:
    """What a format is called that is known by its first bytes, and cannot be read here."""
    kind = plugin_kind(head)
    if kind is not None:
        return None if opener_of(kind) else PLUGINS[kind].name
    return next((name for magic, name in UNREAD if head.startswith(magic)), None)


def refusal(head: bytes) -> str | None:
    """What to say of a picture whose format cannot be read here; None for all others."""
    name, kind = unread_name(head), plugin_kind(head)
    if name is None:
        return None
    if kind is None:
        return f"it is {name}, which is not read. Save it as PNG or JPEG."
    return (
        f"it is {name}, and what reads it is not installed. "
        f"Run: {extras.pip_install()} {PLUGINS[kind].package}, or save it as PNG or JPEG."
    )


def opener_of(kind: str) -> "Callable[[BinaryIO], ImageFile] | None":
    """What opens a format: a plug-in registered with Pillow, or one that is installed."""
    from PIL import Image

    plugin = PLUGINS[kind]
    for module, name in plugin.modules:
        try:
            opener: Any = getattr(importlib.import_module(module), name)
        except ImportError:
            continue
        if kind != "avif" or importlib.import_module(module).SUPPORTED:
            return opener  # type: ignore[no-any-return]
    if plugin.registered in Image.OPEN and kind != "avif":
        factory = Image.OPEN[plugin.registered][0]
        return lambda stream: factory(stream, "")
    return None


def open_plugin(stream: BinaryIO, kind: str) -> "ImageFile":
    """The picture as the plug-in opens it; its pixels are not decoded yet, but for JPEG XL.

    Raises:
        UnreadableError: If there is no plug-in.
    """
    opener = opener_of(kind)
    if opener is None:
        raise UnreadableError(f"it is {PLUGINS[kind].name}, which cannot be read here.")
    return opener(stream)
