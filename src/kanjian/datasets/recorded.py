"""Which picture was in which part, written down: one line each, whatever it is called."""

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kanjian.datasets.content import Kind, content_hashes
from kanjian.datasets.dataset import Dataset, FileImages, Images, Splits
from kanjian.errors import DatasetError
from kanjian.storage import files
from kanjian.storage.csv_rows import csv_line

PARTS = ("train", "validation", "test")
COLUMNS = ("part", "label", "group", "sha256", "path")
WEIGHT = "weight"  # comes last, where pictures have one
# As many hexadecimal digits of a SHA-256 as no two pictures share by chance
DIGITS = 32
_AGAIN = "Copy the run folder again, as a whole."
# What would end a line or a file's encoding, and what a spreadsheet takes for a formula
_UNSAFE = re.compile("[\\\\\x00-\x1f\x7f\ud800-\udfff]|^[=+@-]")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")


@dataclass(frozen=True, eq=False)
class Part:
    """The pictures of one part, as they were.

    Args:
        names: What each is called: its path inside the set, or its place in an array.
        labels: (n,) int64.
        hashes: The first `DIGITS` digits of the SHA-256 of each.
        groups: (n,) int64 or None, see `Dataset`.
        weights: (n,) float32 or None, see `Dataset`.
    """

    names: tuple[str, ...]
    labels: np.ndarray
    hashes: tuple[str, ...]
    groups: np.ndarray | None = None
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.names)


def hashes_of(dataset: Dataset, kind: Kind | None = None) -> tuple[str, ...]:
    """What is written down of the content of every picture; see `content_hashes`."""
    return tuple(digest.hex()[:DIGITS] for digest in content_hashes(dataset, kind))


def parts_of(splits: Splits, root: Path | None) -> dict[str, Part]:
    """What is to be written down of a set that is parted.

    Args:
        splits: The parts.
        root: The folder that names of files count from; None for sets known by name.

    Raises:
        ImageError: If a picture cannot be read.
    """
    there = {name: getattr(splits, name) for name in PARTS}
    return {
        name: Part(
            tuple(name_in(part.images, index, root) for index in range(len(part))),
            part.labels,
            hashes_of(part),
            part.groups,
            part.weights,
        )
        for name, part in there.items()
        if part is not None
    }


def name_in(images: Images, index: int, root: Path | None) -> str:
    """What a picture is called in a record: a path that counts from `root`, or its array's row."""
    if not isinstance(images, FileImages):
        return images.name_of(index)
    path = images.paths[index]
    return f"{path.parent.name}/{path.name}" if root is None else path_in(path, root)


def path_in(path: Path, root: Path) -> str:
    """A path as it counts from a folder, with slashes; the whole of one that lies elsewhere.

    Example:
        >>> path_in(Path("photos/cat/1.png"), Path("photos"))
        'cat/1.png'
    """
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.absolute().as_posix()


def twins(parts: Mapping[str, Part]) -> tuple[str, ...]:
    """A sentence for every two parts that hold the same pictures under two names."""
    said = []
    for later, earlier in (("validation", "train"), ("test", "train"), ("test", "validation")):
        if later in parts and earlier in parts:
            known = set(parts[earlier].hashes)
            count = sum(each in known for each in parts[later].hashes)
            if count:
                said.append(
                    f"{count} of the {len(parts[later])} {later} pictures are in {earlier}, too, "
                    "under another name: they measure memory"
                )
    return tuple(said)


def noted(splits: Splits, notes: Iterable[str]) -> Splits:
    """The same parts with more said of them."""
    return replace(splits, notes=(*splits.notes, *notes))


