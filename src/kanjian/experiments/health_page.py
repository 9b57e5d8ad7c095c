"""What `datasets check` found, as one page with pictures that stands alone."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.health import DuplicateSet, HealthReport
from kanjian.errors import DatasetError
from kanjian.experiments.label_check import LabelCheck, Suspect
from kanjian.i18n import _
from kanjian.reporting.embedded import embedded
from kanjian.reporting.render import render
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

    def figure(self, name: str, caption: str = "", *, strong: bool = False) -> dict[str, Any]:
        """The picture, what it is and what its file is called."""
        part, index = self._at[name]
        image = part.images.read(index, cover_hw=(_THUMB, _THUMB))
        return {"picture": embedded(image, side=_THUMB), "caption": caption, "file": name,
                "strong": strong}  # fmt: skip


def write_health_page(
    report: HealthReport, splits: Splits, out: Path, *, labels: LabelCheck | None = None
) -> Path:
    """Write what was found as a page with pictures.

    Args:
        report: What `check` gives for these pictures.
        splits: The pictures.
        out: An HTML file to write, or a folder to write check.html in.
        labels: What `check_labels` gives for them, where that was asked.

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
    files.write_text(path, health_page(report, splits, labels))
    return path


def health_page(report: HealthReport, splits: Splits, labels: LabelCheck | None = None) -> str:
    """The whole page as HTML, pictures inside."""
    album = _Album(splits)
    return render(
        "health.html",
        title=_("{name}: is it fit for training?", name=report.name),
        report=report,
        labels=labels,
        damaged=[(damage.name, damage.reason) for damage in report.damaged],
        findings=[*([] if labels is None else [_labels(labels, album)]),
                  *_findings(report, album)],
        wrong_suffix=report.wrong_suffix,
        shown=_SHOWN,
        opened=_OPEN,
        parts=[_part(name) for name in report.counts],
        **_classes(report, album),
    )  # fmt: skip


def _labels(found: LabelCheck, album: _Album) -> dict[str, Any]:
    """Each picture in doubt, before those of the other class that look most like it."""
    rows = [
        [album.figure(one.name, _doubt(one), strong=True),
         *(album.figure(name, one.suggestion) for name in one.neighbors)]
        for one in found.suspects[:_SHOWN]
    ]  # fmt: skip
    return {
        "title": _("Labels in doubt: {n}", n=len(found.suspects)),
        "why": _("Each picture stands before those of another class that it looks like. Put it "
                 "there only if you see it, too: a rare picture of its own class looks wrong as "
                 "well."),
        "rows": rows, "css_class": "sheet same", "n": len(found.suspects),
    }  # fmt: skip


def _doubt(one: Suspect) -> str:
    said = {"label": one.label, "other": one.suggestion, "n": f"{100 * one.probability:.0f}"}
    if one.sure:
        return _("labeled {label}, surely looks like {other} ({n} %)", **said)
    return _("labeled {label}, looks like {other} ({n} %)", **said)


def _findings(report: HealthReport, album: _Album) -> list[dict[str, Any]]:
    """Pictures that say more than their names, gravest first."""
    exact, near = report.copies_within()
    within = [*exact, *near]
    return [
        _copies(
            _("Same picture, two classes: {n}", n=len(report.conflicting)),
            _("One picture cannot be both. Keep it in the class that is right, and delete the "
              "other."),
            report.conflicting, album,
        ),
        _copies(
            _("Same picture, two parts: {n}", n=len(report.leaked)),
            _("Leakage: a picture that was trained on says nothing when it is used for evaluation, "
              "accuracy would be too high. Remove it from one of the two parts."),
            report.leaked, album,
        ),
        _copies(
            _("Copies within a part: {n}", n=len(within)),
            _("Harmless in small numbers, but parts that are split from these can share a picture. "
              "Keep one of each, or keep them together with group_by."),
            within, album,
        ),
        _sheet(
            _("Of a single color: {n}", n=len(report.blank)),
            _("Failed shots, placeholders of a download, or pictures that lost their content."),
            report.blank, album,
        ),
        _sheet(
            _("Nearly black: {n}", n=len(report.narrow)),
            _("They use few of the values their file can hold. 16-bit files with 10 or 12 bits in "
              "them come out dark: multiply their values before you save them."),
            [each.name for each in report.narrow], album,
        ),
        _sheet(
            _("Much smaller than the others: {n}", n=len(report.tiny)),
            _("Often thumbnails or icons that came along. Remove those that do not show enough."),
            report.tiny, album,
        ),
    ]  # fmt: skip


def _copies(title: str, why: str, found: Sequence[DuplicateSet], album: _Album) -> dict[str, Any]:
    rows = [
        [album.figure(copies.names[i], f"{_part(copies.parts[i])}, {copies.labels[i]}")
         for i in _telling(copies)]
        for copies in found[:_SHOWN]
    ]  # fmt: skip
    return {"title": title, "why": why, "rows": rows, "css_class": "sheet same", "n": len(found)}


def _part(name: str) -> str:
    """What a part is called."""
    return {"train": _("training"), "validation": _("validation"), "test": _("test")}[name]


def _telling(copies: DuplicateSet) -> list[int]:
    """Which of many copies to show: one of each part and class first."""
    first: dict[tuple[str, str], int] = {}
    for i, place in enumerate(zip(copies.parts, copies.labels, strict=True)):
        first.setdefault(place, i)
    shown = list(first.values())
    rest = (i for i in range(len(copies.names)) if i not in shown[:_SAMPLES])
    return [*shown, *itertools.islice(rest, _SAMPLES)][:_SAMPLES]


def _sheet(title: str, why: str, names: Sequence[str], album: _Album) -> dict[str, Any]:
    rows = [[album.figure(name) for name in names[:_SHOWN]]] if names else []
    return {"title": title, "why": why, "rows": rows, "css_class": "sheet", "n": len(names)}


def _classes(report: HealthReport, album: _Album) -> dict[str, Any]:
    """Every class: how many pictures in each part, and a few of them."""
    names = list(album.parts["train"].classes)
    rows = [
        (name, *(str(counts.get(name, 0)) for counts in report.counts.values())) for name in names
    ]
    each = max(1, min(_SAMPLES, _PICTURES // len(names)))
    unread = {damage.name for damage in report.damaged}
    strips = [
        (name, _strip(label, album, each, unread)) for label, name in enumerate(names[:_PICTURES])
    ]
    return {"classes": rows, "strips": strips}


def _strip(label: int, album: _Album, most: int, unread: set[str]) -> list[dict[str, Any]]:
    train = album.parts["train"]
    files_of_it = [train.names[i] for i in np.flatnonzero(train.labels == label)]
    sound = [file for file in files_of_it if file not in unread]
    picked = np.unique(np.linspace(0, len(sound) - 1, min(most, len(sound))).astype(int))
    return [album.figure(sound[i]) for i in picked]
