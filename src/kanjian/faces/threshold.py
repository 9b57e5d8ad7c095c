"""From which similarity on a face is called by a name: reckoned from the gallery itself.

How alike strangers look depends on network, cameras and light, so no fixed number is right.
The gallery tells: each of its faces is asked as if it were not there (how alike is a person
to himself?) and as if its person were not there (how alike are strangers?).
"""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from kanjian.errors import FaceError
from kanjian.faces.rates import Evidence, Rate, others_of
from kanjian.faces.unit import unit

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Prior:
    """What an embedder's similarities are like where a gallery is too small to tell.

    Args:
        other: Mean and deviation of the similarity to one other person.
        same: Mean and deviation of the similarity to oneself, in photos of other days.
    """

    other: tuple[float, float]
    same: tuple[float, float]


# Measured on color photos of five people and three clips (bench/face_identify.py)
_PRIORS = {
    "mobilefacenet": Prior((0.17, 0.12), (0.78, 0.15)),
    # no face network: everybody looks alike to it
    "efficientnet-lite0": Prior((0.57, 0.11), (0.73, 0.11)),
}
# SFace's published thresholds run from 0.21 to 0.36 by data set; this gives one in between
_USUAL = Prior((0.10, 0.10), (0.62, 0.15))
# The prior counts as so many people, for what others are like and for what one is like oneself
_AS_OTHERS, _AS_SELVES = 3, 1
# Deviations are told from this tail, the one that counts: neither side is a normal bell
_TAIL = 0.05
_LEAST_DEVIATION = 0.02
# A stranger with a name is worse than a known face without: but there are fewer strangers
# among those who come near. Weighed on the same data, see the bench
_LENIENCE = 1.25
_HALVINGS = 40  # of two, down to the last digit anybody sets


@dataclass(frozen=True, eq=False)
class Calibration:
    """A threshold and what it is expected to do.

    Args:
        threshold: The gallery's own.
        people: How many are enrolled.
        faces: How many of their faces.
        other: Middle and deviation of a stranger's similarity to the person most like him.
        same: Middle and deviation of the similarity to oneself.
        measured: Whether there were enough people and faces to measure both at all.
        evidence: What rates are told from.
    """

    threshold: float
    people: int
    faces: int
    other: tuple[float, float]
    same: tuple[float, float]
    measured: bool
    evidence: Evidence

    def strangers_named(self, threshold: float | None = None) -> Rate:
        """The share of strangers who are given a name, with its interval.

        Args:
            threshold: That of the gallery by default.
        """
        return self.evidence.strangers_named(self._at(threshold))

    def known_unnamed(self, threshold: float | None = None) -> Rate:
        """The share of known faces that come out as unknown, with its interval.

        Args:
            threshold: That of the gallery by default.
        """
        return self.evidence.known_unnamed(self._at(threshold))

    def false_accepts(self, threshold: float | None = None) -> float:
        """The expected share of `strangers_named`, without its interval.

        Args:
            threshold: That of the gallery by default.
        """
        return self.strangers_named(threshold).expected

    def false_rejects(self, threshold: float | None = None) -> float:
        """The expected share of `known_unnamed`, without its interval.

        Args:
            threshold: That of the gallery by default.
        """
        return self.known_unnamed(threshold).expected

    def _at(self, threshold: float | None) -> float:
        return self.threshold if threshold is None else threshold

    def at_false_accepts(self, share: float) -> float:
        """The threshold that gives this share of strangers a name.

        Raises:
            FaceError: If it is no share.
        """
        if not 0 < share < 1:
            raise FaceError(f"the share of strangers must lie between 0 and 1, got {share}.")
        low, high = -1.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.false_accepts(middle) > share else (low, middle)
        return high


def person_scores(rows: np.ndarray, enrolled: np.ndarray, person_of: np.ndarray) -> np.ndarray:
    """How alike faces are to each enrolled person: the cosine with the mean of his faces.

    Args:
        rows: (n, k) of length 1.
        enrolled: (m, k) of length 1.
        person_of: (m,) numbers from 0, each at least once.

    Returns:
        (n, people) float32.

    Example:
        >>> one, other = [1.0, 0.0], [0.0, 1.0]
        >>> enrolled = np.array([one, one, other], np.float32)
        >>> person_scores(np.array([one], np.float32), enrolled, np.array([0, 0, 1]))
        array([[1., 0.]], dtype=float32)
    """
    scores: np.ndarray = rows @ means_of(enrolled, person_of).T
    return scores


def means_of(enrolled: np.ndarray, person_of: np.ndarray) -> np.ndarray:
    """The mean face of each person, of length 1, (people, k)."""
    return unit(_sums(enrolled, person_of))


def _sums(enrolled: np.ndarray, person_of: np.ndarray) -> np.ndarray:
    sums = np.zeros((int(person_of.max()) + 1, enrolled.shape[1]), np.float32)
    np.add.at(sums, person_of, enrolled)
    return sums


