"""What the label cells of a table mean: one class for each picture, or else a refusal in words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from kanjian.datasets.doubts import as_meant, listed
from kanjian.datasets.tree import nfc
from kanjian.errors import DatasetError

MISSING = frozenset({"", "nan", "#n/a", "<na>", "null"})  # what programs write for nothing
# A class of its own: "no tumor" beside "tumor"
_NEGATIONS = frozenset({"no", "not", "non", "without", "with", "kein", "keine", "sans", "sin"})
_LIST = re.compile(r"\s*[\[(\{](.*)[\])\}]\s*", re.DOTALL)
MULTI_LABEL = (
    "Several classes for one picture (multi-label) are not supported yet: give each picture the "
    "one class that matters most"
)

Labels = Sequence[tuple[int, str]]


def labels_of(cells: Labels, table: Path) -> tuple[list[str], list[str]]:
    """The class of each row, and what is to be said about them.

    Args:
        cells: For each row its line in the file and its label as it is written there.
        table: The table.

    Raises:
        DatasetError: If a label is missing, or names several classes at once.

    Example:
        >>> labels_of([(1, "Cat"), (2, "cat "), (3, "cat")], Path("a.csv"))[0]
        ['Cat', 'cat', 'cat']
        >>> labels_of([(1, "cat"), (2, "cat|dog")], Path("a.csv"))
        Traceback (most recent call last):
        kanjian.errors.DatasetError: a.csv line 2 has several labels in one cell: 'cat|dog'. Several
            classes for one picture (multi-label) are not supported yet: give each picture the
            one class that matters most.
    """
    labels = [nfc(_unlisted(cell)) for _, cell in cells]
    missing = next((i for i, label in enumerate(labels) if label.casefold() in MISSING), None)
    if missing is not None:
        line, cell = cells[missing]
        raise DatasetError(f"{table} line {line} must have a path and a label, got {cell!r}.")
    check_single(cells, labels, table)
    return labels, _notes(cells, labels)


def _unlisted(cell: str) -> str:
    """A list of one label as that label."""
    found = _LIST.fullmatch(cell)
    inner = found[1].strip() if found else ""
    if found and inner and inner[0] in "'\"" and inner[-1] == inner[0] and "," not in inner:
        return inner.strip("'\"").strip()
    return cell.strip()


def check_single(cells: Labels, labels: Sequence[str], table: Path) -> None:
    """Refuse cells with several labels; a name of two words is one label.

    Raises:
        DatasetError: If there are any.
    """
    names = set(labels)
    found = (
        _lists(names) or _joined(names, "|", sure=True) or _joined(names, ";", sure=True)
        or _tight(names) or _joined(names, ",") or _joined(names, " ")
    )  # fmt: skip
    if not found:
        return
    at = next(i for i, label in enumerate(labels) if label in found)
    alone = not re.search(r"[|;\[({]", labels[at])
    joined = re.sub(r"[,\s]+", "_", labels[at])
    also = f"; if {labels[at]!r} is one class, write it {joined!r}" if alone else ""
    raise DatasetError(
        f"{table} line {cells[at][0]} has several labels in one cell: {cells[at][1]!r}. "
        f"{MULTI_LABEL}{also}."
    )


def _lists(names: Iterable[str]) -> set[str]:
    return {name for name in names if (found := _LIST.fullmatch(name)) and "," in found[1]}


def _tight(names: Iterable[str]) -> set[str]:
    """Labels with a comma and no blank at it: "hen, Gallus" is a name and "1,5" a number."""
    return {name for name in names if re.search(r"[^\s,\d],[^\s,]|[^\s,],[^\s,\d]", name)}


def _joined(names: set[str], mark: str, *, sure: bool = False) -> set[str]:
    """The labels that are several, joined by this mark.

    Joined is a label whose pieces are all classes of their own. One piece that is a class of
    its own says so, too, if that goes for most labels with this mark: beside "dog", "cat dog"
    is two classes; among many classes "hot dog" and "teddy bear" are not. So do few pieces that
    come again and again in many mixtures.
    """
    pieces = {
        name: [piece for piece in map(str.strip, name.split(mark)) if piece] for name in names
    }
    several = {name: found for name, found in pieces.items() if len(found) > 1}
    if mark == " ":
        several = {n: p for n, p in several.items() if not _NEGATIONS & {w.casefold() for w in p}}
    if sure or not several:
        return set(several)
    known = {name.casefold() for name in names}
    owned = {
        name: [piece.casefold() in known for piece in found] for name, found in several.items()
    }
    whole = {name for name, found in owned.items() if all(found)}
    some = {name for name, found in owned.items() if any(found)}
    words = Counter(piece for found in several.values() for piece in found)
    mixed = 2 * len(words) <= len(several) and len({len(found) for found in several.values()}) > 1
    if 2 * len(some) > len(several) or mixed:
        return set(several)
    return whole


def _notes(cells: Labels, labels: Sequence[str]) -> list[str]:
    """Labels that may be one class and are two, or that were taken as one."""
    notes = []
    alike: dict[str, list[str]] = {}
    for name in sorted(set(labels)):
        alike.setdefault(as_meant(_number(name)), []).append(name)
    twins = [" and ".join(map(repr, names)) for names in alike.values() if len(names) > 1]
    if twins:
        notes.append(
            f"class names that differ only in how they are written: {listed(twins)}. "
            "Write them alike if they are one class"
        )
    written: dict[str, set[str]] = {}
    for (_, cell), label in zip(cells, labels, strict=True):
        written.setdefault(label, set()).add(cell)
    merged = [repr(label) for label, forms in written.items() if len(forms) > 1]
    if merged:
        notes.append(
            "labels that differ only in blanks around them or in their Unicode form are taken as "
            f"one class: {listed(merged)}"
        )
    return notes


def _number(name: str) -> str:
    """A whole number as it is counted: 1 for 1.0 and 01."""
    return re.sub(r"^0+(?=\d)", "", re.sub(r"\.0+$", "", name)) if name[:1].isdigit() else name
