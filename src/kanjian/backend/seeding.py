"""Random numbers that depend on a seed alone: of first weights, of dropout, of a step."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np

from kanjian import extras
from kanjian.backend import backend_name, load_keras


def set_seed(seed: int) -> None:
    """Make what follows repeat: initial weights, dropout, and the order sums are taken in.

    Seeds Python, NumPy and the backend of this process.

    Example:
        >>> import numpy as np
        >>> draws = []
        >>> for _ in range(2):
        ...     set_seed(1)
        ...     draws.append(np.array(load_keras().random.uniform((3,))))
        >>> bool((draws[0] == draws[1]).all())
        True
    """
    load_keras().utils.set_random_seed(seed)
    if backend_name() == "tensorflow":
        # Costs nothing measurable on a CPU
        extras.load("tensorflow").config.experimental.enable_op_determinism()


def seed_step(seed: int, epoch: int, step: int) -> None:
    """Let what the backend itself draws in a step depend on (seed, epoch, step) alone.

    Keras' dropout on PyTorch draws from PyTorch's own generator, which building networks
    and opening loaders move on too; elsewhere Keras keeps its seeds in the network, where
    checkpoints find them, and there is nothing to do.

    Example:
        >>> seed_step(0, 3, 17)
    """
    if backend_name() == "torch":
        state = np.random.SeedSequence([seed, epoch, step]).generate_state(1)
        extras.load("torch").manual_seed(int(state[0]))


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
