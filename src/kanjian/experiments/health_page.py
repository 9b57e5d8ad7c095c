"""What `datasets check` found, as one page with pictures that stands alone."""

import itertools
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import numpy as np

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.health import DuplicateSet, HealthReport
from kanjian.errors import DatasetError
from kanjian.reporting.markup import details, facts_list, page, paragraph, picture, section, table
from kanjian.storage import files

PAGE = "check.html"
_SAMPLES, _PICTURES = 6, 480  # of a class, and on the page: about 4 kB each
_OPEN = 40  # classes with samples in sight
_SHOWN = 24  # of one kind of finding; --json names them all
_THUMB = 120


class _Album:
    """The pictures of a set by their name, small, each read when it is shown."""

    def __init__(self, splits: Splits) -> None:
        self.parts: dict[str, Dataset] = {
            name: part
            for name, part in (
                ("train", splits.train),
                ("validation", splits.validation),
                ("test", splits.test),
            )
            if part is not None
        }
        self._at = {
            name: (part, index)
            for part in self.parts.values()
            for index, name in enumerate(part.names)
        }

    def figure(self, name: str, caption: str = "") -> str:
        """The picture over what it is and what its file is called."""
        part, index = self._at[name]
        image = part.images.read(index, cover_hw=(_THUMB, _THUMB))
        return (
            f"<figure>{picture(image, alt=name, side=_THUMB)}<figcaption>{escape(caption)}"
            f'<span class="file" title="{escape(name)}">{escape(_last(name))}</span>'
            "</figcaption></figure>"
        )


def _last(name: str) -> str:
    """The last part of a path; the caption has no room for more."""
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def write_health_page(report: HealthReport, splits: Splits, out: Path) -> Path:
    """Write what was found as a page with pictures.

    Args:
        report: What `check` gives for these pictures.
        splits: The pictures.
        out: An HTML file to write, or a folder to write check.html in.

    Returns:
        The page.

    Raises:
        DatasetError: If `out` is a file that is no page.
        KanjianError: If it cannot be written.

    Example:
        >>> import tempfile
        >>> from kanjian.datasets.arrays import from_arrays
        >>> from kanjian.datasets.health import check
        >>> splits = from_arrays(np.zeros((4, 8, 8), np.uint8), np.array([0, 0, 1, 1]))
        >>> write_health_page(check(splits), splits, Path(tempfile.mkdtemp())).name
        'check.html'
    """
    is_page = out.suffix.lower() in (".html", ".htm")
    if out.is_file() and not is_page:
        raise DatasetError(f"--out must be a folder or an .html file, got the file {out}.")
    path = out if is_page and not out.is_dir() else out / PAGE
    files.write_text(path, health_page(report, splits))
    return path


def health_page(report: HealthReport, splits: Splits) -> str:
    """The whole page as HTML, pictures inside."""
    album = _Album(splits)
    sections = [
        _verdict(report),
        section("How it was understood", _list(report.notes)),
        section("What is in it", facts_list(dict(report.figures()))),
        _damaged(report),
        *_findings(report, album),
        _classes(report, album),
    ]
    footer = "Made by kanjian (看见). Nothing was changed. For machines: datasets check --json"
    return page(f"{report.name}: is it fit to learn from?", sections, footer=footer)


def _verdict(report: HealthReport) -> str:
    problems, doubts = report.problems(), report.doubts()
    figure = (
        '<div class="figure">Sound</div>'
        if report.ok
        else '<div class="figure bad">Mend first</div>'
    )
    said = (
        "Nothing found that would spoil training or make its result a lie."
        if report.ok
        else "Trained on this as it is, the result will not mean what it says."
    )
    found = [paragraph(line, look="warn") for line in problems]
    more = f"{paragraph('Also worth a look:')}{_list(doubts)}" if doubts else ""
    return (
        f'<section>\n<div class="hero">{figure}{paragraph(said)}</div>\n'
        f"{''.join(found)}{more}</section>\n"
    )


def _list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _damaged(report: HealthReport) -> str:
    rows = [(damage.name, damage.reason) for damage in report.damaged]
    return section(
        "Cannot be read",
        table(("file", "why"), rows[:_SHOWN], text_columns=2) if rows else "",
        paragraph(_left(rows)),
        why="Get a fresh copy, or remove the file. --skip-damaged trains without these.",
    )


def _left(shown: Sequence[object]) -> str:
    return f"And {len(shown) - _SHOWN} more; datasets check --json names them all." if (
        len(shown) > _SHOWN) else ""  # fmt: skip


