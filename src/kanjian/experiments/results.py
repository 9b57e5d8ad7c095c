"""What comes out of the studies: plain records, each able to say itself in JSON."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kanjian import former
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.evaluation.statistics import Comparison as Difference
from kanjian.evaluation.statistics import MeanInterval
from kanjian.experiments.trial import Trial
from kanjian.experiments.variants import Variant
from kanjian.json_types import JsonObject
from kanjian.recipes.recipe import Recipe
from kanjian.training.run_folder import RECIPE


@former.with_attributes
@dataclass(frozen=True, eq=False)
class Result:
    """How one variant did.

    Args:
        variant: Its recipe and what it changes.
        folder: Where its recipe, history and predictions lie.
        trial: Its training and its predictions on the validation pictures.
        metrics: What they are worth; None if its loss was no number any more.
        against_best: How it differs from the best variant; None for that one itself, and
            for one that diverged.
    """

    variant: Variant
    folder: Path
    trial: Trial
    metrics: EvaluationResult | None
    against_best: Difference | None

    def to_dict(self) -> JsonObject:
        """The result as plain values."""
        recipe, metrics, difference = self.variant.recipe, self.metrics, self.against_best
        return {
            "name": self.variant.name,
            "changed": self.variant.changed,
            "optimizer": recipe.optimizer.name,
            "learning_rate": recipe.optimizer.learning_rate,
            "accuracy": None if metrics is None else metrics.accuracy,
            "loss": None if metrics is None else metrics.loss,
            "interval": None if metrics is None else list(metrics.interval),
            "n": 0 if metrics is None else metrics.n,
            "diverged": self.trial.diverged,
            "against_best": None if difference is None else asdict(difference),
            "epochs": len(self.trial.history),
            "fit_seconds": self.trial.fit_seconds,
            "parameters": self.trial.parameters,
            "history": self.trial.history,
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """A finished comparison.

    Args:
        folder: Where everything about it lies.
        recipe: What the variants have in common.
        results: Best first; those that diverged last.
        notes: What was found and chosen, as sentences.
    """

    folder: Path
    recipe: Recipe
    results: tuple[Result, ...]
    notes: tuple[str, ...]

    def recipe_of(self, result: Result) -> Path:
        """The file of a variant's recipe, with which `kanjian train` repeats and evaluates it."""
        return result.folder / RECIPE

    @property
    def best(self) -> Result:
        """The variant with the highest validation accuracy; of equal ones the lowest loss."""
        return self.results[0]

    def plot(self) -> Any:
        """Loss and accuracy of every variant, as a figure of matplotlib."""
        from kanjian.experiments.figures import draw_curves
        from kanjian.experiments.pages import curve_of

        curves = [curve_of(result) for result in self.results]
        judged = max((0 if each.metrics is None else each.metrics.n) for each in self.results)
        return draw_curves(curves, n_judged=judged)

    def _repr_png_(self) -> bytes:
        """The plot, in a notebook."""
        from kanjian.reporting import canvas

        return canvas.png(self.plot())

    def to_dict(self) -> JsonObject:
        """What `report.json` holds, as plain values."""
        return {
            "kind": "compare",
            "name": self.recipe.name,
            "variants": [result.to_dict() for result in self.results],
            "fit_seconds": sum(result.trial.fit_seconds for result in self.results),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """A finished cross-validation.

    Args:
        folder: Where everything about it lies.
        recipe: What was trained.
        folds: The result on each fold.
        trials: The training behind each.
        pooled: The result on all folds together: every picture predicted once, by a
            network that had not seen it.
        accuracy: Mean accuracy of the folds, its deviation, and where the mean accuracy of
            such trainings lies with 95 % confidence; the interval is widened because folds
            share most of their training pictures.
        notes: What was found and chosen, as sentences.
    """

    folder: Path
    recipe: Recipe
    folds: tuple[EvaluationResult, ...]
    trials: tuple[Trial, ...]
    pooled: EvaluationResult
    accuracy: MeanInterval
    notes: tuple[str, ...]

    @property
    def accuracies(self) -> tuple[float, ...]:
        """The accuracy on each fold."""
        return tuple(fold.accuracy for fold in self.folds)

    def plot(self) -> Any:
        """The accuracy of every fold, and their mean, as a figure of matplotlib."""
        from kanjian.experiments.figures import draw_folds

        names = [str(number) for number in range(1, len(self.folds) + 1)]
        results = [(fold.accuracy, fold.n) for fold in self.folds]
        mean, _, low, high = self.accuracy
        assert low is not None
        assert high is not None
        return draw_folds(names, results, mean, (low, high))

    def _repr_png_(self) -> bytes:
        """The plot, in a notebook."""
        from kanjian.reporting import canvas

        return canvas.png(self.plot())

    def to_dict(self) -> JsonObject:
        """What `report.json` holds, as plain values."""
        return {
            "kind": "crossval",
            "name": self.recipe.name,
            "accuracy": {
                "mean": self.accuracy.mean,
                "deviation": self.accuracy.deviation,
                "interval": [self.accuracy.low, self.accuracy.high],
                "folds": list(self.accuracies),
            },
            "folds": [
                {
                    "accuracy": fold.accuracy,
                    "loss": fold.loss,
                    "n": fold.n,
                    "epochs": len(trial.history),
                    "fit_seconds": trial.fit_seconds,
                }
                for fold, trial in zip(self.folds, self.trials, strict=True)
            ],
            "pooled": self.pooled.to_dict(),
            "fit_seconds": sum(trial.fit_seconds for trial in self.trials),
            "parameters": self.trials[0].parameters,
            "classes": list(self.pooled.classes),
            "notes": list(self.notes),
        }
