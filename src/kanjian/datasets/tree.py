"""A folder of pictures as it lies on the disk: what is a picture, and why the rest is none."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kanjian.checks import plural
from kanjian.datasets.leavings import is_hidden, is_ours
from kanjian.errors import DatasetError
from kanjian.images.sniff import PICTURE_SUFFIXES, is_picture_inside, unreadable_format
from kanjian.names import readable
from kanjian.paths import AnyPath

DEEPEST = 100  # folders above a picture, those above the data set included
HIDDEN, OURS = "hidden or system files and folders", "folders that kanjian wrote"
NO_PICTURE, NOWHERE = "files that are not pictures", "links that lead nowhere"
CIRCLE, TOO_DEEP = "links back to a folder", f"folders more than {DEEPEST} deep"
_ONE = {
    HIDDEN: "hidden or system file or folder",
    OURS: "folder that kanjian wrote",
    NO_PICTURE: "file that is not a picture",
    NOWHERE: "link that leads nowhere",
    CIRCLE: "link back to a folder",
    TOO_DEEP: f"folder more than {DEEPEST} deep",
}
# No classes where they hold no pictures, in small letters
ASIDE = frozenset(
    {
        "doc", "docs", "documentation", "annotation", "annotations", "label", "labels", "lists",
        "metadata", "meta", "info", "script", "scripts", "notebook", "notebooks", "code", "src",
        "log", "logs", "license", "licenses", "models", "weights", "checkpoints", "runs",
        "output", "outputs", "results",
    }
)  # fmt: skip


@dataclass(frozen=True)
class SkippedPath:
    """A file or folder that is not taken as pictures.

    Args:
        path: Where it lies.
        reason: What it is, in the plural, as "links that lead nowhere".
    """

    path: Path
    reason: str


@dataclass
class Tree:
    """One folder as found: its pictures, its subfolders, and what was skipped in it.

    Args:
        path: Where it lies.
        ours: Whether kanjian wrote it; it is not looked through then.
        pictures: The files in it that are taken as pictures.
        folders: Its subfolders by name.
        passed: What in it is not taken, and why.
    """

    path: Path
    ours: bool = False
    pictures: list[Path] = field(default_factory=list)
    folders: dict[str, "Tree"] = field(default_factory=dict)
    passed: list[SkippedPath] = field(default_factory=list)

    @cached_property
    def count(self) -> int:
        """Pictures here and below."""
        return len(self.pictures) + sum(tree.count for tree in self.folders.values())

    @cached_property
    def filled(self) -> dict[str, "Tree"]:
        """The subfolders that hold pictures."""
        return {name: tree for name, tree in self.folders.items() if tree.count}

    @property
    def empty(self) -> dict[str, "Tree"]:
        """The subfolders that would hold pictures, and hold none that can be read.

        A link that leads nowhere and has no suffix was one to a folder.
        """
        lost = {
            each.path.name: Tree(each.path, passed=[each])
            for each in self.passed
            if each.reason == NOWHERE and not each.path.suffix
        }
        return lost | {
            name: tree
            for name, tree in self.folders.items()
            if not tree.count and name.casefold() not in ASIDE and not tree.holds_only_ours
        }

    @cached_property
    def holds_only_ours(self) -> bool:
        """Whether all that lies in it was written by kanjian, as in runs/."""
        reasons = {passed.reason for passed in self.all_passed()}
        return not self.count and OURS in reasons and reasons <= {OURS, HIDDEN}

    @property
    def gone(self) -> bool:
        """Whether pictures are meant to be in it, and none can be read."""
        reasons = {passed.reason for passed in self.all_passed()}
        return not self.count and bool(reasons - {NO_PICTURE, HIDDEN, OURS})

    def why_empty(self) -> str:
        """What lies in a folder without pictures.

        Example:
            >>> Tree(Path("emu")).why_empty()
            'nothing in it'
        """
        return ", ".join(counted(self.all_passed())) or "nothing in it"

    def walk(self) -> Iterator["Tree"]:
        """This folder and all below."""
        yield self
        for tree in self.folders.values():
            yield from tree.walk()

    def all_pictures(self) -> list[Path]:
        """The pictures here and below, in order."""
        return [path for tree in self.walk() for path in tree.pictures]

    def all_passed(self) -> list[SkippedPath]:
        """What was skipped here and below, in order."""
        return [passed for tree in self.walk() for passed in tree.passed]


def counted(passed: Iterable[SkippedPath]) -> list[str]:
    """How much was skipped, by reason, the most first.

    Example:
        >>> counted([SkippedPath(Path("a.txt"), NO_PICTURE)])
        ['1 file that is not a picture (.txt)']
    """
    passed = tuple(passed)
    kinds = sorted(
        {each.path.suffix or "no suffix" for each in passed if each.reason == NO_PICTURE}
    )
    named = f" ({', '.join(kinds[:3])}{', …' if len(kinds) > 3 else ''})"
    return [
        with_reason(count, reason) + (named if reason == NO_PICTURE else "")
        for reason, count in Counter(each.reason for each in passed).most_common()
    ]


def with_reason(count: int, reason: str) -> str:
    """A count of what was skipped, with the reason in the right number.

    Example:
        >>> with_reason(1, NOWHERE), with_reason(2, NOWHERE)
        ('1 link that leads nowhere', '2 links that lead nowhere')
    """
    one = _ONE.get(reason) or reason.replace("pictures", "picture", 1)
    return plural(count, one, reason)


def nfc(name: str) -> str:
    """Names compare as NFC: the same name typed on a Mac and on Linux is one name."""
    return unicodedata.normalize("NFC", readable(name))


def scan(folder: AnyPath) -> Tree:
    """Everything below a folder, in an order that does not depend on the file system.

    A file is a picture by its suffix, and without a picture's suffix by its content. A link
    to a folder is followed, but not back up and not from inside another link, so that
    loops end. What is skipped is kept with its reason: hidden files, what systems
    leave behind (`leavings.is_hidden`), and the runs and reports that kanjian wrote.

    Raises:
        DatasetError: If a folder cannot be read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "cat").mkdir()
        >>> (folder / "cat" / "1.JPG").touch(), (folder / "cat" / "notes.txt").touch()
        (None, None)
        >>> cat = scan(folder).filled["cat"]
        >>> cat.count, cat.passed[0].reason
        (1, 'files that are not pictures')
    """
    folder = Path(folder)
    try:
        return _scan(folder, tuple(_identity(path) for path in folder.resolve().parents))
    except OSError as error:
        raise DatasetError(f"cannot look into {error.filename}: {error.strerror}.") from error


Identity = tuple[int, int]


def _identity(path: "Path | os.DirEntry[str]") -> Identity:
    status = path.stat()
    return status.st_dev, status.st_ino


def _scan(folder: Path, above: tuple[Identity, ...], *, linked: bool = False) -> Tree:
    entries = _entries(folder)
    tree = Tree(folder, ours=is_ours([entry.name for entry in entries]))
    above = (*above, _identity(folder))
    for entry in entries if not tree.ours else ():
        link, is_folder = entry.is_symlink(), _is_folder(entry)
        if is_hidden(entry.name):
            tree.passed.append(SkippedPath(Path(entry.path), HIDDEN))
        elif not is_folder:
            _sort_in(entry, tree)
        elif link and (linked or _identity(entry) in above):
            tree.passed.append(SkippedPath(Path(entry.path), CIRCLE))
        elif len(above) > DEEPEST:
            tree.passed.append(SkippedPath(Path(entry.path), TOO_DEEP))
        else:
            inner = _scan(Path(entry.path), above, linked=linked or link)
            if inner.ours:
                tree.passed.append(SkippedPath(inner.path, OURS))
            else:
                tree.folders[entry.name] = inner
    return tree


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    with os.scandir(folder) as found:
        return sorted(found, key=lambda entry: (nfc(entry.name), entry.name))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself is no folder
        return False


def _sort_in(entry: "os.DirEntry[str]", tree: Tree) -> None:
    """A file goes to the pictures, or to what was skipped, with the reason."""
    path = Path(entry.path)
    try:
        if not entry.is_file():  # a pipe or a device must not be opened
            reason = NO_PICTURE if path.exists() else NOWHERE
        elif path.suffix.lower() in PICTURE_SUFFIXES or is_picture_inside(path):
            tree.pictures.append(path)
            return
        else:
            kind = unreadable_format(path)
            reason = NO_PICTURE if kind is None else f"{kind} pictures, which cannot be read here"
    except OSError:  # a link to itself, or a file that may not be read
        reason = NOWHERE if entry.is_symlink() else NO_PICTURE
    tree.passed.append(SkippedPath(path, reason))
