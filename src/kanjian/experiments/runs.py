"""The run folders there are, finished or not, and whether two results differ beyond chance."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian.checks import plural
from kanjian.errors import KanjianError, TrainingError
from kanjian.evaluation.statistics import Comparison as Difference
from kanjian.evaluation.statistics import differ_beyond_chance, differ_on_same_pictures
from kanjian.guard.npz import read_npz
from kanjian.guard.text import parse_json, read_json
from kanjian.i18n import gettext_noop
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath
from kanjian.recipes.codec import read_recipe
from kanjian.training.checkpoint import FILE as STATE
from kanjian.training.run_data import read_run_data
from kanjian.training.run_folder import CHECKPOINT, ENVIRONMENT, RECIPE, REPORT, STUDY, kind_of

ANSWERS = "answers.npz"
State = Literal["finished", "unfinished", "damaged"]
STATES = (gettext_noop("finished"), gettext_noop("unfinished"), gettext_noop("damaged"))


@dataclass(frozen=True)
class RunSummary:
    """What a run folder says of itself.

    Args:
        folder: The run folder.
        kind: "run", "crossval", "compare" or "search".
        state: "unfinished" if there is no report yet; "damaged" if it cannot be read.
        model: The network's name.
        source: The pictures.
        epochs: Epochs trained; None where that is not told.
        planned: Epochs the recipe asks for.
        accuracy: On the test part, else on validation; the mean of a cross-validation; the
            best variant of a comparison; what a search keeps.
        part: What `accuracy` was measured on.
        n: How many pictures that were.
        fit_seconds: Time spent fitting.
        changed_s: When anything in it was last written, in seconds since 1970.
        problem: What is wrong with a damaged one.
    """

    folder: Path
    kind: str
    state: State
    model: str = ""
    source: str = ""
    epochs: int | None = None
    planned: int | None = None
    accuracy: float | None = None
    part: str = ""
    n: int | None = None
    fit_seconds: float | None = None
    changed_s: float = 0.0
    problem: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    def to_dict(self) -> JsonObject:
        """The summary as plain values."""
        return asdict(self) | {"folder": str(self.folder), "name": self.name}


def list_runs(folder: AnyPath) -> list[RunSummary]:
    """Every run in a folder, the one changed last first.

    Args:
        folder: Usually `runs`. Folders without a recipe.toml are skipped.

    Raises:
        TrainingError: If there is no such folder.

    Example:
        >>> import tempfile
        >>> list_runs(Path(tempfile.mkdtemp()))
        []
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise TrainingError(f"no folder {folder}. Train something first, or name another folder.")
    found = [summarize(each) for each in folder.iterdir() if (each / RECIPE).is_file()]
    return sorted(found, key=lambda run: (-run.changed_s, run.name))


def summarize(folder: AnyPath) -> RunSummary:
    """What one run folder says of itself; a damaged one says that.

    Raises:
        TrainingError: If it is no run folder.
    """
    folder = Path(folder)
    if not (folder / RECIPE).is_file():
        raise TrainingError(f"no run in {folder}: it has no {RECIPE}. Name a folder below runs/.")
    changed = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    try:
        recipe, kind = read_recipe(folder / RECIPE), kind_of(folder)
        report = _report(folder)
        epochs = _epochs_so_far(folder) if report is None else report.get("epochs")
        part, accuracy, n = _result(report or {}, kind)
    except (KanjianError, ValueError, KeyError, TypeError, OSError) as error:
        return RunSummary(folder, "run", "damaged", changed_s=changed, problem=str(error))
    return RunSummary(
        folder=folder,
        kind=kind,
        state="unfinished" if report is None else "finished",
        model=recipe.model.name or recipe.model.function or recipe.model.file or "own layers",
        source=recipe.data.source,
        epochs=epochs,
        planned=recipe.training.epochs,
        accuracy=accuracy,
        part=part,
        n=n,
        fit_seconds=None if report is None else report.get("fit_seconds"),
        changed_s=changed,
    )


def _report(folder: Path) -> JsonObject | None:
    path = folder / REPORT
    if not path.is_file():
        return None
    report: JsonObject = read_json(path, error=TrainingError)
    return report


def _result(report: Mapping[str, Any], kind: str) -> tuple[str, float | None, int | None]:
    """What was evaluated, how well, on how many pictures."""
    if not report:
        return "", None, None
    if kind == "crossval":
        return "folds", report["accuracy"]["mean"], report["pooled"]["n"]
    if kind == "compare":
        best = report["variants"][0]
        return "validation", best["accuracy"], best["n"]
    if kind == "search":
        test = report["test"]
        return "test", test["best" if report["better"] else "default"], test["n"]
    for part in ("test", "validation"):
        if report.get(part) is not None:
            return part, report[part]["accuracy"], report[part]["n"]
    return "", None, None


def _epochs_so_far(folder: Path) -> int | None:
    """Epochs in the checkpoint; its large arrays are not read."""
    path = folder / CHECKPOINT / STATE
    if not path.is_file():
        return None if (folder / STUDY).is_file() else 0
    try:
        archive = read_npz(path, error=TrainingError, only=("meta",))
        meta = archive["meta"].tobytes().decode("utf-8")
        return int(parse_json(meta, "it", error=TrainingError)["epoch"])
    except (ValueError, KeyError, TypeError, OSError, TrainingError) as error:
        raise TrainingError(f"its checkpoint cannot be read ({error})") from error


