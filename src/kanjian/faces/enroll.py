"""People enrolled from a few photos, or from a clip: one face a picture, and what was left out."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kanjian.errors import FaceError, ImageError
from kanjian.faces.align import align
from kanjian.faces.detect import Detector, Face
from kanjian.faces.embed import Embedder
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.names import check_name, spelled
from kanjian.faces.photos import fits_of
from kanjian.faces.same_name import Taken, add_as
from kanjian.faces.seen import seen_well
from kanjian.faces.threshold import calibrate, means_of
from kanjian.images.decode import read_image
from kanjian.media.frames import VIDEO_SUFFIXES, read_frames
from kanjian.paths import AnyPath
from kanjian.storage.locks import alone

# A face must be so many times larger than the next to be the one that is meant
_LARGER = 1.4
# Of a clip so many frames are kept, each unlike the others by this much
_MOST_OF_CLIP, _UNLIKE, _SAMPLE_S = 12, 0.04, 0.2
_WELL = 0.35


@dataclass(frozen=True)
class LeftOut:
    """A picture that was not enrolled.

    Args:
        picture: The file.
        reason: Why not.
    """

    picture: str
    reason: str


@dataclass(eq=False)
class Enrollment:
    """What became of the pictures of a person.

    Args:
        name: The person.
        added: How many faces were enrolled.
        left_out: Which pictures were not, and why.
        notes: What looks odd.
    """

    name: str
    added: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def enroll(
    gallery: Gallery,
    name: str,
    pictures: Sequence[AnyPath],
    finder: Detector,
    network: Embedder,
    *,
    taken: Taken = "ask",
) -> Enrollment:
    """Enroll a person.

    Each picture gives one face: the only one, or the one much larger than the others. Of a
    clip, in which only that person should be seen, up to twelve faces that differ are taken.

    Args:
        gallery: Changed in one go at the end.
        name: The person; one who is there gets more faces, if these are of that person.
        pictures: Pictures and clips.
        finder: Finds the faces.
        network: The one the gallery is made with.
        taken: Where faces are of another person of that name, see `settled_name`.

    Returns:
        What became of each picture.

    Raises:
        FaceError: If the name cannot be one or is another person's, or no picture gave a face.
    """
    name = check_name(name)
    name = spelled(name, gallery.names) or name
    done = Enrollment(name)
    seen: list[tuple[Path, list[Enrolled]]] = []
    for picture in map(Path, pictures):
        there = gallery.faces + [face for _, faces in seen for face in faces]
        try:
            seen.append((picture, _faces_of(there, name, picture, finder, network)))
        except (ImageError, FaceError) as error:
            done.left_out.append(LeftOut(str(picture), str(error)))
    with alone(gallery.path):
        gallery.refresh()  # others may have enrolled or forgotten since it was opened
        made = list(_still_new(gallery.faces, seen, done))
        if not made:
            reasons = "; ".join(f"{each.picture}: {each.reason}" for each in done.left_out[:3])
            raise FaceError(f"nothing to enroll for {name}: {reasons or 'no pictures'}.")
        done.name = add_as(gallery, name, made, taken=taken)
        done.notes = list(_odd(gallery, done.name, network))
    done.added = len(made)
    return done


def _still_new(
    there: list[Enrolled], seen: list[tuple[Path, list[Enrolled]]], done: Enrollment
) -> Iterator[Enrolled]:
    """What nobody else has enrolled meanwhile."""
    for picture, faces in seen:
        try:
            for face in faces:
                _refuse_known(there, face.person, face.picture, face.box)
        except FaceError as error:
            done.left_out.append(LeftOut(str(picture), str(error)))
        else:
            yield from faces


def _faces_of(
    there: list[Enrolled], name: str, picture: Path, finder: Detector, network: Embedder
) -> list[Enrolled]:
    if picture.suffix.lower() in VIDEO_SUFFIXES - {".gif"}:
        return _faces_of_clip(there, name, picture, finder, network)
    content = _content(picture)
    digest = hashlib.sha256(content).hexdigest()
    image = read_image(content)
    face = the_face(finder.detect(image))
    box = _box(face)
    _refuse_known(there, name, digest, box)
    row = network.embed(align(image, face)[None])[0]
    return [Enrolled(name, digest, box, row, path=str(picture.absolute()))]


def _content(picture: Path) -> bytes:
    try:
        return picture.read_bytes()
    except OSError as error:
        raise FaceError(f"cannot read it: {error.strerror or error}") from error


def _refuse_known(there: list[Enrolled], name: str, digest: str, box: str) -> None:
    for each in there:
        if each.picture == digest and each.person == name:
            raise FaceError("it is enrolled already")
        if each.picture == digest and each.box == box:
            raise FaceError(f"it is enrolled as {each.person}: one face cannot be two people")


def the_face(faces: Sequence[Face]) -> Face:
    """The face that is meant: the only one, or the one much larger than the others.

    Raises:
        FaceError: If there is none, or no telling which.

    Example:
        >>> large, small = Face((0, 0, 90, 90), 0.8), Face((0, 0, 30, 30), 0.9)
        >>> the_face([small, large]).size
        90
        >>> the_face([])
        Traceback (most recent call last):
        kanjian.errors.FaceError: no face found in it
    """
    if not faces:
        raise FaceError("no face found in it")
    ordered = sorted(faces, key=lambda face: -face.size)
    if len(ordered) > 1 and ordered[0].size < _LARGER * ordered[1].size:
        raise FaceError(f"{len(faces)} faces in it; cut out the one that is meant")
    return ordered[0]


def _faces_of_clip(
    there: list[Enrolled], name: str, clip: Path, finder: Detector, network: Embedder
) -> list[Enrolled]:
    digest = hashlib.sha256(_content(clip)).hexdigest()
    if any(each.picture == digest and each.person == name for each in there):
        raise FaceError("it is enrolled already")
    samples = []
    with read_frames(clip, every=_SAMPLE_S) as frames:
        for frame in frames:
            faces = sorted(finder.detect(frame.image), key=lambda face: -face.size)
            if faces and (len(faces) == 1 or faces[0].size >= _LARGER * faces[1].size):
                embedding = network.embed(align(frame.image, faces[0])[None])[0]
                samples.append((seen_well(faces[0]), frame.seconds, faces[0], embedding))
    if not samples:
        raise FaceError("no face found in it")
    kept = _differing(samples, network)
    return [
        Enrolled(name, digest, f"{_box(face)}@{seconds:.3f}", embedding, path=str(clip.absolute()))
        for _, seconds, face, embedding in kept
    ]


def _box(face: Face) -> str:
    return ",".join(str(round(side)) for side in face.box_xyxy)


Samples = list[tuple[float, float, Face, np.ndarray]]


def _differing(samples: Samples, network: Embedder) -> Samples:
    """Well seen, one person, no two nearly the same."""
    best = sorted(samples, key=lambda sample: -sample[0])
    limit = calibrate(np.empty((0, 0)), np.empty(0, np.int64), embedder=network.name).threshold
    kept = best[:1]
    for sample in best[1:]:
        alike = np.array([sample[3] @ other[3] for other in kept])
        fine = sample[0] >= _WELL * best[0][0] and alike.max() < 1 - _UNLIKE
        if fine and alike[0] >= limit and len(kept) < _MOST_OF_CLIP:
            kept.append(sample)
    return sorted(kept, key=lambda sample: sample[1])


def _odd(gallery: Gallery, name: str, network: Embedder) -> Iterator[str]:
    """What a person should look at: somebody else's face, or one person under two names."""
    names, embeddings, person_of = gallery.names, gallery.embeddings, gallery.person_of
    limit = calibrate(embeddings, person_of, embedder=network.name).threshold
    means = means_of(embeddings, person_of)
    me = names.index(name)
    alike = means @ means[me]
    for at in np.flatnonzero(alike >= limit):
        if at != me:
            yield (
                f"{name} looks like {names[at]} (similarity {alike[at]:.2f}): "
                "is it one person under two names?"
            )
    mine = embeddings[person_of == me]
    if len(mine) >= 3:
        strange = int((fits_of(mine) < limit).sum())
        if strange:
            yield (
                f"{strange} of {len(mine)} faces of {name} are unlike the others: "
                "are they all of one person?"
            )
