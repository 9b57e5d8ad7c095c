"""The picture a network would call by a class, made from gray noise: seldom one we would."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.backend.gradients import compile_gradients
from kanjian.explain.bfloat16_copy import in_precision
from kanjian.explain.gradient_ascent import AscentConfig, Progress, climb, gray_noise
from kanjian.explain.inspected_model import InspectedModel

# Whole pixels must move, and farther than for a filter: a class is far from gray
CLASS = AscentConfig(steps=60, rate=4.0)


@dataclass(frozen=True, eq=False)
class ClassPicture:
    """A picture that maximizes a class.

    Args:
        index: Which class.
        name: What it is called.
        picture: (h, w, c) uint8.
        logit: The score of the class for exactly this picture.
        probability: And its probability.
        before: Its probability for the gray noise at the start.
        answer: The prediction for the picture, with that class's probability.
    """

    index: int
    name: str
    picture: np.ndarray
    logit: float
    probability: float
    before: float
    answer: tuple[str, float]


def class_pictures(
    inspected: InspectedModel,
    labels: Sequence[str | int],
    *,
    softmax: bool = False,
    ascent: AscentConfig | None = None,
    precision: str = "auto",
    progress: Progress | None = None,
) -> list[ClassPicture]:
    """Climb from gray noise to what a network takes for some classes, all together.

    Pixels are kept in 0…255 and rounded at the end: probability and logit are those of the
    picture given back.

    Args:
        inspected: The network.
        labels: Names or numbers of the classes.
        softmax: Climb the probability and not the logit. It flattens where the network is
            sure or far from it, and can be gained by pushing other classes down.
        ascent: How they climb; by default `CLASS`.
        precision: "auto", "f32" or "bf16".
        progress: Called with (steps done, steps in all).

    Raises:
        RecognizerError: If there is no such class, or the network does not end in classes.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(32, 32))
        >>> (seen,) = class_pictures(inspected, [7], ascent=AscentConfig(steps=2), precision="f32")
        >>> seen.name, seen.picture.shape
        ('class 7', (32, 32, 3))
    """
    indices = np.array([inspected.class_index(str(label)) for label in labels], np.int64)
    ascent = replace(ascent or CLASS, bounded=True)
    start = gray_noise(indices, inspected.shape_hwc, seed=ascent.seed)
    wish = class_gradient(inspected, precision=precision, softmax=softmax)
    pixels = climb(
        start, lambda pictures, rows: wish(pictures, indices[rows]), ascent, progress=progress
    )
    pictures = np.round(pixels.clip(0, 255)).astype(np.uint8)
    return [
        _judged(inspected, int(index), noise, picture)
        for index, noise, picture in zip(indices, start, pictures, strict=True)
    ]


def _judged(
    inspected: InspectedModel, index: int, noise: np.ndarray, picture: np.ndarray
) -> ClassPicture:
    scores = scores_of(inspected, np.stack([noise, picture.astype(np.float32)]))
    before, after = inspected.probabilities(scores)
    best = int(after.argmax())
    return ClassPicture(
        index,
        inspected.class_name(index),
        picture,
        logit=float(scores[1, index]),
        probability=float(after[index]),
        before=float(before[index]),
        answer=(inspected.class_name(best), float(after[best])),
    )


def scores_of(inspected: InspectedModel, pictures: np.ndarray) -> np.ndarray:
    """The logits for raw pictures of the subject's size, (n, k) float32."""
    found = inspected.scores.predict_on_batch(np.asarray(pictures, np.float32))
    return np.asarray(found, np.float32)


def class_gradient(
    inspected: InspectedModel, *, precision: str = "f32", softmax: bool = False
) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """How much a network takes pictures for classes, and which way to more; compiled once.

    Args:
        inspected: The network.
        precision: See `in_precision`.
        softmax: The probability and not the logit.

    Returns:
        A function of pictures (n, h, w, c) and classes (n,): scores (n,) and gradients.
    """
    count, ending, ops = inspected.n_classes, inspected.ending, load_keras().ops
    network = in_precision(inspected.scores, precision)

    size_hw = inspected.shape_hwc[:2]

    def wish(pictures: Any, one: Any) -> Any:
        if tuple(pictures.shape[1:3]) != size_hw:  # an octave: what is drawn small is seen large
            pictures = ops.image.resize(pictures, size_hw, data_format="channels_last")
        scores = ops.cast(network(pictures, training=False), "float32")
        if softmax:
            scores = ops.sigmoid(scores) if ending == "sigmoid" else ops.softmax(scores)
        return ops.sum(scores * one, axis=1)

    ask = compile_gradients(wish)

    def gradient(pictures: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return ask(pictures, np.eye(count, dtype=np.float32)[classes])

    return gradient
