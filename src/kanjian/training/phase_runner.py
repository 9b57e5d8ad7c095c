"""From a prepared network to kept weights: one phase, or several one after the other.

Every phase has its own checkpoint and resumes as a single training does. What finished
phases reached lies in a file beside it, so that the next one starts from the same numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.errors import TrainingError
from kanjian.guard.npz import read_npz
from kanjian.storage import files
from kanjian.training.checkpoint import Progress
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import Message, PhaseStart, TrainingCallback
from kanjian.training.head_from_words import words_as_head
from kanjian.training.linear_probe import MOST_NUMBERS, linear_probe
from kanjian.training.phase_setup import PhaseSetup, set_up_phase
from kanjian.training.phases import Phase, PhaseResult, phases_of
from kanjian.training.prepare import TrainingSetup
from kanjian.training.probe import probe


@dataclass
class PhaseRunner:
    """A training from its first phase to its last.

    Args:
        prepared: Pictures and the whole network.
        progress: How far it has come; replaced when a phase ends.
        folder: Where checkpoints go.
        callback: Hears of every step.
        interrupted: Asked after every group of steps whether to stop.
    """

    prepared: TrainingSetup
    progress: Progress
    folder: Path
    callback: TrainingCallback
    interrupted: Callable[[], bool] = lambda: False

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All of them, the finished ones too."""
        return phases_of(self.prepared.recipe)

    @property
    def epochs(self) -> int:
        """Epochs trained so far, in all phases."""
        return self.progress.earlier + self.progress.epoch

    @property
    def learned(self) -> int:
        """Numbers that learned in any finished phase: each phase adds to those of the last."""
        return max((each.parameters for each in self.progress.phases), default=0)

    def run(self, arrays: dict[str, np.ndarray]) -> None:
        """Train from where `progress` stands to the end of the last phase.

        The prepared network holds the kept weights afterwards.

        Args:
            arrays: The state read from a checkpoint, or nothing.

        Raises:
            TrainingInterrupted: If stopped; the state is saved.
            TrainingError: If the loss is no number any more, or a picture cannot be read; the
            last good state is saved.
        """
        if self.progress.phase:
            self._read_weights(self.progress.phase)
        for number, phase in enumerate(self.phases):
            if number >= self.progress.phase:
                self._train(number, phase, arrays)
                arrays = {}

    def _train(self, number: int, phase: Phase, arrays: dict[str, np.ndarray]) -> None:
        if self._needless(phase):
            self.callback(
                Message(f"{phase.name} is left out: validation leaves too little to win.")
            )
            self._next_phase(PhaseResult(phase.name, self.progress.reached, self.progress.reached))
            return
        before = self.prepared.model.get_weights() if number else None
        setup = set_up_phase(
            self.prepared, phase, callback=self.callback, interrupted=self.interrupted
        )
        self._announce(setup)
        try:
            loop = EpochLoop(
                setup.model, setup.train, setup.validation, phase.training,
                progress=self.progress, folder=self.folder, callback=self.callback,
                interrupted=self.interrupted,
            )  # fmt: skip
            if arrays:
                loop.restore(arrays)
            self._probe(setup, fresh=not arrays)
            if self.progress.epoch < phase.training.epochs and not self.progress.stopped_early:
                left = range(self.progress.epoch, phase.training.epochs)
                self.callback(probe(setup.model, setup.train, epochs=left))
                loop.run(arrays)
            self._leave(setup, loop, before)
        finally:
            setup.close()

    def _needless(self, phase: Phase) -> bool:
        """Whether validation is so good before the phase that it can only spoil something."""
        reached = self.progress.reached
        if reached is None or phase.skip_if_val_accuracy is None:
            return False
        return reached["val_accuracy"] >= phase.skip_if_val_accuracy

    def _probe(self, setup: PhaseSetup, *, fresh: bool) -> None:
        """Tell what the simplest head reaches; one that is as simple begins with its weights."""
        validation, frozen = self.prepared.splits.validation, setup.frozen
        if frozen is None or setup.phase.learns != "head" or validation is None or not fresh:
            return
        labels = self.prepared.splits.train.labels
        features = frozen.variants(most_numbers=MOST_NUMBERS)
        probed = linear_probe(
            features,
            np.tile(labels, len(features) // len(labels)),
            frozen.validation.array,
            validation.labels,
            n_classes=len(self.prepared.splits.classes),
        )
        if probed is None:
            return
        self.progress.probe = {"accuracy": probed.accuracy, "seconds": probed.seconds}
        self.callback(
            Message(
                f"before training: a linear probe of the features is right on "
                f"{100 * probed.accuracy:.1f} % of the validation pictures"
            )
        )
        head = setup.model.layers[-1]
        backbone = self.prepared.recipe.backbone
        if backbone is not None and backbone.words is not None:
            classes = self.prepared.splits.classes
            head.set_weights(list(words_as_head(backbone, classes, features)))
            self.callback(Message(f"the head begins with the words {backbone.words!r}"))
            return
        if [weight.shape for weight in setup.model.trainable_weights] == [
            probed.kernel.shape, probed.bias.shape,
        ]:  # fmt: skip
            head.set_weights([probed.kernel, probed.bias])

    def _announce(self, setup: PhaseSetup) -> None:
        if self.prepared.recipe.backbone is None:
            return
        self.callback(
            PhaseStart(
                name=setup.phase.name,
                number=self.progress.phase + 1,
                phases=len(self.phases),
                earlier=self.progress.earlier,
                epochs=setup.phase.training.epochs,
                steps_per_epoch=setup.train.steps_per_epoch,
                batch_size=setup.phase.training.batch_size,
                parameters=setup.learned,
            )
        )

    def _leave(self, setup: PhaseSetup, loop: EpochLoop, before: list[np.ndarray] | None) -> None:
        """Keep the better weights, and set out for the next phase."""
        progress, reached = self.progress, self.progress.reached
        setup.model.set_weights(loop.kept_weights())
        after = None if setup.validation is None else loop.validated()
        kept = before is None or _no_worse(reached, after)
        if not kept and before is not None and reached and after:
            self.prepared.model.set_weights(before)
            self.callback(
                Message(
                    f"{setup.phase.name}: validation loss rose from {reached['val_loss']:.4f} to "
                    f"{after['val_loss']:.4f} and no more pictures are right; the weights of "
                    "before are kept."
                )
            )
        result = PhaseResult(
            setup.phase.name,
            before=reached,
            after=after,
            kept=kept,
            epochs=progress.epoch,
            parameters=setup.learned,
            seconds=progress.fit_seconds - sum(each.seconds for each in progress.phases),
            passes=setup.passes,
        )
        self._next_phase(result)

    def _next_phase(self, result: PhaseResult) -> None:
        """Note what a phase reached; write the weights down where another one follows."""
        progress = self.progress
        if progress.phase + 1 == len(self.phases):
            progress.phases.append(result)
            return
        self._write_weights(progress.phase + 1)
        self.progress = Progress(
            fit_seconds=progress.fit_seconds,
            history=progress.history,
            data=progress.data,
            phase=progress.phase + 1,
            earlier=progress.earlier + progress.epoch,
            reached=result.after if result.kept else result.before,
            phases=[*progress.phases, result],
            probe=progress.probe,
        )

    def _weights_file(self, phases: int) -> Path:
        return self.folder / f"after-phase-{phases}.npz"

    def _write_weights(self, phases: int) -> None:
        path = self._weights_file(phases)
        weights = {str(n): weight for n, weight in enumerate(self.prepared.model.get_weights())}
        with files.replacing(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **weights)

    def _read_weights(self, phases: int) -> None:
        path = self._weights_file(phases)
        try:
            archive = read_npz(path, error=TrainingError)
            weights = [archive[str(number)] for number in range(len(archive))]
            self.prepared.model.set_weights(weights)
        except (OSError, ValueError, KeyError, TrainingError) as error:
            raise TrainingError(f"{path} cannot be read ({error}). Start the run anew.") from error


def _no_worse(before: dict[str, float] | None, after: dict[str, float] | None) -> bool:
    """Whether validation lets the weights of a phase stand: more right predictions or a lower loss.

    Example:
        >>> before = {"val_loss": 0.2, "val_accuracy": 0.9}
        >>> _no_worse(before, {"val_loss": 0.3, "val_accuracy": 0.9}), _no_worse(None, before)
        (False, True)
    """
    if before is None or after is None:
        return True
    more_right = after["val_accuracy"] > before["val_accuracy"]
    return more_right or after["val_loss"] <= before["val_loss"]
