"""Paths as people give them: as text or as `Path`."""

import os
from pathlib import Path
from typing import TypeAlias, overload

AnyPath: TypeAlias = str | os.PathLike[str]


@overload
def as_path(place: AnyPath) -> Path: ...
@overload
def as_path(place: AnyPath | None) -> Path | None: ...
def as_path(place: AnyPath | None) -> Path | None:
    """The path that is meant; None stays None.

    Example:
        >>> as_path("runs/a"), as_path(None)
        (PosixPath('runs/a'), None)
    """
    return None if place is None else Path(place)
