"""A finished training run."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from kanjian.errors import TrainingError
from kanjian.guard.text import read_json
from kanjian.i18n import _, ngettext
from kanjian.inference.recognizer import Recognizer
from kanjian.notebook import pieces
from kanjian.reporting.run_report import PartReport, RunReport
from kanjian.reporting.wording import count, duration, percent
from kanjian.spoken import heading
from kanjian.training.run_folder import REPORT

CURVES = "curves.png"


@dataclass(frozen=True)
class Run(os.PathLike[str]):
    """A finished training run; goes wherever the path of a run folder does.

    Args:
        folder: The run folder.
        report: What it reached.
    """

    folder: Path
    report: RunReport

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """A finished run from its folder.

        Raises:
            TrainingError: If there is none, or its report is damaged.

        Example:
            >>> Run.load("runs/of-nobody")
            Traceback (most recent call last):
            kanjian.errors.TrainingError: no finished run in runs/of-nobody...
        """
        path = Path(folder) / REPORT
        try:
            return cls(Path(folder), RunReport.model_validate(read_json(path, error=TrainingError)))
        except OSError as error:
            raise TrainingError(
                f"no finished run in {folder}: it has no {REPORT}. Name a folder below runs/."
            ) from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise TrainingError(
                f"{path} is no report of a run: {where}: {first['msg']}."
            ) from error

    def __fspath__(self) -> str:
        return str(self.folder)

    @property
    def recognizer_folder(self) -> Path:
        """What to hand to anyone who should use the recognizer."""
        return self.folder / "recognizer"

    def recognizer(self) -> Recognizer:
        """The recognizer it made, ready to be asked.

        Raises:
            RecognizerError: If it is damaged or gone.
        """
        return Recognizer.load(self.folder)

    def _repr_html_(self) -> str:
        """The head of its report, in a notebook."""
        return _head(self)


def _head(run: Run) -> str:
    report, curves = run.report, run.folder / CURVES
    parts = {"validation": report.validation, "test": report.test}
    rows = [
        (heading(name), percent(part.accuracy, n=part.n), _interval(part), part.n)
        for name, part in parts.items()
        if part is not None
    ]
    seconds, speed = report.fit_seconds, report.images_per_second
    cost = [ngettext("{n} epoch", "{n} epochs", report.epochs),
            *([duration(seconds)] if seconds else []),
            *([_("{n} images/s", n=count(speed))] if speed else [])]  # fmt: skip
    columns = (_("part"), _("accuracy"), _("95 % interval"), _("pictures"))
    return pieces.frame(
        report.title,
        pieces.table(columns, rows) if rows else "",
        pieces.note(", ".join(cost)),
        pieces.png(curves.read_bytes(), width_px=640, title=_("loss and accuracy"))
        if curves.is_file()
        else "",
        pieces.note(f"{run.folder / 'report.html'}"),
    )


def _interval(part: PartReport) -> str:
    low, high = (percent(end, n=part.n) for end in part.interval)
    return f"{low} – {high}"
