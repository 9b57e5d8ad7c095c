"""Whatever someone may hold a picture as, taken as an array."""

import functools
import inspect
import os
import sys
from collections.abc import Callable
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeGuard,
    TypeVar,
    cast,
)

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.source import Source, UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image

# What a picture may be held as wherever one is taken
Picture: TypeAlias = "np.ndarray | Source | Image"
P = ParamSpec("P")
R = TypeVar("R")


def as_image(
    picture: Picture,
    *,
    color: Literal["rgb", "gray", "as-is"] = "as-is",
    cover_hw: tuple[int, int] | None = None,
    max_pixels: int | None = None,
) -> np.ndarray:
    """The pixels of a picture, whatever it is held as.

    Args:
        picture: An array, which comes back as it is; a path, bytes or an open file, which are
            read as by `read_image`; a PIL image, treated like the file it would make: turned
            upright, laid over white, 16 bits shrunk to 8.
        color: Of files and PIL images, as for `read_image`.
        cover_hw: As for `read_image`.
        max_pixels: As for `read_image`.

    Raises:
        ImageError: If it cannot be read, or is none of these.

    Example:
        >>> from PIL import Image
        >>> as_image(Image.new("L", (3, 2), 7)).tolist()
        [[7, 7, 7], [7, 7, 7]]
    """
    from kanjian.images import decode, pillow
    from kanjian.images.convert import to_gray, to_rgb
    from kanjian.images.sniff import MAX_PIXELS

    if isinstance(picture, np.ndarray):
        return picture
    if not is_pil(picture):
        if not _is_held(picture):
            raise ImageError(
                "image must be an array, a path, bytes, an open file or a PIL image, "
                f"got {type(picture).__name__}."
            )
        limit = MAX_PIXELS if max_pixels is None else max_pixels
        source = cast("Source", picture)
        return decode.read_image(source, color=color, cover_hw=cover_hw, max_pixels=limit)
    try:
        image = pillow.from_pil(picture)
    except UnreadableError as error:
        raise ImageError(f"cannot take the given PIL image: {error}") from error
    return to_rgb(image) if color == "rgb" else to_gray(image) if color == "gray" else image


def is_picture(value: object) -> bool:
    """Whether `as_image` can try it.

    Example:
        >>> is_picture("a.png"), is_picture([[0, 1]])
        (True, False)
    """
    return isinstance(value, np.ndarray) or is_pil(value) or _is_held(value)


def is_pil(value: object) -> "TypeGuard[Image]":
    """Whether this is a PIL image; does not import PIL, without which there is none.

    Example:
        >>> is_pil("a.png")
        False
    """
    # another thread may be importing it at this moment: then nobody has one of its images yet
    found = getattr(sys.modules.get("PIL.Image"), "Image", None)
    return found is not None and isinstance(value, found)


def takes_picture(
    function: Callable[Concatenate[np.ndarray, P], R],
) -> Callable[Concatenate[Picture, P], R]:
    """Let a function of an array take its picture as anything `as_image` takes.

    Further arguments may be PIL images, too.

    Example:
        >>> @takes_picture
        ... def size_of(image: np.ndarray) -> tuple[int, ...]:
        ...     return image.shape
        >>> size_of(b"P5 2 1 255 ab")
        (1, 2)
    """
    first = next(iter(inspect.signature(function).parameters))

    @functools.wraps(function)
    def door(*args: Any, **kwargs: Any) -> R:
        taken = [_taken(value, whole=number == 0) for number, value in enumerate(args)]
        named = {name: _taken(value, whole=name == first) for name, value in kwargs.items()}
        return function(*taken, **named)

    return cast("Any", door)  # type: ignore[no-any-return]


def _taken(value: Any, *, whole: bool) -> Any:
    """An argument with pictures as arrays; what is no picture is for the function to refuse."""
    return as_image(value) if is_pil(value) or (whole and _is_held(value)) else value


def _is_held(value: object) -> bool:
    """Whether a picture may be read from this."""
    known = (str, os.PathLike, bytes, bytearray, memoryview)
    return isinstance(value, known) or hasattr(value, "read")
