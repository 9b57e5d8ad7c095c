"""The main path: from a recipe to a trained, evaluated and saved recognizer.

Read it top to bottom; each step is one function of a module beside this one.
"""

import time
from dataclasses import replace
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
from kanjian.models.own import load_own
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.codec import read_recipe, write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage import files
from kanjian.training.checkpoint import FILE, Progress, load_checkpoint
from kanjian.training.evaluate_and_save import finish
from kanjian.training.events import Message, Plan, TrainingCallback
from kanjian.training.former_listener import hears_listeners
from kanjian.training.further import further, stretched
from kanjian.training.given import Weight, keep, weighed, with_network
from kanjian.training.interrupt import asked_to_stop
from kanjian.training.notebook import usual_callback
from kanjian.training.own_pictures import own_pictures
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import TrainingSetup, learnable, prepare
from kanjian.training.probe import batch_size_within, peak_memory_mb, probe
from kanjian.training.resumable import resumable
from kanjian.training.run import Run
from kanjian.training.run_data import describe, place_for, read_run_data, write_run_data
from kanjian.training.run_folder import CHECKPOINT, RECIPE, REPORT, check_run, check_unfinished
from kanjian.training.run_log import Recorder, write_environment
from kanjian.training.try_fine_tuning import asked_for, minutes_left, try_fine_tuning


@hears_listeners
def train(
    recipe: Recipe,
    *,
    pictures: Splits | None = None,
    model: Any = None,
    sample_weight: Weight | None = None,
    out: AnyPath = Path("runs"),
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
    max_memory_mb: float | None = None,
) -> Run:
    """Train, evaluate and save a recognizer from a recipe; `kanjian.train` makes one of anything.

    Args:
        recipe: What to do.
        pictures: Those that lie in memory, where the recipe names none; the run keeps them.
        model: As for `kanjian.train`.
        sample_weight: As for `kanjian.train`; an array lies in `pictures` already.
        out: The run folder is made in here, named after the recipe.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step; in a notebook a progress bar by default.
        allow_code: Whether the recipe may name Python code to run.
        max_memory_mb: Halve the batch until the whole process stays within this.

    Raises:
        KanjianError: If recipe, pictures or folder do not allow it. Nothing is left behind
            unless an epoch was begun.
        TrainingInterrupted: If stopped with Ctrl-C; `resume` goes on.

    Example:
        >>> import tempfile
        >>> run = train(Recipe.shipped("mnist-demo").quick(), out=tempfile.mkdtemp())
        >>> run.folder.name, run.report.epochs
        ('mnist-demo', 1)
    """
    out, data_folder, began = Path(out), as_path(data_folder), time.monotonic()
    if model is not None:
        recipe = with_network(recipe, model)
    callback = callback or usual_callback()
    splits, damaged = open_pictures(recipe, data_folder, opened=pictures)
    splits = weighed(splits, sample_weight, given=pictures is not None)
    seen = describe(splits, recipe.data.source, data_folder)
    splits = noted(splits, twins(seen))
    if max_memory_mb is not None:
        recipe = _fit_memory(recipe, splits, max_memory_mb, allow_code=allow_code, own=model)
    prepared = prepare(recipe, splits, allow_code=allow_code, own=model, callback=callback)
    if asked_for(recipe, validation=splits.validation):
        found = try_fine_tuning(prepared, minutes_left(recipe, began), callback)
        prepared.splits = noted(prepared.splits, [found.sentence])
        if found.recipe is not None and found.splits is not None:
            splits = noted(found.splits, [found.sentence])
            seen = describe(splits, recipe.data.source, data_folder)
            prepared = prepare(found.recipe, splits, callback=callback)
    folder = files.new_run_folder(out, recipe.name)
    with files.whole_or_gone(folder):  # without these nothing could be resumed
        prepared.recipe = keep(folder, prepared, splits, given=pictures is not None)
        source = prepared.recipe.data.source
        place = place_for(folder, source, data_folder, limited=bool(recipe.data.limit))
        write_run_data(folder, place, splits, seen, damaged)
        files.write_text(folder / RECIPE, write_recipe(prepared.recipe))
    progress = Progress(data=fingerprint(splits.train))
    return _go_on(prepared, progress, {}, folder, callback, damaged)


