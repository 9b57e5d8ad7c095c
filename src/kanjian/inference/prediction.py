"""What a recognizer says about a picture."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

UNKNOWN = "unknown"
_OTHER_WORDS = ("not sure", "no answer", "below the threshold")


def unknown_word(classes: Iterable[str]) -> str:
    """What is said where no class is probable enough: "unknown", unless a class is called so.

    Many sets have a class of that name, for pictures of anything else. The two must not be
    confused.

    Example:
        >>> unknown_word(["cat", "dog"]), unknown_word(["cat", "Unknown"])
        ('unknown', 'not sure')
    """
    taken = {name.casefold() for name in classes}
    words = (UNKNOWN, *_OTHER_WORDS)
    return next((word for word in words if word not in taken), f"none of {len(taken)} classes")


@dataclass(frozen=True, eq=False, slots=True)
class Prediction:
    """One picture, named.

    Args:
        name: What the picture is called: its path, or its number in what was given.
        classes: The classes, in the order of `scores`.
        scores: (k,) float32, the probability of each class.
        known: Whether the prediction is given. False where the best class is less probable
            than the recognizer's threshold, or the picture is unlike those of training.
        image: What the network saw, where the picture was no file; shown in a notebook.
        unlikeness: How unlike the training pictures it is; above 1 it is "unknown". None where
            the recognizer cannot tell.

    Example:
        >>> answer = Prediction("a.png", ("cat", "dog"), np.array([0.75, 0.25], np.float32), True)
        >>> answer.label, answer.probability, answer.top(2)
        ('cat', 0.75, [('cat', 0.75), ('dog', 0.25)])
        >>> doubt = Prediction("a.png", ("cat", "dog"), np.array([0.75, 0.25], np.float32), False)
        >>> doubt.label, doubt.best_label
        ('unknown', 'cat')
    """

    name: str
    classes: tuple[str, ...]
    scores: np.ndarray
    known: bool
    image: np.ndarray | None = field(default=None, repr=False)
    unlikeness: float | None = None

    @property
    def label(self) -> str:
        """The best class, or what `unknown_word` gives; `known` tells the two apart."""
        return self.best_label if self.known else unknown_word(self.classes)

    @property
    def best_label(self) -> str:
        """The most probable class, even where it is not probable enough."""
        return self.classes[int(self.scores.argmax())]

    @property
    def probability(self) -> float:
        """The probability of `best_label`."""
        return float(self.scores.max())

    @property
    def unlike(self) -> bool:
        """Whether the picture is unlike those of training, whatever the probabilities say."""
        return self.unlikeness is not None and self.unlikeness > 1

    @property
    def reason(self) -> str | None:
        """Why no prediction is given: "unlike" the training pictures, or "unsure" of the class.

        Example:
            >>> scores = np.array([0.9, 0.1], np.float32)
            >>> Prediction("car.png", ("cat", "dog"), scores, False, unlikeness=1.8).reason
            'unlike'
        """
        if self.known:
            return None
        return "unlike" if self.unlike else "unsure"

    @property
    def probabilities(self) -> dict[str, float]:
        """Every class with its probability, in class order."""
        return dict(zip(self.classes, self.scores.tolist(), strict=True))

    def top(self, n: int) -> list[tuple[str, float]]:
        """The `n` most probable classes, or all there are, best first; ties in class order."""
        order = np.argsort(-self.scores, kind="stable")[: max(n, 0)]
        return [(self.classes[i], float(self.scores[i])) for i in order]

    def _repr_html_(self) -> str:
        """The picture with the most probable classes, in a notebook."""
        from kanjian.inference.shown import prediction_html

        return prediction_html(self)


@dataclass(frozen=True, slots=True)
class UnreadableImage:
    """A picture that could not be read, among many that were asked about.

    Args:
        name: What the picture is called.
        reason: One line: what is wrong with it.

    Example:
        >>> lost = UnreadableImage("a.jpg", "cannot read a.jpg: it is empty.")
        >>> print(lost.reason)
        cannot read a.jpg: it is empty.
    """

    name: str
    reason: str
