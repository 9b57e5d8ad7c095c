"""Asking an exported network through the runtime it was made for."""

from pathlib import Path

import numpy as np

from kanjian.export.formats import Form


def answers_of(
    form: Form, folder: Path, pictures: np.ndarray, *, batch: int | None = None
) -> np.ndarray:
    """What an exported network gives, one picture alone and the others together.

    Args:
        form: What it was exported to.
        folder: Where it lies.
        pictures: (n, h, w, c) uint8.
        batch: The fixed number of pictures in a batch; None: any, so that one alone and
            many are asked, which take different ways through some runtimes.

    Returns:
        (n, k) float32.

    Raises:
        MissingExtraError: If the runtime is not installed.
    """
    ask = form.open(folder / form.file)
    starts = [0, 1] if batch is None else list(range(0, len(pictures), batch))
    answers = []
    for start, end in zip(starts, [*starts[1:], len(pictures)], strict=True):
        part = pictures[start:end]
        if batch is not None and len(part) < batch:
            part = np.concatenate([part, np.zeros((batch - len(part), *part.shape[1:]), np.uint8)])
        if len(part):
            answers.append(np.asarray(ask(np.ascontiguousarray(part)), np.float32)[: end - start])
    return np.concatenate(answers)
