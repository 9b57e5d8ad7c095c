"""What the training loop wants to know, whatever is trained."""

from typing import Protocol


class LoopOptions(Protocol):
    """The section of a recipe that says how long and how its network is trained.

    See `recipes.recipe.Training` for what each of them means.
    """

    @property
    def epochs(self) -> int:
        """Times through the training samples."""

    @property
    def batch_size(self) -> int:
        """Samples in one step."""

    @property
    def keep(self) -> str:
        """Which weights are kept."""

    @property
    def average_decay(self) -> float:
        """Of the running average, per step."""

    @property
    def early_stopping(self) -> int | None:
        """Epochs without a better validation loss."""

    @property
    def checkpoint_minutes(self) -> float:
        """Between two checkpoints within an epoch."""

    @property
    def steps_per_execution(self) -> int | None:
        """Steps between two looks of Python; chosen where None."""
