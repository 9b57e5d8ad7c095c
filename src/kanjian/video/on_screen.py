"""Who is on screen when, told by name: one row for each person of a clip, one for strangers."""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass

from kanjian.faces.detect import Detector
from kanjian.faces.identify import FaceMatcher
from kanjian.faces.people import Person
from kanjian.video.cuts import padded
from kanjian.video.people import EVERY_S, Followed
from kanjian.video.times import whole_ms

Stretches = list[tuple[float, float]]


@dataclass(frozen=True, eq=False)
class PeopleLook:
    """How people are looked for.

    Args:
        finder: Finds the faces.
        matcher: Knows the people.
        every_s: How often faces are looked for.
        options: All that decides beside these which faces are found, as text.
    """

    finder: Detector
    matcher: FaceMatcher
    every_s: float = EVERY_S
    options: str = ""

    @property
    def mark(self) -> str:
        """The same for what finds the same faces and gives them the same names."""
        finder = (self.finder.name, getattr(self.finder, "sha256", ""))
        told = (finder, self.matcher.mark, self.every_s, self.options)
        return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True)
class OnScreen:
    """When somebody is on screen.

    Args:
        name: Who; "unknown": all whom the matcher does not know, together.
        known: Whether it is a person by name.
        share: Of the time looked at, 0 to 1.
        similarity: To the person, the mean over the time; None for strangers.
        stretches: (from, to) in seconds, in order, apart, none over a cut.
    """

    name: str
    known: bool
    share: float
    similarity: float | None
    stretches: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """How long, all in all.

        Example:
            >>> OnScreen("Ann", True, 0.5, 0.9, ((0.0, 1.5), (4.0, 5.0))).seconds
            2.5
        """
        return sum(end - start for start, end in self.stretches)

    def at(self, seconds: float) -> bool:
        """Whether at this moment.

        Example:
            >>> [OnScreen("Ann", True, 0.5, 0.9, ((1.0, 2.0),)).at(each) for each in (0, 1, 2)]
            [False, True, False]
        """
        number = bisect_right(self.stretches, seconds, key=lambda each: each[0])
        return number > 0 and seconds < self.stretches[number - 1][1]


def on_screen(followed: Followed, *, start_s: float, end_s: float) -> tuple[OnScreen, ...]:
    """The people of a clip by name, whoever is seen longest first; strangers come last.

    Args:
        followed: The people, as `follow` gives them.
        start_s: Where the part that was looked at begins.
        end_s: Where it ends.
    """
    by_name: dict[str, list[Person]] = {}
    for person in followed.people:
        by_name.setdefault(person.match.name, []).append(person)
    length = max(end_s - start_s, 1e-9)
    rows = [_row(followed, people, end_s, length) for people in by_name.values()]
    return tuple(sorted((row for row in rows if row.stretches),
                        key=lambda row: (not row.known, -row.seconds)))  # fmt: skip


def _row(followed: Followed, people: list[Person], end_s: float, length: float) -> OnScreen:
    match = people[0].match
    stretches = _united(followed, people, end_s)
    share = min(1.0, sum(end - start for start, end in stretches) / length)
    similarity = _similarity(followed, people) if match.known else None
    return OnScreen(match.name, match.known, share, similarity, tuple(stretches))


def _united(followed: Followed, people: list[Person], end_s: float) -> Stretches:
    """Where any of them is; what touches is one, but never over a cut."""
    scenes: dict[tuple[float, float], Stretches] = {}
    for stretch in sorted(each for person in people for each in followed.stretches(person)):
        scenes.setdefault(followed.scene_at(stretch[0]), []).append(stretch)
    found = [
        (whole_ms(start), whole_ms(min(end, end_s)))
        for scene, inside in scenes.items()
        for start, end in padded(inside, pad_s=0, join_s=0, start_s=scene[0], end_s=scene[1])
    ]
    return [(start, end) for start, end in found if start < end]


def _similarity(followed: Followed, people: list[Person]) -> float:
    weights = [
        sum(end - start for start, end in followed.stretches(person)) for person in people
    ]  # fmt: skip
    weighed = sum(w * person.match.similarity for w, person in zip(weights, people, strict=True))
    return weighed / max(sum(weights), 1e-9)
