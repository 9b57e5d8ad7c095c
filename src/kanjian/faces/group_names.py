"""Names for people found by `faces group`, and their faces forgotten again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.checks import quoted, unknown_name
from kanjian.errors import FaceError
from kanjian.faces.found_cache import FoundCache, FoundFace, Places
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.group_store import GroupStore, Numbered
from kanjian.faces.names import check_name, spelled
from kanjian.faces.same_name import Taken, add_as
from kanjian.faces.threshold import level_among
from kanjian.faces.unit import unit
from kanjian.storage.locks import alone

# A person is enrolled with so many faces at most, no two of them more alike than this
_MOST, _SAME = 24, 0.96


@dataclass(frozen=True)
class Naming:
    """What became of a name.

    Args:
        name: Who it is.
        number: Of the group that is now called so.
        added: How many of its faces were enrolled.
        faces: How many it has.
    """

    name: str
    number: int
    added: int
    faces: int


def name_group(
    title: str,
    name: str,
    *,
    gallery: Path | None = None,
    taken: Taken = "ask",
    store: GroupStore | None = None,
    cache: FoundCache | None = None,
) -> Naming:
    """Enroll the faces of a group: those that tell most, at most 24.

    Args:
        title: What the group is called: "person 3", or 3.
        name: Who it is. Somebody of that name who is like them gets more faces.
        gallery: The gallery's file; made where there is none.
        taken: What to do where the name is that of another, see
            `kanjian.faces.same_name.settled_name`.
        store: Where the numbers are kept.
        cache: Where the faces are kept.

    Raises:
        FaceError: If there is no such group, it has a name, its faces are no longer kept, or
            another person is called so.
    """
    name, number = check_name(name), _number_of(title)
    group = _group(number, title, store or GroupStore())
    faces = _faces_of(group, title, cache or FoundCache())
    embedder, sha256 = group.network
    opened = Gallery.open_or_create(gallery, embedder=embedder, sha256=sha256)
    if opened.about.sha256 != sha256:
        raise FaceError(
            f"the gallery was made with {opened.about.embedder}, the groups with {embedder}. Run "
            "'kanjian faces group' again without --embedder."
        )
    with alone(opened.path):
        opened.refresh()
        owner = _owner(opened, title, faces, name)
        if owner is not None:
            return Naming(owner, number, 0, len(faces))
        new = [
            Enrolled(
                name, *face.place, unit(face.embedding[None])[0], path=group.places[face.place]
            )
            for face in telling(faces)
        ]
        name = add_as(opened, name, new, taken=taken)
    return Naming(name, number, len(new), len(faces))


def _number_of(title: str) -> int:
    found = re.search(r"(?:^|\D)(\d{1,9})\s*$", title)
    if found is None:
        raise FaceError(
            f"{title!r} is no group. Expected a number, as in 'person 3'; 'kanjian faces group' "
            "lists them."
        )
    return int(found[1])


def _group(number: int, title: str, store: GroupStore) -> Numbered:
    groups = store.read()
    if number not in groups:
        known = map(str, sorted(groups)[:9])
        raise FaceError(f"{unknown_name('group', title, known)} See 'kanjian faces group'.")
    return groups[number]


def _faces_of(group: Numbered, title: str, cache: FoundCache) -> list[FoundFace]:
    kept = [
        face
        for picture in sorted({picture for picture, _ in group.places})
        for face in cache.read(picture, group.mark) or ()
        if face.place in group.places
    ]
    if not kept:
        raise FaceError(
            f"the faces of {title} are no longer kept. Run 'kanjian faces group' again."
        )
    return kept


def _owner(gallery: Gallery, title: str, faces: Sequence[FoundFace], name: str) -> str | None:
    """Who these faces are already, if it is who they are to be; no face is given away."""
    known = Places(((each.picture, each.box), each.person) for each in gallery.faces)
    owners = {owner for face in faces if (owner := known.find(face.place))}
    other = next(iter(sorted(owners - {spelled(name, owners)})), None)
    if other is not None:
        raise FaceError(
            f"{title} is {other} already: one face cannot be two people. To call {other} "
            f"otherwise: kanjian faces rename {quoted(other)} {quoted(name)}"
        )
    return next(iter(owners), None)


def telling(faces: Sequence[FoundFace]) -> list[FoundFace]:
    """The faces that tell most of a person: large and sharp ones, no two nearly the same.

    Example:
        >>> row = np.array([1, 0], np.float32)
        >>> small, large = (FoundFace(str(side), "", side, 0.2, row) for side in (40.0, 90.0))
        >>> [face.size for face in telling([small, large])]
        [90.0]
    """
    good = [face for face in faces if not face.poor] or list(faces)
    kept: list[FoundFace] = []
    for face in sorted(good, key=lambda face: -min(face.size, 112) * min(face.sharpness, 0.1)):
        alike = max((float(face.embedding @ other.embedding) for other in kept), default=-1.0)
        if alike < _SAME and len(kept) < _MOST:
            kept.append(face)
    return kept


def forget_in_groups(
    enrolled: Sequence[Enrolled],
    *,
    embedder: str = "",
    store: GroupStore | None = None,
    cache: FoundCache | None = None,
) -> int:
    """Take a person out of all that `faces group` keeps; how many faces that were.

    Gone are the groups in which a face of theirs is, and every face that is like them: with it
    all that is kept of its picture, which is looked at anew the next time.

    Args:
        enrolled: The person's faces in the gallery.
        embedder: Name of the network they come from.
        store: Where the numbers are kept.
        cache: Where the faces are kept.

    Raises:
        KanjianError: If a file cannot be read or removed.
    """
    store, cache = store or GroupStore(), cache or FoundCache()
    if not enrolled or not store.path.parent.is_dir():
        return 0
    mine = Places(((each.picture, each.box), True) for each in enrolled)
    places = {
        place
        for group in store.read().values()
        if any(map(mine.find, group.places))
        for place in group.places
    }
    mean = unit(np.sum([each.embedding for each in enrolled], axis=0)[None])[0]
    level = level_among(1, embedder=embedder)
    for face in cache.everything():
        alike = (
            len(face.embedding) == len(mean)
            and float(unit(face.embedding[None])[0] @ mean) >= level
        )
        if alike or mine.find(face.place):
            places.add(face.place)
    # the files first: a kill in between leaves the numbers, by which they are found again
    cache.drop({picture for picture, _ in places} | {each.picture for each in enrolled})
    store.drop(places)
    return len(places)
