"""Which pictures someone means by files, folders and patterns."""

import glob
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from kanjian.datasets.leavings import is_hidden, is_ours
from kanjian.errors import RecognizerError
from kanjian.images.sniff import PICTURE_SUFFIXES, is_picture_inside


def pictures_in(
    places: Iterable[str | os.PathLike[str]], *, suffixes: Collection[str] = PICTURE_SUFFIXES
) -> list[Path]:
    """The picture files meant by files, folders and patterns, in the order they are named.

    Args:
        places: A file is taken whatever its suffix, even if it is missing: reading it tells
            why. A folder gives the pictures in it and in its subfolders, sorted by name;
            a file without suffix is one by its content; hidden ones, those of system folders
            and those that kanjian wrote below the folder are skipped. A pattern
            ("shots/**/*.png") that is no file of that very name gives what matches, sorted.
        suffixes: What counts as a picture in a folder, in small letters.

    Raises:
        RecognizerError: If a folder or a pattern gives no picture.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("b.png", "a.JPG", "notes.txt"):
        ...     (folder / name).touch()
        >>> [path.name for path in pictures_in([folder])]
        ['a.JPG', 'b.png']
        >>> [path.name for path in pictures_in([folder / "*.txt", folder / "b.png"])]
        ['notes.txt', 'b.png']
    """
    return [picture for place in places for picture in _pictures_at(Path(place), suffixes)]


def _pictures_at(place: Path, suffixes: Collection[str]) -> list[Path]:
    if place.is_dir():
        found = list(_walk(place, suffixes))
        if not found:
            raise RecognizerError(
                f"no pictures in the folder {place}. Pictures end in "
                f"{', '.join(sorted(suffixes))}; name a file to have it tried anyway."
            )
        return found
    if place.exists() or not glob.has_magic(str(place)):
        return [place]
    matches = map(Path, sorted(glob.glob(str(place), recursive=True)))  # noqa: PTH207
    found = [path for path in matches if path.is_file()]  # "**" matches folders as well
    if not found:
        raise RecognizerError(f"no file matches the pattern {place}. Check its spelling.")
    return found


def _walk(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    takes_pictures = set(suffixes) >= PICTURE_SUFFIXES
    for parent, folders, names in os.walk(folder):  # does not follow links: no endless loops
        if Path(parent) != folder and is_ours([*folders, *names]):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(names):
            path = Path(parent, name)
            named = path.suffix.lower() in suffixes
            if not is_hidden(name) and (named or (takes_pictures and _is_bare_picture(path))):
                yield path


def _is_bare_picture(path: Path) -> bool:
    """A picture that no suffix says to be one, such as a download named 001."""
    try:
        return not path.suffix and path.is_file() and is_picture_inside(path)
    except OSError:  # what may not be read is no picture by its content
        return False
