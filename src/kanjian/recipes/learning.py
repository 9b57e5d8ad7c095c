"""The sections that say how weights move, whatever is trained: optimizer, schedule, options."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from kanjian.json_types import JsonObject
from kanjian.recipes.section import Section

Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(gt=0)]


def with_lists(value: Any) -> Any:
    """TOML knows no tuples: a recipe made in Python and read again is the same recipe."""
    if isinstance(value, dict):
        return {key: with_lists(item) for key, item in value.items()}
    return [with_lists(item) for item in value] if isinstance(value, list | tuple) else value


Table = Annotated[JsonObject, BeforeValidator(with_lists)]


# Keras 3 says 0.001 for the first two, with which they hardly move
_USUAL_RATE = {"adadelta": 1.0, "adagrad": 0.01, "sgd": 0.01}


class Optimizer(Section):
    """The optimizer: any of Keras, with its own parameters (momentum, beta_2 …) beside the name."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    name: str = "adam"
    """The optimizer, by its Keras name: "adam", "sgd", "rmsprop", "adamw" and so on."""
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    """The learning rate at its peak. The default is 1.0 for Adadelta, 0.01 for SGD and Adagrad,
    as their papers and Keras 1 and 2 had it, and 0.001 for every other optimizer."""
    bn_bias_lr_factor: Annotated[float, Field(gt=0)] = 1.0
    """The biases (beta) of normalization layers learn at this many times the learning rate."""

    @model_validator(mode="before")
    @classmethod
    def _usual_rate(cls, values: Any) -> Any:
        if isinstance(values, dict):
            usual = _USUAL_RATE.get(str(values.get("name", "adam")).casefold(), 1e-3)
            values = with_lists({"learning_rate": usual, **values})
        return values

    @property
    def parameters(self) -> JsonObject:
        """Everything but name and rates, as Keras spells it."""
        return dict(self.model_extra or {})


class Schedule(Section):
    """The learning rate schedule: how the learning rate moves from step to step."""

    name: Literal["constant", "cosine", "linear", "step", "exponential", "inverse-time"] = (
        "constant"
    )
    """The shape of the learning rate after the warm-up: "cosine" and "linear" fall to `final`,
    "step" falls at each of `milestones`, "exponential" after every epoch, "inverse-time" as
    1 / (1 + `factor` × step), which Keras 1 and 2 called `decay`."""
    warmup: Share = 0.0
    """The share of all steps in which the learning rate rises in a line from 0 to its peak."""
    final: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The lowest the learning rate falls to, as a share of its peak."""
    factor: Annotated[float, Field(ge=0)] = 0.1
    """What "step" and "exponential" multiply the learning rate by; the slope of "inverse-time"."""
    milestones: tuple[Share, ...] = (0.5, 0.75)
    """Where "step" multiplies by `factor`, as shares of all steps."""


class TrainingOptions(Section):
    """How long and in what steps any network is trained, and which weights are kept."""

    epochs: Positive = 20
    """How often training goes through the pictures."""
    batch_size: Positive = 32
    """How many pictures make one step."""
    seed: Annotated[int, Field(ge=0)] = 0
    """The seed of everything random; the same seed gives the same result."""
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "auto"
    """What to compute in; "auto" takes bfloat16 where the processor is fast at it, else float32."""
    keep: Literal["last", "best-loss", "best-accuracy", "average"] = "last"
    """Which weights become the recognizer: those of the "last" epoch, of the best epoch by
    validation loss or accuracy, or their running "average" (an exponential moving average, EMA)."""
    average_decay: Annotated[float, Field(gt=0, lt=1)] = 0.99
    """How slowly the running average moves, for keep = "average": after a step it is this share of
    the average before and the rest of the new weights."""
    early_stopping: Positive | None = None
    """Stop after this many epochs without a better validation loss."""
    checkpoint_minutes: Annotated[float, Field(gt=0)] = 5.0
    """Save a checkpoint at least this often, and after every epoch."""
    steps_per_execution: Positive | None = None
    """How many steps TensorFlow runs in one call; by default more, the smaller the input."""
