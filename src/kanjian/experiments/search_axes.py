"""One axis of a search: the values of a key that trials may take, and how users spell them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kanjian.errors import RecipeError

Value = str | int | float
# From this ratio of its ends on, a range is drawn evenly by its logarithm
_LOG_FROM = 10
_RANGE = re.compile(r"\s*(\S+?)\s*\.\.\s*(\S+)\s*")


@dataclass(frozen=True)
class Axis:
    """What one key may be in the trials of a search: one of some values, or within a range.

    Args:
        choices: The values; empty for a range.
        low, high: The ends of a range, both included.
        log: Whether a range is drawn evenly by its logarithm.
        own: The value that leaves the first recipe as it is; None where none of them does.
    """

    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    own: Value | None = None

    @property
    def whole(self) -> bool:
        """Whether a range holds whole numbers."""
        return not self.choices and isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: object) -> bool:
        """Whether trials may take this value.

        Example:
            >>> Axis(("a", "b")).holds("a"), Axis(low=1, high=9).holds(10)
            (True, False)
        """
        if self.choices:
            return value in self.choices
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and self.low <= value <= self.high  # type: ignore[operator]

    def ends(self) -> tuple[Value, ...]:
        """Values to try before anything is trained: all choices, or both ends."""
        return self.choices or (self.low, self.high)

    def to_dict(self) -> dict[str, Any]:
        """The axis as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "Axis":
        """The axis that plain values spell."""
        return cls(**{**table, "choices": tuple(table["choices"])})


def axis_of(key: str, values: Sequence[Any] | str) -> Axis:
    """The axis that a user spells: values, or a range "low..high".

    Args:
        key: The key, for messages.
        values: Two values or more, or one range; a range over a factor of ten or more is
            drawn by its logarithm.

    Raises:
        RecipeError: If it is neither.

    Example:
        >>> axis_of("optimizer.learning_rate", "1e-4..0.01").log
        True
        >>> axis_of("training.batch_size", ["16", "32"]).choices
        ('16', '32')
    """
    values = [values] if isinstance(values, str) else list(values)
    found = _RANGE.fullmatch(values[0]) if len(values) == 1 and isinstance(values[0], str) else None
    if found:
        return _range(key, *found.groups())
    choices = tuple(dict.fromkeys(map(_plain, values)))
    if len(choices) < 2:
        raise RecipeError(
            f"a search needs two values or more of {key}, or a range such as "
            f"1e-4..1e-2, got {', '.join(map(str, values)) or 'none'}. To fix a key: "
            f"--set {key}=VALUE."
        )
    return Axis(choices)


def _range(key: str, first: str, last: str) -> Axis:
    low, high = _number(key, first), _number(key, last)
    if not low < high:
        got = f"{key}={first}..{last}"
        raise RecipeError(f"a range goes from low to high, got {got}.")
    return Axis(low=low, high=high, log=low > 0 and high / low >= _LOG_FROM)


def _number(key: str, text: str) -> float:
    try:
        return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)
    except ValueError as error:
        raise RecipeError(
            f"a range goes from one number to another, got {key}={text!r} for one of them."
        ) from error


def _plain(value: object) -> Value:
    """A value as trials are written down with; lists as TOML spells them."""
    if value is None:
        return "none"
    if isinstance(value, bool | list | tuple | dict):
        return json.dumps(value)
    return value if isinstance(value, str | int | float) else str(value)
