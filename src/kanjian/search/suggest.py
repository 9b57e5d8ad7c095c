"""Which unlabeled pictures are worth a label next: those that are doubtful, and not alike."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.datasets.corrupt import Damage
from kanjian.datasets.dataset import Dataset, FileImages
from kanjian.errors import DatasetError, KanjianError
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine
from kanjian.features.known import known_backbone
from kanjian.features.one_pass import Progress
from kanjian.i18n import _
from kanjian.images.decode import read_image
from kanjian.inference.find_images import pictures_in
from kanjian.inference.prediction import Prediction
from kanjian.inference.recognizer import Recognizer
from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.paths import AnyPath
from kanjian.pipeline.input_shape import InputShape
from kanjian.reporting.embedded import embedded
from kanjian.reporting.render import render
from kanjian.search.image_sets import features_of_sound
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.files import write_text
from kanjian.training.out_of_fold import principal

_THUMB = 180
# 1 − cosine; what is nearer is the same shot, saved anew or a few pixels off
_SAME = 0.01
# Pictures that one is compared with, and rows compared at a time
_NEAREST, _TOGETHER = 20, 256


@dataclass(frozen=True)
class Suggestion:
    """A picture that is worth a label.

    Args:
        path: Its file.
        guess: The class that the recognizer thinks most probable.
        confidence: The probability of that class.
        second: The next one; empty where there is one class.
        doubt: How close the second comes to the first, 0 to 1; 1 is undecided.
    """

    path: Path
    guess: str
    confidence: float
    second: str
    doubt: float

    def figure(self) -> dict[str, Any]:
        """The picture, small, with what is thought of it."""
        image = read_image(self.path, cover_hw=(_THUMB, _THUMB))
        picture = embedded(image, side=_THUMB)
        return {"picture": picture, "file": str(self.path), "caption": _said(self)}


@dataclass(frozen=True)
class Suggestions:
    """The pictures to label next.

    Args:
        chosen: The one that helps most first.
        searched: How many pictures were looked through.
        damaged: Pictures that cannot be read and were left out.
        notes: What was not as asked when features were computed.
    """

    chosen: tuple[Suggestion, ...]
    searched: int
    damaged: tuple[Damage, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON."""
        return asdict(self)

    def write(self, path: AnyPath) -> Path:
        """Write them as CSV: path, label (empty, to be filled in), guess, confidence, doubt.

        Raises:
            StorageError: If it cannot be written.
        """
        rows: list[tuple[object, ...]] = [("path", "label", "guess", "confidence", "doubt")]
        rows += [(str(one.path), None, one.guess, round(one.confidence, 4), round(one.doubt, 4))
                 for one in self.chosen]  # fmt: skip
        write_text(path := Path(path), csv_text(rows))
        return path

    def page(self, path: AnyPath) -> Path:
        """Write them as a page with pictures that stands alone.

        Raises:
            ImageError: If a picture cannot be read any more.
            StorageError: If it cannot be written.
        """
        check_page(path := Path(path))
        figures = [one.figure() for one in self.chosen]
        title = _("Worth a label next: {n} of {all}", n=len(self.chosen), all=self.searched)
        write_text(path, render("suggest.html", title=title, figures=figures))
        return path


def check_page(path: Path) -> None:
    """Refuse a page that no browser would take for one.

    Raises:
        KanjianError: If it does not end in .html.

    Example:
        >>> check_page(Path("next.html"))
    """
    if path.suffix.lower() not in (".html", ".htm") or path.is_dir():
        raise KanjianError(f"the page must be an .html file, got {path}.")


def _said(one: Suggestion) -> str:
    sure = f"{100 * one.confidence:.0f}"
    if not one.second:
        return _("{guess} ({n} %)", guess=one.guess, n=sure)
    return _("{guess} ({n} %) or {second}?", guess=one.guess, n=sure, second=one.second)


