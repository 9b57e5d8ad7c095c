"""How many strangers get a name, and how many known faces none: with an interval that holds.

A gallery of a few people cannot know a rate to a hundredth of a percent. What it can tell is
between which two shares the rate lies that somebody will measure with some faces of his own. Two
doubts add up in it: what strangers are like here, known from few people, and which strangers
come. Shares are counted over people, not over faces: ten photos of one look-alike are one
look-alike.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from kanjian.evaluation.intervals import Z95, share_interval

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Rate:
    """A share that is expected, and between what it will be found.

    Args:
        expected: The best guess.
        interval: Holds what is measured on thirty faces of different people, 19 times of 20.
        promised: Whether there was enough to tell it from; else the interval is a guess, too.
    """

    expected: float
    interval: tuple[float, float]
    promised: bool


@dataclass(frozen=True)
class Others:
    """What a network finds two different people to be alike.

    Args:
        mean: Of the similarity of a face to another person.
        deviation: Of the same.
        people: On how many it was measured; 0 where it is a guess.
    """

    mean: float
    deviation: float
    people: int


# Measured on nine people of photos and clips of different origin (bench/face_strangers.py). No
# embedding is bundled: it would be biometric data of people who were not asked, out of pictures
# whose licence nobody knows, and two numbers a network tell as much of a tail.
OTHERS = {
    "mobilefacenet": Others(0.032, 0.141, 9),
    "efficientnet-lite0": Others(0.543, 0.1, 9),
}
# SFace's published thresholds run from 0.21 to 0.36 by data set; this would give such
_GUESSED = Others(0.10, 0.12, 0)

# How far that mean differs between cameras and kinds of people: it is .00 on color photos of
# athletes and .10 on gray ones of one camera
_BETWEEN = 0.07
# Two looks at a person are worth two people: what is bundled counts as so many
_BUNDLED, _GUESS, _LOOKS = 30, 10, 2
# A rate is measured on so many people; a coverage of 19 in 20 was found with it (bench)
_ASKED = 30
# What is not known of the rate itself goes in with its middle half: both doubts at their worst at
# once would be rare
_HALF = 0.6744897501960817
# Of two faces there is no such second doubt: four in five
_MOST = 1.2815515655446004
_NEVER = 1e-4  # fewer than anybody has measured
# Leaving out one of fewer faces tells nothing of the tail
_FEWEST = 10


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a gallery says of itself when each face is asked as if it were not there.

    Args:
        people: How many are enrolled.
        mean: Of the similarity of a face to each person it is not; 0 for one person.
        deviation: Of the same.
        tops: Of each face to whoever it is most like of the others, (n,); empty for one person.
        tops_of: Whose each is, (n,).
        selves: Of each face to the others of its person, (m,).
        selves_of: Whose each is, (m,).
        others: What is known of the network.
        same: Mean and deviation of the similarity to oneself, where there are no selves.
    """

    people: int
    mean: float
    deviation: float
    tops: np.ndarray
    tops_of: np.ndarray
    selves: np.ndarray
    selves_of: np.ndarray
    others: Others
    same: tuple[float, float]

    def strangers_named(self, threshold: float) -> Rate:
        """The share of strangers' faces that are alike enough to somebody to get a name."""
        if not self.people:
            return Rate(0.0, (0.0, 0.0), promised=True)
        low, expected, high = (
            1 - (1 - share) ** self.people for share in self._alike_by_chance(threshold)
        )
        if len(self.tops):
            seen = float(_by_person(self.tops >= threshold, self.tops_of).mean())
            seen = min(1.0, seen * self.people / (self.people - 1))  # one fewer could be met
            low, high = min(low, seen), max(high, seen)
        promised = self.others.people > 0 or self.people >= _FEWEST
        return Rate(expected, _measured((low, high)), promised)

    def _alike_by_chance(self, threshold: float) -> tuple[float, float, float]:
        """Of one face and one other person: the least, the expected, the highest share."""
        bundled = _BUNDLED if self.others.people else _GUESS
        if self.people < 2:
            return _tail(threshold, self.others.mean, _BETWEEN, self.others.deviation, bundled)
        looks = _LOOKS * self.people
        variance = bundled * self.others.deviation**2 + looks * self.deviation**2
        variance /= bundled + looks
        error = variance / (self.people - 1)
        own = _BETWEEN**2 / (_BETWEEN**2 + error)
        mean = own * self.mean + (1 - own) * self.others.mean
        return _tail(threshold, mean, (own * error) ** 0.5, variance**0.5, bundled + looks)

    def known_unnamed(self, threshold: float) -> Rate:
        """The share of known people's faces that are not alike enough to themselves."""
        if not len(self.selves):
            mean, deviation = self.same
            return Rate(_NORMAL.cdf((threshold - mean) / deviation), (0.0, 1.0), promised=False)
        missed = self.selves < threshold
        share = float(missed.mean())
        within = share_interval(share, _worth(missed, self.selves_of), z=_HALF)
        return Rate(share, _measured(within), promised=len(self.selves) >= _FEWEST)


