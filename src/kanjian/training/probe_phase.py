"""The head fitted at once, as a linear probe of the features, and what it is worth."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kanjian.errors import TrainingError
from kanjian.guard.npz import read_npz
from kanjian.recipes.transfer import Probe
from kanjian.storage import files
from kanjian.training.compile import weights_for
from kanjian.training.folds import folds_of
from kanjian.training.linear_probe import (
    DECAYS,
    MOST_NUMBERS,
    USUAL_DECAY,
    CrossValidated,
    cross_validate_probe,
    linear_probe,
    losses_of,
    softmax,
)
from kanjian.training.phase_setup import FrozenFeatures, PhaseSetup
from kanjian.training.prepare import TrainingSetup

OUT_OF_FOLD = "out-of-fold.npz"  # beside the checkpoint


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What heads predict for training pictures that they were not fitted on.

    Args:
        rows: (n,) numbers of the pictures in the training part.
        probabilities: (n, classes).
        folds: How many there were.
    """

    rows: np.ndarray
    probabilities: np.ndarray
    folds: int


@dataclass(frozen=True, eq=False)
class HeadProbe:
    """A fitted head.

    Args:
        weights: Kernel and bias, for the head's one dense layer.
        seconds: What fitting took, features apart.
        accuracy: Share of pictures right, of the validation part or out of fold; None where there
            is neither.
        loss: Their mean cross-entropy, likewise.
        by_folds: What the folds say, where they stand in for a validation part.
    """

    weights: tuple[np.ndarray, np.ndarray]
    seconds: float
    accuracy: float | None = None
    loss: float | None = None
    by_folds: OutOfFold | None = None

    @property
    def sentence(self) -> str:
        """What it reaches, for people."""
        if self.accuracy is None:
            return "a linear probe of the features is the head; no picture is left to judge it by"
        whose = "the validation pictures"
        if self.by_folds is not None:
            whose = f"the training pictures ({self.by_folds.folds}-fold cross-validation)"
        return f"a linear probe of the features is right on {100 * self.accuracy:.1f} % of {whose}"


def fits_a_probe(setup: PhaseSetup) -> bool:
    """Whether all that learns is one dense layer on the features, as a probe is."""
    weights = [tuple(weight.shape) for weight in setup.model.trainable_weights]
    classes = int(setup.model.output_shape[-1])
    return weights == [(int(np.prod(setup.model.input_shape[1:])), classes), (classes,)]


def probe_head(prepared: TrainingSetup, setup: PhaseSetup) -> HeadProbe | None:
    """Fit a linear probe on the features of the training pictures.

    Args:
        prepared: The pictures.
        setup: The phase that trains the head.

    Returns:
        The probe; None where there is too much to regress on, or nothing to judge it by.
    """
    frozen, validation = setup.frozen, prepared.splits.validation
    assert frozen is not None
    train, classes = prepared.splits.train, len(prepared.splits.classes)
    wanted = setup.phase.probe
    if wanted is None and validation is None:
        return None
    features = frozen.variants(most_numbers=MOST_NUMBERS)
    if features.size > MOST_NUMBERS:
        return None
    copies = len(features) // len(train)
    weights = weights_for(train, setup.phase.training)
    started = time.perf_counter()
    crossed, rows = _crossed(prepared, frozen, wanted, weights)
    decay = USUAL_DECAY if wanted is None or wanted.decay == "auto" else wanted.decay
    held_back = (features, np.tile(train.labels, copies))
    if validation is not None:
        held_back = (frozen.validation.array, validation.labels)
    probed = linear_probe(
        features, np.tile(train.labels, copies), *held_back, n_classes=classes,
        decay=decay if crossed is None else crossed.decay,
        weights=None if weights is None else np.tile(weights, copies),
    )  # fmt: skip
    if probed is None:
        return None
    found = HeadProbe((probed.kernel, probed.bias), time.perf_counter() - started)
    if validation is not None:
        logits = held_back[0].reshape(len(validation), -1) @ probed.kernel + probed.bias
        loss = losses_of(softmax(logits), validation.labels).mean()
        return replace(found, accuracy=probed.accuracy, loss=float(loss))
    if crossed is None:
        return found
    labels = train.labels[rows]
    return replace(
        found,
        accuracy=float((crossed.probabilities.argmax(axis=1) == labels).mean()),
        loss=float(losses_of(crossed.probabilities, labels).mean()),
        by_folds=OutOfFold(rows, crossed.probabilities, crossed.folds),
    )


def _crossed(
    prepared: TrainingSetup, frozen: FrozenFeatures, wanted: Probe | None,
    weights: np.ndarray | None,
) -> tuple[CrossValidated | None, np.ndarray]:  # fmt: skip
    """What the folds say, and which pictures lie in one; None where none are dealt."""
    train = prepared.splits.train
    folds = np.zeros(0) if wanted is None else folds_of(train, wanted.folds, prepared.recipe)
    if wanted is None or not len(folds):
        return None, np.zeros(0, np.int64)
    crossed = cross_validate_probe(
        frozen.still(), train.labels, folds, n_classes=len(train.classes), weights=weights,
        decays=DECAYS if wanted.decay == "auto" else (wanted.decay,),
    )  # fmt: skip
    return crossed, np.flatnonzero(folds >= 0)


def write_out_of_fold(folder: Path, found: OutOfFold) -> None:
    """Keep what the folds say until the report is written."""
    with files.replacing(folder / OUT_OF_FOLD) as temporary, temporary.open("wb") as stream:
        np.savez(stream, rows=found.rows, probabilities=found.probabilities, folds=found.folds)


def read_out_of_fold(folder: Path) -> OutOfFold | None:
    """What the folds said; None where there were none.

    Raises:
        TrainingError: If the file is damaged.

    Example:
        >>> read_out_of_fold(Path("nowhere")) is None
        True
    """
    path = folder / OUT_OF_FOLD
    if not path.is_file():
        return None
    try:
        archive = read_npz(path, error=TrainingError)
        return OutOfFold(archive["rows"], archive["probabilities"], int(archive["folds"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read ({error}). Start the run anew.") from error
