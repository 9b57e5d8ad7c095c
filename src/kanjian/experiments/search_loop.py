"""A search in motion: trials until the time is up, then default and best against each other."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kanjian.datasets.dataset import Splits
from kanjian.errors import KanjianError, TrainingError
from kanjian.experiments.runs import compare_runs, summarize
from kanjian.experiments.search_axes import Axis
from kanjian.experiments.search_journal import Asked, Journal, TrialRecord
from kanjian.experiments.search_page import write_search
from kanjian.experiments.search_process import TrialProcess
from kanjian.experiments.search_result import BEST, RUNS, TRIALS, SearchResult, best_of
from kanjian.experiments.search_space import first_values, recipe_with, trained_in_steps
from kanjian.experiments.search_trial import Part, loses_fold
from kanjian.experiments.search_words import begun, ended, notes_of
from kanjian.experiments.study import Study
from kanjian.experiments.trial import fresh_networks
from kanjian.names import file_name
from kanjian.recipes.codec import write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage import files
from kanjian.training import trainer
from kanjian.training.events import Message, TrainingCallback
from kanjian.training.notebook import usual_callback
from kanjian.training.resumable import resumable
from kanjian.training.run_folder import RECIPE, REPORT, check_unfinished

# So many proposals one after the other that were tried before: the space is exhausted
_MOST_TWINS = 30
# Of a training's own seconds: evaluating, saving and converting it take more than a fold
_FINISHING_S = 8.0


@dataclass
class SearchLoop:
    """A search in motion.

    Args:
        study: What was asked.
        folder: Where it is kept.
        splits: The pictures, without a test part.
        parts: The folds that judge.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.
    """

    study: Study
    folder: Path
    splits: Splits
    parts: Sequence[Part]
    data_folder: Path | None
    callback: TrainingCallback | None
    allow_code: bool = False
    recipe: Recipe = field(init=False)
    space: dict[str, Axis] = field(init=False)
    started: float = field(init=False)
    before_s: float = field(init=False, default=0.0)
    tried: dict[str, TrialRecord] = field(init=False, default_factory=dict)
    process: TrialProcess = field(init=False)

    def __post_init__(self) -> None:
        self.callback = self.callback or usual_callback()
        self.recipe, table = self.study.recipe, self.study.asked["space"]
        self.space = {key: Axis.from_dict(each) for key, each in table.items()}
        self.started = time.monotonic()
        self.process = TrialProcess(self.folder, self.data_folder, allow_code=self.allow_code)

    def _tell(self, sentence: str) -> None:
        assert self.callback is not None
        self.callback(Message(sentence))

    def run(self) -> SearchResult:
        """Try recipes until the end, then compare the best with the first."""
        with resumable(self.folder), fresh_networks():
            check_unfinished(self.folder)  # another process may have ended it meanwhile
            journal = Journal(self.folder, self.space, self.recipe.training.seed)
            self.before_s = journal.spent_s
            try:
                with self.process:
                    self._try_all(journal)
                result = self._finished(journal)
            finally:
                journal.spend(self.elapsed_s())
            write_search(result)
        return result

    def elapsed_s(self) -> float:
        """Seconds since the search began, without those between its sittings."""
        return self.before_s + time.monotonic() - self.started

    def left_s(self, journal: Journal) -> float | None:
        """Seconds left for trials: two more trainings and their evaluation follow."""
        minutes = self.study.asked["minutes"]
        if minutes is None:
            return None
        trials = journal.trials()
        both = [each for each in (best_of(trials), *trials[:1]) if each is not None]
        last = sum(1.5 * each.seconds / len(self.parts) + _FINISHING_S for each in both)
        return float(60 * minutes - self.elapsed_s() - min(last, 30 * minutes))

    def _try_all(self, journal: Journal) -> None:
        trials = journal.trials()
        if not trials:
            self._try_first(journal)
        for record in journal.trials():
            self.tried.setdefault(self._spelled(record), record)
        twins = 0
        while not self._over(journal) and twins < _MOST_TWINS:
            asked = journal.ask()
            record = TrialRecord(asked.number, asked.values)
            twin = self.tried.get(self._spelled(record))
            twins = 0 if twin is None else twins + 1
            if twin is None:
                record = self._try(asked, record, journal)
            else:
                record = replace(twin, number=record.number, values=record.values, seconds=0.0)
            journal.tell(asked, record)
            self.tried.setdefault(self._spelled(record), record)
            self._note_best(journal)
        if twins >= _MOST_TWINS:
            self._tell("the search ends: what it would try next was all tried before.")

    def _over(self, journal: Journal) -> bool:
        most, left = self.study.asked["trials"], self.left_s(journal)
        return (most is not None and len(journal.trials()) >= most) or (
            left is not None and left <= 0
        )

    def _spelled(self, record: TrialRecord) -> str:
        """The recipe of a trial: two proposals that come to the same are trained once."""
        if record.number == 1:
            return write_recipe(self.recipe)
        try:
            return write_recipe(self._recipe_of(record))
        except KanjianError as error:
            return f"{record.values}: {error}"

    def _recipe_of(self, record: TrialRecord) -> Recipe:
        if record.number == 1:
            return self.recipe
        base = trained_in_steps(self.recipe)
        return recipe_with(base, record.values, mirror=self.study.asked["mirror"])

    def _try_first(self, journal: Journal) -> None:
        """The recipe as it is, from its first epoch to its last."""
        self._tell("trial 1: the recipe as it is, the default")
        record = TrialRecord(1, first_values(self.space))
        self._keep_recipe(record, self.recipe)
        record = self.process.try_recipe(
            record, falls_short=lambda *_so_far: False, time_is_up=lambda: False
        )
        journal.add(record)
        self._note_best(journal)
        self._tell(ended(record, best_of(journal.trials())))

    def _place(self, number: int) -> Path:
        return self.folder / TRIALS / f"{number:03d}"

    def _keep_recipe(self, record: TrialRecord, recipe: Recipe) -> None:
        files.write_text(self._place(record.number) / RECIPE, write_recipe(recipe))

    def _try(self, asked: Asked, record: TrialRecord, journal: Journal) -> TrialRecord:
        best = best_of(journal.trials())
        self._tell(begun(record, self._changed(record), best, self.left_s(journal)))
        journal.spend(self.elapsed_s())
        try:
            recipe = self._recipe_of(record)
        except KanjianError as error:
            return replace(record, state="failed", reason=str(error))
        self._keep_recipe(record, recipe)

        def falls_short(step: int, accuracy: float, seen: int) -> bool:
            lags = asked.falls_short(step, accuracy)
            return lags or (best is not None and loses_fold(step, accuracy, seen, best))

        def time_is_up() -> bool:
            left = self.left_s(journal)
            return left is not None and left <= 0

        record = self.process.try_recipe(record, falls_short=falls_short, time_is_up=time_is_up)
        self._tell(ended(record, best))
        return record

    def _changed(self, record: TrialRecord) -> dict[str, Any]:
        own = {key: axis.own for key, axis in self.space.items()}
        return {key: value for key, value in record.values.items() if value != own[key]}

    def _note_best(self, journal: Journal) -> None:
        """Keep the best recipe so far where a user finds it, also after an interruption."""
        best = best_of(journal.trials())
        if best is not None:
            files.write_text(self.folder / BEST, write_recipe(self._named(best)))

    def _named(self, record: TrialRecord) -> Recipe:
        """The recipe of a trial under the name its run will have."""
        name = "default" if record.number == 1 else "best"
        return self._recipe_of(record).model_copy(update={"name": f"{self.recipe.name}-{name}"})

    def _finished(self, journal: Journal) -> SearchResult:
        """Train default and best, and compare them on what nobody has seen."""
        trials = tuple(journal.trials())
        best = best_of(trials)
        if best is None:
            raise TrainingError(f"no trial could be trained: {trials[0].reason}")
        default = self._trained(trials[0])
        found = self._trained(best) if best.number != 1 else None
        difference = None if found is None else compare_runs(found, default).difference
        result = SearchResult(
            folder=self.folder,
            recipe=self.recipe,
            space=self.space,
            trials=trials,
            best=best,
            default_run=summarize(default),
            best_run=None if found is None else summarize(found),
            difference=difference,
            importance=journal.importance(),
            seconds=self.elapsed_s(),
            notes=(*self.splits.notes, *notes_of(trials, self.parts)),
        )
        kept = self._named(best if result.better else trials[0])
        files.write_text(self.folder / RECIPE, write_recipe(kept))
        return result

    def _trained(self, record: TrialRecord) -> Path:
        """The run of a trial's recipe on all pictures but those that test it."""
        recipe = self._named(record)
        place = self.folder / RUNS / file_name(recipe.name)
        if (place / REPORT).is_file():
            return place
        what = "the default" if record.number == 1 else f"trial {record.number}, the best"
        self._tell(f"in the end {what}: trained once more, and evaluated on the test part")
        if (place / RECIPE).is_file():
            trainer.resume(place, data_folder=self.data_folder, callback=self.callback,
                           allow_code=self.allow_code)  # fmt: skip
            return place
        shutil.rmtree(place, ignore_errors=True)  # killed before it had a recipe
        return trainer.train(
            recipe, out=place.parent, data_folder=self.data_folder, callback=self.callback,
            allow_code=self.allow_code,
        ).folder  # fmt: skip
