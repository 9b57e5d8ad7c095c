"""Whether a name that is taken is that of the same person: the one rule for two of one name.

Faces get a name that is taken only if the gallery itself would call them so. Everything that
gives names to faces asks here: enrolling, importing, merging, renaming, naming a group.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from kanjian.errors import FaceError
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import About, Enrolled
from kanjian.faces.names import check_name, numbered, spelled
from kanjian.faces.seen import overlap
from kanjian.faces.threshold import calibrate, person_scores
from kanjian.faces.unit import unit
from kanjian.storage.locks import alone

# Boxes that two detectors draw around one face overlap by more, those of two faces by less
_ONE_FACE = 0.3
Taken = Literal["ask", "another", "same"]


def add_as(gallery: Gallery, name: str, faces: Sequence[Enrolled], *, taken: Taken = "ask") -> str:
    """Enroll faces of one person under a name, in one go; see `settled_name`.

    Args:
        gallery: Changed.
        name: What the person is called.
        faces: Whatever their `person` says.
        taken: What to do where the name is taken.

    Returns:
        The name they got.

    Raises:
        FaceError: If the name cannot be one, or is taken by another person.
    """
    with alone(gallery.path):
        gallery.refresh()
        name = settled_name(name, faces, gallery.faces, about=gallery.about, taken=taken)
        gallery.add([replace(face, person=name) for face in faces])
    return name


def settled_name(
    name: str,
    faces: Sequence[Enrolled],
    there: Sequence[Enrolled],
    *,
    about: About,
    taken: Taken = "ask",
) -> str:
    """The name that faces of one person get, so that no two people share one.

    A name that is free is given. One that is taken, or looks the same as one that is, is given
    as it is spelled there, if the faces are of that person.

    Args:
        name: What the person is to be called.
        faces: Theirs.
        there: Who is enrolled already.
        about: What the gallery is made with.
        taken: Where the name is taken by somebody else: "ask" refuses; "another" gives the name
            with a number, to them also who look the same; "same" gives it anyway.

    Raises:
        FaceError: If the name cannot be one, or "ask" finds another person.

    Example:
        >>> one, other = np.eye(2, dtype=np.float32)
        >>> there, about = [Enrolled("Anna", "0", "1,2,3,4", one)], About("sface", "0")
        >>> settled_name("Anna", [Enrolled("", "1", "1,2,3,4", one)], there, about=about)
        'Anna'
        >>> stranger = [Enrolled("", "2", "1,2,3,4", other)]
        >>> settled_name("Anna", stranger, there, about=about, taken="another")
        'Anna 2'
        >>> settled_name("Anna", stranger, there, about=about)
        Traceback (most recent call last):
        kanjian.errors.FaceError: another Anna is enrolled, who looks different (similarity 0.00,
            a name needs ...): --another calls these faces 'Anna 2', --same calls them 'Anna' too.
    """
    name = check_name(name)
    known = sorted({face.person for face in there})
    found = spelled(name, known)
    if found is None or taken == "same":
        return found or name
    if taken == "another":
        return numbered(found, known)
    why = why_two_people(faces, found, there, about=about)
    if why is None:
        return found
    raise FaceError(
        f"another {found} is enrolled, who looks different ({why}): --another calls these "
        f"faces '{numbered(found, known)}', --same calls them '{found}' too."
    )


def why_two_people(
    faces: Sequence[Enrolled], person: str, there: Sequence[Enrolled], *, about: About
) -> str | None:
    """Why faces are not those of an enrolled person; None where they may be.

    Their mean is asked as an unknown face is: it must reach the threshold, and nobody else may
    be more like it. Two faces in one picture are two people, however alike.

    Args:
        faces: Of one person.
        person: Whether it is this one.
        there: Who is enrolled.
        about: What the gallery is made with.
    """
    theirs = [face for face in there if face.person == person]
    both = next((face for face in faces if any(_beside(face, each) for each in theirs)), None)
    if both:
        return f"both are in one picture, {both.path or both.picture[:12]}"
    names = sorted({face.person for face in there})
    rows = np.stack([face.embedding for face in there])
    person_of = np.array([names.index(face.person) for face in there])
    mean = unit(np.mean([face.embedding for face in faces], axis=0)[None])
    scores = person_scores(mean, rows, person_of)[0]
    own = calibrate(rows, person_of, embedder=about.embedder).threshold
    least = own if about.threshold is None else about.threshold
    alike, nearest = float(scores[names.index(person)]), names[int(scores.argmax())]
    if alike < least:
        more = "" if nearest == person or scores.max() < least else f"; they look like {nearest}"
        return f"similarity {alike:.2f}, a name needs {least:.2f}{more}"
    if nearest != person:
        return f"similarity {alike:.2f}, to {nearest} {scores.max():.2f}"
    return None


def _beside(one: Enrolled, other: Enrolled) -> bool:
    """Whether two faces are in one picture, or one frame of a clip, at different places."""
    box, _, moment = one.box.partition("@")
    their_box, _, their_moment = other.box.partition("@")
    if one.picture != other.picture or moment != their_moment:
        return False
    return overlap(box_of(box), box_of(their_box)) < _ONE_FACE


def box_of(text: str) -> tuple[float, float, float, float]:
    """The box of an enrolled face, in pixels.

    Example:
        >>> box_of("1,2,30,40@0.200")
        (1.0, 2.0, 30.0, 40.0)
    """
    left, top, right, bottom = map(float, text.partition("@")[0].split(","))
    return left, top, right, bottom