@dataclass(frozen=True)
class RunComparison:
    """Two runs beside each other.

    Args:
        a, b: The runs.
        difference: Accuracy of a minus that of b, and whether chance explains it; None
            where the results were not measured alike, which `why_not` explains.
        why_not: Why they cannot be compared, or "".
        recipe: Keys that differ: "section.key" to the values in a and in b.
    """

    a: RunSummary
    b: RunSummary
    difference: Difference | None
    why_not: str
    recipe: dict[str, tuple[Any, Any]]

    def to_dict(self) -> JsonObject:
        """The comparison as plain values."""
        return {
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "difference": None if self.difference is None else asdict(self.difference),
            "why_not": self.why_not,
            "recipe": {key: list(values) for key, values in self.recipe.items()},
        }

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        found = self.difference
        if found is None:
            return f"{self.a.name} and {self.b.name} cannot be compared: {self.why_not}."
        chance = f"p = {found.p_value:.2g}; {found.method}"
        if not found.beyond_chance:
            return (
                f"No difference beyond chance between {self.a.name} and {self.b.name} ({chance})."
            )
        better, worse = (self.a, self.b) if found.difference > 0 else (self.b, self.a)
        points = 100 * abs(found.difference)
        return f"{better.name} is better than {worse.name} by {points:.2f} points ({chance})."


def compare_runs(a: AnyPath, b: AnyPath) -> RunComparison:
    """Say whether two finished runs differ beyond chance, and in what their recipes differ.

    Where both kept their predictions on the same test pictures, they are compared picture by
    picture (McNemar); else as two counts, which sees fewer true differences.

    Args:
        a: A run folder.
        b: Another.

    Raises:
        TrainingError: If one is no run folder, is damaged or is not finished.
    """
    a, b = Path(a), Path(b)
    runs = summarize(a), summarize(b)
    for run in runs:
        if run.state != "finished":
            told = (
                f" ({run.problem})" if run.problem else f". Finish it: kanjian resume {run.folder}"
            )
            raise TrainingError(f"{run.folder} is {run.state}{told}")
    difference, why_not = _difference(*runs)
    return RunComparison(*runs, difference, why_not, recipe_differences(a, b))


def _difference(a: RunSummary, b: RunSummary) -> tuple[Difference | None, str]:
    if a.accuracy is None or b.accuracy is None or not a.n or not b.n:
        return None, "one of them was not evaluated"
    if {a.kind, b.kind} != {"run"} and a.kind != b.kind:
        return None, f"one is of kind {a.kind}, the other {b.kind}"
    if a.kind == "compare":
        return None, "a comparison of variants is no single result"
    if a.part != b.part:
        return None, f"one was evaluated on its {a.part} part, the other on its {b.part} part"
    answers = [_answers(run.folder) for run in (a, b)]
    if answers[0] is not None and answers[1] is not None and _same_pictures(a, b, answers):
        rights = [each["test_predicted"] == each["test_labels"] for each in answers if each]
        return differ_on_same_pictures(rights[0], rights[1]), ""
    counts = [(round(run.accuracy * run.n), run.n) for run in (a, b) if run.accuracy and run.n]
    return differ_beyond_chance(counts[0], counts[1]), ""


def _answers(folder: Path) -> dict[str, np.ndarray] | None:
    path = folder / ANSWERS
    if not path.is_file():
        return None
    try:
        archive = read_npz(path, error=TrainingError)
        return {name: archive[name] for name in ("test_predicted", "test_labels")}
    except (KeyError, OSError, TrainingError) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}). Delete it, or train again."
        ) from error


def _same_pictures(a: RunSummary, b: RunSummary, answers: list[Any]) -> bool:
    """Whether both answered the same pictures in the same order, wherever they lay."""
    prints = [_test_pictures(run.folder) for run in (a, b)]
    same_labels = np.array_equal(answers[0]["test_labels"], answers[1]["test_labels"])
    return same_labels and prints[0] is not None and prints[0] == prints[1]


def _test_pictures(folder: Path) -> tuple[str, ...] | str | None:
    """What tells the pictures of the test part from others: their content, if it is known."""
    data = read_run_data(folder)
    if data is not None and "test" in data.parts:
        return data.parts["test"].hashes
    try:
        facts = read_json(folder / ENVIRONMENT, error=TrainingError)
        return str(facts["data"]["test"])
    except (OSError, KeyError, TypeError, TrainingError):
        return None


def recipe_differences(a: AnyPath, b: AnyPath) -> dict[str, tuple[Any, Any]]:
    """The keys in which the recipes of two runs differ, with both values."""
    a, b = Path(a), Path(b)
    flat = [_flat(read_recipe(folder / RECIPE).model_dump()) for folder in (a, b)]
    keys = dict.fromkeys([*flat[0], *flat[1]])
    pairs = {key: (flat[0].get(key), flat[1].get(key)) for key in keys}
    return {
        key: pair
        for key, pair in pairs.items()
        if pair[0] != pair[1] and key not in {"name", "about"}
    }


def _flat(tables: Mapping[str, Any], above: str = "") -> JsonObject:
    out: JsonObject = {}
    for key, value in tables.items():
        if isinstance(value, dict) and value:
            out |= _flat(value, f"{above}{key}.")
        else:
            out[f"{above}{key}"] = value
    return out


def age(changed_s: float, *, now_s: float | None = None) -> str:
    """How long ago something changed, as people say it.

    Example:
        >>> age(0, now_s=90), age(0, now_s=7300), age(0, now_s=100000), age(0, now_s=200000)
        ('1 min ago', '2 h ago', '1 day ago', '2 days ago')
    """
    seconds = (time.time() if now_s is None else now_s) - changed_s
    for size, unit, units in ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min")):
        if seconds >= size:
            return f"{plural(int(seconds // size), unit, units)} ago"
    return "just now"
