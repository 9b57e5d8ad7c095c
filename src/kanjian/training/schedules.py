"""How the learning rate moves: one formula, computed by NumPy or by Keras."""

import math
from functools import cache
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.recipes.learning import Schedule


def learning_rate_at(
    step: Any, schedule: Schedule, peak: float, *, total_steps: int, steps_per_epoch: int
) -> Any:
    """The learning rate of a step, or of an array of steps; what training follows.

    With W = warmup × total steps and u = (step − W) / (total − W), the peak is multiplied
    by (step + 1) / (W + 1) before W, and after it by

        cosine        final + (1 − final) (1 + cos πu) / 2
        linear        1 − (1 − final) u
        step          factor ^ (milestones passed)
        exponential   factor ^ (epochs finished)
        inverse-time  1 / (1 + factor × step)

    the last three never below `final`.

    Args:
        step: 0 for the first step.
        schedule: The recipe's section.
        peak: The learning rate of `[optimizer]`.
        total_steps: Steps of the whole run.
        steps_per_epoch: Steps of one epoch.

    Example:
        >>> cosine = Schedule(name="cosine", warmup=0.5)
        >>> learning_rate_at(np.arange(6), cosine, 1.0, total_steps=6, steps_per_epoch=2)
        array([0.25, 0.5 , 0.75, 1.  , 0.75, 0.25])
    """
    return _rate(np.asarray(step, float), schedule, peak, total_steps, steps_per_epoch, np)


def _rate(
    step: Any, schedule: Schedule, peak: float, total_steps: int, steps_per_epoch: int, xp: Any
) -> Any:
    """The formula; `xp` is numpy or keras.ops, so that the two cannot drift apart."""
    warm = round(schedule.warmup * total_steps)
    done = xp.clip((step - warm) / max(total_steps - warm, 1), 0.0, 1.0)
    final, factor = schedule.final, schedule.factor
    match schedule.name:
        case "constant":
            share = xp.ones_like(step)
        case "cosine":
            share = final + (1 - final) * (1 + xp.cos(math.pi * done)) / 2
        case "linear":
            share = 1 - (1 - final) * done
        case "step":
            share = xp.ones_like(step)
            for milestone in schedule.milestones:
                share = xp.where(step >= math.ceil(milestone * total_steps), share * factor, share)
        case "exponential":
            share = xp.power(xp.ones_like(step) * factor, xp.floor(step / steps_per_epoch))
        case "inverse-time":
            share = 1 / (1 + factor * step)
    share = xp.maximum(share, final)
    return peak * xp.where(step < warm, (step + 1) / (warm + 1), share)


def build_schedule(
    schedule: Schedule, peak: float, *, total_steps: int, steps_per_epoch: int
) -> Any:
    """What a Keras optimizer takes as its learning rate: a number, or a schedule.

    Args:
        schedule: The recipe's section.
        peak: The learning rate of `[optimizer]`.
        total_steps: Steps of the whole run.
        steps_per_epoch: Steps of one epoch.

    Example:
        >>> build_schedule(Schedule(), 0.1, total_steps=10, steps_per_epoch=5)
        0.1
        >>> half = build_schedule(
        ...     Schedule(name="linear"), 0.1, total_steps=10, steps_per_epoch=5)
        >>> round(float(half(5)), 6)
        0.05
    """
    if schedule.name == "constant" and round(schedule.warmup * total_steps) == 0:
        return peak
    return _schedule_class()(schedule, peak, total_steps, steps_per_epoch)


@cache
def _schedule_class() -> type:
    """Made late, because its base is Keras'."""
    keras = load_keras()

    class RecipeSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc, name-defined]
        def __init__(
            self, schedule: Schedule, peak: float, total_steps: int, steps_per_epoch: int
        ) -> None:
            self.settings = (schedule, peak, total_steps, steps_per_epoch)

        def __call__(self, step: Any) -> Any:
            return _rate(keras.ops.cast(step, "float32"), *self.settings, keras.ops)

        def get_config(self) -> dict[str, Any]:
            schedule, peak, total_steps, steps_per_epoch = self.settings
            return {
                "schedule": schedule.model_dump(),
                "peak": peak,
                "total_steps": total_steps,
                "steps_per_epoch": steps_per_epoch,
            }

    return RecipeSchedule
