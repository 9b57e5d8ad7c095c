"""What comes out of a search: its trials, the best of them, and whether it beats the default."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kanjian.evaluation.statistics import Comparison as Difference
from kanjian.experiments.runs import RunSummary
from kanjian.experiments.search_axes import Axis
from kanjian.experiments.search_journal import TrialRecord
from kanjian.i18n import _
from kanjian.recipes.recipe import Recipe
from kanjian.reporting.wording import in_percent
from kanjian.training.run_folder import RECIPE

TRIALS, RUNS = "trials", "runs"
# The recipe a search began with, and the best one found; RECIPE is the one of the two it keeps
DEFAULT, BEST = "default.toml", "best.toml"


@dataclass(frozen=True, eq=False)
class SearchResult:
    """A finished search.

    Args:
        folder: Where everything about it lies.
        recipe: What it began with, the default.
        space: What was varied.
        trials: In their order; the first is the default.
        best: The one with the highest validation accuracy; of equal ones the lowest loss.
        default_run: The default, trained once and evaluated on the test part.
        best_run: The same of the best one; None where that is the default.
        difference: Accuracy of the best less that of the default on the test part; None where
            they are the same.
        importance: Which share of the differences between trials each key explains.
        seconds: What the search took, all of its sittings.
        notes: What was found and chosen, as sentences.
    """

    folder: Path
    recipe: Recipe
    space: dict[str, Axis]
    trials: tuple[TrialRecord, ...]
    best: TrialRecord
    default_run: RunSummary
    best_run: RunSummary | None = None
    difference: Difference | None = None
    importance: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def better(self) -> bool:
        """Whether the best trial beats the default on the test part, beyond chance."""
        found = self.difference
        return found is not None and found.beyond_chance and found.difference > 0

    @property
    def kept(self) -> RunSummary:
        """The run to use: the best one if it is better, else the default."""
        return self.best_run if self.better and self.best_run else self.default_run

    @property
    def recipe_file(self) -> Path:
        """The recipe of the run to use, with which `kanjian train` repeats it."""
        return self.folder / RECIPE

    @property
    def verdict(self) -> str:
        """The result in one sentence, in the language of the reader."""
        default, found = _percent(self.default_run.accuracy), self.best_run
        if len(self.trials) == 1:
            return _(
                "The default alone was tried, and is kept: it is right on {default} of the {n} "
                "test pictures. Give more minutes or trials to search.",
                default=default, n=self.default_run.n,
            )  # fmt: skip
        if found is None or self.difference is None:
            return _(
                "No trial did better than the default on the validation pictures; the default is "
                "kept. It is right on {default} of the {n} test pictures.",
                default=default, n=self.default_run.n,
            )  # fmt: skip
        said = {"best": _percent(found.accuracy), "default": default, "n": found.n,
                "p": f"{self.difference.p_value:.2g}"}  # fmt: skip
        if self.better:
            return _(
                "Better than the default: {best} against {default} of the {n} test pictures, a "
                "difference beyond chance (p = {p}).",
                **said,
            )
        return _(
            "Not better than the default beyond chance: {best} against {default} of the {n} test "
            "pictures (p = {p}); the default is kept.",
            **said,
        )

    def changed(self, trial: TrialRecord) -> dict[str, Any]:
        """What a trial has other than the default, key to value."""
        own = {key: axis.own for key, axis in self.space.items()}
        return {key: value for key, value in trial.values.items() if value != own.get(key)}

    def to_dict(self) -> dict[str, Any]:
        """What `report.json` holds, as plain values."""
        return {
            "kind": "search",
            "name": self.recipe.name,
            "better": self.better,
            "kept": self.kept.name,
            "best": {**self.best.to_dict(), "changed": self.changed(self.best)},
            "test": {
                "default": self.default_run.accuracy,
                "best": None if self.best_run is None else self.best_run.accuracy,
                "n": self.default_run.n,
                "difference": None if self.difference is None else asdict(self.difference),
            },
            "trials": [trial.to_dict() for trial in self.trials],
            "space": {key: axis.to_dict() for key, axis in self.space.items()},
            "importance": self.importance,
            "seconds": self.seconds,
            "notes": list(self.notes),
        }


def _percent(share: float | None) -> str:
    return "–" if share is None else in_percent(f"{100 * share:.1f}")


def best_of(trials: tuple[TrialRecord, ...] | list[TrialRecord]) -> TrialRecord | None:
    """The best trial that was completed, or None.

    Example:
        >>> both = [TrialRecord(1, accuracy=0.9), TrialRecord(2, accuracy=0.8)]
        >>> best_of(both).number
        1
    """
    done = [trial for trial in trials if trial.state == "complete"]
    return min(done, key=lambda trial: trial.rank, default=None)
