"""What is drawn for a picture depends on (seed, epoch, picture) and on nothing else."""

from dataclasses import dataclass

import numpy as np

from kanjian.recipes.recipe import Augmentation

# Keeps the draws apart from the order of the pictures, which has the same seed and epoch
_STREAM = 0xA06


@dataclass(frozen=True, eq=False)
class Draws:
    """The drawn variations of n pictures.

    Args:
        flip: (n,) bool, mirrored left to right.
        shift_xy: (n, 2) whole pixels, to the right and down.
        angle_deg: (n,) counterclockwise.
        zoom: (n,) factor, above 1 enlarges.
        erase_xy: (n, 2) in 0…1, where in the picture the blank square lies.
    """

    flip: np.ndarray
    shift_xy: np.ndarray
    angle_deg: np.ndarray
    zoom: np.ndarray
    erase_xy: np.ndarray

    def of(self, indices: np.ndarray) -> "Draws":
        """The draws of the pictures with these numbers."""
        return Draws(
            self.flip[indices],
            self.shift_xy[indices],
            self.angle_deg[indices],
            self.zoom[indices],
            self.erase_xy[indices],
        )


def draw(augmentation: Augmentation, n: int, *, seed: int, epoch: int) -> Draws:
    """Draw the variations of all `n` pictures of one epoch.

    Args:
        augmentation: The bounds of every variation.
        n: Number of pictures.
        seed: The run's seed.
        epoch: Counted from 0.

    Returns:
        One draw per picture: the same again for the same arguments.

    Example:
        >>> first = draw(Augmentation(shift_px=2), 4, seed=1, epoch=0)
        >>> again = draw(Augmentation(shift_px=2), 4, seed=1, epoch=0)
        >>> bool((first.shift_xy == again.shift_xy).all()), int(abs(first.shift_xy).max()) <= 2
        (True, True)
    """
    uniform = np.random.default_rng([_STREAM, seed, epoch]).random((n, 7), np.float32)
    signed = 2 * uniform - 1
    return Draws(
        flip=augmentation.flip_horizontal & (uniform[:, 0] < 0.5),
        # floor of a uniform over 2k + 1 values: rounding would draw the ends half as often
        shift_xy=np.floor(uniform[:, 1:3] * (2 * augmentation.shift_px + 1)).astype(int)
        - augmentation.shift_px,
        angle_deg=signed[:, 3] * augmentation.rotate_deg,
        zoom=1 + signed[:, 4] * augmentation.zoom,
        erase_xy=uniform[:, 5:7],
    )
