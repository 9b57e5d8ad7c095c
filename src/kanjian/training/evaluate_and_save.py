"""After the last epoch: save the recognizer, evaluate it, write the report."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import backend
from kanjian.datasets.dataset import Dataset
from kanjian.evaluation.abstain import AbstainRule, calibrate_abstain
from kanjian.evaluation.metrics import EvaluationResult, evaluate_probabilities
from kanjian.evaluation.open_set import OpenSetRule
from kanjian.inference.bundle import save_recognizer
from kanjian.inference.card import read_card, write_card
from kanjian.inference.engines import has_features, open_engine
from kanjian.inference.open_set import write_open_set
from kanjian.inference.recognizer import Recognizer
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.codec import write_recipe
from kanjian.reporting.report import ReportFacts, TrainingFigures, write_report
from kanjian.reporting.run_report import PhaseReport, ProbeReport, RunReport
from kanjian.storage import files
from kanjian.training.doubts import doubts_of
from kanjian.training.events import Message
from kanjian.training.folds import folds_of
from kanjian.training.joined_file import save_joined
from kanjian.training.open_set import Held, calibrated_open_set
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.predictions import mistakes_of, probabilities_of
from kanjian.training.prepare import TrainingSetup
from kanjian.training.probe import peak_memory_mb
from kanjian.training.probe_phase import OutOfFold
from kanjian.training.run_log import Recorder

RECOGNIZER, ANSWERS = "recognizer", "answers.npz"
_SELFTEST = 8


def finish(
    prepared: TrainingSetup,
    runner: PhaseRunner,
    folder: Path,
    damaged: list[Any],
    recorder: Recorder,
) -> RunReport:
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
        What it reached.
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
    folded = runner.out_of_fold if validation is None else None
    if folded is not None:  # they stand in for the part that was not held back
        validation, answers["validation"] = splits.train.subset(folded.rows), folded.probabilities
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
    far = None
    if validation is not None:
        right = answers["validation"].argmax(axis=1) == validation.labels
        far = _open_set(prepared, folder / RECOGNIZER, validation, right, folded)
        if far is not None:
            recorder.log(far.sentence)
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
            validation=evaluated["validation"],
            test=evaluated["test"],
            abstain=rule,
            open_set=far,
            mistakes=tuple(mistakes),
            training=_figures(prepared, runner, folded),
            skipped=tuple(f"{damage.name}: {damage.reason}" for damage in damaged),
            notes=(*splits.notes, *_of_folds(folded, views=prepared.recipe.answer.views)),
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
    images = fitted_batch(train, picked, prepared.shape)
    about: dict[str, Any] = {
        "classes": prepared.splits.classes,
        "size_hw": prepared.shape.size_hw,
        "channels": prepared.shape.channels,
        "fit": prepared.shape.fit,
        "name": prepared.recipe.name,
        "facts": {
            "seed": prepared.recipe.training.seed,
            "epochs": runner.epochs,
            "trained_on": len(train),
            "precision": prepared.precision,
            "backend": backend.backend_name(),
        },
        "views": prepared.recipe.answer.views,
        "mirror": prepared.recipe.mirrors,
    }
    if prepared.file is None:
        save_recognizer(folder, model, selftest_images=images, **about)
    else:
        about["facts"]["backbone"] = prepared.file.about
        save_joined(folder, prepared.file, model, images, **about)
    return Recognizer.load(folder)


def _store_rule(folder: Path, rule: AbstainRule) -> None:
    card = read_card(folder)
    write_card(folder, replace(card, abstain_threshold=rule.threshold, abstain_target=rule.target))


def _open_set(
    prepared: TrainingSetup, folder: Path, held: Dataset, right: np.ndarray,
    folded: OutOfFold | None,
) -> OpenSetRule | None:  # fmt: skip
    """Let the recognizer know what is unlike its training pictures, if that can be calibrated."""
    recipe, train, folds = prepared.recipe, prepared.splits.train, None
    card = read_card(folder)
    network = prepared.model if prepared.file is None else None
    if not recipe.answer.open_set or not has_features(folder, card, network):
        return None
    if folded is not None:
        folds = folds_of(train, folded.folds, recipe)[folded.rows]
    found = calibrated_open_set(
        open_engine(folder, card, "auto", "f32", features=True), card, train,
        Held(held, right, folds), target=recipe.answer.open_set, seed=recipe.training.seed,
    )  # fmt: skip
    if found is None:
        return None
    open_set, rule = found
    write_open_set(folder, open_set)
    write_card(
        folder, replace(card, open_set_threshold=rule.threshold, open_set_target=rule.target)
    )
    return rule


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


def _of_folds(folded: OutOfFold | None, *, views: int) -> tuple[str, ...]:
    """How validation came about without pictures of its own, as sentences."""
    if folded is None:
        return ()
    one_view = f"each was seen as it is; the recognizer averages over {views} views"
    return (
        f"validation is {folded.folds}-fold cross-validation over {len(folded.rows)} training "
        "pictures: each was predicted by a head that had not seen it; the one that is saved was "
        "fitted on all of them",
        *([one_view] if views > 1 else []),
    )


def _figures(
    prepared: TrainingSetup, runner: PhaseRunner, folded: OutOfFold | None
) -> TrainingFigures:
    progress = runner.progress
    rates = [row["images_per_second"] for row in progress.history] or [
        each.pictures / each.pass_seconds
        for phase in progress.phases
        for each in phase.passes
        if each.pass_seconds
    ]
    phases = [PhaseReport.model_validate(asdict(each)) for each in progress.phases]
    return TrainingFigures(
        fit_seconds=round(progress.fit_seconds, 3),
        images_per_second=round(float(np.median(rates)), 1) if rates else None,
        peak_memory_mb=peak_memory_mb(),
        epochs=runner.epochs,
        stopped_early=progress.stopped_early,
        batch_size=prepared.recipe.training.batch_size,
        precision=prepared.precision,
        backend=backend.backend_name(),
        parameters=prepared.parameters,
        trainable_parameters=runner.learned,
        classes=prepared.splits.classes,
        phases=phases if prepared.recipe.backbone else None,
        validation_folds=None if folded is None else folded.folds,
        linear_probe=ProbeReport.model_validate(progress.probe) if progress.probe else None,
    )
