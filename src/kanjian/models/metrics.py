"""Metrics by the names Keras gives them, for outputs that are class probabilities."""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.models.keras_lookup import classes_of, construct, find_class

_WHERE = "[training] metrics"
# Bases, and what measures numbers of classes or the outlines of things
_NO_CLASS_METRIC = (
    "Metric", "Mean", "Sum", "MeanMetricWrapper", "Accuracy",
    "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU",
)  # fmt: skip
_ALSO = {
    "f1": "F1Score",
    "kld": "KLDivergence",
    "mae": "MeanAbsoluteError",
    "mse": "MeanSquaredError",
    "rmse": "RootMeanSquaredError",
    "top_k": "TopKCategoricalAccuracy",
    "top_k_accuracy": "TopKCategoricalAccuracy",
}
_TAKEN = ("epoch", "loss", "accuracy", "learning_rate", "images_per_second", "seconds")


def metric_classes() -> dict[str, type]:
    """The metrics of the installed Keras that measure class probabilities, by class name.

    Those that want the number of the class differ in nothing else, and are left out.

    Example:
        >>> {"Precision", "AUC", "TopKCategoricalAccuracy"} <= set(metric_classes())
        True
    """
    classes = classes_of(load_keras().metrics, without=_NO_CLASS_METRIC)
    return {name: cls for name, cls in classes.items() if not name.startswith("Sparse")}


def build_metrics(asked: Sequence[str | Mapping[str, Any]], *, outputs: int) -> list[Any]:
    """Fresh Keras metrics; whatever the loss compares with, they see rows of 0 and 1.

    Args:
        asked: Names, or tables of a `type` and its arguments.
        outputs: How many numbers the network gives.

    Raises:
        RecipeError: If Keras knows no such metric, it does not fit the outputs, or two are
            called the same.

    Example:
        >>> wanted = ["precision", {"type": "top_k", "k": 3, "name": "top_3"}]
        >>> [metric.name for metric in build_metrics(wanted, outputs=10)]
        ['precision', 'top_3']
    """
    built = [_built({"type": one} if isinstance(one, str) else one, outputs) for one in asked]
    names = [metric.name for metric in built]
    for name in names:
        if name in _TAKEN or name.startswith("val_"):
            raise RecipeError(f"{_WHERE}: {name!r} is reported by every training. Leave it out.")
        if names.count(name) > 1:
            raise RecipeError(f'{_WHERE}: two are called {name!r}. Give one a name = "…".')
    return built


def _built(table: Mapping[str, Any], outputs: int) -> Any:
    name = table.get("type")
    if name in _TAKEN:
        raise RecipeError(f"{_WHERE}: {name!r} is reported by every training. Leave it out.")
    classes = metric_classes()
    also = _ALSO | {f"Sparse{known}": known for known in classes if "Categorical" in known}
    cls = find_class("metric", name, classes, where=_WHERE, also=also)
    arguments = {"name": _called(cls), **table}
    del arguments["type"]
    if cls.__name__ in {"F1Score", "FBetaScore"}:  # Keras would give one number per class
        arguments = {
            "average": "macro",
            **({"threshold": 0.5} if outputs == 1 else {}),
            **arguments,
        }
    _check_fits(cls, arguments, str(name), outputs)
    return construct(_of_classes(cls, outputs), arguments, where=f"{_WHERE} {name!r}")


def _called(cls: type) -> str:
    """The name Keras gives it, without the count that it adds to every second one."""
    given = inspect.signature(cls.__init__).parameters["name"].default  # type: ignore[misc]
    return str(given or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).casefold())


def _check_fits(cls: type, arguments: Mapping[str, Any], name: str, outputs: int) -> None:
    if outputs == 1 and "Categorical" in cls.__name__:
        raise RecipeError(f"{_WHERE} {name!r} needs one output per class, the network has one.")
    k = arguments.get("k", 5)
    if cls.__name__ == "TopKCategoricalAccuracy" and not (type(k) is int and 0 < k < outputs):
        raise RecipeError(
            f"{_WHERE} {name!r} counts a picture as right where its class is among the k = {k} "
            f"likeliest; give a k from 1 to {outputs - 1}, fewer than there are classes."
        )


def _of_classes(cls: type, outputs: int) -> type:
    """The metric for labels in either writing, and for pictures mixed of two classes."""
    ops = load_keras().ops

    def update_state(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if outputs > 1:
            rows = len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == outputs
            labels = ops.argmax(y_true, axis=-1) if rows else ops.reshape(y_true, (-1,))
            y_true = ops.one_hot(ops.cast(labels, "int32"), outputs)
        return cls.update_state(self, y_true, y_pred, sample_weight)  # type: ignore[attr-defined]

    return type(cls.__name__, (cls,), {"update_state": update_state})
