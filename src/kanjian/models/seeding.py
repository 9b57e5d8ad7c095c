"""First weights that depend on a seed alone."""

import contextlib
import random
from collections.abc import Iterator


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Build layers whose first weights and dropout depend on `seed` alone.

    Keras draws the seed of every initializer and dropout from Python's own generator;
    its state comes back afterwards.

    Example:
        >>> before = random.getstate()
        >>> with seeded(1):
        ...     drawn = random.random()
        >>> random.getstate() == before
        True
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
