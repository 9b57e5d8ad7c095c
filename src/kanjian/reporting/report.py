"""Facts in, files out: report.json, report.html and three pictures in the run folder."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath
from kanjian.reporting import figures
from kanjian.reporting.facts import EvaluatedOn, ReportFacts, TrainingFigures
from kanjian.reporting.page import report_page
from kanjian.reporting.run_report import RunReport
from kanjian.storage import files

__all__ = ["EvaluatedOn", "ReportFacts", "TrainingFigures", "report_dict", "write_report"]


def write_report(folder: AnyPath, facts: ReportFacts) -> RunReport:
    """Write the report of a run into its folder, each file whole or not at all.

    `report.json` for machines, `report.html` for people (stands alone), and `curves.png`,
    `confusion.png`, `mistakes.png` for slides. What was there is replaced.

    Args:
        folder: The run folder; made if missing.
        facts: What to tell.

    Returns:
        What `report.json` holds.

    Raises:
        KanjianError: If the folder cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_report(folder, ReportFacts("mnist", training=TrainingFigures(epochs=3))).epochs
        3
        >>> sorted(path.name for path in folder.iterdir())
        ['confusion.png', 'curves.png', 'mistakes.png', 'report.html', 'report.json']
    """
    folder = Path(folder)
    record = report_dict(facts)
    files.write_bytes(folder / "curves.png", figures.curves_png(facts.history))
    files.write_bytes(folder / "confusion.png", figures.confusion_png(facts.judged))
    classes = facts.judged.classes if facts.judged else ()
    mistakes = figures.mistakes_png(facts.mistakes, classes=classes)
    files.write_bytes(folder / "mistakes.png", mistakes)
    files.write_text(folder / "report.html", report_page(facts))
    # last: who finds report.json finds the rest
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    files.write_text(folder / "report.json", text + "\n")
    return RunReport.model_validate(record)


def report_dict(facts: ReportFacts) -> JsonObject:
    """What `report.json` holds: the numbers at the top, the parts and both rules nested.

    A part that does not exist is None, and so is a number that is not finite: NaN is not JSON.

    Example:
        >>> report_dict(ReportFacts("mnist", history=[{"loss": float("nan")}]))
        {'title': 'mnist', 'validation': None, 'test': None, 'abstain': None, 'open_set': None,
         'mistakes': [], 'history': [{'loss': None}], 'skipped': [], 'notes': [],
         'warnings': [], 'try': []}
    """
    abstain = None if facts.abstain is None else facts.abstain.to_dict()
    if abstain is not None and facts.abstain is not None and facts.test is not None:
        coverage, risk = facts.test.risk_coverage.at_threshold(facts.abstain.threshold)
        abstain["test"] = {
            "coverage": coverage,
            "accuracy": None if risk is None else 1 - risk,
        }
    record = {
        "title": facts.title,
        **({} if facts.training is None else facts.training.to_dict()),
        **({} if facts.evaluated is None else asdict(facts.evaluated)),
        "validation": None if facts.validation is None else facts.validation.to_dict(),
        "test": None if facts.test is None else facts.test.to_dict(),
        "abstain": abstain,
        "open_set": None if facts.open_set is None else facts.open_set.to_dict(),
        "mistakes": [
            {
                "name": mistake.name,
                "true": mistake.true,
                "predicted": mistake.predicted,
                "probability": mistake.probability,
            }
            for mistake in facts.mistakes
        ],
        "history": [dict(row) for row in facts.history],
        "skipped": list(facts.skipped),
        "notes": list(facts.notes),
        "warnings": list(facts.doubts.said),
        "try": list(facts.doubts.cures),
    }
    plain: JsonObject = _plain(record)
    return plain


def _plain(value: Any) -> Any:
    """Values JSON knows: NumPy's become Python's, paths become text, NaN becomes None."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
