"""Two pictures held against each other, and a person looked for in a folder; no gallery needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kanjian.checks import plural
from kanjian.errors import FaceError, ImageError
from kanjian.faces.align import align
from kanjian.faces.detect import Detector, Face
from kanjian.faces.embed import Embedder
from kanjian.faces.rates import Rate, false_match_rate
from kanjian.faces.threshold import Calibration, calibrate
from kanjian.images.decode import read_image
from kanjian.paths import AnyPath

# A picture's faces, each with its embedding
Looked = Sequence[tuple[Face, np.ndarray]]


@dataclass(frozen=True)
class Verified:
    """Whether two faces are of one person.

    Args:
        similarity: Of their embeddings, -1 to 1.
        threshold: From which on they count as one person's.
        false_match_rate: The share of pairs of strangers at least as alike, with its interval.
    """

    similarity: float
    threshold: float
    false_match_rate: Rate

    @property
    def same(self) -> bool:
        """Whether they count as one person's."""
        return self.similarity >= self.threshold


def verify(one: np.ndarray, other: np.ndarray, *, embedder: str) -> Verified:
    """Whether two embeddings are of one person.

    Args:
        one: (length,) of length 1.
        other: The same of the other face.
        embedder: Name of the network they come from.

    Example:
        >>> face = np.float32([1, 0])
        >>> verify(face, face, embedder="sface").same, verify(face, face[::-1], embedder="").same
        (True, False)
    """
    alike = float(one @ other)
    return Verified(
        alike, of_strangers(embedder).threshold, false_match_rate(alike, embedder=embedder)
    )


def of_strangers(embedder: str) -> Calibration:
    """What is known of an embedder where nobody is enrolled: how alike two strangers are.

    Example:
        >>> of_strangers("sface").people
        0
    """
    return calibrate(np.empty((0, 0), np.float32), np.empty(0, np.int64), embedder=embedder)


def the_chosen(faces: Looked, number: int | None, place: object, option: str) -> np.ndarray:
    """The embedding of the face of a picture that is meant.

    Args:
        faces: Its faces.
        number: Which, counted from the left, from 1; None: the only one.
        place: The picture, for the message.
        option: What chooses one, for the message.

    Raises:
        FaceError: If there is none, none of this number, or no telling which.

    Example:
        >>> faces = [(Face((90, 0, 120, 30), 0.9), "right"), (Face((0, 0, 40, 40), 0.8), "left")]
        >>> the_chosen(faces, 1, "a.png", "--face")
        'left'
        >>> the_chosen(faces, None, "a.png", "--face")
        Traceback (most recent call last):
        kanjian.errors.FaceError: 2 faces in a.png; choose one with --face, counted from the
            left: 1 (40 pixels), 2 (30 pixels).
    """
    if not faces:
        raise FaceError(f"no face found in {place}. Give a picture in which the face is larger.")
    ordered = sorted(faces, key=lambda each: each[0].center_xy[0])
    if number is not None and not 1 <= number <= len(ordered):
        raise FaceError(f"{option} must be from 1 to {len(ordered)} in {place}, got {number}.")
    if number is None and len(ordered) > 1:
        told = ", ".join(
            f"{at} ({each.size:.0f} pixels)" for at, (each, _) in enumerate(ordered, 1)
        )
        raise FaceError(
            f"{plural(len(ordered), 'face')} in {place}; choose one with {option}, counted from "
            f"the left: {told}."
        )
    return ordered[(number or 1) - 1][1]


def looking(finder: Detector, network: Embedder) -> Callable[[AnyPath], Looked]:
    """What gives the faces of a picture file with their embeddings, worked out each time.

    Args:
        finder: Finds the faces.
        network: Embeds them.
    """

    def look(picture: AnyPath) -> Looked:
        image = read_image(picture)
        faces = finder.detect(image)
        if not faces:
            return []
        rows = network.embed(np.stack([align(image, face) for face in faces]))
        return list(zip(faces, rows, strict=True))

    return look


@dataclass(frozen=True)
class Hit:
    """A picture that a person is in.

    Args:
        picture: The file.
        face: The face most like the person.
        similarity: How much.
    """

    picture: Path
    face: Face
    similarity: float


@dataclass(eq=False)
class Hits:
    """What a search through pictures found.

    Args:
        found: The best first.
        faces: How many faces were looked at.
        left_out: Pictures that could not be read, and why.
    """

    found: list[Hit] = field(default_factory=list)
    faces: int = 0
    left_out: list[tuple[Path, str]] = field(default_factory=list)


def search_pictures(
    embedding: np.ndarray,
    pictures: Sequence[Path],
    look: Callable[[AnyPath], Looked],
    *,
    threshold: float,
    progress: Callable[[int, int], None] | None = None,
) -> Hits:
    """The pictures in which a person occurs, the best first.

    Args:
        embedding: Of the person's face, of length 1.
        pictures: Where to look.
        look: Gives the faces of a picture; see `looking`.
        threshold: From which similarity on it is the person.
        progress: Called with (done, total) after each picture.
    """
    done = Hits()
    for number, picture in enumerate(pictures, 1):
        try:
            faces = look(picture)
        except ImageError as error:
            done.left_out.append((picture, str(error)))
        else:
            done.faces += len(faces)
            hits = [Hit(picture, face, float(row @ embedding)) for face, row in faces]
            best = max(hits, key=lambda hit: hit.similarity, default=None)
            if best is not None and best.similarity >= threshold:
                done.found.append(best)
        if progress is not None:
            progress(number, len(pictures))
    done.found.sort(key=lambda hit: -hit.similarity)
    return done
