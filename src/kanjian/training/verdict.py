"""Whether a phase made a network better: decided picture by picture, on the validation part."""

from dataclasses import dataclass

import numpy as np

from kanjian.checks import plural

# Standard errors above nothing that chance exceeds in one case of twenty
_SURE = 1.645


@dataclass(frozen=True, eq=False)
class Scores:
    """How each validation picture was predicted.

    Args:
        right: (n,) bool.
        losses: (n,) cross-entropy.
    """

    right: np.ndarray
    losses: np.ndarray


@dataclass(frozen=True)
class Verdict:
    """Whether the weights of a phase stay, and the figures that decided it, as a sentence."""

    kept: bool
    sentence: str


def verdict_on(phase: str, before: Scores, after: Scores) -> Verdict:
    """A phase is kept where it wins: neither figure is worse, and one is better beyond chance.

    The same pictures are predicted before and after, so that the differences count, each with
    its standard error over the pictures: one more of 40 right says nothing.

    Args:
        phase: Its name.
        before: How validation was predicted before it.
        after: Likewise after it.

    Example:
        >>> was = Scores(np.arange(50) < 40, np.full(50, 0.5))
        >>> now = Scores(np.arange(50) < 46, np.full(50, 0.3))
        >>> print(verdict_on("head", was, now).sentence)
        head is kept: of 50 validation pictures 46 are right, 40 before; loss 0.300, 0.500 before
        >>> print(verdict_on("head", now, was).sentence)
        head is undone, the weights of before are kept: of 50 validation pictures 40 are right, 46
        before; loss 0.500, 0.300 before
    """
    more = after.right.astype(np.float64) - before.right
    less = before.losses - after.losses
    worse = more.mean() < 0 or less.mean() < 0
    kept = wins(before, after)
    said = "is kept" if kept else "is undone, the weights of before are kept"
    pictures = plural(len(more), "validation picture")
    return Verdict(
        kept,
        f"{phase} {said}: of {pictures} {after.right.sum()} are right, {before.right.sum()} "
        f"before; loss {after.losses.mean():.3f}, {before.losses.mean():.3f} before"
        + ("" if kept or worse else ", which is within chance"),
    )


def wins(before: Scores, after: Scores) -> bool:
    """Whether the same pictures are predicted better: see `verdict_on`.

    Example:
        >>> one = Scores(np.arange(50) < 40, np.full(50, 0.5))
        >>> wins(one, Scores(np.arange(50) < 46, np.full(50, 0.3))), wins(one, one)
        (True, False)
    """
    more = after.right.astype(np.float64) - before.right
    less = before.losses - after.losses
    worse = more.mean() < 0 or less.mean() < 0
    return bool(not worse and (_beyond_chance(more) or _beyond_chance(less)))


def _beyond_chance(gains: np.ndarray) -> bool:
    """Whether a mean gain is one with 95 % confidence."""
    error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.inf
    return bool(gains.mean() > _SURE * error)
