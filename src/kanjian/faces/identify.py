"""Whose face it is, or "unknown": two ways to know people behind one interface."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from kanjian import former
from kanjian.errors import FaceError
from kanjian.faces.align import align, crop
from kanjian.faces.detect import Detector, Face
from kanjian.faces.embed import Embedder, embedder
from kanjian.faces.gallery import Gallery
from kanjian.faces.names import UNKNOWN
from kanjian.faces.threshold import Calibration, calibrate, person_scores
from kanjian.faces.unit import unit
from kanjian.images.pictures import takes_picture
from kanjian.inference.recognizer import Recognizer
from kanjian.paths import AnyPath, as_path


@dataclass(frozen=True)
class Match:
    """Whom a face was found to be.

    Args:
        name: A person, or "unknown".
        nearest: The person most like it, also where the name is "unknown"; None: there is none.
        similarity: To that person, as the matcher counts.
        margin: How much more than to the second best; None where there is no second.
    """

    name: str
    nearest: str | None
    similarity: float
    margin: float | None

    @property
    def known(self) -> bool:
        """Whether it is a person by name."""
        return self.name != UNKNOWN


class FaceMatcher(Protocol):
    """What knows people. Embeddings of one face in several frames may be averaged."""

    names: tuple[str, ...]
    threshold: float

    @property
    def mark(self) -> str:
        """The same for what gives the same names."""
        ...

    def embed(self, image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
        """An embedding for each face, (n, k) float32.

        Args:
            image: The picture they were found in, RGB or gray uint8.
            faces: The faces.
        """
        ...

    def decide(self, embedding: np.ndarray) -> Match:
        """Whose an embedding is, or the mean of several."""
        ...

    def similarities(self, embeddings: np.ndarray, embedding: np.ndarray) -> np.ndarray:
        """How much embeddings are like one, (n,), 1 for the same."""
        ...


@former.with_attributes
class ByGallery:
    """Knows the people of a gallery.

    Args:
        gallery: Who is enrolled; it may be empty.
        network: Must be the one the gallery was made with.
        threshold: Overrides that of the gallery.

    Raises:
        FaceError: If the network is another.
    """

    def __init__(
        self, gallery: Gallery, network: Embedder, *, threshold: float | None = None
    ) -> None:
        if network.sha256 != gallery.about.sha256:
            raise FaceError(
                f"the gallery was made with {gallery.about.embedder} "
                f"({gallery.about.sha256[:12]}…), not with {network.name} "
                f"({network.sha256[:12]}…). Use that file, or enroll anew with another --gallery."
            )
        self.names, self._network = gallery.names, network
        self._embeddings, self._person_of = gallery.embeddings, gallery.person_of
        self.calibration: Calibration = calibrate(
            self._embeddings, self._person_of, embedder=network.name
        )
        chosen = gallery.about.threshold if threshold is None else threshold
        self.threshold = self.calibration.threshold if chosen is None else chosen

    @property
    def mark(self) -> str:
        """See `FaceMatcher.mark`: all faces enrolled, whose they are, network and threshold."""
        whole = hashlib.sha256(
            repr((self._network.sha256, self.names, self.threshold)).encode()
        )  # fmt: skip
        whole.update(self._person_of.astype("<i8").tobytes())
        whole.update(self._embeddings.astype("<f4").tobytes())
        return whole.hexdigest()

    def embed(self, image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
        """See `FaceMatcher.embed`."""
        if not faces:
            return np.empty((0, self._network.length), np.float32)
        return self._network.embed(np.stack([align(image, face) for face in faces]))

    def decide(self, embedding: np.ndarray) -> Match:
        """See `FaceMatcher.decide`."""
        if not self.names:
            return Match(UNKNOWN, None, 0.0, None)
        scores = person_scores(unit(embedding[None]), self._embeddings, self._person_of)[0]
        return best_match(scores, self.names, self.threshold)

    def similarities(self, embeddings: np.ndarray, embedding: np.ndarray) -> np.ndarray:
        """See `FaceMatcher.similarities`."""
        alike: np.ndarray = unit(embeddings) @ unit(embedding[None])[0]
        return alike


@former.with_attributes
class ByRecognizer:
    """Knows the people a recognizer of face crops was trained on (`faces train`).

    Args:
        recognizer: Its classes are names.
        threshold: Below this probability a face is "unknown"; by default what the recognizer
            was trained to abstain at, or 0.5.
    """

    def __init__(self, recognizer: Recognizer, *, threshold: float | None = None) -> None:
        self.names, self._recognizer = recognizer.classes, recognizer
        trained = recognizer.abstain_threshold
        self.threshold = threshold if threshold is not None else 0.5 if trained is None else trained

    @property
    def mark(self) -> str:
        """See `FaceMatcher.mark`."""
        card = self._recognizer.card
        told = (
            card.sha256, card.classes, card.fit, card.views, card.mirror, card.open_set_threshold,
            self.threshold,
        )  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def embed(self, image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
        """See `FaceMatcher.embed`."""
        if not faces:
            return np.empty((0, len(self.names) + 1), np.float32)
        crops = [self._recognizer.preprocess(crop(image, face)) for face in faces]
        # in one more column how unlike the training faces it is; 0 where it cannot tell
        judged: np.ndarray = np.nan_to_num(self._recognizer.judge(np.stack(crops)))
        return judged

    def decide(self, embedding: np.ndarray) -> Match:
        """See `FaceMatcher.decide`."""
        shares, (unlike,) = np.split(embedding, [len(self.names)])
        total = max(float(shares.sum()), 1e-12)  # of as many faces as were added up
        found = best_match(shares / total, self.names, self.threshold)
        return found if unlike / total <= 1 else replace(found, name=UNKNOWN)

    def similarities(self, embeddings: np.ndarray, embedding: np.ndarray) -> np.ndarray:
        """See `FaceMatcher.similarities`."""
        apart = np.abs(embeddings - embedding)[:, : len(self.names)]
        alike: np.ndarray = 1 - apart.sum(1) / 2
        return alike


def best_match(scores: np.ndarray, names: Sequence[str], threshold: float) -> Match:
    """The person of the highest score, or "unknown" if that is below the threshold.

    Example:
        >>> best_match(np.array([0.2, 0.75]), ("Ann", "Bo"), 0.5)
        Match(name='Bo', nearest='Bo', similarity=0.75, margin=0.55)
        >>> best_match(np.array([0.25]), ("Ann",), 0.5)
        Match(name='unknown', nearest='Ann', similarity=0.25, margin=None)
    """
    order = np.argsort(scores)[::-1]
    first = float(scores[order[0]])
    margin = float(scores[order[0]] - scores[order[1]]) if len(order) > 1 else None
    nearest = names[int(order[0])]
    return Match(nearest if first >= threshold else UNKNOWN, nearest, first, margin)


@dataclass(frozen=True, eq=False)
class Identified:
    """A face and whose it is.

    Args:
        face: Where it is.
        match: Whose it is.
    """

    face: Face
    match: Match


@takes_picture
@former.renamed(knower="matcher")
def identify(image: np.ndarray, finder: Detector, matcher: FaceMatcher) -> list[Identified]:
    """Every face of a picture with its name, the surest face first.

    Args:
        image: RGB or gray, uint8; or a path or PIL image.
        finder: Finds the faces.
        matcher: Knows the people.
    """
    faces = finder.detect(image)
    embeddings = matcher.embed(image, faces)
    return [
        Identified(face, matcher.decide(each)) for face, each in zip(faces, embeddings, strict=True)
    ]


def open_matcher(
    *,
    gallery: AnyPath | None = None,
    model: AnyPath | None = None,
    network: str | None = None,
    threshold: float | None = None,
) -> ByGallery | ByRecognizer:
    """What knows people: a gallery, or the recognizer of `faces train`.

    Args:
        gallery: Its file; the usual one by default.
        model: A run folder; then no gallery is opened.
        network: Name or file of the embedder; by default the one the gallery names.
        threshold: Overrides that of gallery or recognizer.

    Raises:
        KanjianError: If they cannot be opened, or do not belong together.
    """
    gallery, model = as_path(gallery), as_path(model)
    if model is not None:
        return ByRecognizer(Recognizer.load(model), threshold=threshold)
    opened = Gallery.open(gallery)
    return ByGallery(opened, embedder(network or opened.about.embedder), threshold=threshold)


former.names_in(__name__)
