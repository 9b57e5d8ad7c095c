"""Harmless faults of picture files whose pixels are all there: read, told and counted."""

import contextlib
import logging
from collections.abc import Iterator, Mapping

_LOG = logging.getLogger("kanjian.images")
_listening: list[dict[str, str]] = []


@contextlib.contextmanager
def flaws_seen() -> Iterator[dict[str, str]]:
    r"""Flaws by picture, of all that is read inside the block, in whatever thread.

    Example:
        >>> import numpy as np
        >>> from kanjian.images import encode_png, read_image
        >>> png = encode_png(np.zeros((2, 2), np.uint8))
        >>> with flaws_seen() as flaws:
        ...     read_image(png.partition(b"\0\0\0\0IEND")[0]).shape
        (2, 2)
        >>> flaws
        {'the given bytes': 'no end mark'}
    """
    flaws: dict[str, str] = {}
    _listening.append(flaws)
    try:
        yield flaws
    finally:
        # by identity: two that are empty are equal
        _listening[:] = [each for each in _listening if each is not flaws]


def tell(name: str, flaw: str) -> None:
    """Say that a picture was read in full although its file has a flaw."""
    _LOG.info("%s has a flaw and was read in full: %s", name, flaw)
    for flaws in tuple(_listening):
        flaws[name] = flaw


def flaw_notes(flaws: Mapping[str, str]) -> list[str]:
    """What is to be said of flaws, in at most one line.

    Example:
        >>> flaw_notes({"a.jpg": "no end mark", "b.jpg": "no end mark"})
        ['2 pictures have a flaw in their file and were read in full: a.jpg (no end mark) …']
    """
    if not flaws:
        return []
    name, flaw = next(iter(flaws.items()))
    if len(flaws) == 1:
        return [f"{name} has a flaw in its file and was read in full ({flaw})"]
    return [
        f"{len(flaws)} pictures have a flaw in their file and were read in full: {name} ({flaw}) …"
    ]
