"""How unlike the training pictures a picture is: an open-set score beside the probabilities.

Probabilities are shared out among the classes whatever a network sees, so that a car is a dog at
93 %. What the last dense layer takes, the features, tells more. The score is the Mahalanobis
distance from the features of a picture to the nearest class: how far they lie from the mean of its
training pictures, in units of how much these vary, direction by direction. What it reaches
beside other scores stands in bench/results/open_set.json.

It cannot know what the features do not show: a picture of half a cat and half a dog, a cat upside
down or in wrong colors, or an animal much like a cat lies as near as a cat. Where the network was
trained on few pictures from its first layer on, its features know only what parts the classes, and
strangers may well lie among them; the report says how made ones fared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import RecognizerError
from kanjian.guard.npz import read_npz
from kanjian.inference.card import OPEN_SET_FILE, Card

# Numbers a file may hold: 1000 classes of 20 000 features, and 64 axes of them
_MOST_BYTES = 256 << 20
# What may stand between the last dense layer and the output: its bias, the activation, and what
# an export adds to average over views
_AFTER_DENSE = {"Result", "Softmax", "Sigmoid", "Add", "Convert", "ReduceMean", "Reshape", "Concat"}


@dataclass(frozen=True, eq=False)
class OpenSet:
    """Where the features of the training pictures lie.

    Args:
        means: (k, d) float32, the mean of each class.
        axes: (d, r) float32, unit directions in which they vary most about their means.
        variances: (r,) float32, how much they vary there.
        rest: The variance in every other direction; not above any of `variances`.

    Example:
        >>> wide = OpenSet(np.zeros((1, 2)), np.array([[1.0], [0.0]]), np.array([4.0]), 1.0)
        >>> wide.distances(np.array([[2.0, 0.0], [0.0, 2.0]])).tolist()
        [1.0, 2.0]
    """

    means: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    rest: float

    def distances(self, features: np.ndarray) -> np.ndarray:
        """The distance of each row to the nearest class.

        Args:
            features: (n, d).

        Returns:
            (n,) float32.
        """
        offset, product, constants = self._plan
        centered = features - offset
        found = centered @ product
        along, to_means = np.split(found, [self.axes.shape[1]], axis=1)
        own = (centered**2).sum(axis=1) / self.rest - (along**2).sum(axis=1)
        squared = own[:, None] - 2 * to_means + constants
        distances: np.ndarray = np.sqrt(np.maximum(squared.min(axis=1), 0)).astype(np.float32)
        return distances

    @cached_property
    def _plan(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All that does not depend on a picture, so that one costs a single matrix product.

        With q the features, m a mean and w = 1 / rest - 1 / variance, the squared distance is
        |q - m|² / rest - Σ w (axis · (q - m))², and of that only q is new.
        """
        offset = self.means.mean(axis=0)
        means = (self.means - offset).astype(np.float64)
        scaled = self.axes * np.sqrt(np.maximum(1 / self.rest - 1 / self.variances, 0))
        along = means @ scaled
        constants = (means**2).sum(axis=1) / self.rest - (along**2).sum(axis=1)
        product = np.hstack([scaled, means.T / self.rest - scaled @ along.T])
        return offset, product.astype(np.float32), constants


def write_open_set(folder: Path, found: OpenSet) -> None:
    """Write the file beside a card; whoever writes the card names it there."""
    with (folder / OPEN_SET_FILE).open("wb") as stream:
        np.savez(stream, means=found.means, axes=found.axes, variances=found.variances,
                 rest=np.float32(found.rest))  # fmt: skip


def read_open_set(folder: Path, card: Card) -> OpenSet | None:
    """What a recognizer knows of its training pictures; None where it keeps nothing of them.

    Raises:
        RecognizerError: If the file is missing, was changed, or is none.

    Example:
        >>> card = Card("pets", ("cat", "dog"), (32, 48), 3, "crop")
        >>> read_open_set(Path("anywhere"), card) is None
        True
    """
    if card.open_set_threshold is None:
        return None
    path = card.file_in(folder, OPEN_SET_FILE)
    stored = read_npz(path, error=RecognizerError, limit=_MOST_BYTES)
    try:
        found = OpenSet(stored["means"], stored["axes"], stored["variances"], float(stored["rest"]))
        for problem in _problems(found, len(card.classes)):
            raise RecognizerError(f"{path} is damaged: {problem}. {card.kind.again}")
    except (KeyError, TypeError, ValueError) as error:
        raise RecognizerError(f"{path} is damaged: {error}. {card.kind.again}") from error
    return found


def _problems(found: OpenSet, classes: int) -> Iterator[str]:
    d, r = found.axes.shape
    if found.means.shape != (classes, d) or found.variances.shape != (r,):
        yield (
            f"means {found.means.shape}, axes {found.axes.shape} and variances "
            f"{found.variances.shape} do not fit {classes} classes"
        )
    numbers = (found.means, found.axes, found.variances, np.array([found.rest]))
    if not all(each.dtype.kind == "f" and np.isfinite(each).all() for each in numbers):
        yield "it holds what is no finite number"
    elif found.rest <= 0 or (found.variances <= 0).any():
        yield "variances must be positive"


def features_in_openvino(network: Any) -> Any:
    """The place in an OpenVINO network where its last dense layer takes its features.

    Returns:
        The output to add to the network; None where it does not end in a dense layer.
    """
    node = network.outputs[0].get_node()
    while node.get_type_name() in _AFTER_DENSE:
        # an export makes two columns of a sigmoid: the second is what was computed
        last = node.get_input_size() - 1 if node.get_type_name() == "Concat" else 0
        node = node.input_value(last).get_node()
    if node.get_type_name() != "MatMul" or len(node.input_value(0).partial_shape) != 2:
        return None
    return node.input_value(0)


def features_in_keras(network: Any) -> Any:
    """The same in a Keras network: the tensor that its last dense layer takes, or None."""
    from kanjian.models.graph import maker

    node = maker(network.outputs[0])
    if type(node.operation).__name__ in ("Activation", "Softmax"):
        node = maker(node.input_tensors[0])
    (taken,) = node.input_tensors or (None,)
    if type(node.operation).__name__ != "Dense" or taken is None or len(taken.shape) != 2:
        return None
    return taken
