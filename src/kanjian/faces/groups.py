"""The people of folders and videos: faces put together, known people named, the rest numbered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from kanjian.faces.found_cache import FoundFace, Places
from kanjian.faces.found_faces import Found
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.group_store import GroupStore
from kanjian.faces.grouping import cluster
from kanjian.faces.identify import ByGallery
from kanjian.faces.threshold import level_among
from kanjian.faces.unit import unit


@dataclass(frozen=True, eq=False)
class Group:
    """The faces of one person.

    Args:
        faces: All of them.
        name: Who that is; empty where the gallery does not know.
        number: Its number among those without a name.
    """

    faces: tuple[FoundFace, ...]
    name: str = ""
    number: int | None = None

    @property
    def mean(self) -> np.ndarray:
        """Of the embeddings, those of poor faces left out where there are others; of length 1."""
        good = [face for face in self.faces if not face.poor] or self.faces
        mean: np.ndarray = unit(np.sum([face.embedding for face in good], axis=0)[None])[0]
        return mean


@dataclass(frozen=True, eq=False)
class Groups:
    """The people of folders and videos.

    Args:
        people: The most faces first.
        poor: Faces too small or blurred to tell whose they are.
        level: From which similarity on two faces counted as one person's in the end.
    """

    people: tuple[Group, ...]
    poor: tuple[FoundFace, ...]
    level: float


def group_faces(
    found: Found,
    matcher: ByGallery | None = None,
    *,
    enrolled: Sequence[Enrolled] = (),
    store: GroupStore | None = None,
) -> Groups:
    """Who is in folders and videos.

    Faces of one picture, and faces followed in a video at one moment, are never one person.
    Faces too small or blurred have no say in who there is; each goes to whom it is like.

    Args:
        found: All faces.
        matcher: Knows the people of a gallery; None: nobody is known.
        enrolled: The faces of that gallery: those found again here keep their names.
        store: Keeps the numbers of those without a name; None: they are numbered from 1.

    Returns:
        The people; whoever has no name has a number, the same as the last time.
    """
    good = [face for face in found.faces if not face.poor]
    named = _named(good, enrolled)
    level = partial(level_among, embedder=found.network[0])
    labels = cluster(
        np.array([face.embedding for face in good]),
        level,
        together=list(named.values()),
        apart=[*_at_one_moment(good), [faces[0] for faces in named.values()]],
    )
    members = [[good[at] for at in np.flatnonzero(labels == label)] for label in np.unique(labels)]
    limit = level(len(members))
    owner = {labels[faces[0]]: name for name, faces in named.items()}
    people = [
        Group(tuple(faces), owner.get(label, "")) for label, faces in enumerate(members)
    ]  # fmt: skip
    people = _recognized(people, matcher)
    people, poor = _with_poor(people, [face for face in found.faces if face.poor], limit)
    people.sort(key=lambda group: -len(group.faces))  # so that the first number is the largest
    people = _numbered(people, found, store)
    people.sort(key=lambda group: (-len(group.faces), group.number or 0))
    return Groups(tuple(people), tuple(poor), limit)


def _named(faces: Sequence[FoundFace], enrolled: Sequence[Enrolled]) -> dict[str, list[int]]:
    """Which of the faces are enrolled, by name."""
    known = Places(((each.picture, each.box), each.person) for each in enrolled)
    named: dict[str, list[int]] = {}
    for at, face in enumerate(faces):
        name = known.find(face.place)
        if name is not None:
            named.setdefault(name, []).append(at)
    return named


def _at_one_moment(faces: Sequence[FoundFace]) -> list[list[int]]:
    """Faces that are seen side by side: at each moment a face appears, all that are there."""
    of_picture: dict[str, list[int]] = {}
    for at, face in enumerate(faces):
        of_picture.setdefault(face.picture, []).append(at)
    return [
        [at for at in members if faces[at].from_s <= moment <= faces[at].to_s]
        for members in of_picture.values()
        if len(members) > 1
        for moment in sorted({faces[at].from_s for at in members})
    ]


def _recognized(people: list[Group], matcher: ByGallery | None) -> list[Group]:
    """Whom the gallery knows, the surest first; two groups of one person become one."""
    if matcher is None or not matcher.names:
        return people
    done = {group.name: group for group in people if group.name}
    rest: list[Group] = []
    open_ones = [(matcher.decide(group.mean), group) for group in people if not group.name]
    for match, group in sorted(open_ones, key=lambda pair: -pair[0].similarity):
        there = done.get(match.name)
        if not match.known or (there and _meet(there.faces, group.faces)):
            rest.append(group)
        else:
            before = there.faces if there else ()
            done[match.name] = Group(before + group.faces, match.name)
    return [*done.values(), *rest]


def _meet(some: Iterable[FoundFace], others: Iterable[FoundFace]) -> bool:
    """Whether any two are seen at one moment."""
    of_picture: dict[str, list[FoundFace]] = {}
    for face in some:
        of_picture.setdefault(face.picture, []).append(face)
    return any(face.beside(one) for face in others for one in of_picture.get(face.picture, ()))


def _with_poor(
    people: list[Group], poor: Iterable[FoundFace], level: float
) -> tuple[list[Group], list[FoundFace]]:
    """Poor faces given to whom they are like, and those that are like nobody."""
    people, left = list(people), []
    means = np.array([group.mean for group in people])
    for face in poor:
        alike = means @ face.embedding if people else np.empty(0)
        for at in np.argsort(-alike):
            if alike[at] >= level and not _meet(people[at].faces, [face]):
                people[at] = replace(people[at], faces=(*people[at].faces, face))
                break
        else:
            left.append(face)
    return people, left


def _numbered(people: list[Group], found: Found, store: GroupStore | None) -> list[Group]:
    places = [
        {face.place: str(found.files[face.picture][0].absolute()) for face in group.faces}
        for group in people
    ]
    wanted = [not group.name for group in people]
    if store is not None:
        numbers = store.number(places, wanted, mark=found.mark, network=found.network)
    else:
        count = iter(range(1, len(people) + 1))
        numbers = [next(count) if want else None for want in wanted]
    return [replace(group, number=number) for group, number in zip(people, numbers, strict=True)]
