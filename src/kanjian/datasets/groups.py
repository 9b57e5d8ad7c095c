"""Which pictures belong together: one person, one video, one scene."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kanjian.errors import DatasetError


class Groups:
    r"""Numbers groups over all parts of a set, so that a group met twice is known.

    Args:
        group_by: Regular expression over the path of a picture; what its first
            parenthesis matches (all of the match without one) names the group. None: no groups.

    Raises:
        DatasetError: If it is not a regular expression.

    Example:
        >>> groups = Groups(r"person(\d+)")
        >>> root = Path("faces")
        >>> groups.of([root / "person2/a.png", root / "person7/b.png"], root)
        array([0, 1])
    """

    def __init__(self, group_by: str | None) -> None:
        try:
            self._pattern = re.compile(group_by) if group_by else None
        except re.error as error:
            raise DatasetError(
                f"group_by {group_by!r} is not a regular expression: {error}. "
                r"An example that is: 'person(\d+)'."
            ) from error
        self._number: dict[str, int] = {}
        self._seen: list[set[int]] = []

    def of(self, paths: Sequence[Path], root: Path) -> np.ndarray | None:
        """The group of every path, (n,) int64; None where nothing is grouped."""
        if self._pattern is None:
            return None
        return self.number([self._name(path, root) for path in paths])

    def number(self, names: Sequence[str]) -> np.ndarray:
        """The number of every group name, (n,) int64; the names make one part of the set."""
        numbers = [self._number.setdefault(name, len(self._number)) for name in names]
        self._seen.append(set(numbers))
        return np.array(numbers, np.int64)

    def overlaps(self) -> list[str]:
        """A note if groups lie in two parts of the set."""
        shared = {number for part in self._seen for number in part if self._parts_with(number) > 1}
        if not shared:
            return []
        names = [name for name, number in self._number.items() if number in shared]
        return [f"{len(shared)} groups lie in more than one part, for example {names[0]!r}"]

    def _parts_with(self, number: int) -> int:
        return sum(number in part for part in self._seen)

    def _name(self, path: Path, root: Path) -> str:
        assert self._pattern is not None
        inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        match = self._pattern.search(inside)
        name = (match[1] if self._pattern.groups else match[0]) if match else None
        if name is None:
            raise DatasetError(
                f"group_by {self._pattern.pattern!r} does not fit {inside}. It must match the path "
                "of every picture, so that each belongs to a group."
            )
        return name
