"""The photos of a person, each held against the rest: which of them may be somebody else's."""

from dataclasses import dataclass

import numpy as np

from kanjian.faces.changes import faces_of
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.names import person_called
from kanjian.faces.threshold import calibrate, person_scores
from kanjian.faces.unit import unit


@dataclass(frozen=True, eq=False)
class Photo:
    """An enrolled face, and how it fits the person.

    Args:
        number: Among those of the person, from 1.
        face: What is enrolled.
        similarity: To the mean of the person's other faces; None: there is no other.
        nearest: The other person most like it; None: nobody else is enrolled.
        nearest_similarity: To that person.
        threshold: Of the gallery: from here on a face is given a name.
    """

    number: int
    face: Enrolled
    similarity: float | None
    nearest: str | None
    nearest_similarity: float
    threshold: float

    @property
    def nearer(self) -> bool:
        """Whether the gallery, without it, would call it by somebody else's name."""
        least = max(self.threshold, self.similarity or 0.0)
        return self.nearest is not None and self.nearest_similarity >= least

    @property
    def unlike(self) -> bool:
        """Whether it is less like the person's others than a name needs."""
        return self.similarity is not None and self.similarity < self.threshold

    @property
    def doubted(self) -> bool:
        """Whether it may be somebody else's."""
        return self.nearer or self.unlike


def photos_of(gallery: Gallery, name: str) -> list[Photo]:
    """The photos of a person, in the order they were enrolled.

    A photo is doubted if the gallery, without it, would not give it the person's name: it is
    less like the person's others than a name needs, or more like somebody else.

    Raises:
        FaceError: If nobody is called so.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> gallery = Gallery.create(Path(tempfile.mkdtemp()) / "g", embedder="a", sha256="b")
        >>> rows = np.eye(4, dtype=np.float32)[[0, 0, 0, 1]]
        >>> gallery.add([Enrolled("Ann", str(n), "1,2,3,4", row) for n, row in enumerate(rows)])
        >>> [photo.number for photo in photos_of(gallery, "Ann") if photo.doubted]
        [4]
    """
    name = person_called(name, gallery.names)
    mine = faces_of(gallery, name)
    rows = np.stack([face.embedding for face in mine])
    fits = fits_of(rows)
    others = [other for other in gallery.names if other != name]
    scores = person_scores(rows, gallery.embeddings, gallery.person_of)
    theirs = np.delete(scores, gallery.names.index(name), axis=1)
    threshold = calibrate(
        gallery.embeddings, gallery.person_of, embedder=gallery.about.embedder
    ).threshold
    return [
        Photo(
            number + 1,
            face,
            None if len(mine) == 1 else float(fits[number]),
            others[int(theirs[number].argmax())] if others else None,
            float(theirs[number].max()) if others else 0.0,
            threshold,
        )
        for number, face in enumerate(mine)
    ]


def fits_of(rows: np.ndarray) -> np.ndarray:
    """How alike each face is to the mean of the others, (n,); 0 where there is no other.

    Example:
        >>> fits_of(np.eye(3, dtype=np.float32)[[0, 0, 1, 1]]).round(3)
        array([0.447, 0.447, 0.447, 0.447], dtype=float32)
    """
    alike: np.ndarray = np.einsum("nk,nk->n", unit(rows.sum(0) - rows), rows)
    return alike
