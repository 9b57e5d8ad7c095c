"""The people of a clip: its tracks, put together by their faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kanjian import former
from kanjian.faces.identify import FaceMatcher, Match
from kanjian.faces.tracks import Track


@former.with_attributes
@dataclass(frozen=True, eq=False)
class Person:
    """Somebody in a clip: tracks whose faces are alike.

    Args:
        tracks: In the order they appear.
        embedding: The mean of all embeddings.
        match: Whose that is.
    """

    tracks: tuple[Track, ...]
    embedding: np.ndarray
    match: Match

    @property
    def seconds(self) -> float:
        """How long that person is seen, all in all."""
        return sum(track.to_s - track.from_s for track in self.tracks)


@former.renamed(knower="matcher")
def people_in(found: Sequence[Track], matcher: FaceMatcher) -> list[Person]:
    """The people of a clip: tracks clustered by their faces, each cluster matched as one.

    Two clusters are joined while their means are alike as the matcher demands of one person;
    two faces seen in one frame are never one person.

    Args:
        found: As `tracks` gives them.
        matcher: The one they were followed with.

    Returns:
        Those seen longest first; tracks that were never looked at are left out.
    """
    groups = [[track] for track in found if track.embedding is not None]
    while True:
        best = _nearest_pair(groups, matcher)
        if best is None:
            break
        one, other = best
        groups[one] += groups.pop(other)
    people = [_person(group, matcher) for group in groups]
    return sorted(people, key=lambda person: -person.seconds)


def _nearest_pair(groups: list[list[Track]], matcher: FaceMatcher) -> tuple[int, int] | None:
    best, limit = None, matcher.threshold
    means = [_mean(group) for group in groups]
    for one in range(len(groups)):
        rest = np.array(means[one + 1 :])
        alike = matcher.similarities(rest, means[one]) if len(rest) else rest
        for at in np.flatnonzero(alike >= limit):
            other = one + 1 + int(at)
            if alike[at] >= limit and not _together(groups[one], groups[other]):
                best, limit = (one, other), float(alike[at])
    return best


def _together(one: list[Track], other: list[Track]) -> bool:
    mine = {sighting.index for track in one for sighting in track.sightings}
    return any(s.index in mine for track in other for s in track.sightings)


def _mean(group: Sequence[Track]) -> np.ndarray:
    totals = [track.total for track in group if track.total is not None]
    mean: np.ndarray = np.sum(totals, axis=0) / sum(track.weight for track in group)
    return mean


def _person(group: list[Track], matcher: FaceMatcher) -> Person:
    mean = _mean(group)
    ordered = tuple(sorted(group, key=lambda track: track.from_s))
    return Person(ordered, mean, matcher.decide(mean))
