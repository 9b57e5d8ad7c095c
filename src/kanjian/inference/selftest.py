"""The self-test of a recognizer: a few pictures, asked again wherever it comes to."""

import contextlib
import hashlib
import logging
import platform
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from kanjian.errors import KanjianError, RecognizerError
from kanjian.guard.npz import read_npz
from kanjian.inference.card import SELFTEST_FILE, Card, fingerprint
from kanjian.inference.engines import Engine, as_probabilities
from kanjian.storage import files

logger = logging.getLogger(__name__)
# Pictures that a self-test may hold; ours hold a few
_MOST = 1024


@dataclass(frozen=True)
class SelfTest:
    """How the self-test went.

    Args:
        passed: Whether the predictions are those stored with the recognizer.
        replayed: True if it ran now; False if it passed here before and was not repeated.
        worst: Largest difference from a stored probability; None if not replayed.
        tolerance: The difference allowed.
        message: One sentence for the user.
    """

    passed: bool
    replayed: bool
    worst: float | None
    tolerance: float
    message: str


def run_selftest(folder: Path, card: Card, engine: Engine) -> SelfTest:
    """Ask the stored pictures, unless they passed here before; a mismatch is logged as a warning.

    "Here" is this machine, processor, engine and version of it. What passed is remembered
    in `$KANJIAN_HOME/cache/selftest`; where that cannot be written it is replayed at every
    load.
    """
    mark = _mark(folder, engine)
    with contextlib.suppress(OSError):  # a home that cannot even be looked into
        if mark.exists():
            message = "The self-test passed on this machine before."
            return SelfTest(True, False, None, engine.tolerance, message)
    result = replay(folder, card, engine)
    if result.passed:
        with contextlib.suppress(KanjianError):
            files.write_text(mark, f"{folder.name}\n{engine.identity()}\n")
    else:
        logger.warning("%s: %s", card.name, result.message)
    return result


def replay(folder: Path, card: Card, engine: Engine) -> SelfTest:
    """Ask the stored pictures now.

    Raises:
        RecognizerError: If the stored self-test is missing or damaged.
    """
    images, expected = stored_answers(folder, card)
    worst = float(np.abs(as_probabilities(engine.predict(images)) - expected).max())
    passed = worst <= engine.tolerance
    outcome = "passed" if passed else "FAILED"
    message = (
        f"The self-test {outcome}: {len(images)} stored pictures, predictions differ by up to "
        f"{worst:.2g}, allowed is {engine.tolerance:g} ({engine.identity()})."
    )
    if not passed:
        message += " Do not trust this recognizer here; try engine='keras' and update openvino."
    return SelfTest(passed, True, worst, engine.tolerance, message)


def stored_answers(folder: Path, card: Card) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of the self-test and the predictions of Keras when they were stored.

    Returns:
        (n, height, width, channels) uint8 and (n, k) float32.

    Raises:
        RecognizerError: If they are missing or damaged.
    """
    path = card.file_in(folder, SELFTEST_FILE)
    wanted = (*card.size_hw, card.channels)
    per_picture = prod(wanted) + 8 * len(card.classes)
    try:
        stored = read_npz(path, error=RecognizerError, limit=_MOST * per_picture + (1 << 20))
        images, expected = stored["images"], stored["probabilities"]
    except (OSError, KeyError, RecognizerError) as error:
        told = f"{path} is damaged: it has no {error}." if isinstance(error, KeyError) else error
        raise RecognizerError(f"{told} Save the recognizer again.") from error
    if images.shape[1:] != wanted or expected.shape != (len(images), len(card.classes)):
        raise RecognizerError(
            f"{path} holds pictures {images.shape} and predictions {expected.shape}, expected "
            f"(n, {', '.join(map(str, wanted))}) and (n, {len(card.classes)})."
        )
    return images, expected


def _mark(folder: Path, engine: Engine) -> Path:
    here = f"{fingerprint(folder)} {engine.identity()} {platform.node()} {platform.machine()}"
    key = hashlib.sha256(here.encode()).hexdigest()[:32]
    return files.home_folder() / "cache" / "selftest" / key
