"""What is drawn for a picture depends on (seed, epoch, picture) and on nothing else."""

from pydantic import BaseModel

from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.registry import operations_of
from kanjian.augmentation.streams import Streams


def draw(augmentation: BaseModel, n: int, *, seed: int, epoch: int) -> AugmentationParams:
    """Draw the variations of all `n` pictures of one epoch.

    Each kind of variation has a stream of its own: switching one on leaves the others as
    they were.

    Args:
        augmentation: The bounds of every variation, the `[augmentation]` of a recipe.
        n: Number of pictures.
        seed: The run's seed.
        epoch: Counted from 0.

    Returns:
        One draw per picture: the same again for the same arguments.

    Example:
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> first = draw(Augmentation(shift_px=2), 4, seed=1, epoch=0)
        >>> again = draw(Augmentation(shift_px=2), 4, seed=1, epoch=0)
        >>> bool((first.shift_px == again.shift_px).all()), int(abs(first.shift_px).max()) <= 2
        (True, True)
    """
    streams = Streams(n, seed, epoch)
    operations = operations_of(augmentation)
    params = AugmentationParams(n, operations, {})
    for operation in operations:
        params = operation.add(params, streams)
    return params
