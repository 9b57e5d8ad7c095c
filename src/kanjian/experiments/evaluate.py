"""Evaluate a saved recognizer: on its own test part, or on other pictures."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kanjian import former
from kanjian.checks import check_choice
from kanjian.datasets.corrupt import inspect, without
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError
from kanjian.evaluation.abstain import apply_abstain
from kanjian.evaluation.metrics import EvaluationResult, evaluate_probabilities
from kanjian.evaluation.mistakes import Mistake
from kanjian.experiments.seen import SEEN, Group, groups_of, origins_in, said_of, unseen
from kanjian.inference.recognizer import Recognizer
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath, as_path
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.codec import read_recipe
from kanjian.reporting.facts import EvaluatedOn, ReportFacts
from kanjian.reporting.report import write_report
from kanjian.storage import files
from kanjian.training.own_pictures import own_pictures
from kanjian.training.predictions import judged, mistakes_of
from kanjian.training.run_folder import RECIPE

PARTS = ("auto", "train", "validation", "test", "all")


@former.with_attributes
@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a recognizer is worth on some pictures.

    Args:
        recognizer: Who was asked.
        data: What the pictures are called.
        part: Which part of them.
        metrics: How good its predictions are.
        given: How many pictures it predicted at its own thresholds; the rest it calls
            "unknown".
        given_right: How many of these predictions were right.
        unlike: How many it called "unknown" because they are unlike its training pictures.
        unlike_right: Of how many of these the most probable class was right.
        mistakes: The worst ones.
        notes: What was found and chosen, as sentences.
        groups: Pictures it has seen in training apart from those it has not; none where
            this is not known, or plain.
        folder: Where the report lies, if one was asked for.
    """

    recognizer: Recognizer
    data: str
    part: str
    metrics: EvaluationResult
    given: int
    given_right: int
    mistakes: tuple[Mistake, ...]
    notes: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    folder: Path | None = None
    unlike: int = 0
    unlike_right: int = 0

    def to_dict(self) -> JsonObject:
        """The evaluation as plain values."""
        return {
            "recognizer": self.recognizer.name,
            "data": self.data,
            "part": self.part,
            "views": self.recognizer.views,
            **self.metrics.to_dict(),
            "abstain": None if self.recognizer.abstain_threshold is None else {
                "threshold": self.recognizer.abstain_threshold,
                "coverage": self.given / self.metrics.n,
                "accuracy": self.given_right / self.given if self.given else None,
            },
            "open_set": None if self.recognizer.card.open_set_threshold is None else {
                "unknown": self.unlike / self.metrics.n,
                "unknown_right": self.unlike_right / self.metrics.n,
            },
            "mistakes": [
                {"name": each.name, "true": each.true, "predicted": each.predicted,
                 "probability": each.probability}
                for each in self.mistakes
            ],
            "groups": [group.to_dict() for group in self.groups],
            "notes": list(self.notes),
        }  # fmt: skip


