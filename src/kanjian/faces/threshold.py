"""From which similarity on a face is called by a name: reckoned from the gallery itself.

How alike strangers look depends on network, cameras and light, so no fixed number is right.
The gallery tells: each of its faces is asked as if it were not there (how alike is a person
to himself?) and as if its person were not there (how alike are strangers?).
"""

from dataclasses import dataclass

import numpy as np

from kanjian.faces.embed import unit

# A stranger should be given a name at most this often, one face alone
FALSE_ACCEPTS = 0.01


@dataclass(frozen=True)
class Prior:
    """What an embedder's similarities are like where a gallery is too small to tell.

    Args:
        other: Mean and deviation of the similarity to somebody else.
        same: Mean and deviation of the similarity to oneself, in photos of other days.
    """

    other: tuple[float, float]
    same: tuple[float, float]


# Measured by bench/face_identify.py on color photos
_PRIORS = {"mobilefacenet": Prior((0.15, 0.11), (0.72, 0.09))}
_USUAL = Prior((0.10, 0.10), (0.65, 0.12))
# So many people's, and so many faces', worth of evidence is the prior
_PRIOR_WEIGHT = 8


@dataclass(frozen=True)
class Calibration:
    """A threshold and what it is expected to do.

    Args:
        threshold: The gallery's own.
        people: How many are enrolled.
        faces: How many of their faces.
        other: Mean and deviation of similarities to somebody else.
        same: Mean and deviation of similarities to oneself.
        measured: Whether there were enough people and faces to measure both at all.
    """

    threshold: float
    people: int
    faces: int
    other: tuple[float, float]
    same: tuple[float, float]
    measured: bool

    def false_accepts(self, threshold: float | None = None) -> float:
        """The expected share of strangers who are given a name."""
        at = self.threshold if threshold is None else threshold
        return 1 - _below((at - self.other[0]) / self.other[1]) ** max(self.people, 1)

    def false_rejects(self, threshold: float | None = None) -> float:
        """The expected share of known faces that come out as unknown."""
        at = self.threshold if threshold is None else threshold
        return _below((at - self.same[0]) / self.same[1])


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
    sums = np.zeros((int(person_of.max()) + 1, enrolled.shape[1]), np.float32)
    np.add.at(sums, person_of, enrolled)
    return unit(sums)


def calibrate(
    enrolled: np.ndarray,
    person_of: np.ndarray,
    *,
    embedder: str = "",
    false_accepts: float = FALSE_ACCEPTS,
) -> Calibration:
    """The threshold of a gallery, from its own faces.

    It is the similarity at which strangers and the people themselves are mistaken equally
    often, or higher where more than `false_accepts` of the strangers would get a name.

    Args:
        enrolled: (m, k) of length 1; may be empty.
        person_of: (m,) numbers from 0.
        embedder: Name of the network, for what is known of it.
        false_accepts: The largest share of strangers who may be given a name.

    Example:
        >>> calibrate(np.empty((0, 0), np.float32), np.empty(0, np.int64)).people
        0
    """
    prior = _PRIORS.get(embedder, _USUAL)
    people = int(person_of.max()) + 1 if len(person_of) else 0
    other, same = (
        (_others(enrolled, person_of), _selves(enrolled, person_of))
        if people
        else (np.empty(0), np.empty(0))
    )
    other_of = _with_prior(other, prior.other, evidence=people * (people - 1) / 2)
    same_of = _with_prior(same, prior.same, evidence=len(same) / 2)
    made = Calibration(
        0.0, people, len(enrolled), other_of, same_of, people > 1 and len(same) > 1
    )
    grid = np.linspace(-0.2, 1, 1201)
    accepts = np.array([made.false_accepts(at) for at in grid])
    rejects = np.array([made.false_rejects(at) for at in grid])
    at = max(int(np.argmax(rejects >= accepts)), int(np.argmax(accepts <= false_accepts)))
    return Calibration(
        float(round(grid[at], 3)), people, len(enrolled), other_of, same_of, made.measured
    )


def _others(enrolled: np.ndarray, person_of: np.ndarray) -> np.ndarray:
    """Every face against the mean of everybody else."""
    scores = person_scores(enrolled, enrolled, person_of)
    mine = np.arange(scores.shape[1]) == person_of[:, None]
    found: np.ndarray = scores[~mine]
    return found


def _selves(enrolled: np.ndarray, person_of: np.ndarray) -> np.ndarray:
    """Every face against the mean of the other faces of its person."""
    sums = np.zeros((int(person_of.max()) + 1, enrolled.shape[1]), np.float32)
    np.add.at(sums, person_of, enrolled)
    several = np.bincount(person_of)[person_of] > 1
    rest = unit(sums[person_of[several]] - enrolled[several])
    found: np.ndarray = np.einsum("nk,nk->n", rest, enrolled[several])
    return found


def _with_prior(
    scores: np.ndarray, prior: tuple[float, float], *, evidence: float
) -> tuple[float, float]:
    """Mean and deviation, the prior counting as so many scores."""
    if not len(scores):
        return prior
    share = evidence / (evidence + _PRIOR_WEIGHT)
    mean = share * float(scores.mean()) + (1 - share) * prior[0]
    variance = share * float(((scores - mean) ** 2).mean()) + (1 - share) * prior[1] ** 2
    return mean, max(variance, 1e-6) ** 0.5


def _below(z: float) -> float:
    """The share of a normal distribution below z deviations."""
    from math import erf, sqrt

    return 0.5 * (1 + erf(z / sqrt(2)))