def suggest(
    recognizer: Recognizer | AnyPath,
    pictures: AnyPath | Iterable[AnyPath],
    *,
    count: int = 20,
    backbone: str | None = None,
    weights: str = "imagenet",
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> Suggestions:
    """Name the unlabeled pictures from which a recognizer would learn most.

    Those are chosen that it is in doubt about, that many others look like, and that do not look
    like one chosen before: of a series of shots one is asked for.

    Args:
        recognizer: One, a run, or the folder of either.
        pictures: Files, folders with all below them, patterns.
        count: How many to choose.
        backbone: The trained network that compares pictures; efficientnet-lite0 by default.
        weights: "imagenet", a file or the name of imported ones, or "none" for random ones.
        cache: Where features are kept; kanjian's own by default.
        progress: Called with how many pictures are done and how many there are.

    Raises:
        KanjianError: If there is no recognizer or no picture that can be read, or the weights
            are not at hand.

    Example:
        >>> import tempfile
        >>> import kanjian
        >>> from kanjian.images.write import write_image
        >>> run = kanjian.train(kanjian.Recipe.shipped("mnist-demo").quick(),
        ...                     out=tempfile.mkdtemp())
        >>> folder, noise = Path(tempfile.mkdtemp()), np.random.default_rng(0)
        >>> for name in ("a.png", "b.png"):
        ...     _ = write_image(folder / name, noise.integers(0, 256, (28, 28), np.uint8))
        >>> found = suggest(run, folder, count=1, backbone="mobilenet-v3-small", weights="none",
        ...     cache=FeatureCache(Path(tempfile.mkdtemp()), limit_gb=1))
        >>> len(found.chosen), found.searched
        (1, 2)
    """
    if count < 1:
        raise KanjianError(f"count must be at least 1, got {count}.")
    extras.need("keras")  # comes with the extra that brings the weights, too
    places = [pictures] if isinstance(pictures, str | os.PathLike) else list(pictures)
    paths = tuple(dict.fromkeys(pictures_in(places)))
    if not isinstance(recognizer, Recognizer):
        recognizer = Recognizer.load(recognizer)
    dataset = Dataset(FileImages(paths), np.zeros(len(paths), np.int64), ("",), name="pictures")
    cache = cache or FeatureCache()
    network = known_backbone(backbone or USUAL_BACKBONES[0], weights=weights, store=cache.cache)
    _batch, height, width, _channels = network.inputs[0].shape
    assert height and width
    part, damaged = features_of_sound(
        dataset, network, InputShape((height, width), 3, "crop"),
        FeatureEngine(network, cache=cache.cache), cache=cache,
        about={"backbone": backbone or USUAL_BACKBONES[0]}, progress=progress,
    )  # fmt: skip
    if part is None:
        raise DatasetError(f"no picture can be read: {damaged[0].reason}")
    answers = [answer for answer in recognizer.predict_many(part.dataset.names)
               if isinstance(answer, Prediction)]  # fmt: skip
    scores = np.stack([answer.scores for answer in answers])
    rows = principal(part.features.rows(np.arange(len(part.dataset))))
    chosen = worth_a_label(scores, rows, count)
    doubts = doubt(scores)
    found = tuple(_suggestion(answers[at], float(doubts[at])) for at in chosen)
    return Suggestions(found, len(answers), tuple(damaged), part.features.notes)


def _suggestion(answer: Prediction, doubted: float) -> Suggestion:
    first, *others = answer.top(2)
    second = others[0][0] if others else ""
    return Suggestion(Path(answer.name), *first, second, doubted)


def doubt(probabilities: np.ndarray) -> np.ndarray:
    """How close the second class comes to the first, (n,) 0..1; 1 is undecided.

    Example:
        >>> doubt(np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]]))
        array([1., 0.])
    """
    if probabilities.shape[1] < 2:
        return np.zeros(len(probabilities))
    first = np.sort(probabilities.astype(np.float64), axis=1)
    found: np.ndarray = 1 - (first[:, -1] - first[:, -2])
    return found


def worth_a_label(probabilities: np.ndarray, rows: np.ndarray, count: int) -> list[int]:
    """Pictures in doubt that many others look like, but none that was chosen before.

    Doubt alone chooses oddities, and a series of shots of one of them: with few labels it does
    worse than chance. So doubt counts times likeness to the nearest pictures, times the
    distance to those chosen. Measured in bench/suggest.py.

    Args:
        probabilities: (n, classes), as predicted.
        rows: (n, d) features, as `principal` gives them.
        count: How many; fewer where there are not so many that differ.

    Returns:
        Their numbers, the most worth first.

    Example:
        >>> undecided = np.full((3, 2), 0.5)
        >>> worth_a_label(undecided, np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 3)
        [0, 2]
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    # never nothing: pictures it is certain of come last, still one of each look
    worth = (doubt(probabilities) + 1e-6) * _typical(directions)
    far = np.ones(len(rows))
    chosen: list[int] = []
    while len(chosen) < min(count, len(rows)):
        best = int((worth * far).argmax())
        if far[best] < _SAME:
            break
        chosen.append(best)
        far = np.minimum(far, 1 - directions @ directions[best])
        far[far < _SAME] = 0
    return chosen


def _typical(directions: np.ndarray) -> np.ndarray:
    """How much each picture looks like the nearest others, (n,) above 0."""
    near = min(_NEAREST, len(directions) - 1)
    if near < 1:
        return np.ones(len(directions))
    found = [
        np.sort(directions[start : start + _TOGETHER] @ directions.T)[:, -near - 1 : -1].mean(
            axis=1
        )
        for start in range(0, len(directions), _TOGETHER)
    ]
    return np.concatenate(found).clip(0.01)
