"""What an operation gives back when its result is more than a picture."""

from dataclasses import dataclass, field

import numpy as np

from kanjian.images.write import encode_png


@dataclass(frozen=True, eq=False)
class Drawn:
    """A result made visible, with what it says in numbers.

    Args:
        picture: The result as a picture; a chain goes on with it.
        facts: Few values a person reads, as in {"contours": 12}; JSON can hold them.
        data: The result itself as arrays, as in {"points_xy": …}.

    Example:
        >>> Drawn(np.zeros((2, 2), np.uint8), {"corners": 0}).facts
        {'corners': 0}
    """

    picture: np.ndarray
    facts: dict[str, object] = field(default_factory=dict)
    data: dict[str, np.ndarray] = field(default_factory=dict)

    def _repr_png_(self) -> bytes:
        """The picture, in a notebook."""
        return encode_png(self.picture)
