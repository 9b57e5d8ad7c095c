"""Whether an exported network predicts as the one it was made from."""

from dataclasses import asdict, dataclass

import numpy as np

from kanjian.errors import ExportError
from kanjian.json_types import JsonObject

# float32 sums in another order differ in the seventh digit, some runtimes' fast functions in
# the fifth; a wrong pixel, a swapped axis or a lost layer differ in the first
BOUND = 1e-3


@dataclass(frozen=True)
class Parity:
    """How far the predictions of two networks lie apart.

    Args:
        pictures: How many were asked about.
        worst: The largest difference of a probability.
        agreement: The share of pictures to which both give the same class.
        against: What the predictions were compared with.
        own: How many of the pictures are the run's own, beyond the stored self-test.
    """

    pictures: int
    worst: float
    agreement: float
    against: str = "Keras"
    own: int = 0

    def sentence(self) -> str:
        """The comparison in words.

        Example:
            >>> Parity(8, 2e-7, 1.0).sentence()
            'Compared with Keras on 8 real pictures: probabilities differ by 2e-07 at most, 100 %
            of the predictions are the same.'
        """
        return (
            f"Compared with {self.against} on {self.pictures} real pictures: probabilities differ "
            f"by {self.worst:.1g} at most, {100 * self.agreement:g} % of the predictions are the "
            "same."
        )

    def to_dict(self) -> JsonObject:
        """The comparison as plain values."""
        return asdict(self)


def compare_answers(expected: np.ndarray, found: np.ndarray, *, own: int = 0) -> Parity:
    """How far the predictions of an exported network lie from those expected.

    Args:
        expected: (n, k) probabilities of the network it was made from.
        found: (n, k) probabilities of the exported one.
        own: How many of the pictures are the run's own.

    Raises:
        ExportError: If the shapes differ: it is not the same network at all.

    Example:
        >>> both = np.array([[0.25, 0.75], [0.4375, 0.5625]])
        >>> compare_answers(both, both + [[0.125, -0.125]])
        Parity(pictures=2, worst=0.125, agreement=0.5, against='Keras', own=0)
    """
    if expected.shape != found.shape:
        raise ExportError(
            f"the exported network gives {found.shape}, expected {expected.shape}. "
            "Nothing was exported; report its layers to kanjian."
        )
    worst = float(np.abs(expected - found).max())
    # NaN must not pass for agreement
    same = (expected.argmax(axis=1) == found.argmax(axis=1)) & np.isfinite(found).all(axis=1)
    return Parity(len(expected), worst, float(same.mean()), own=own)


def check_parity(parity: Parity, *, form: str) -> None:
    """Refuse an export that predicts otherwise.

    Raises:
        ExportError: If a probability differs by more than 1e-3, or is not a number.

    Example:
        >>> check_parity(Parity(8, 0.2, 0.5), form="onnx")
        Traceback (most recent call last):
        kanjian.errors.ExportError: as onnx the network predicts otherwise: probabilities differ
            by up to 0.2, allowed is 0.001, and 50 % of 8 predictions are the same. Nothing was
            exported; choose another form with --to, and report its layers to kanjian.
    """
    if parity.worst <= BOUND:
        return
    raise ExportError(
        f"as {form} the network predicts otherwise: probabilities differ by up to "
        f"{parity.worst:.2g}, allowed is {BOUND:g}, and {100 * parity.agreement:g} % of "
        f"{parity.pictures} predictions are the same. Nothing was exported; choose another form "
        "with --to, and report its layers to kanjian."
    )