def _findings(report: HealthReport, album: _Album) -> Iterator[str]:
    """Pictures that say more than their names, gravest first."""
    yield _copies(
        "Same picture, two classes", report.conflicting, album,
        "One picture cannot be both. Keep it in the class that is right, and delete the other.",
    )  # fmt: skip
    yield _copies(
        "Same picture, two parts", report.leaked, album,
        "A picture that was learned from says nothing when it is judged by: accuracy would be "
        "too high. Remove it from one of the two parts.",
    )  # fmt: skip
    exact, near = report.copies_within()
    yield _copies(
        "Copies within a part", [*exact, *near], album,
        "Harmless in small numbers, but parts that are cut from these can share a picture. Keep "
        "one of each, or keep them together with group_by.",
    )  # fmt: skip
    yield _sheet(
        "Of a single color", report.blank, album,
        "Failed shots, placeholders of a download, or pictures that lost their content.",
    )  # fmt: skip
    yield _sheet(
        "Nearly black", [each.name for each in report.narrow], album,
        "They use few of the values their file can hold. 16-bit files with 10 or 12 bits in them "
        "come out dark: multiply their values before you save them.",
    )  # fmt: skip
    yield _sheet(
        "Much smaller than the others", report.tiny, album,
        "Often thumbnails or icons that came along. Remove those that do not show enough.",
    )  # fmt: skip
    rows = [(name, f"is {kind}") for name, kind in report.wrong_suffix]
    yield section(
        "Named by a wrong suffix",
        details(plural(len(rows), "file"), table(("file", "what it is"), rows, text_columns=2))
        if rows
        else "",
        why="Harmless: pictures are known by their content.",
    )


def _copies(title: str, found: Sequence[DuplicateSet], album: _Album, why: str) -> str:
    rows = []
    for copies in found[:_SHOWN]:
        figures = [
            album.figure(copies.names[i], f"{copies.parts[i]}, {copies.labels[i]}")
            for i in _telling(copies)
        ]
        rows.append(f'<div class="sheet same">{"".join(figures)}</div>')
    return section(f"{title}: {len(found)}", *rows, paragraph(_left(found)), why=why)


def _telling(copies: DuplicateSet) -> list[int]:
    """Which of many copies to show: one of each part and class first."""
    first: dict[tuple[str, str], int] = {}
    for i, place in enumerate(zip(copies.parts, copies.labels, strict=True)):
        first.setdefault(place, i)
    shown = list(first.values())
    rest = (i for i in range(len(copies.names)) if i not in shown[:_SAMPLES])
    return [*shown, *itertools.islice(rest, _SAMPLES)][:_SAMPLES]


def _sheet(title: str, names: Sequence[str], album: _Album, why: str) -> str:
    shown = "".join(album.figure(name) for name in names[:_SHOWN])
    sheet = f'<div class="sheet">{shown}</div>' if shown else ""
    return section(f"{title}: {len(names)}", sheet, paragraph(_left(names)), why=why)


def _classes(report: HealthReport, album: _Album) -> str:
    """Every class: how many pictures in each part, and a few of them."""
    parts = list(report.counts)
    names = list(album.parts["train"].classes)
    rows = [(name, *(str(report.counts[part].get(name, 0)) for part in parts)) for name in names]
    each = max(1, min(_SAMPLES, _PICTURES // len(names)))
    unread = {damage.name for damage in report.damaged}
    strips = [
        _strip(name, label, album, each, unread) for label, name in enumerate(names[:_PICTURES])
    ]
    rest = "".join(strips[_OPEN:])
    return section(
        "Class by class",
        table(("class", *parts), rows[:_OPEN]),
        details(f"The other {len(rows) - _OPEN} classes", table(("class", *parts), rows[_OPEN:]))
        if len(rows) > _OPEN
        else "",
        "".join(strips[:_OPEN]),
        details(f"Pictures of {len(strips) - _OPEN} more classes", rest) if rest else "",
        why="A few pictures of each class, spread over all it has. Do they show what the name "
        "says, and could you tell the classes apart yourself?",
    )


def _strip(name: str, label: int, album: _Album, most: int, unread: set[str]) -> str:
    train = album.parts["train"]
    files = [train.names[i] for i in np.flatnonzero(train.labels == label)]
    sound = [file for file in files if file not in unread]
    picked = np.unique(np.linspace(0, len(sound) - 1, min(most, len(sound))).astype(int))
    figures = "".join(album.figure(sound[i]) for i in picked)
    return f'<h3>{escape(name)}</h3>\n<div class="sheet">{figures}</div>\n'