def false_match_rate(similarity: float, *, embedder: str = "") -> Rate:
    """How often faces of two different people are as alike as this, or more.

    Args:
        similarity: Of two faces.
        embedder: Name of the network that told it.

    Example:
        >>> rate = false_match_rate(0.5, embedder="mobilefacenet")
        >>> rate.interval[0] < rate.expected < rate.interval[1] < 0.05
        True
    """
    others = others_of(embedder)
    known = others.people > 0
    low, expected, high = _tail(
        similarity, others.mean, _BETWEEN, others.deviation, _BUNDLED if known else _GUESS, z=_MOST
    )
    return Rate(expected, (low if low >= _NEVER else 0.0, high), promised=known)


def others_of(embedder: str) -> Others:
    """What is known of a network's strangers, or guessed.

    Example:
        >>> others_of("mobilefacenet").people, others_of("another").people
        (9, 0)
    """
    return OTHERS.get(embedder, _GUESSED)


def _tail(
    threshold: float,
    mean: float,
    error: float,
    deviation: float,
    freedom: int,
    *,
    z: float = _HALF,
) -> tuple[float, float, float]:
    """The share above a threshold: the least, the expected, the highest.

    The deviation is known from few people, so the tail is heavier than a normal bell's:
    Student's, taken apart into what is expected and how wrong that may be.
    """
    # quantiles of chi-square, by Wilson and Hilferty
    part = 2 / (9 * freedom)
    spreads = [deviation / (1 - part + side * z * part**0.5) ** 1.5 for side in (-1, 1)]

    def above(middle: float, spread: float) -> float:
        return 1 - _NORMAL.cdf((threshold - middle) / spread)

    ends = [above(mean + side * z * error, spread) for side in (-1, 1) for spread in spreads]
    return min(ends), above(mean, deviation), max(ends)


def _measured(rate: tuple[float, float]) -> tuple[float, float]:
    """Between what a rate is found that is between these, asked of a few people."""
    low, high = rate
    return (
        max(0.0, low - Z95 * math.sqrt(low * (1 - low) / _ASKED)),
        min(1.0, high + Z95 * math.sqrt(high * (1 - high) / _ASKED)),
    )


def _by_person(found: np.ndarray, person_of: np.ndarray) -> np.ndarray:
    """The share of each person's faces."""
    counts = np.bincount(person_of)
    shares: np.ndarray = np.bincount(person_of, found)[counts > 0] / counts[counts > 0]
    return shares


def _worth(found: np.ndarray, person_of: np.ndarray) -> float:
    """How many independent faces these are worth: between the people and half of the faces."""
    shares = _by_person(found, person_of)
    half = len(found) / 2
    share, error = float(found.mean()), float(shares.var()) / max(len(shares) - 1, 1)
    if not error:
        return half
    return max(float(min(len(shares), half)), min(half, share * (1 - share) / error))
