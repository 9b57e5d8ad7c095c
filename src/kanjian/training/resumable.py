"""A run has one writer at a time, and whatever stops it says where to go on."""

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path

from kanjian.errors import StorageError
from kanjian.storage.locks import alone
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.run_folder import CHECKPOINT


@contextlib.contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """Be alone in a run folder; an interruption or a full disk tells how to go on.

    In a study that is the study, not the training that runs.

    Args:
        folder: The run folder.

    Raises:
        TrainingInterrupted: If stopped with Ctrl-C, also the second one and one while evaluating.
        StorageError: If another process goes on with the run, or its place fails.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with resumable(folder):
        ...     raise StorageError("the disk is full.")
        Traceback (most recent call last):
        kanjian.errors.StorageError: the disk is full. Then go on with: kanjian resume ...
    """
    # in the folder: the one it lies in need not be ours to write
    with alone(folder / CHECKPOINT, wait_s=0):
        try:
            yield
        except KeyboardInterrupt as stopped:
            raise TrainingInterrupted(folder) from stopped
        except StorageError as error:
            raise StorageError(
                f"{error} Then go on with: kanjian resume {shlex.quote(str(folder))}"
            ) from error
