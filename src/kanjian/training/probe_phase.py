"""The head fitted at once, as a linear probe of the features, and what it is worth."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.errors import TrainingError
from kanjian.guard.npz import read_npz
from kanjian.storage import files
from kanjian.training.compile import weights_for
from kanjian.training.folds import folds_of
from kanjian.training.linear_probe import (
    MOST_NUMBERS,
    USUAL_DECAY,
    CrossValidated,
    Probed,
    cross_validate_probe,
    linear_probe,
    losses_of,
    softmax,
)
from kanjian.training.phase_setup import PhaseSetup
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
        accuracy: Share of pictures right, of the validation part or out of fold.
        loss: Their mean cross-entropy.
        seconds: What fitting took, features apart.
        decay: Weight decay it was fitted with.
        by_folds: What the folds say, where the recipe asks for them and they can be dealt.
    """

    weights: tuple[np.ndarray, np.ndarray]
    accuracy: float
    loss: float
    seconds: float
    decay: float
    by_folds: OutOfFold | None

    @property
    def sentence(self) -> str:
        """What it reaches, for people."""
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
    copies = len(features) // len(train)
    weights = weights_for(train, setup.phase.training)
    started = time.perf_counter()
    crossed, folds = None, np.zeros(0, np.int64)
    decay = USUAL_DECAY
    if wanted is not None:
        decay = USUAL_DECAY if wanted.decay == "auto" else wanted.decay
        folds = folds_of(train, wanted.folds, prepared.recipe)
        if len(folds):
            crossed = cross_validate_probe(
                frozen.still(), train.labels, folds, n_classes=classes, weights=weights,
                **({} if wanted.decay == "auto" else {"decays": (decay,)}),
            )  # fmt: skip
            decay = crossed.decay
    held_back = (
        (features[: len(train)], train.labels)
        if validation is None
        else (frozen.validation.array, validation.labels)
    )
    probed = linear_probe(
        features, np.tile(train.labels, copies), *held_back, n_classes=classes, decay=decay,
        weights=None if weights is None else np.tile(weights, copies),
    )  # fmt: skip
    if probed is None:
        return None
    if validation is None and crossed is not None:
        right, loss = _of_folds(crossed, train.labels[folds >= 0])
    else:
        right, loss = probed.accuracy, _loss(probed, *held_back)
    out = None
    if crossed is not None:
        count = len(np.unique(folds[folds >= 0]))
        out = OutOfFold(np.flatnonzero(folds >= 0), crossed.probabilities, count)
    return HeadProbe(
        (probed.kernel, probed.bias), right, loss, time.perf_counter() - started, decay,
        by_folds=out if validation is None else None,
    )  # fmt: skip


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


def _of_folds(crossed: CrossValidated, labels: np.ndarray) -> tuple[float, float]:
    right = float((crossed.probabilities.argmax(axis=1) == labels).mean())
    return right, float(losses_of(crossed.probabilities, labels).mean())


def _loss(probed: Probed, features: np.ndarray, labels: np.ndarray) -> float:
    logits = features.reshape(len(features), -1) @ probed.kernel + probed.bias
    return float(losses_of(softmax(logits), labels).mean())
