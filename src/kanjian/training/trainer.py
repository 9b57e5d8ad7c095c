"""The main path: from a recipe to a trained, judged and saved recognizer.

Read it top to bottom; each step is one function of a module beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kanjian import backend
from kanjian.datasets.corrupt import Inspection, classes_lost, inspect, without
from kanjian.datasets.dataset import Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.datasets.recorded import noted, twins
from kanjian.errors import DatasetError, TrainingError
from kanjian.images.flaws import flaw_notes, flaws_seen
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.codec import override, read_recipe, write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage import files
from kanjian.training.checkpoint import FILE, Progress, load_checkpoint
from kanjian.training.evaluate_and_save import finish
from kanjian.training.events import Plan, SilentCallback, TrainingCallback
from kanjian.training.interrupt import asked_to_stop
from kanjian.training.own_pictures import own_pictures
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import TrainingSetup, learnable, prepare
from kanjian.training.probe import batch_size_within, peak_memory_mb, probe
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.resumable import resumable
from kanjian.training.run_data import describe, place_for, read_run_data, write_run_data
from kanjian.training.run_folder import CHECKPOINT, RECIPE, check_unfinished
from kanjian.training.run_log import Recorder, write_environment


@dataclass(frozen=True)
class Run:
    """A finished training run.

    Args:
        folder: The run folder.
        report: What `report.json` holds.
    """

    folder: Path
    report: dict[str, Any]

    @property
    def recognizer_folder(self) -> Path:
        """What to hand to anyone who should use the recognizer."""
        return self.folder / "recognizer"


def train(
    what: Recipe | str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    out: AnyPath = Path("runs"),
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
    max_memory_mb: float | None = None,
) -> Run:
    """Train, judge and save a recognizer.

    Args:
        what: A recipe, the name of a shipped one, a recipe file, or pictures in any form
            `open_dataset` understands, for which a recipe is chosen.
        overrides: Keys of the recipe to change, as {"training.epochs": 3}.
        out: The run folder is made in here, named after the recipe.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step; the command line draws its progress bar with it.
        allow_code: Whether the recipe may name Python code to run.
        max_memory_mb: Halve the batch until the whole process stays within this.

    Returns:
        The run; its folder holds all there is to know.

    Raises:
        KanjianError: If recipe, pictures or folder do not allow it. Nothing is left behind
            unless an epoch was begun.
        TrainingInterrupted: If stopped with Ctrl-C; `resume` goes on.

    Example:
        >>> import tempfile
        >>> from kanjian.recipes.shipped import shipped
        >>> run = train(shipped("mnist-demo").quick(), out=Path(tempfile.mkdtemp()))
        >>> run.folder.name, sorted(run.report["test"])[:1]
        ('mnist-demo', ['accuracy'])
    """
    out, data_folder = Path(out), as_path(data_folder)
    recipe = (
        override(what, overrides or {})
        if isinstance(what, Recipe)
        else recipe_for(what, overrides=overrides, data_folder=data_folder)
    )
    callback = callback or SilentCallback()
    splits, damaged = open_pictures(recipe, data_folder)
    pictures = describe(splits, recipe.data.source, data_folder)
    splits = noted(splits, twins(pictures))
    if max_memory_mb is not None:
        recipe = _fit_memory(recipe, splits, max_memory_mb, allow_code=allow_code)
    prepared = prepare(recipe, splits, allow_code=allow_code)
    folder = files.new_run_folder(out, recipe.name)
    place = place_for(folder, recipe.data.source, data_folder, limited=bool(recipe.data.limit))
    with files.whole_or_gone(folder):  # without these two nothing could be resumed
        write_run_data(folder, place, splits, pictures, damaged)
        files.write_text(folder / RECIPE, write_recipe(prepared.recipe))
    progress = Progress(data=fingerprint(splits.train))
    return _go_on(prepared, progress, {}, folder, callback, damaged)


def resume(
    folder: AnyPath,
    *,
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
) -> Run:
    """Go on with a run that was interrupted, killed or switched off.

    On a CPU the final weights are those of an unbroken run, to the last bit.

    Args:
        folder: The run folder.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.

    Raises:
        TrainingError: If there is no run here, it is finished already, or its pictures changed.

    Example:
        >>> resume(Path("runs/of-nobody"))
        Traceback (most recent call last):
        kanjian.errors.TrainingError: no run in runs/of-nobody...
    """
    folder, data_folder = Path(folder), as_path(data_folder)
    check_unfinished(folder)
    recipe = read_recipe(folder / RECIPE)
    own = read_run_data(folder)
    if own is None:
        splits, damaged = open_pictures(recipe, data_folder)
    else:
        splits, damaged = _own_pictures(folder, data_folder), list(own.skipped)
        splits = replace(splits, notes=own.notes)
    prepared = prepare(recipe, splits, allow_code=allow_code)
    now = fingerprint(splits.train)
    # killed before the first checkpoint: begin again, which is the same run
    progress = Progress(data=now)
    arrays: dict[str, Any] = {}
    if (folder / CHECKPOINT / FILE).is_file():
        progress, arrays = load_checkpoint(folder / CHECKPOINT)
    if own is None and progress.data != now:  # else every picture was compared by its content
        raise TrainingError(
            f"the pictures in {recipe.data.source} changed since the run in {folder} was started. "
            "Put them back, or start a new run."
        )
    return _go_on(prepared, progress, arrays, folder, callback or SilentCallback(), damaged)


def _own_pictures(folder: Path, data_folder: Path | None) -> Splits:
    try:
        return own_pictures(folder, data_folder).splits(cure="Put them back, or start a new run.")
    except DatasetError as error:
        raise TrainingError(
            f"the pictures changed since the run in {folder} was started: {error}"
        ) from error


def _go_on(
    prepared: TrainingSetup,
    progress: Progress,
    arrays: dict[str, Any],
    folder: Path,
    callback: TrainingCallback,
    damaged: list[Any],
) -> Run:
    """Train from where `progress` stands, then judge and save."""
    recorder = Recorder(folder, callback, progress.history)
    with resumable(folder), asked_to_stop() as interrupted:
        check_unfinished(folder)  # another process may have ended it meanwhile
        write_environment(folder, prepared)
        recorder.on_plan(plan_of(prepared))
        runner = PhaseRunner(prepared, progress, folder / CHECKPOINT, recorder, interrupted)
        runner.run(arrays)
    with resumable(folder):
        return Run(folder, finish(prepared, runner, folder, damaged, recorder))


def open_pictures(recipe: Recipe, data_folder: Path | None) -> tuple[Splits, list[Any]]:
    """Open and part the pictures; a damaged one stops the run before its first epoch."""
    splits = prepare_splits(recipe.data, seed=recipe.training.seed, data_folder=data_folder)
    parts = [splits.train, splits.validation, splits.test]
    with flaws_seen() as flaws:
        found = [Inspection() if part is None else inspect(part) for part in parts]
    damaged = [damage for each in found for damage in each.damaged]
    notes = (*Inspection.joined(found).notes(), *flaw_notes(flaws))
    splits = replace(splits, notes=(*splits.notes, *notes))
    if not damaged:
        return splits, []
    if not recipe.data.skip_damaged:
        named = "; ".join(f"{damage.name}: {damage.reason}" for damage in damaged[:3])
        more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
        raise DatasetError(
            f"{len(damaged)} damaged pictures: {named}{more}. "
            "Mend or remove them, or skip them with --skip-damaged."
        )
    sound = [
        None if part is None else without(part, each.damaged)
        for part, each in zip(parts, found, strict=True)
    ]
    assert sound[0] is not None
    lost = classes_lost(splits.train, sound[0])
    if lost:
        raise DatasetError(
            f"no picture to learn {lost[0]!r} from can be read, so skipping damaged ones would "
            f"lose the class; the first is {damaged[0].name}: {damaged[0].reason}"
        )
    return Splits(sound[0], sound[1], sound[2], splits.notes), damaged


def _fit_memory(recipe: Recipe, splits: Splits, limit_mb: float, *, allow_code: bool) -> Recipe:
    def with_batch(size: int) -> Recipe:
        sections = {name: getattr(recipe, name) for name in ("training", "fine_tune", "all_layers")}
        return recipe.model_copy(
            update={
                name: section.model_copy(update={"batch_size": min(size, section.batch_size)})
                for name, section in sections.items()
                if section is not None
            }
        )

    def trained_peak_mb(size: int) -> float | None:
        prepared = prepare(with_batch(size), splits, allow_code=allow_code)
        # the last phase trains most of the network, on the largest input
        setup = set_up_phase(prepared, phases_of(prepared.recipe)[-1])
        probe(setup.model, setup.train, epochs=range(setup.phase.training.epochs))
        setup.close()
        return peak_memory_mb()

    return with_batch(batch_size_within(limit_mb, recipe.training.batch_size, trained_peak_mb))


def plan_of(prepared: TrainingSetup) -> Plan:
    """What is about to happen, for the listener."""
    splits = prepared.splits
    return Plan(
        recipe=prepared.recipe,
        train=len(splits.train),
        validation=0 if splits.validation is None else len(splits.validation),
        test=0 if splits.test is None else len(splits.test),
        classes=splits.classes,
        shape_hwc=prepared.shape.shape_hwc,
        parameters=learnable(prepared.model),
        backend=backend.backend_name(),
        precision=prepared.precision,
        steps_per_epoch=-(-len(splits.train) // prepared.recipe.training.batch_size),
        notes=splits.notes,
    )
