"""After the last epoch: save the recognizer, evaluate it, write the report."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import backend
from kanjian.datasets.dataset import Dataset
from kanjian.evaluation.abstain import AbstainRule, calibrate_abstain
from kanjian.evaluation.metrics import EvaluationResult, evaluate_probabilities
from kanjian.inference.bundle import save_recognizer
from kanjian.inference.card import read_card, write_card
from kanjian.inference.recognizer import Recognizer
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.codec import write_recipe
from kanjian.reporting.report import ReportFacts, write_report
from kanjian.storage import files
from kanjian.training.doubts import doubts_of
from kanjian.training.events import Message
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.predictions import mistakes_of, probabilities_of
from kanjian.training.prepare import TrainingSetup
from kanjian.training.probe import peak_memory_mb
from kanjian.training.run_log import Recorder

RECOGNIZER, ANSWERS = "recognizer", "answers.npz"
_SELFTEST = 8


def finish(
    prepared: TrainingSetup,
    runner: PhaseRunner,
    folder: Path,
    damaged: list[Any],
    recorder: Recorder,
) -> dict[str, Any]:
    """Turn trained weights into a recognizer and a report.

    The recognizer is evaluated through its own front door: what the report says is what its
    user gets.

    Args:
        prepared: Data and network.
        runner: The finished phases.
        folder: The run folder.
        damaged: Pictures that were skipped.
        recorder: Hears what happens.

    Returns:
        What `report.json` holds.
    """
    recorder(Message("Saving and evaluating the recognizer ..."))
    recognizer = _save(prepared, runner, folder / RECOGNIZER)
    splits, shape = prepared.splits, prepared.shape
    validation, test, rule = splits.validation, splits.test, None
    answers = {
        name: probabilities_of(recognizer, part, shape)
        for name, part in (("validation", validation), ("test", test))
        if part is not None
    }
    if validation is not None and prepared.recipe.answer.abstain is not None:
        rule = calibrate_abstain(
            answers["validation"], validation.labels, target=prepared.recipe.answer.abstain
        )
        _store_rule(folder / RECOGNIZER, rule)
        if not rule.reachable:
            recorder(
                Message(
                    f"{len(validation)} validation pictures cannot prove {rule.target:.1%} right "
                    "predictions; the threshold that proves most is used. More pictures help."
                )
            )
    judged = test if test is not None else validation
    mistakes = []
    if judged is not None:
        mistakes = mistakes_of(judged, answers["validation" if test is None else "test"], shape)
    if test is not None:
        _save_answers(folder, answers["test"], test)
    evaluated = {
        name: _metrics_of(answers.get(name), part)
        for name, part in (("validation", validation), ("test", test))
    }
    history = runner.progress.history
    doubts = doubts_of(prepared, evaluated["test"] or evaluated["validation"], history)
    for sentence in doubts.said:
        recorder.log(sentence)
    report = write_report(
        folder,
        ReportFacts(
            title=prepared.recipe.name,
            recipe=write_recipe(prepared.recipe),
            history=tuple(history),
            **evaluated,
            abstain=rule,
            mistakes=tuple(mistakes),
            numbers=_numbers(prepared, runner),
            skipped=tuple(f"{damage.name}: {damage.reason}" for damage in damaged),
            notes=splits.notes,
            doubts=doubts,
        ),
    )
    recorder.close()
    return report


def _save(prepared: TrainingSetup, runner: PhaseRunner, folder: Path) -> Recognizer:
    """Save the kept weights in the float32 twin of the trained network."""
    model = prepared.in_float32()
    train = prepared.splits.train
    picked = np.linspace(0, len(train) - 1, min(_SELFTEST, len(train))).astype(int)
    save_recognizer(
        folder,
        model,
        classes=prepared.splits.classes,
        size_hw=prepared.shape.size_hw,
        channels=prepared.shape.channels,
        fit=prepared.shape.fit,
        selftest_images=fitted_batch(train, picked, prepared.shape),
        name=prepared.recipe.name,
        facts={
            "seed": prepared.recipe.training.seed,
            "epochs": runner.epochs,
            "trained_on": len(train),
            "precision": prepared.precision,
            "backend": backend.backend_name(),
        },
        views=prepared.recipe.answer.views,
        mirror=prepared.recipe.mirrors,
    )
    return Recognizer.load(folder)


def _store_rule(folder: Path, rule: AbstainRule) -> None:
    card = read_card(folder)
    write_card(folder, replace(card, abstain_threshold=rule.threshold, abstain_target=rule.target))


def _metrics_of(
    probabilities: np.ndarray | None, dataset: Dataset | None
) -> EvaluationResult | None:
    if probabilities is None or dataset is None:
        return None
    return evaluate_probabilities(probabilities, dataset.labels, dataset.classes)


def _save_answers(folder: Path, probabilities: np.ndarray, test: Dataset) -> None:
    """Keep each prediction on the test part: two runs can be compared picture by picture."""
    with files.replacing(folder / ANSWERS) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            test_predicted=probabilities.argmax(axis=1),
            test_labels=test.labels,
            test_confidence=probabilities.max(axis=1),
        )


def _numbers(prepared: TrainingSetup, runner: PhaseRunner) -> dict[str, Any]:
    progress = runner.progress
    rates = [row["images_per_second"] for row in progress.history]
    return {
        "fit_seconds": round(progress.fit_seconds, 3),
        "images_per_second": round(float(np.median(rates)), 1),
        "peak_memory_mb": peak_memory_mb(),
        "epochs": runner.epochs,
        "stopped_early": progress.stopped_early,
        "batch_size": prepared.recipe.training.batch_size,
        "precision": prepared.precision,
        "backend": backend.backend_name(),
        "parameters": prepared.parameters,
        "trainable_parameters": runner.learned,
        "classes": list(prepared.splits.classes),
        **(
            {
                "phases": [asdict(each) for each in progress.phases],
                "linear_probe": progress.probe,
            }
            if prepared.recipe.backbone
            else {}
        ),
    }
