"""The smallest change of a picture that turns a network's prediction."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.backend.gradients import compile_gradients
from kanjian.checks import check_choice
from kanjian.errors import RecognizerError
from kanjian.explain.class_images import scores_of
from kanjian.explain.inspected_model import InspectedModel
from kanjian.images.pictures import Picture

METHODS = ("pgd", "fgsm")
# Beyond a quarter of all levels a change is no longer small: anyone sees it
MOST_LEVELS = 64


@dataclass(frozen=True, eq=False)
class Fooled:
    """A picture and its double that the network takes for something else.

    Args:
        original: (h, w, c) uint8, as the network takes it.
        picture: (h, w, c) uint8; no pixel differs by more than `bound`.
        bound: Largest difference of a pixel in gray levels; 0 where the network gave the
            wished prediction already.
        success: Whether the network's prediction for `picture` is the wished one.
        wished: The class it should be taken for.
        before: Probability of each class for the original.
        after: And for the double.
    """

    original: np.ndarray
    picture: np.ndarray
    bound: int
    success: bool
    wished: int
    before: np.ndarray
    after: np.ndarray

    def difference(self) -> np.ndarray:
        """What was changed, amplified to all levels around gray: (h, w, c) uint8."""
        change = self.picture.astype(np.float32) - self.original
        even = 127.5 + change * (127.5 / max(np.abs(change).max(), 1))
        shown: np.ndarray = np.round(even).astype(np.uint8)
        return shown

    @property
    def amplified(self) -> float:
        """How many times `difference` enlarges the change."""
        change = np.abs(self.picture.astype(np.float32) - self.original).max()
        return float(127.5 / max(change, 1))


def fool(
    inspected: InspectedModel,
    picture: Picture,
    label: str | int | None = None,
    *,
    method: str = "pgd",
    bound: int | None = None,
    steps: int = 20,
) -> Fooled:
    """Change a picture as little as possible so that the network calls it something else.

    The smallest bound is found by halving: no pixel moves by more gray levels than that. The
    result is whole pixels, uint8, and it is those that the network was asked about.

    Args:
        inspected: The network.
        picture: (h, w, c) uint8 of its size, see `InspectedModel.fit`; or a path or PIL image.
        label: What it should be taken for; by default the second best class.
        method: "pgd" takes many small steps and comes back within the bound after each;
            "fgsm" takes a single one, and needs a larger bound.
        bound: A bound in gray levels to be kept instead of searching the smallest.
        steps: Of "pgd".

    Raises:
        RecognizerError: If there is no such class, or the picture has another size.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(32, 32))
        >>> fooled = fool(inspected, np.full((32, 32, 3), 90, np.uint8), 3)
        >>> int(np.abs(fooled.picture.astype(int) - fooled.original).max()) <= fooled.bound
        True

    Reference:
        Goodfellow et al., Explaining and harnessing adversarial examples, 2015 (FGSM);
        Madry et al., Towards deep learning models resistant to adversarial attacks, 2018 (PGD).
    """
    check_choice("method", method, METHODS, error=RecognizerError)
    picture = inspected.taken(picture)
    _check(inspected, picture, bound, steps)
    scores = scores_of(inspected, picture[None])
    order = np.argsort(-scores[0], kind="stable")
    wished = int(order[1]) if label is None else inspected.class_index(str(label))
    attack = _Attack(inspected, picture, wished, steps if method == "pgd" else 1)
    if int(order[0]) == wished:
        found, success = 0, True
    elif bound is not None:
        found, success = bound, attack.wins(bound)
    else:
        found, success = _smallest(attack)
    double = attack.double(found)
    after = inspected.probabilities(scores_of(inspected, double[None]))[0]
    before = inspected.probabilities(scores)[0]
    return Fooled(picture, double, found, success, wished, before, after)


def _check(inspected: InspectedModel, picture: np.ndarray, bound: int | None, steps: int) -> None:
    if picture.shape != inspected.shape_hwc or picture.dtype != np.uint8:
        raise RecognizerError(
            f"picture must be {inspected.shape_hwc} uint8, got {picture.shape} {picture.dtype}. "
            "Use InspectedModel.fit()."
        )
    if bound is not None and not 1 <= bound <= 255:
        raise RecognizerError(f"bound must be 1 to 255 gray levels, got {bound}.")
    if steps < 1:
        raise RecognizerError(f"steps must be at least 1, got {steps}.")


def _smallest(attack: "_Attack") -> tuple[int, bool]:
    """The smallest whole bound that wins: doubled until one does, then halved in between.

    Whether a larger bound wins is not certain where a smaller one does, so the last winner
    is what counts.
    """
    high = 1
    while not attack.wins(high):
        if high == MOST_LEVELS:
            return high, False
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if attack.wins(middle) else (middle, high)
    return high, True


class _Attack:
    """Doubles of one picture within bounds; each bound is tried once."""

    def __init__(
        self, inspected: InspectedModel, picture: np.ndarray, wished: int, steps: int
    ) -> None:
        self._subject, self._wished, self._steps = inspected, wished, steps
        self._start = picture.astype(np.float32)
        self._tried: dict[int, np.ndarray] = {0: picture}
        scores, ops = inspected.scores, load_keras().ops
        others = np.zeros(inspected.n_classes, np.float32)
        others[wished] = 1e9

        def lead(pixels: Any, taken: Any) -> Any:
            found = scores(pixels, training=False)
            # before the best of the others, not just up: that is what turns the prediction
            return found[:, wished] - ops.max(found - taken, axis=1)

        self._ask, self._taken = compile_gradients(lead), others[None]

    def wins(self, bound: int) -> bool:
        answer = scores_of(self._subject, self.double(bound)[None])[0]
        return int(answer.argmax()) == self._wished

    def double(self, bound: int) -> np.ndarray:
        if bound not in self._tried:
            self._tried[bound] = self._climbed(bound)
        return self._tried[bound]

    def _climbed(self, bound: int) -> np.ndarray:
        low = np.maximum(self._start - bound, 0)
        high = np.minimum(self._start + bound, 255)
        pixels = self._start
        # 2.5 times the way to the edge in all, as Madry et al. advise; one step goes all the way
        length = bound if self._steps == 1 else max(2.5 * bound / self._steps, 0.25)
        for _ in range(self._steps):
            _, gradient = self._ask(pixels[None], self._taken)
            pixels = (pixels + length * np.sign(gradient[0])).clip(low, high)
            rounded = np.round(pixels).astype(np.uint8)
            answer = scores_of(self._subject, rounded[None])[0]
            if int(answer.argmax()) == self._wished:
                break  # whole pixels fool already
        return rounded  # type: ignore[no-any-return]