@hears_listeners
def resume(
    folder: AnyPath,
    *,
    epochs: int | None = None,
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
) -> Run:
    """Go on with a run that was interrupted, killed or switched off, or with a finished one.

    On a CPU the final weights are those of an unbroken run, to the last bit. A finished run
    goes on from its last epoch, with the optimizer as it was left; its report and its
    recognizer are made anew in the end. Where the schedule does not depend on how many
    epochs there are, that too is as if it had never stopped.

    Args:
        folder: The run folder.
        epochs: Train to this many in all, those that are done included; needed to go on with
            a finished run.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.

    Raises:
        TrainingError: If there is no run here, it is finished and no epochs are given or no
            more than it has done, or its pictures changed.

    Example:
        >>> resume(Path("runs/of-nobody"))
        Traceback (most recent call last):
        kanjian.errors.TrainingError: no run in runs/of-nobody...
    """
    folder, data_folder = Path(folder), as_path(data_folder)
    (check_unfinished if epochs is None else check_run)(folder)
    recipe = read_recipe(folder / RECIPE)
    # killed before the first checkpoint: begin again, which is the same run
    progress, arrays = Progress(), dict[str, Any]()
    if (folder / CHECKPOINT / FILE).is_file() or (folder / REPORT).is_file():
        progress, arrays = load_checkpoint(folder / CHECKPOINT)
    if epochs is not None:
        recipe, progress = further(recipe, progress, epochs)
    own = read_run_data(folder)
    if own is None:
        splits, damaged = open_pictures(recipe, data_folder)
    else:
        splits, damaged = _own_pictures(folder, data_folder), list(own.skipped)
        splits = replace(splits, notes=own.notes)
    network = None if recipe.model.file is None else load_own(folder / recipe.model.file)
    prepared = prepare(recipe, splits, allow_code=allow_code, own=network)
    now = fingerprint(splits.train)
    # where the run wrote a list, every picture was compared by its content
    if own is None and arrays and progress.data != now:
        raise TrainingError(
            f"the pictures in {recipe.data.source} changed since the run in {folder} was started. "
            "Put them back, or start a new run."
        )
    progress.data = now
    longer = None if epochs is None else recipe
    return _go_on(
        prepared, progress, arrays, folder, callback or usual_callback(), damaged, longer=longer
    )


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
    *,
    longer: Recipe | None = None,
) -> Run:
    """Train from where `progress` stands, then evaluate and save.

    With `longer`, a recipe of more epochs, a finished run becomes one that was interrupted.
    """
    recorder = Recorder(folder, callback, progress.history)
    with resumable(folder), asked_to_stop() as interrupted:
        if longer is not None:
            files.write_text(folder / RECIPE, write_recipe(longer))
            (folder / REPORT).unlink(missing_ok=True)
            for sentence in stretched(longer):
                recorder(Message(sentence))
        check_unfinished(folder)  # another process may have ended it meanwhile
        write_environment(folder, prepared)
        recorder(plan_of(prepared))
        runner = PhaseRunner(prepared, progress, folder / CHECKPOINT, recorder, interrupted)
        runner.run(arrays)
    with resumable(folder):
        return Run(folder, finish(prepared, runner, folder, damaged, recorder))


def open_pictures(
    recipe: Recipe, data_folder: Path | None, *, opened: Splits | None = None
) -> tuple[Splits, list[Any]]:
    """Open and part the pictures; a damaged one stops the run before its first epoch."""
    splits = prepare_splits(
        recipe.data, seed=recipe.training.seed, data_folder=data_folder, opened=opened
    )
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


def _fit_memory(
    recipe: Recipe, splits: Splits, limit_mb: float, *, allow_code: bool, own: Any
) -> Recipe:
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
        prepared = prepare(with_batch(size), splits, allow_code=allow_code, own=own)
        if not any(phase.training.epochs for phase in phases_of(prepared.recipe)):
            return peak_memory_mb()  # nothing is trained in batches
        # the last phase trains most of the network, on the largest input
        setup = set_up_phase(prepared, phases_of(prepared.recipe)[-1])
        probe(setup.model, setup.train, epochs=range(setup.phase.training.epochs))
        setup.close()
        return peak_memory_mb()

    return with_batch(batch_size_within(limit_mb, recipe.training.batch_size, trained_peak_mb))


def plan_of(prepared: TrainingSetup) -> Plan:
    """What is about to happen, for the callback."""
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