def write_parts(path: Path, parts: Mapping[str, Part], classes: tuple[str, ...]) -> str:
    """Write one line for each picture, as CSV; gives the SHA-256 of the file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "splits.csv"
        >>> part = Part(("cat/1.png",), np.array([0]), ("0" * 32,))
        >>> digest = write_parts(path, {"train": part}, ("cat", "dog"))
        >>> path.read_text().splitlines()[1]
        'train,cat,,00000000000000000000000000000000,cat/1.png'
        >>> read_parts(path, ("cat", "dog"), digest)["train"].names
        ('cat/1.png',)
    """
    called = [escaped(name) for name in classes]
    with files.replacing(path) as temporary:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            weighted = any(part.weights is not None for part in parts.values())
            stream.write(csv_line((*COLUMNS, WEIGHT) if weighted else COLUMNS))
            for name, part in parts.items():
                groups = [""] * len(part) if part.groups is None else part.groups.tolist()
                weights = [""] * len(part) if part.weights is None else part.weights.tolist()
                rows = zip(
                    part.labels.tolist(), groups, part.hashes, part.names, weights, strict=True
                )
                for label, group, digest, where, weight in rows:
                    row = (name, called[label], group, digest, escaped(where))
                    # `escaped` begins no formula
                    stream.write(csv_line((*row, weight) if weighted else row, as_is=True))
        return files.sha256(temporary)


def read_parts(path: Path, classes: tuple[str, ...], digest: str) -> dict[str, Part]:
    """Read what `write_parts` wrote.

    Args:
        path: The file.
        classes: In the order that labels count in.
        digest: What `write_parts` gave.

    Raises:
        DatasetError: If the file is missing, or another than was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"cannot read {path}, where the run says which pictures it was trained on: "
            f"{error.strerror or error}. {_AGAIN}"
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise DatasetError(
            f"{path} is not the file that the run wrote: it no longer says which pictures it "
            f"was trained on. {_AGAIN}"
        )
    try:
        return _parts_in(content.decode("utf-8"), classes)
    except (csv.Error, KeyError, ValueError, IndexError) as error:
        raise DatasetError(f"{path} is damaged ({error}). {_AGAIN}") from error


def _parts_in(text: str, classes: tuple[str, ...]) -> dict[str, Part]:
    at = {escaped(name): position for position, name in enumerate(classes)}
    rows: dict[str, list[list[str]]] = {}
    # not splitlines(): a name may hold what Unicode takes for the end of a line
    for row in csv.reader(text.split("\n")[1:-1]):
        rows.setdefault(row[0], []).append(row)
    if "train" not in rows or not rows.keys() <= set(PARTS):
        raise ValueError(f"parts must be train, validation, test, got {', '.join(rows)}")
    return {name: _part(found, at) for name, found in rows.items()}


def _part(rows: list[list[str]], at: dict[str, int]) -> Part:
    return Part(
        tuple(unescaped(row[4]) for row in rows),
        np.array([at[row[1]] for row in rows], np.int64),
        tuple(row[3] for row in rows),
        np.array([int(row[2]) for row in rows], np.int64) if rows[0][2] else None,
        np.array([float(row[5]) for row in rows], np.float32) if any(rows[0][5:]) else None,
    )


def escaped(name: str) -> str:
    r"""A name on one line of UTF-8, from which `unescaped` makes the same name again.

    Bytes of a file name that are no UTF-8, control characters and the backslash become
    \xNN; so does a first character that a spreadsheet would take for a formula.

    Example:
        >>> print(escaped("caf\udce9\n.png"))
        caf\xe9\x0a.png
    """
    return _UNSAFE.sub(_escape, name)


def _escape(found: "re.Match[str]") -> str:
    number = ord(found[0])
    if 0xDC80 <= number <= 0xDCFF:  # how Python keeps a byte that is no UTF-8
        return f"\\x{number - 0xDC00:02x}"
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}"


def unescaped(text: str) -> str:
    r"""The name that `escaped` was given.

    Example:
        >>> unescaped(escaped("=1\\\udce9")) == "=1\\\udce9"
        True
    """
    return _ESCAPED.sub(_unescape, text)


def _unescape(found: "re.Match[str]") -> str:
    number = int(found[1] or found[2], 16)
    return chr(number + 0xDC00) if found[1] and number >= 0x80 else chr(number)
