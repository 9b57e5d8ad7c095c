"""The scenes of some people in a clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from kanjian.checks import check_choice
from kanjian.errors import FaceError, VideoError
from kanjian.faces.detect import Detector
from kanjian.faces.identify import FaceMatcher
from kanjian.faces.people import Person
from kanjian.paths import AnyPath
from kanjian.video.cuts import Cut, padded
from kanjian.video.people import EVERY_S, SHORTEST_S, Followed, follow
from kanjian.video.times import whole_ms

Progress = Callable[[float, float], None]
Stretches = list[tuple[float, float]]
PAD_S, JOIN_S = 1.0, 2.0


@dataclass(frozen=True, eq=False)
class Found:
    """Where somebody is in a clip.

    Args:
        cuts: The scenes, in order; empty: nowhere.
        people: Everybody in the clip, whoever is seen longest first.
        note: What was wrong with the clip, if anything.
    """

    cuts: tuple[Cut, ...]
    people: tuple[Person, ...]
    note: str | None


def find_person(
    clip: AnyPath,
    name: str | Sequence[str],
    finder: Detector,
    matcher: FaceMatcher,
    *,
    together: bool = False,
    pad_s: float = PAD_S,
    join_s: float = JOIN_S,
    every_s: float = EVERY_S,
    progress: Progress | None = None,
) -> Found:
    """The scenes of a clip that show one person, or any of several.

    No scene of these goes over a cut of the clip: padding and joining stop there.

    Args:
        clip: A video file.
        name: A person the matcher knows, or several.
        finder: Finds the faces.
        matcher: Knows the people.
        together: Only where all of them are on screen at once.
        pad_s: Time added before and after each scene.
        join_s: Scenes with at most so much between them are joined.
        every_s: How often faces are looked for.
        progress: Called with (seconds done, seconds in all).

    Raises:
        KanjianError: If nobody of that name is known, or the clip cannot be read.

    Example:
        >>> from kanjian.faces.detect import detector
        >>> from kanjian.faces.identify import open_matcher
        >>> clip = Path("party.mp4")
        >>> found = find_person(clip, "Ann", detector(), open_matcher())  # doctest: +SKIP
        >>> [(cut.from_s, cut.to_s) for cut in found.cuts]  # doctest: +SKIP
        [(3.5, 9.0), (31.0, 40.5)]
    """
    clip = Path(clip)
    names = [name] if isinstance(name, str) else list(dict.fromkeys(name))
    for each in names:
        check_choice("person", each, matcher.names, error=FaceError, where="--person")
    followed = follow(clip, finder, matcher, every_s=every_s, progress=progress)
    seen = {each: _stretches(followed, each) for each in names}
    wanted = _common(list(seen.values())) if together else [*chain(*seen.values())]
    cuts = [
        Cut(clip, whole_ms(start), whole_ms(end), ", ".join(_present(seen, start, end)))
        for start, end in _within_scenes(wanted, followed, pad_s=pad_s, join_s=join_s)
    ]
    kept = tuple(cut for cut in cuts if cut.to_s > cut.from_s)
    return Found(kept, followed.people, followed.note)


def _stretches(followed: Followed, name: str) -> Stretches:
    own = [person for person in followed.people if person.match.name == name]
    return sorted(stretch for person in own for stretch in followed.stretches(person))


def _common(rows: list[Stretches]) -> Stretches:
    """Where all of several rows of stretches overlap."""
    first, *rest = rows
    for other in rest:
        pairs = [(max(a, c), min(b, d)) for a, b in first for c, d in other]
        first = [(start, end) for start, end in pairs if start < end]
    return first


def _within_scenes(
    wanted: Stretches, followed: Followed, *, pad_s: float, join_s: float
) -> Stretches:
    scenes: dict[tuple[float, float], Stretches] = {}
    for start, end in sorted(wanted):
        scenes.setdefault(followed.scene_at(start), []).append((start, end))
    return [
        stretch
        for (start, end), inside in scenes.items()
        for stretch in padded(inside, pad_s=pad_s, join_s=join_s, start_s=start, end_s=end)
    ]


def _present(seen: dict[str, Stretches], start: float, end: float) -> list[str]:
    return [name for name, own in seen.items() if any(a < end and b > start for a, b in own)]


def nobody(clip: Path, name: str, found: Found) -> VideoError:
    """The one line for a clip that does not show somebody; says who is there."""
    others = [person for person in found.people if person.seconds >= SHORTEST_S]
    if not others:
        seen = "no face was found in it"
    else:
        told = [f"{each.match.name} ({_of(each)})" for each in others[:5]]
        seen = f"it shows {', '.join(told)}"
    return VideoError(
        f"{name} was not found in {clip}: {seen}. Enroll more pictures, or lower --threshold."
    )


def _of(person: Person) -> str:
    match = person.match
    near = "" if match.known else f", nearest {match.nearest} {match.similarity:.2f}"
    return f"{person.seconds:.0f} s{near}"
