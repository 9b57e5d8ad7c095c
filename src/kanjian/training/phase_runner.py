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
from kanjian.inference.engines import as_probabilities
from kanjian.storage import files
from kanjian.training.batches import feed
from kanjian.training.checkpoint import Progress
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import Estimate, Message, PhaseStart, TrainingCallback
from kanjian.training.head_from_words import words_as_head
from kanjian.training.linear_probe import MOST_NUMBERS, losses_of
from kanjian.training.phase_setup import PhaseSetup, set_up_phase
from kanjian.training.phases import Phase, PhaseResult, phases_of
from kanjian.training.prepare import TrainingSetup
from kanjian.training.probe import probe
from kanjian.training.probe_phase import (
    OutOfFold,
    fits_a_probe,
    probe_head,
    read_out_of_fold,
    write_out_of_fold,
)
from kanjian.training.verdict import Scores, verdict_on

_TOO_MUCH = (
    "[probe] cannot fit a head on so many features: take fewer pictures with --limit, or leave "
    "[probe] out and set [training] epochs."
)


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
            scores = None if before is None else self._scores(setup)
            loop = EpochLoop(
                setup.model, setup.train, setup.validation, phase.training,
                progress=self.progress, folder=self.folder, callback=self.callback,
                interrupted=self.interrupted,
            )  # fmt: skip
            if arrays:
                loop.restore(arrays)
            folded = self._probe(setup, loop) if not arrays else None
            if self.progress.epoch < phase.training.epochs and not self.progress.stopped_early:
                left = range(self.progress.epoch, phase.training.epochs)
                expected = probe(setup.model, setup.train, epochs=left)
                if not arrays and self._too_long(phase, expected):
                    return
                self.callback(expected)
                loop.run(arrays)
            after = self._finished(setup, loop) or folded
            self._leave(setup, after, before, scores)
        finally:
            setup.close()

    def _too_long(self, phase: Phase, expected: Estimate) -> bool:
        """Leave out a phase that would take longer than the recipe allows."""
        if phase.minutes is None or expected.minutes <= phase.minutes:
            return False
        self.callback(
            Message(
                f"{phase.name} is left out: it would take about {expected.minutes:.1f} min, and "
                f"{phase.minutes:.1f} are left of the time that was given (--minutes)."
            )
        )
        self._next_phase(PhaseResult(phase.name, self.progress.reached, self.progress.reached))
        return True

    def _needless(self, phase: Phase) -> bool:
        """Whether validation is so good before the phase that it can only spoil something."""
        reached = self.progress.reached
        if reached is None or phase.skip_if_val_accuracy is None:
            return False
        return reached["val_accuracy"] >= phase.skip_if_val_accuracy

    def _probe(self, setup: PhaseSetup, loop: EpochLoop) -> dict[str, float] | None:
        """Fit the simplest head, say what it reaches, and begin with it where the head is one.

        Returns:
            What cross-validation says of it, where that stands in for a validation part.
        """
        if setup.frozen is None or setup.phase.learns != "head":
            return None
        found = probe_head(self.prepared, setup)
        if found is None:
            if setup.phase.probe is not None:
                raise TrainingError(_TOO_MUCH)
            return None
        if found.accuracy is not None:
            self.progress.probe = {"accuracy": found.accuracy, "seconds": found.seconds}
        self.callback(Message(found.sentence))
        if fits_a_probe(setup):
            setup.model.layers[-1].set_weights(found.weights)
        self._begin_with_words(setup)
        if found.by_folds is not None:
            write_out_of_fold(self.folder, found.by_folds)
        if not setup.phase.training.epochs:
            loop.save(found.seconds)
        if found.by_folds is None or found.accuracy is None or found.loss is None:
            return None
        return {"val_loss": found.loss, "val_accuracy": found.accuracy}

    def _begin_with_words(self, setup: PhaseSetup) -> None:
        """Let the head begin with what the names of the classes mean, where the recipe says so."""
        backbone, frozen = self.prepared.recipe.backbone, setup.frozen
        if backbone is None or backbone.words is None or frozen is None:
            return
        if setup.phase.training.epochs:
            features = frozen.variants(most_numbers=MOST_NUMBERS)
            words = words_as_head(backbone, self.prepared.splits.classes, features)
            setup.model.layers[-1].set_weights(list(words))
            self.callback(Message(f"the head begins with the words {backbone.words!r}"))

    @property
    def out_of_fold(self) -> OutOfFold | None:
        """What the folds say of the head that was kept; None where it was trained further."""
        phases = self.phases
        if len(phases) > 1 or phases[0].training.epochs:
            return None
        return read_out_of_fold(self.folder)

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

    def _scores(self, setup: PhaseSetup) -> Scores | None:
        """How validation is predicted with the weights as they are."""
        validation = self.prepared.splits.validation
        if setup.validation is None or validation is None:
            return None
        labels = validation.labels
        answers = setup.model.predict(feed(setup.validation), verbose=0)[: len(labels)]
        probabilities = as_probabilities(answers)
        return Scores(probabilities.argmax(axis=1) == labels, losses_of(probabilities, labels))

    def _finished(self, setup: PhaseSetup, loop: EpochLoop) -> dict[str, float] | None:
        """Give the network the kept weights, and say what validation says of them."""
        if setup.phase.training.epochs:
            setup.model.set_weights(loop.kept_weights())
        return None if setup.validation is None else loop.validated()

    def _leave(
        self,
        setup: PhaseSetup,
        after: dict[str, float] | None,
        before: list[np.ndarray] | None,
        scores: Scores | None,
    ) -> None:
        """Keep the better weights, and set out for the next phase."""
        progress, reached, kept = self.progress, self.progress.reached, True
        if before is not None and scores is not None:
            now = self._scores(setup)
            assert now is not None
            verdict = verdict_on(setup.phase.name, scores, now)
            kept = verdict.kept
            if not kept:
                self.prepared.model.set_weights(before)
            self.callback(Message(verdict.sentence))
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
