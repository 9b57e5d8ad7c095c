"""What keys of a recipe were called in kanjian 0.1.0: still read, and told what they are now."""

import warnings
from collections.abc import Collection, Mapping
from typing import Any

# No two sections have keys that were called the same
FORMER = {
    "offset_rate": "bn_bias_lr_factor",
    "only_below": "skip_if_val_accuracy",
    "small_share": "small_scale",
    "told": "noise_map",
    "train_norm": "train_batchnorm",
    "whiten_px": "patch_whitening_px",
}


class FormerKey(DeprecationWarning):
    """A recipe says a key by its former name."""


def todays_key(key: str, known: Collection[str]) -> str:
    """What a key is called today; itself, if it is called that or is none of these.

    Args:
        key: As it stands in a recipe, or as `--set` takes it.
        known: The keys there are.

    Example:
        >>> todays_key("noise.told", ["noise.noise_map"]), todays_key("told", ["name"])
        ('noise.noise_map', 'told')
    """
    section, dot, name = key.rpartition(".")
    now = f"{section}{dot}{FORMER.get(name, name)}"
    return now if now in known else key


def in_todays_keys(
    table: Mapping[Any, Any], known: Collection[str], *, warn: bool = True
) -> dict[Any, Any]:
    """A table with every key as it is called today.

    Args:
        table: Keys and values, in the words of any version.
        known: The keys there are.
        warn: Whether to warn of former names, as where a person wrote them.

    Raises:
        ValueError: If a key stands there under both of its names.

    Example:
        >>> in_todays_keys({"kind": "gaussian", "told": True}, ["kind", "noise_map"], warn=False)
        {'kind': 'gaussian', 'noise_map': True}
        >>> in_todays_keys({"told": True, "noise_map": True}, ["noise_map"])
        Traceback (most recent call last):
        ValueError: give noise_map or told, its former name, not both
    """
    new: dict[Any, Any] = {}
    for key, value in table.items():
        now = todays_key(key, known) if isinstance(key, str) else key
        if now != key:
            if now in table:
                raise ValueError(f"give {now} or {key}, its former name, not both")
            if warn:
                tell_former(key, now)
        new[now] = value
    return new


def tell_former(key: str, now: str) -> None:
    """Warn that a key has another name today."""
    warnings.warn(f"the recipe key {key!r} is now {now!r}: write that.", FormerKey, stacklevel=2)