def evaluate(
    folder: AnyPath,
    data: str | Path | None = None,
    *,
    part: str = "auto",
    data_folder: AnyPath | None = None,
    group_by: str | None = None,
    skip_damaged: bool = False,
    views: int | None = None,
    out: AnyPath | None = None,
) -> Evaluation:
    """Evaluate a saved recognizer on labeled pictures.

    Classes are matched by name, never by order. The pictures are streamed: memory does not
    grow with their number. The parts of a run are those that it wrote down, whatever has come
    to the folder since. In other pictures those that it has seen in training are found by their
    content, and evaluated apart.

    Args:
        folder: A run folder, or with `data` also the folder of a recognizer.
        data: Pictures in any form `open_dataset` understands; one class is enough. None takes
            those of the run.
        part: "train", "validation", "test" or "all". "auto" takes the test part; of `data`
            without one, what it has not seen in training; of a run without one, validation.
        data_folder: Where built-in data sets, and pictures that were moved, are looked for first.
        group_by: See `open_dataset`; only for `data`.
        skip_damaged: Leave damaged pictures out, and those of the run that are gone or changed,
            instead of refusing.
        views: See `Recognizer.load`.
        out: Make a folder with report.json, report.html and pictures in here.

    Raises:
        RecognizerError: If there is no recognizer.
        DatasetError: If the pictures cannot be opened, or are of classes it does not know.

    Example:
        >>> evaluate("runs/of-nobody")
        Traceback (most recent call last):
        kanjian.errors.RecognizerError: no recognizer in runs/of-nobody...
    """
    folder, data_folder, out = Path(folder), as_path(data_folder), as_path(out)
    check_choice("part", part, PARTS, error=DatasetError)
    recognizer = Recognizer.load(folder, views=views)
    if data is None:
        chosen, dataset, found = _own(folder, part, data_folder, skip_gone=skip_damaged)
    else:
        splits = open_dataset(
            data, data_folder=data_folder, group_by=group_by, known=recognizer.classes
        )
        chosen, dataset = _part(splits, part)
        found = splits.notes
    dataset, damaged, doubts = _sound(dataset, skip=skip_damaged)
    dataset, notes = by_name(dataset, recognizer.classes)
    shape = InputShape(recognizer.size_hw, recognizer.channels, recognizer.card.fit)
    answers = judged(recognizer, dataset, shape)
    probabilities, unlike = answers[:, :-1], answers[:, -1] > 1
    groups: tuple[Group, ...] = ()
    if data is not None:
        origins, unknown = origins_in(folder, dataset)
        right = probabilities.argmax(axis=1) == dataset.labels
        groups = () if origins is None else groups_of(origins, right)
        notes = (*notes, *unknown)
        fresh = unseen(origins)
        if part == "auto" and fresh is not None:
            notes = (*notes, f"{int((~fresh).sum())} of {len(fresh)} pictures were seen in "
                     "training and are left out; --part all evaluates on them, too")  # fmt: skip
            chosen, dataset = "unseen", dataset.subset(np.flatnonzero(fresh))
            probabilities, unlike = probabilities[fresh], unlike[fresh]
        elif any(group.origin in SEEN for group in groups):
            notes = (
                *notes,
                "some of these pictures were seen in training: this measures memory, not skill",
            )
    right = probabilities.argmax(axis=1) == dataset.labels
    given = ~unlike
    if recognizer.abstain_threshold is not None:
        given &= ~apply_abstain(probabilities, recognizer.abstain_threshold)
    evaluation = Evaluation(
        recognizer=recognizer,
        data=read_recipe(folder / RECIPE).data.source if data is None else str(data),
        part=chosen,
        metrics=evaluate_probabilities(probabilities, dataset.labels, recognizer.classes),
        given=int(given.sum()),
        given_right=int((given & right).sum()),
        unlike=int(unlike.sum()),
        unlike_right=int((unlike & right).sum()),
        mistakes=tuple(mistakes_of(dataset, probabilities, shape)),
        notes=(*found, *damaged, *doubts, *notes),
        groups=groups,
    )
    if out is None:
        return evaluation
    return replace(evaluation, folder=_write(evaluation, out, damaged))


def _own(
    folder: Path, part: str, data_folder: Path | None, *, skip_gone: bool
) -> tuple[str, Dataset, tuple[str, ...]]:
    """A part of the run's own pictures: its name, the pictures, and what to say of them."""
    own = own_pictures(folder, data_folder)
    there = ", ".join(sorted(own.names))
    if part == "all":
        raise DatasetError(f"the pictures lie in parts: {there}. Name one with --part.")
    if part == "auto" and own.names[0] == "train":
        raise DatasetError(
            f"this run held no pictures back{_FOLDED if _is_folded(folder) else ''}. Name others, "
            "or evaluate on those it was trained on with --part train."
        )
    if part not in ("auto", *own.names):
        raise DatasetError(f"there is no {part} part, only {there}. Name one with --part.")
    chosen = own.names[0] if part == "auto" else part
    dataset, notes = own.part(
        chosen,
        skip_gone=skip_gone,
        cure="Put them back, leave them out with --skip-damaged, or name other pictures: kanjian "
        "evaluate RUN PICTURES.",
    )
    if chosen == "train":
        notes = (*notes, "evaluated on the training pictures: this measures memory, not skill")
    return chosen, dataset, (*own.notes, *notes, *own.new())


