"""After the last epoch: save the recognizer, let it judge itself, write the report."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import backend
from kanjian.datasets.dataset import Dataset
from kanjian.evaluation.abstain import AbstainRule, calibrate_abstain
from kanjian.evaluation.metrics import Judgment, judge
from kanjian.evaluation.mistakes import Mistake, worst_mistakes
from kanjian.evaluation.report import ReportFacts, write_report
from kanjian.pipeline import InputShape, fitted_batch, fitted_batches
from kanjian.recipes.codec import write_recipe
from kanjian.recognizer.bundle import save_recognizer, set_abstain
from kanjian.recognizer.recognizer import Recognizer
from kanjian.training.loop import Loop
from kanjian.training.prepare import Prepared
from kanjian.training.probe import peak_memory_mb
from kanjian.training.record import Recorder, write_history

RECOGNIZER = "recognizer"
_SELFTEST = 8
ANSWERS = "answers.npz"


def finish(
    prepared: Prepared, loop: Loop, folder: Path, damaged: list[Any], recorder: Recorder
) -> dict[str, Any]:
    """Turn trained weights into a recognizer and a report.

    The recognizer is judged through its own front door: what the report says is what its
    user gets.

    Args:
        prepared: Data and network.
        loop: The finished epochs.
        folder: The run folder.
        damaged: Pictures that were skipped.
        recorder: Hears what happens.

    Returns:
        What `report.json` holds.
    """
    write_history(folder, loop.progress.history)
    recorder.said("Saving the recognizer and judging it ...")
    _save(prepared, loop, folder / RECOGNIZER)
    recognizer = Recognizer.load(folder / RECOGNIZER)
    splits, shape, wanted = prepared.splits, prepared.shape, prepared.recipe.answer.abstain
    validation = test = rule = None
    mistakes: list[Mistake] = []
    if splits.validation is not None:
        probabilities = answers(recognizer, splits.validation, shape)
        validation = judge(probabilities, splits.validation.labels, splits.classes)
        rule = _abstain(folder, probabilities, splits.validation, wanted)
        mistakes = _mistakes(splits.validation, probabilities, shape)
    if splits.test is not None:
        probabilities = answers(recognizer, splits.test, shape)
        test = judge(probabilities, splits.test.labels, splits.classes)
        mistakes = _mistakes(splits.test, probabilities, shape)
        _save_answers(folder, probabilities, splits.test)
    facts = _facts(prepared, loop, validation, test, rule, mistakes, damaged)
    report = write_report(folder, facts)
    recorder.close()
    # the state only serves `resume`, and a finished run has nothing left to resume
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return report
