"""Random numbers that depend on (seed, epoch, picture) and a name, and on nothing else."""

import zlib
from dataclasses import dataclass

import numpy as np

# Keeps the draws apart from the order of the pictures, which has the same seed and epoch
_STREAM = 0xA06


@dataclass(frozen=True)
class Streams:
    """The random numbers of n pictures in one epoch, from one stream for each name.

    A new name leaves the numbers of all others as they were. What has a bound of 0 is off and
    gives None.

    Args:
        n: Number of pictures.
        seed: The run's seed.
        epoch: Counted from 0.

    Example:
        >>> streams = Streams(2, seed=0, epoch=0)
        >>> streams.signed("angle", 10.0).round(2), streams.signed("angle", 0.0)
        (array([-5.48, -6.83], dtype=float32), None)
    """

    n: int
    seed: int
    epoch: int

    def uniform(self, name: str, *shape: int, epoch: int | None = None) -> np.ndarray:
        """(n, …) even in 0…1; of another epoch where one is named."""
        of = self.epoch if epoch is None else epoch
        stream = np.random.default_rng([_STREAM, zlib.crc32(name.encode()), self.seed, of])
        return stream.random((self.n, *shape), np.float32)

    def signed(self, name: str, bound: float, *shape: int) -> np.ndarray | None:
        """(n, …) even from -bound to bound."""
        return bound * (2 * self.uniform(name, *shape) - 1) if bound else None

    def factor(self, name: str, bound: float, *shape: int) -> np.ndarray | None:
        """(n, …) even from 1 - bound to 1 + bound."""
        return 1 + bound * (2 * self.uniform(name, *shape) - 1) if bound else None

    def up_to(self, name: str, bound: float) -> np.ndarray | None:
        """(n,) even from 0 to bound."""
        return bound * self.uniform(name) if bound else None

    def seeds(self) -> np.ndarray:
        """(n,) for what is drawn pixel by pixel."""
        return np.random.default_rng([_STREAM, self.seed, self.epoch]).integers(0, 2**63, self.n)
