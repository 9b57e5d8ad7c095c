"""Names put right: one person renamed, two made one, a photo taken out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanjian.checks import plural
from kanjian.errors import FaceError
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.names import person_called, spelled
from kanjian.faces.same_name import Taken, settled_name, why_two_people
from kanjian.storage.files import sha256
from kanjian.storage.locks import alone

_HASH = re.compile("[0-9a-f]{6,64}")


@dataclass(frozen=True)
class Changed:
    """What became of a person.

    Args:
        name: What they are called now.
        faces: How many faces that changes.
        in_all: How many faces they have now; 0: they are not enrolled any more.
    """

    name: str
    faces: int
    in_all: int


def rename(gallery: Gallery, old: str, new: str, *, taken: Taken = "ask") -> Changed:
    """Give a person another name.

    Where somebody else has it already, `settled_name` decides: the faces of one person join
    those enrolled under it, two people are kept apart.

    Args:
        gallery: Changed.
        old: Who.
        new: The name.
        taken: What to do where it is taken.

    Raises:
        FaceError: If nobody is called `old`, or `new` cannot be given.

    Example:
        >>> import tempfile
        >>> gallery = Gallery.create(Path(tempfile.mkdtemp()) / "g", embedder="a", sha256="b")
        >>> import numpy as np
        >>> gallery.add([Enrolled("Ana", "0", "1,2,3,4", np.ones(1, np.float32))])
        >>> rename(gallery, "Ana", "Anna")
        Changed(name='Anna', faces=1, in_all=1)
    """
    with alone(gallery.path):
        gallery.refresh()
        old = person_called(old, gallery.names)
        mine = faces_of(gallery, old)
        others = [face for face in gallery.faces if face.person != old]
        new = settled_name(new, mine, others, about=gallery.about, taken=taken)
        if new == old:
            raise FaceError(f"{old} is called so already.")
        _give(gallery, {old}, new, f"renamed {old} to {new}")
    return Changed(new, len(mine), len(faces_of(gallery, new)))


def merge(
    gallery: Gallery, names: Sequence[str], *, into: str | None = None, same: bool = False
) -> Changed:
    """Make one person of several who are one.

    Args:
        gallery: Changed.
        names: At least two.
        into: What that person is called; the first of the names by default.
        same: Merge them although the gallery holds them for different people.

    Raises:
        FaceError: If nobody is called so, there are less than two, or they look different.
    """
    with alone(gallery.path):
        gallery.refresh()
        whole = list(dict.fromkeys(person_called(name, gallery.names) for name in names))
        if len(whole) < 2:
            raise FaceError(f"merging takes two people, got {', '.join(whole)} alone.")
        if not same:
            _check_alike(gallery, whole)
        mine = [face for face in gallery.faces if face.person in whole]
        others = [face for face in gallery.faces if face.person not in whole]
        target = spelled(into or whole[0], whole)
        if target is None:
            target = settled_name(into or whole[0], mine, others, about=gallery.about,
                                  taken="same" if same else "ask")  # fmt: skip
        moved = sum(face.person != target for face in mine)
        away = ", ".join(name for name in whole if name != target)
        _give(gallery, set(whole), target, f"merged {away} into {target}")
    return Changed(target, moved, len(faces_of(gallery, target)))


def _check_alike(gallery: Gallery, names: Sequence[str]) -> None:
    """Each as an unknown person beside the first: would the gallery call them by its name?"""
    first, *rest = names
    for other in rest:
        there = [face for face in gallery.faces if face.person not in rest]
        why = why_two_people(faces_of(gallery, other), first, there, about=gallery.about)
        if why:
            raise FaceError(f"{first} and {other} look like two people ({why}). "
                            "--same merges them anyway.")  # fmt: skip


def remove(gallery: Gallery, name: str, photo: str) -> Changed:
    """Take a photo of a person out of the gallery.

    Args:
        gallery: Changed.
        name: Whose.
        photo: Its number as `photos_of` tells it, the file, its name, or the first six letters
            of its SHA-256 or more. By file or hash all faces of a clip are meant.

    Raises:
        FaceError: If nobody is called so, or no photo or no single one is meant.
    """
    with alone(gallery.path):
        gallery.refresh()
        name = person_called(name, gallery.names)
        mine = faces_of(gallery, name)
        gone = {_key(face) for face in meant(mine, photo, name)}
        gallery.change(
            f"removed {plural(len(gone), 'face')} of {name}",
            lambda about, faces: (about, [each for each in faces if _key(each) not in gone]),
        )
    return Changed(name, len(gone), len(mine) - len(gone))


def meant(faces: Sequence[Enrolled], photo: str, name: str) -> list[Enrolled]:
    """The faces of a person that a number, a file or a hash means.

    Raises:
        FaceError: If there is none, or they are of several files.

    Example:
        >>> import numpy as np
        >>> faces = [Enrolled("Ann", "ab" * 32, "1,2,3,4", np.ones(1), path="/photos/a.jpg")]
        >>> [len(meant(faces, photo, "Ann")) for photo in ("1", "a.jpg", "ababab")]
        [1, 1, 1]
    """
    if photo.isdecimal() and len(photo) < 6:
        if not 1 <= int(photo) <= len(faces):
            raise FaceError(
                f"{name} has {plural(len(faces), 'photo')}, numbered from 1; got {photo}. "
                "See 'kanjian faces show NAME'."
            )
        return [faces[int(photo) - 1]]
    found = [face for face in faces if _is_meant(face, photo)]
    pictures = {face.picture for face in found}
    if len(pictures) == 1:
        return found
    many = f"{len(pictures)} photos of {name} are called {photo}" if found else ""
    raise FaceError(
        f"{many or f'{photo} is no photo of {name}'}. Give the number that 'kanjian faces show "
        "NAME' tells, or the file."
    )


def _is_meant(face: Enrolled, photo: str) -> bool:
    path = Path(photo)
    if path.is_file():
        return sha256(path) == face.picture
    return bool(
        (_HASH.fullmatch(photo.lower()) and face.picture.startswith(photo.lower()))
        or (face.path and photo in {face.path, Path(face.path).name})
    )


def faces_of(gallery: Gallery, name: str) -> list[Enrolled]:
    """The faces of a person, in the order they were enrolled.

    Example:
        >>> import tempfile
        >>> gallery = Gallery.create(Path(tempfile.mkdtemp()) / "g", embedder="a", sha256="b")
        >>> faces_of(gallery, "Ann")
        []
    """
    return [face for face in gallery.faces if face.person == name]


def _key(face: Enrolled) -> tuple[str, str, str]:
    return face.person, face.picture, face.box


def _give(gallery: Gallery, old: set[str], new: str, what: str) -> None:
    gallery.change(
        what,
        lambda about, faces: (
            about, [replace(face, person=new) if face.person in old else face for face in faces]
        ),
    )  # fmt: skip
