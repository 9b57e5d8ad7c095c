"""Losses by the names Keras gives them, and how labels are written for each."""

from dataclasses import dataclass
from typing import Any, Literal

from kanjian.augmentation.mix import MIXING_KEYS
from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.models.keras_lookup import classes_of, construct, find_class


@dataclass(frozen=True)
class Loss:
    """A Keras loss and the labels it compares with.

    Args:
        keras_loss: Takes (labels, probabilities).
        encode: "sparse" for the number of the class, "one-hot" for a row of 0 and 1 (a
            single 0 or 1 where the network has one output).
    """

    keras_loss: Any
    encode: Literal["sparse", "one-hot"]


# CTC reads sequences, Circle compares embeddings; neither takes class probabilities
_NO_CLASS_LOSS = ("Loss", "CTC", "Circle")
_TAKES_CLASS_NUMBERS = ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy")
_ALSO = {
    "bce": "BinaryCrossentropy",
    "binary_focal": "BinaryFocalCrossentropy",
    "cosine_proximity": "CosineSimilarity",
    "kld": "KLDivergence",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
}


def build_loss(
    name: str, *, n_classes: int, label_smoothing: float = 0.0, mixed: bool = False
) -> Loss:
    """A Keras loss for class probabilities, and how labels must be written for it.

    Hinge losses get 0 and 1 like the others: Keras turns them into −1 and 1 itself.

    Args:
        name: Any Keras loss by class or function name, or "auto": cross-entropy, the
            binary one where the network has a single output.
        n_classes: How many numbers the network gives.
        label_smoothing: This share of every label is spread over all classes. Sparse
            cross-entropy cannot take it and becomes the categorical one, its equal.
        mixed: Whether MixUp or CutMix give a picture shares of several classes.

    Raises:
        RecipeError: If Keras knows no such loss, it takes no smoothing or no shares, or it
            needs one output per class and there is only one.

    Example:
        >>> build_loss("auto", n_classes=10).encode
        'sparse'
        >>> build_loss("squared_hinge", n_classes=10).encode
        'one-hot'
    """
    if name == "auto":
        name = "sparse_categorical_crossentropy" if n_classes > 1 else "binary_crossentropy"
    losses = classes_of(load_keras().losses, without=_NO_CLASS_LOSS)
    where = "[training] loss"
    cls = find_class("loss", name, losses, where=where, also=_ALSO)
    if n_classes == 1 and "Categorical" in cls.__name__:
        raise RecipeError(
            f"{where} {name!r} needs one output per class, the network has a single one. "
            "Use binary_crossentropy, or give the network two outputs and softmax."
        )
    if (label_smoothing or mixed) and cls is losses["SparseCategoricalCrossentropy"]:
        cls = losses["CategoricalCrossentropy"]
    sparse = cls.__name__ in _TAKES_CLASS_NUMBERS
    if mixed and sparse:
        raise RecipeError(
            f"{where} {name!r} takes one class per picture, MixUp and CutMix give shares of two. "
            f"Use categorical_crossentropy, or set {' and '.join(MIXING_KEYS)} to 0."
        )
    smoothing = {"label_smoothing": label_smoothing} if label_smoothing else {}
    loss = construct(cls, smoothing, where=f"[training] label_smoothing for {name}")
    return Loss(loss, "sparse" if sparse else "one-hot")
