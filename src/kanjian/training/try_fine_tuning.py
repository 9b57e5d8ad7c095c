"""Few pictures: is fine-tuning worth more than a probe? Tried with one fold held back.

The probe predicts the fold by heads that were fitted on the other folds; the fine-tuned network
learns from the same pictures and predicts the same ones, so that the two are compared picture by
picture. The fold chooses no epoch and no weights: it is looked at once.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.models.joined_backbone import parts_of
from kanjian.recipes.augmentation import preset
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.shipped import shipped
from kanjian.recipes.transfer import Choice
from kanjian.training.auto_backbone import TEMPLATE, with_backbone
from kanjian.training.checkpoint import Progress
from kanjian.training.choose_backbone import MINUTES
from kanjian.training.dataset_summary import summarize_dataset
from kanjian.training.events import Message, TrainingCallback
from kanjian.training.folds import folds_of
from kanjian.training.linear_probe import cross_validate_probe, losses_of
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import TrainingSetup, prepare
from kanjian.training.unsaved_predictions import answers_of
from kanjian.training.verdict import Scores, verdict_on

# With 300 pictures of CIFAR-10 one network, fine-tuned, is right on 70.6 %, the probe of two that
# are joined on 71.4, on other draws (bench/small_photos.py and few_photos.py). And a fold of fewer
# than a hundred pictures cannot tell 5 points from chance
LEAST = 500
# Where a probe is right on as many there is little to win and something to spoil
ENOUGH = 0.97
_HELD = 0  # the fold that is held back


@dataclass(frozen=True, eq=False)
class Verdict:
    """What came of it.

    Args:
        sentence: What decided, for people.
        recipe: Where fine-tuning won: what to train in place of the probe.
        splits: Likewise: with the fold as validation part.
    """

    sentence: str
    recipe: Recipe | None = None
    splits: Splits | None = None


def asked_for(recipe: Recipe, *, validation: Dataset | None) -> bool:
    """Whether a recipe wants it tried: the best of few pictures, all of which are learned from.

    Example:
        >>> recipe = Recipe(backbone={"name": "auto"}, choice={"quality": "best"}, probe={})
        >>> asked_for(recipe, validation=None)
        False
        >>> training = recipe.training.model_copy(update={"epochs": 0})
        >>> asked_for(recipe.model_copy(update={"training": training}), validation=None)
        True
    """
    best = recipe.choice is not None and recipe.choice.quality == "best"
    probed = recipe.probe is not None and not recipe.training.epochs
    further = recipe.fine_tune or recipe.all_layers
    return best and probed and not further and validation is None


def minutes_left(recipe: Recipe, began: float) -> float:
    """Of the time that was given, since `time.monotonic()` said when it began."""
    choice = recipe.choice or Choice()
    given = choice.minutes or MINUTES[choice.quality]
    return max(0.0, given - (time.monotonic() - began) / 60)


def try_fine_tuning(
    prepared: TrainingSetup,
    minutes: float,
    callback: TrainingCallback,
) -> Verdict:
    """Fine-tune on all folds but one, and compare with the probe on that one.

    Args:
        prepared: With a probe as head on the network that was chosen.
        minutes: The time it may take; what would take longer is left out.
        callback: Hears sentences.
    """
    train, recipe = prepared.splits.train, prepared.recipe
    if len(train) < LEAST:
        return Verdict(
            f"fine-tuning was not tried: with {plural(len(train), 'picture')}, fewer than {LEAST}, "
            "it is not expected to win"
        )
    folds = folds_of(train, 5 if recipe.probe is None else recipe.probe.folds, recipe)
    probed = _probed(prepared, folds)
    accuracy = probed.right.mean()
    if accuracy >= ENOUGH:
        return Verdict(
            f"fine-tuning was not tried: the probe is right on {100 * accuracy:.1f} % of the "
            "training pictures out of fold, which leaves too little to win"
        )
    inside = folds[folds >= 0] == _HELD
    before = Scores(probed.right[inside], probed.losses[inside])
    splits = Splits(
        train.subset(np.flatnonzero(folds != _HELD)), train.subset(np.flatnonzero(folds == _HELD)),
        prepared.splits.test, prepared.splits.notes,
    )  # fmt: skip
    tuned = fine_tuned(prepared, minutes)
    after = _tuned(tuned, splits, callback)
    if after is None:
        return Verdict(f"fine-tuning was not tried: it would take longer than {minutes:.1f} min")
    verdict = verdict_on("fine-tuning", before, after)
    won = (tuned, splits) if verdict.kept else (None, None)
    return Verdict(verdict.sentence, *won)


def fine_tuned(prepared: TrainingSetup, minutes: float) -> Recipe:
    """The recipe that fine-tunes one network in place of a probe, at the same size.

    Args:
        prepared: As for `try_fine_tuning`.
        minutes: The time that fine-tuning may take.
    """
    recipe, look = prepared.recipe, summarize_dataset(prepared.splits.train)
    assert recipe.backbone is not None
    (name, *_) = [each for each in parts_of(recipe.backbone.name) if each in USUAL_BACKBONES]
    tuned = with_backbone(recipe, name)
    assert tuned.fine_tune is not None
    return tuned.model_copy(
        update={
            "augmentation": preset("light", mirror=look.color),
            "input": recipe.input,
            "training": tuned.training.model_copy(
                update={"epochs": shipped(TEMPLATE).training.epochs}
            ),
            "fine_tune": tuned.fine_tune.model_copy(
                update={"minutes": minutes, "skip_if_val_accuracy": None}
            ),
        }
    )


def _probed(prepared: TrainingSetup, folds: np.ndarray) -> Scores:
    setup = set_up_phase(prepared, phases_of(prepared.recipe)[0])
    assert setup.frozen is not None
    train = prepared.splits.train
    try:
        found = cross_validate_probe(
            setup.frozen.still(), train.labels, folds, n_classes=len(train.classes)
        )
    finally:
        setup.close()
    return _scores(found.probabilities, train.labels[folds >= 0])


def _tuned(recipe: Recipe, splits: Splits, callback: TrainingCallback) -> Scores | None:
    """How the fold is predicted after fine-tuning on the others; None where time is too short."""

    def sentences(event: object) -> None:
        if isinstance(event, Message):
            callback(event)

    blind = prepare(recipe, Splits(splits.train))
    with tempfile.TemporaryDirectory() as folder:
        runner = PhaseRunner(blind, Progress(), Path(folder), sentences)
        runner.run({})
    if not runner.progress.phases[-1].epochs:
        return None
    held = splits.validation
    assert held is not None
    return _scores(answers_of(blind, held), held.labels)


def _scores(probabilities: np.ndarray, labels: np.ndarray) -> Scores:
    return Scores(probabilities.argmax(axis=1) == labels, losses_of(probabilities, labels))
