"""A few steps before the first epoch tell how long a run takes and how much memory it needs."""

import sys
import time
from collections.abc import Callable
from typing import Any

from kanjian.checks import plural
from kanjian.errors import TrainingError
from kanjian.training.batches import EpochBatches, feed
from kanjian.training.checkpoint import model_arrays, restore_model
from kanjian.training.events import Estimate

_STEPS = 3


def peak_memory_mb() -> float | None:
    """The most memory this process has held so far, in MB; None where the system does not tell.

    Example:
        >>> peak = peak_memory_mb()
        >>> peak is None or peak > 10
        True
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def probe(model: Any, batches: EpochBatches, *, epochs: range) -> Estimate:
    """Train a few steps, take the time, and put everything back as it was.

    The first step also builds the training function, which the run needs anyway.

    Args:
        model: Compiled.
        batches: The training batches.
        epochs: Those that are left.
    """
    before = model_arrays(model)
    steps = min(_STEPS, batches.steps_per_epoch)
    dearest = max(epochs, key=batches.work)
    batches.begin(dearest, last_step=1)
    _train(model, batches)
    started = time.perf_counter()
    batches.begin(dearest, last_step=steps)
    _train(model, batches)
    per_step = (time.perf_counter() - started) / steps
    restore_model(model, before)
    return Estimate(
        minutes=per_step * batches.steps_per_epoch * sum(map(batches.work, epochs)) / 60,
        images_per_second=min(batches.batch_size, batches.samples) / per_step,
        peak_memory_mb=peak_memory_mb(),
    )


def _train(model: Any, batches: EpochBatches) -> None:
    model.fit(feed(batches), epochs=1, shuffle=False, verbose=0)


def batch_size_within(
    limit_mb: float, wanted: int, trained_peak_mb: Callable[[int], float | None]
) -> int:
    """The largest batch size, `wanted` halved as often as needed, that keeps within a limit.

    Sizes are tried from small to large, because a process never gives its peak back, and
    stop where a straight line through the last two would pass the limit.

    Args:
        limit_mb: Memory of the whole process.
        wanted: The recipe's batch size.
        trained_peak_mb: Trains a few steps at a batch size and gives the peak so far.

    Raises:
        TrainingError: If even the smallest batch does not fit.

    Example:
        >>> batch_size_within(500, 128, lambda size: 300 + 2.0 * size)
        64
    """
    sizes = [size for shift in range(8) if (size := wanted >> shift) >= 1][::-1]
    fitting, peaks = 0, list[float]()
    for size in sizes:
        if len(peaks) > 1:
            slope = (peaks[-1] - peaks[-2]) / (size / 2 - size / 4)
            if peaks[-1] + slope * size / 2 > limit_mb:
                break
        peak = trained_peak_mb(size)
        if peak is None:  # the system does not tell: nothing to decide by
            return wanted
        if peak > limit_mb:
            break
        peaks.append(peak)
        fitting = size
    if not fitting:
        raise TrainingError(
            f"training needs more than {limit_mb:.0f} MB even with {plural(sizes[0], 'picture')} "
            "at a time. "
            "Raise --max-memory, or choose a smaller [input] size or network."
        )
    return fitting