_FOLDED = "; what cross-validation says of it stands in its report"


def _is_folded(folder: Path) -> bool:
    recipe = read_recipe(folder / RECIPE)
    return recipe.probe is not None and not recipe.training.epochs


def _part(splits: Splits, part: str) -> tuple[str, Dataset]:
    """The part of other pictures that is meant."""
    there = {
        name: found
        for name, found in (
            ("test", splits.test),
            ("validation", splits.validation),
            ("train", splits.train),
        )
        if found is not None and len(found)
    }
    if part == "auto":
        part = "test" if "test" in there else "all"
    if part == "all" and len(there) == 1:
        return "all", next(iter(there.values()))
    listed = ", ".join(sorted(there))
    if part == "all":
        raise DatasetError(f"the pictures lie in parts: {listed}. Name one with --part.")
    if part not in there:
        raise DatasetError(f"there is no {part} part, only {listed}. Name one with --part.")
    return part, there[part]


def _sound(dataset: Dataset, *, skip: bool) -> tuple[Dataset, tuple[str, ...], tuple[str, ...]]:
    """The pictures that can be read, which cannot, and what is doubtful about the others."""
    found = inspect(dataset)
    named = tuple(f"{damage.name}: {damage.reason}" for damage in found.damaged)
    if named and not skip:
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        raise DatasetError(
            f"{len(named)} damaged pictures: {'; '.join(named[:3])}{more}. "
            "Mend or remove them, or skip them with --skip-damaged."
        )
    return without(dataset, found.damaged), named, found.notes()


def by_name(dataset: Dataset, classes: tuple[str, ...]) -> tuple[Dataset, tuple[str, ...]]:
    """The same pictures with labels in a recognizer's class order, matched by name.

    Args:
        dataset: Its classes may stand in any order, and some may be missing.
        classes: The recognizer's.

    Returns:
        The pictures, and a note if classes are missing.

    Raises:
        DatasetError: If pictures belong to a class the recognizer does not know.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((3, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 1, 1]), ("dog", "cat"))
        >>> by_name(data, ("cat", "dog"))[0].labels
        array([1, 0, 0])
    """
    counts = dataset.class_counts()
    unknown = [name for name in dataset.classes if name not in classes and counts[name]]
    if unknown:
        raise DatasetError(
            f"{dataset.name} has pictures of {_listed(unknown)}, which the recognizer does not "
            f"know; it knows {_listed(classes)}. Rename or remove them."
        )
    missing = [name for name in classes if not counts.get(name)]
    notes = (f"no pictures of {_listed(missing)}",) if missing else ()
    # a class without pictures may be unknown: no label points to it
    places = np.array([classes.index(n) if n in classes else -1 for n in dataset.classes], np.int64)
    labels = places[dataset.labels]
    return replace(dataset, labels=labels, classes=tuple(classes)), notes


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(repr(name) for name in names[:8]) + more


def _write(evaluation: Evaluation, out: Path, damaged: tuple[str, ...]) -> Path:
    name = f"{evaluation.recognizer.name}-evaluation"
    folder = files.new_run_folder(out, name)
    held_back = evaluation.part == "validation"
    write_report(
        folder,
        ReportFacts(
            title=f"{evaluation.recognizer.name} on {evaluation.data} ({evaluation.part})",
            evaluated=EvaluatedOn(
                evaluation.recognizer.name,
                evaluation.data,
                evaluation.part,
                evaluation.recognizer.engine,
                evaluation.recognizer.views,
            ),
            validation=evaluation.metrics if held_back else None,
            test=None if held_back else evaluation.metrics,
            mistakes=evaluation.mistakes,
            skipped=damaged,
            notes=(*evaluation.notes, *said_of(evaluation.groups)),
        ),
    )
    (folder / "curves.png").unlink()  # nothing was trained
    return folder
