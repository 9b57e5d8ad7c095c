"""The sections that say how weights move: optimizer and schedule."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from kanjian.recipes.section import Section

Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(gt=0)]


def with_lists(value: Any) -> Any:
    """TOML knows no tuples: a recipe made in Python and read again is the same recipe."""
    if isinstance(value, dict):
        return {key: with_lists(item) for key, item in value.items()}
    return [with_lists(item) for item in value] if isinstance(value, list | tuple) else value


Table = Annotated[dict[str, Any], BeforeValidator(with_lists)]


# Keras 3 says 0.001 for the first two, with which they hardly move
_USUAL_RATE = {"adadelta": 1.0, "adagrad": 0.01, "sgd": 0.01}


class Optimizer(Section):
    """Any Keras optimizer, with its own parameters beside the name.

    Where `learning_rate` is not given, it is 1.0 for Adadelta and 0.01 for SGD and Adagrad,
    as their papers and Keras 1 and 2 had it, and 0.001 for all others. The offsets of
    normalization layers learn at `offset_rate` times that.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    name: str = "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    offset_rate: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="before")
    @classmethod
    def _usual_rate(cls, values: Any) -> Any:
        if isinstance(values, dict):
            usual = _USUAL_RATE.get(str(values.get("name", "adam")).casefold(), 1e-3)
            values = with_lists({"learning_rate": usual, **values})
        return values

    @property
    def parameters(self) -> dict[str, Any]:
        """Everything but name and rates, as Keras spells it."""
        return dict(self.model_extra or {})


class Schedule(Section):
    """How the learning rate moves from step to step.

    It climbs in a line over the first `warmup` share of all steps, then follows `name`
    down to `final` times its peak. "step" multiplies by `factor` at each of `milestones`
    (shares of all steps); "exponential" by `factor` every epoch; "inverse-time" divides by
    1 + `factor` × step, which is what Keras 1 and 2 called `decay`.
    """

    name: Literal["constant", "cosine", "linear", "step", "exponential", "inverse-time"] = (
        "constant"
    )
    warmup: Share = 0.0
    final: Annotated[float, Field(ge=0, le=1)] = 0.0
    factor: Annotated[float, Field(ge=0)] = 0.1
    milestones: tuple[Share, ...] = (0.5, 0.75)