def calibrate(enrolled: np.ndarray, person_of: np.ndarray, *, embedder: str = "") -> Calibration:
    """The threshold of a gallery, from its own faces.

    It lies between what strangers reach and what the people themselves reach, nearer to the
    side that spreads less. The fewer people are enrolled, the more what is known of the
    embedder counts.

    Args:
        enrolled: (m, k) of length 1; may be empty.
        person_of: (m,) numbers from 0.
        embedder: Name of the network, for what is known of it.

    Example:
        >>> calibrate(np.empty((0, 0), np.float32), np.empty(0, np.int64)).people
        0
    """
    prior = _PRIORS.get(embedder, _USUAL)
    people = int(person_of.max()) + 1 if len(person_of) else 0
    other, same = _top_of(prior.other, max(people, 1)), prior.same
    evidence = _evidence(enrolled, person_of, embedder, prior.same)
    tops, selves = evidence.tops, evidence.selves
    if len(tops):
        share = (people - 1) / (people - 1 + _AS_OTHERS)
        other = _mixed(_spread(tops, upper=True), other, share)
    if len(selves):
        # four faces a person tell what one is like; fewer tell less
        share = people / (people + _AS_SELVES) * min(1.0, len(selves) / (4 * people))
        same = _mixed(_spread(selves, upper=False), same, share)
    measured = len(tops) > 1 and len(selves) > 1
    made = Calibration(0.0, people, len(enrolled), other, same, measured, evidence)
    return replace(made, threshold=round(_between(other, same), 3))


def level_among(people: int, *, embedder: str = "") -> float:
    """From which similarity on two faces are one person's, where nobody is known yet.

    From what is known of the embedder alone; it rises with the number of people, as the most
    alike of many strangers are more alike.

    Args:
        people: Among how many.
        embedder: Name of the network.

    Example:
        >>> [round(level_among(people, embedder="mobilefacenet"), 2) for people in (1, 30, 1000)]
        [0.41, 0.51, 0.6]
    """
    prior = _PRIORS.get(embedder, _USUAL)
    return _between(_top_of(prior.other, max(people, 1)), prior.same)


def _between(other: tuple[float, float], same: tuple[float, float]) -> float:
    low, high = same[1] * _LENIENCE, other[1]
    return float((other[0] * low + same[0] * high) / (low + high))


def _top_of(one: tuple[float, float], people: int) -> tuple[float, float]:
    """Middle and deviation of the largest of so many similarities, each as told."""
    middle = _NORMAL.inv_cdf(0.5 ** (1 / people))
    tail = _NORMAL.inv_cdf((1 - _TAIL) ** (1 / people))
    deviation = (tail - middle) / _NORMAL.inv_cdf(1 - _TAIL)
    return one[0] + one[1] * middle, one[1] * deviation


def _evidence(
    enrolled: np.ndarray, person_of: np.ndarray, embedder: str, same: tuple[float, float]
) -> Evidence:
    """Every face as if it were not enrolled, and as if its person were not."""
    nothing = Evidence(
        people=0, mean=0.0, deviation=0.0,
        tops=np.empty(0, np.float32), tops_of=np.empty(0, np.int64),
        selves=np.empty(0, np.float32), selves_of=np.empty(0, np.int64),
        others=others_of(embedder), same=same,
    )  # fmt: skip
    if not len(person_of):
        return nothing
    selves, selves_of = _selves(enrolled, person_of)
    scores = person_scores(enrolled, enrolled, person_of)
    people = scores.shape[1]
    found = replace(nothing, people=people, selves=selves, selves_of=selves_of)
    if people < 2:
        return found
    mine = np.arange(people) == person_of[:, None]
    apart = scores[~mine]
    return replace(
        found, mean=float(apart.mean()), deviation=float(apart.std()),
        tops=np.where(mine, -1, scores).max(1), tops_of=person_of,
    )  # fmt: skip


def _selves(enrolled: np.ndarray, person_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How alike faces are to the mean of their person's others, and whose they are."""
    sums = _sums(enrolled, person_of)
    several = np.bincount(person_of)[person_of] > 1
    rest = unit(sums[person_of[several]] - enrolled[several])
    return np.einsum("nk,nk->n", rest, enrolled[several]), person_of[several]


def _spread(scores: np.ndarray, *, upper: bool) -> tuple[float, float]:
    """The middle, and the deviation of a normal bell with the same tail on one side."""
    middle, tail = np.quantile(scores, [0.5, 1 - _TAIL if upper else _TAIL])
    deviation = abs(float(tail - middle)) / _NORMAL.inv_cdf(1 - _TAIL)
    return float(middle), max(deviation, _LEAST_DEVIATION)


def _mixed(
    measured: tuple[float, float], prior: tuple[float, float], share: float
) -> tuple[float, float]:
    return (
        share * measured[0] + (1 - share) * prior[0],
        share * measured[1] + (1 - share) * prior[1],
    )
