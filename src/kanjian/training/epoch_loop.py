"""The epochs: fit, validate, remember the best, save everything, stop when asked."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.backend.seeding import seed_step
from kanjian.errors import TrainingError
from kanjian.recipes.learning import TrainingOptions
from kanjian.training.batches import EpochBatches, feed
from kanjian.training.checkpoint import (
    Progress,
    model_arrays,
    restore_metrics,
    restore_model,
    save_checkpoint,
)
from kanjian.training.events import EpochDone, StepDone, TrainingCallback

keras = load_keras()

BEST, AVERAGE = "best", "average"


class TrainingInterrupted(KeyboardInterrupt):
    """The user stopped the run; its state is saved and `resume` goes on from there.

    Args:
        folder: The run folder, once there is one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__("interrupted; the state is saved")
        self.folder = folder


@dataclass
class EpochLoop:
    """A training run in motion.

    Args:
        model: Compiled Keras model.
        train: Training batches.
        validation: Validation batches, or None.
        training: What the recipe says.
        progress: How far the run has come; moved on by `run`.
        folder: Where the checkpoint goes, or None to keep none.
        callback: Hears of every step.
        interrupted: Asked after every group of steps whether to stop.
        extra: Weights kept beside the model's, by name: the best so far, the average.
    """

    model: Any
    train: EpochBatches
    validation: EpochBatches | None
    training: TrainingOptions
    _: KW_ONLY
    progress: Progress
    folder: Path | None
    callback: TrainingCallback
    interrupted: Callable[[], bool] = lambda: False
    extra: dict[str, np.ndarray] = field(default_factory=dict)

    def run(self, arrays: dict[str, np.ndarray] | None = None) -> None:
        """Train from where `progress` stands to the last epoch.

        Args:
            arrays: The state read from a checkpoint; needed to go on within an epoch.

        Raises:
            TrainingInterrupted: If stopped; the state is saved.
            TrainingError: If the loss is no number any more, or a picture cannot be read; the
            last good state is saved.
        """
        watcher = _Watcher(self, arrays or {})
        while self.progress.epoch < self.training.epochs and not self.progress.stopped_early:
            epoch, started = self.progress.epoch, time.perf_counter()
            self.train.begin(epoch, first_step=self.progress.step)
            watcher.start(started)
            with _named_failures(self.train, epoch):
                history = self.model.fit(
                    feed(self.train),
                    initial_epoch=epoch,
                    epochs=epoch + 1,
                    callbacks=[watcher],
                    shuffle=False,  # Batches has its own order, which a resumed run finds again
                    verbose=0,
                ).history
            if self.progress.step < self.train.steps_per_epoch:
                self.save(watcher.seconds_spent())
                raise TrainingInterrupted
            row = {key: float(value[-1]) for key, value in history.items()}
            row = {"epoch": self.progress.earlier + epoch + 1, **row}
            self._finish_epoch(row, watcher)

    def _finish_epoch(self, row: dict[str, float], watcher: "_Watcher") -> None:
        _refuse_nan(row)
        fitted = watcher.steps_done * self.train.batch_size / max(watcher.elapsed(), 1e-9)
        row["images_per_second"] = fitted
        row["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        if self.validation is not None:
            row |= self._validate()
        self._keep_best(row)
        progress = self.progress
        progress.epoch, progress.step = progress.epoch + 1, 0
        progress.history.append(row)
        row["seconds"] = watcher.elapsed()
        self.save(watcher.seconds_spent())
        self.callback(EpochDone(progress.epoch - 1, row))
        if self.interrupted() and progress.epoch < self.training.epochs:
            raise TrainingInterrupted

    def _validate(self) -> dict[str, float]:
        """Evaluate the weights that would be kept: the average, where the recipe keeps it."""
        own = self.model.get_weights()
        if self.training.keep == AVERAGE:
            self.model.set_weights(self.averaged())
        logs = self.validated()
        self.model.set_weights(own)
        return logs

    def validated(self) -> dict[str, float]:
        """What the weights as they are reach on the validation part: val_loss and val_accuracy."""
        assert self.validation is not None
        logs = self.model.evaluate(feed(self.validation), verbose=0, return_dict=True)
        return {f"val_{key}": float(value) for key, value in logs.items()}

    def _keep_best(self, row: dict[str, float]) -> None:
        progress, keep = self.progress, self.training.keep
        if "val_loss" not in row:
            return
        if progress.best_loss is None or row["val_loss"] < progress.best_loss:
            progress.best_loss, progress.waited = row["val_loss"], 0
        else:
            progress.waited += 1
        patience = self.training.early_stopping
        progress.stopped_early = patience is not None and progress.waited >= patience
        if keep.startswith(BEST):
            value = row["val_accuracy"] if keep == "best-accuracy" else -row["val_loss"]
            if progress.best is None or value > progress.best:
                progress.best = value
                self._store(BEST, self.model.get_weights())

    def update_average(self, weights: list[np.ndarray], steps: int) -> None:
        """Let the weights after `steps` more steps enter the running average."""
        decay = self.training.average_decay**steps
        self.progress.averaged_steps += steps
        for number, weight in enumerate(weights):
            name = f"{AVERAGE}/{number}"
            if weight.dtype.kind != "f":  # seeds and counters are not averaged
                self.extra[name] = weight
            else:
                before = self.extra.get(name, np.zeros_like(weight))
                self.extra[name] = decay * before + (1 - decay) * weight

    def averaged(self) -> list[np.ndarray]:
        """The running average, freed of its start at zero."""
        share = 1 - self.training.average_decay**self.progress.averaged_steps
        weights = self._stored(AVERAGE)
        return [
            weight / np.float32(share) if weight.dtype.kind == "f" else weight for weight in weights
        ]

    def kept_weights(self) -> list[np.ndarray]:
        """The weights that become the recognizer, as the recipe's `keep` says."""
        if self.training.keep == AVERAGE:
            return self.averaged()
        if self.training.keep.startswith(BEST) and self.progress.best is not None:
            return self._stored(BEST)
        weights: list[np.ndarray] = self.model.get_weights()
        return weights

    def _store(self, name: str, weights: list[np.ndarray]) -> None:
        self.extra |= {f"{name}/{number}": weight for number, weight in enumerate(weights)}

    def _stored(self, name: str) -> list[np.ndarray]:
        count = sum(key.startswith(f"{name}/") for key in self.extra)
        return [self.extra[f"{name}/{number}"] for number in range(count)]

    def save(self, seconds: float) -> None:
        """Write a checkpoint; `seconds` have passed since the last one."""
        self.progress.fit_seconds += seconds
        if self.folder is not None:
            save_checkpoint(self.folder, self.progress, model_arrays(self.model) | self.extra)

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Set model, optimizer, average and best weights to a saved state."""
        kept = (f"{BEST}/", f"{AVERAGE}/")
        self.extra = {name: array for name, array in arrays.items() if name.startswith(kept)}
        own = {name: array for name, array in arrays.items() if name not in self.extra}
        if self.progress.step:
            # Keras makes its running metrics with the first batch; within an epoch they are needed
            self.model.test_on_batch(*self.train[0])
        restore_model(self.model, own)


class _Watcher(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
    """Counts steps, feeds the callback, saves long epochs, stops when asked."""

    def __init__(self, loop: EpochLoop, arrays: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.loop, self.arrays = loop, arrays
        self.first = self.steps_done = 0
        self.saved_at = self.began_at = time.perf_counter()

    def start(self, now: float) -> None:
        self.first, self.steps_done, self.began_at = self.loop.progress.step, 0, now

    def elapsed(self) -> float:
        return time.perf_counter() - self.began_at

    def seconds_spent(self) -> float:
        """Seconds since this was last asked: what the next checkpoint adds to fit_seconds."""
        now = time.perf_counter()
        spent, self.saved_at = now - self.saved_at, now
        return spent

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        # Keras has just set the metrics to zero; an epoch gone on with has some already
        if self.first:
            restore_metrics(self.model, self.arrays)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        seed_step(self.loop.train.seed, self.loop.progress.epoch, self.first + batch)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loop = self.loop
        # `batch` counts to the end of a whole group, the last group may be cut short
        done = min(batch + 1, len(loop.train))
        if loop.training.keep == AVERAGE:
            loop.update_average(self.model.get_weights(), done - self.steps_done)
        self.steps_done = done
        loop.progress.step = self.first + done
        loop.callback(StepDone(loop.progress.epoch, loop.progress.step, logs or {}))
        if loop.interrupted():
            self.model.stop_training = True
        elif time.perf_counter() - self.saved_at > 60 * loop.training.checkpoint_minutes:
            # the callback's own model, not the loop's: asking for it makes JAX hand the
            # weights back, which it keeps to itself within an epoch
            _ = self.model
            loop.save(self.seconds_spent())


@contextlib.contextmanager
def _named_failures(batches: EpochBatches, epoch: int) -> Iterator[None]:
    """Say which picture could not be read, where Keras would say that an iterator failed."""
    batches.failure = None
    try:
        yield
    except Exception as error:
        if batches.failure is None:
            raise
        raise TrainingError(
            f"stopped in epoch {epoch + 1}: {batches.failure} The last checkpoint is kept; put "
            "the picture back as it was and go on with 'kanjian resume'."
        ) from error


def _refuse_nan(row: dict[str, float]) -> None:
    if not math.isfinite(row["loss"]):
        raise TrainingError(
            f"the loss became {row['loss']} in epoch {row['epoch']:.0f}. Try a learning rate ten "
            "times lower or clipnorm = 1.0 in [optimizer]; the checkpoint holds the epoch before."
        )
