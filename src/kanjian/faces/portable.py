"""People handed on: a file of all or some of a gallery's people, and such a file taken in.

The file is a gallery itself, less where pictures lay: whoever gets it can also use it as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanjian.checks import plural
from kanjian.errors import FaceError
from kanjian.faces.gallery import Gallery, put
from kanjian.faces.gallery_file import About, DamagedError, Enrolled, read
from kanjian.faces.names import check_name, person_called, spelled
from kanjian.faces.same_name import Taken, settled_name, why_two_people
from kanjian.paths import AnyPath
from kanjian.storage.locks import alone

_HASH = re.compile("[0-9a-f]{1,64}")
_SIDE = r"-?\d{1,6}"
_BOX = re.compile(rf"{_SIDE},{_SIDE},{_SIDE},{_SIDE}(@\d{{1,9}}\.\d{{3}})?")
_LONGEST = 100


def export_people(
    gallery: Gallery, file: AnyPath, *, names: Sequence[str] = (), force: bool = False
) -> list[Enrolled]:
    """Write people into a file of their own, readable for its owner alone.

    The file is the user's from then on: who is forgotten later is still in it.

    Args:
        gallery: Stays as it is.
        file: Where to.
        names: Who; everybody by default.
        force: Replace a file that is there.

    Returns:
        The faces in it.

    Raises:
        FaceError: If nobody is called so, nobody is enrolled, or the file is there already.
        KanjianError: If it cannot be written.
    """
    file = Path(file)
    chosen = {person_called(name, gallery.names) for name in names or gallery.names}
    faces = [replace(face, path="") for face in gallery.faces if face.person in chosen]
    if not faces:
        raise FaceError(f"nobody is enrolled in {gallery.path}; there is nothing to export.")
    with alone(file):
        if file.exists() and file.samefile(gallery.path):
            raise FaceError(f"{file} is the gallery itself. Choose another name.")
        if file.exists() and not force:
            raise FaceError(f"{file} is there already. Choose another name, or use --force.")
        put(file, replace(gallery.about, change="", before=""), faces)
    return faces


@dataclass(frozen=True)
class Imported:
    """What was taken in.

    Args:
        people: Name in the file and name here, for each who got faces.
        added: How many faces.
        there: How many were enrolled already.
        gallery: The gallery's file.
    """

    people: tuple[tuple[str, str], ...]
    added: int
    there: int
    gallery: Path


def import_people(
    file: AnyPath,
    gallery: AnyPath | None = None,
    *,
    names: Sequence[str] = (),
    taken: Taken = "ask",
) -> Imported:
    """Enroll the people of a file, all of them or none.

    Args:
        file: As `export_people` wrote it, or any gallery; it may come from anyone.
        gallery: File of the gallery, made if it is not there; the usual one by default.
        names: Whom of it; everybody by default.
        taken: What to do where a name is taken by somebody else; see `settled_name`.

    Raises:
        FaceError: If the file is no gallery or damaged, its embedder another than that of the
            gallery here, nobody in it is called so, or a name is another person's.
    """
    about, faces = checked(Path(file))
    known = sorted({face.person for face in faces})
    chosen = {person_called(name, known) for name in names or known}
    store = Gallery.open_or_create(gallery, embedder=about.embedder, sha256=about.sha256)
    if store.about.sha256 != about.sha256:
        raise FaceError(
            f"{file} was made with {about.embedder} ({about.sha256[:12]}…), the gallery with "
            f"{store.about.embedder} ({store.about.sha256[:12]}…), and their embeddings cannot be "
            "compared. Import it into another --gallery."
        )
    with alone(store.path):
        store.refresh()
        wanted = [face for face in faces if face.person in chosen]
        there = {(face.picture, face.box) for face in store.faces}
        new = [face for face in wanted if (face.picture, face.box) not in there]
        given, made = _named(new, store, taken)
        if made:
            threshold = about.threshold if not store.faces else store.about.threshold
            store.change(
                f"imported {plural(len(made), 'face')} of {', '.join(given.values())}",
                lambda old, before: (replace(old, threshold=threshold), [*before, *made]),
            )
    return Imported(tuple(given.items()), len(made), len(wanted) - len(new), store.path)


def _named(
    faces: Sequence[Enrolled], store: Gallery, taken: Taken
) -> tuple[dict[str, str], list[Enrolled]]:
    """The name that each person of a file gets here, and the faces under these names."""
    given: dict[str, str] = {}
    made: list[Enrolled] = []
    for person in dict.fromkeys(face.person for face in faces):
        theirs = [face for face in faces if face.person == person]
        there = [*store.faces, *made]
        found = spelled(person, {face.person for face in there})
        one = found and why_two_people(theirs, found, there, about=store.about) is None
        given[person] = settled_name(
            person, theirs, there, about=store.about, taken="same" if one else taken
        )
        made += [replace(face, person=given[person]) for face in theirs]
    return given, made


def checked(file: Path) -> tuple[About, list[Enrolled]]:
    """What a gallery of a stranger holds, each field looked at.

    Raises:
        FaceError: If it is none, is damaged, or holds what no gallery of ours holds.

    Example:
        >>> checked(Path("none.people"))
        Traceback (most recent call last):
        kanjian.errors.FaceError: none.people is no file of people (it is gone). Expected what
            'kanjian faces export' writes.
    """
    try:
        about, faces = read(file)
    except DamagedError as error:
        raise FaceError(
            f"{file} is no file of people ({error}). Expected what 'kanjian faces export' writes."
        ) from error
    fault = _fault(about, faces)
    if fault:
        raise FaceError(f"{file} cannot be imported: {fault}.")
    for face in faces:
        if check_name(face.person) != face.person:
            raise FaceError(f"{file} cannot be imported: {face.person!r} is no name as it stands.")
    return about, [replace(face, path="") for face in faces]


def _fault(about: About, faces: Sequence[Enrolled]) -> str | None:
    if not faces:
        return "nobody is in it"
    if about.threshold is not None and not -1 <= about.threshold <= 1:
        return f"its threshold is {about.threshold}, expected -1 to 1"
    if len(about.embedder) > _LONGEST or not _HASH.fullmatch(about.sha256):
        return "it does not say which embedder made it"
    for face in faces:
        if not (_HASH.fullmatch(face.picture) and _BOX.fullmatch(face.box)):
            return f"a face of {face.person} has no picture's hash or no box"
        if len(face.added) > _LONGEST:
            return f"a face of {face.person} has no date"
    return None
