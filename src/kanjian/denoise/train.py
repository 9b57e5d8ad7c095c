"""The main path of a denoiser: from a recipe to a trained and saved network.

The loop, its checkpoints and Ctrl-C are those of `training`; here is what a denoiser has of
its own: pairs, a loss in gray levels, and a network kept after every epoch.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kanjian.backend import backend_name, use_xla
from kanjian.backend.mixed_precision import choose_precision
from kanjian.backend.seeding import set_seed
from kanjian.denoise.epoch_snapshots import EpochSnapshots, build_network
from kanjian.denoise.folder import FOLDER, save_denoiser
from kanjian.denoise.image_sets import Parts, open_parts
from kanjian.denoise.in_time import InTime, phase_of, plan_notes, planned, rate_of
from kanjian.denoise.losses import build_loss, psnr
from kanjian.denoise.pairs import PairBatches
from kanjian.denoise.run import (
    RECIPE,
    DenoiseReport,
    DenoiseRun,
    keep_pictures,
    own_parts,
    recipe_in,
)
from kanjian.denoise.unfinished import network_spec
from kanjian.errors import DatasetError, RecipeError, TrainingError
from kanjian.models.denoisers import spec_of
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.codec import override, write_recipe
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.storage import files
from kanjian.training.checkpoint import FILE, Progress, load_checkpoint
from kanjian.training.compile import steps_per_execution
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import Message, TrainingCallback
from kanjian.training.former_listener import hears_listeners
from kanjian.training.interrupt import asked_to_stop
from kanjian.training.notebook import usual_callback
from kanjian.training.optimizers import build_optimizer
from kanjian.training.probe import peak_memory_mb, probe
from kanjian.training.resumable import resumable
from kanjian.training.run_folder import CHECKPOINT, REPORT
from kanjian.training.run_log import Recorder, write_surroundings


@hears_listeners
def train(
    recipe: DenoiseRecipe,
    *,
    overrides: Mapping[str, Any] | None = None,
    out: AnyPath = Path("runs"),
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
) -> DenoiseRun:
    """Train a denoiser and save it.

    The run folder holds the recipe, a network for every epoch, the checkpoint, the history
    and, at the end, the denoiser.

    Args:
        recipe: Pictures, noise, network and how it is trained.
        overrides: Keys of the recipe to change, as {"learning.epochs": 3}.
        out: The run folder is made in here, named after the recipe.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step; without one, a notebook shows a progress bar.

    Raises:
        KanjianError: If recipe, pictures or folder do not allow it.
        TrainingInterrupted: If stopped with Ctrl-C; `resume` goes on.

    Example:
        >>> import tempfile
        >>> recipe = DenoiseRecipe(
        ...     pictures={"source": "digits", "patch": 8, "per_picture": 1, "limit": 8},
        ...     learning={"epochs": 1, "batch_size": 4})
        >>> run = train(recipe, out=Path(tempfile.mkdtemp()))
        >>> sorted(path.name for path in run.folder.iterdir())[2:5]
        ['denoiser', 'environment.json', 'epochs']
    """
    out, data_folder = Path(out), as_path(data_folder)
    recipe = override(recipe, overrides or {})
    parts = open_parts(recipe, data_folder=data_folder)
    check_fits(recipe, parts)
    recipe = override(recipe, {"pictures.color": "gray" if parts.train.channels == 1 else "rgb"})
    folder = files.new_run_folder(out, recipe.name)
    keep_pictures(folder, recipe, parts, data_folder)
    files.write_text(folder / RECIPE, write_recipe(recipe))
    progress = Progress(data=parts.train.fingerprint())
    return _go_on(recipe, parts, progress, {}, folder, callback or usual_callback())


@hears_listeners
def resume(
    folder: AnyPath, *, data_folder: AnyPath | None = None, callback: TrainingCallback | None = None
) -> DenoiseRun:
    """Go on with a run that was interrupted, killed or switched off.

    On a CPU the final weights are those of an unbroken run, to the last bit.

    Args:
        folder: The run folder.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step; without one, a notebook shows a progress bar.

    Raises:
        TrainingError: If there is no run here, it is finished already, or its pictures changed.

    Example:
        >>> resume(Path("runs/of-nobody"))
        Traceback (most recent call last):
        kanjian.errors.TrainingError: no run of 'kanjian denoise train' in runs/of-nobody...
    """
    folder, data_folder = Path(folder), as_path(data_folder)
    recipe = recipe_in(folder)
    if (folder / REPORT).is_file():
        raise TrainingError(f"the run in {folder} is finished; its denoiser is {folder / FOLDER}.")
    try:
        parts = own_parts(folder, recipe, data_folder)
    except DatasetError as error:
        raise TrainingError(
            f"the pictures changed since the run in {folder} was started: {error}"
        ) from error
    now = parts.train.fingerprint()
    progress = Progress(data=now)
    arrays: dict[str, Any] = {}
    if (folder / CHECKPOINT / FILE).is_file():
        progress, arrays = load_checkpoint(folder / CHECKPOINT)
    if progress.data != now:
        raise TrainingError(
            f"the pictures in {recipe.pictures.source} changed since the run in {folder} was "
            "started. Put them back, or start a new run."
        )
    return _go_on(recipe, parts, progress, arrays, folder, callback or usual_callback())


def check_fits(recipe: DenoiseRecipe, parts: Parts) -> None:
    """Refuse squares, or whole pictures, that the network cannot take.

    Raises:
        RecipeError: If a side is no multiple of what the network needs.
    """
    multiple = spec_of(recipe.network.name, **recipe.network.options)["multiple"]
    side = recipe.pictures.patch
    for length in (side,) if side else parts.train.smallest_hw():
        if length % multiple:
            raise RecipeError(
                f"network {recipe.network.name!r} takes squares whose side is a multiple of "
                f"{multiple}, got {length}. Choose another --patch."
            )


def _go_on(
    recipe: DenoiseRecipe,
    parts: Parts,
    progress: Progress,
    arrays: dict[str, Any],
    folder: Path,
    callback: TrainingCallback,
) -> DenoiseRun:
    """Train from where `progress` stands, then save."""
    snapshots = EpochSnapshots(folder, callback)
    recorder = Recorder(folder, snapshots, progress.history)
    with resumable(folder), asked_to_stop() as interrupted:
        loop = _loop(recipe, parts, progress, folder, recorder)
        if recipe.learning.minutes is not None:
            if not arrays:
                recipe = _planned(recipe, loop, folder)
                loop = _loop(recipe, parts, progress, folder, recorder)
            loop.callback = InTime(recipe, loop, folder, recorder)
        loop.interrupted = interrupted
        write_surroundings(
            folder,
            precision=loop.model.dtype_policy.name,
            seed=recipe.learning.seed,
            data={"train": progress.data},
        )
        snapshots.ready(recipe, loop)
        if arrays:
            loop.restore(arrays)
            snapshots.catch_up()
        for note in (*parts.notes, noise_line(recipe), *plan_notes(recipe)):
            recorder(Message(note))
        recorder(phase_of(recipe, loop))
        if progress.epoch < recipe.learning.epochs and not progress.stopped_early:
            left = range(progress.epoch, recipe.learning.epochs)
            recorder(probe(loop.model, loop.train, epochs=left))
            loop.run(arrays)
    with resumable(folder):
        return DenoiseRun(folder, _finish(recipe, loop, snapshots, folder, recorder))


def _loop(
    recipe: DenoiseRecipe, parts: Parts, progress: Progress, folder: Path, recorder: Recorder
) -> EpochLoop:
    """Network and batches, compiled."""
    learning, pictures = recipe.learning, recipe.pictures
    set_seed(learning.seed)
    precision = choose_precision(learning.precision)
    network = build_network(recipe, parts.train.channels, precision)
    train = PairBatches(parts.train, recipe)
    validation = None
    if parts.validation is not None:
        validation = PairBatches(parts.validation, recipe, validating=True)
    side = (pictures.patch,) * 2 if pictures.patch else parts.train.smallest_hw()
    masked = pictures.learn_from == "noisy"
    network.compile(
        optimizer=build_optimizer(recipe.optimizer, rate_of(recipe, train.steps_per_epoch)),
        loss=build_loss(learning.loss, masked=masked),
        metrics=[psnr] if pictures.learn_from == "clean" else [],
        jit_compile=use_xla(),
        steps_per_execution=steps_per_execution(learning, (*side, parts.train.channels)),
    )
    return EpochLoop(
        network, train, validation, learning,
        progress=progress, folder=folder / CHECKPOINT, callback=recorder,
    )  # fmt: skip


def _planned(recipe: DenoiseRecipe, loop: EpochLoop, folder: Path) -> DenoiseRecipe:
    """The recipe with what fits its minutes, told from a few steps and kept in the run folder."""
    first = probe(loop.model, loop.train, epochs=range(1))
    recipe = planned(recipe, 60 * first.minutes)
    files.write_text(folder / RECIPE, write_recipe(recipe))
    return recipe


def noise_line(recipe: DenoiseRecipe) -> str:
    """What the network trains on, for a person.

    Example:
        >>> noise_line(DenoiseRecipe())
        'clean pictures with gaussian noise of 25, made in floats and not clipped'
    """
    noise = recipe.noise
    if recipe.pictures.learn_from == "noisy":
        return "noisy pictures alone, trained on blind spots"
    if recipe.pictures.learn_from == "pairs":
        return "pairs of noisy pictures, each the target of the other"
    low, high = noise.amount
    amount = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    parts = [f"clean pictures with {noise.kind} noise of {amount}"]
    if noise.kind == "gaussian":
        parts.append("clipped to 0 to 255" if noise.clip else "made in floats and not clipped")
    if noise.noise_map:
        parts.append("with a noise map for the network")
    return ", ".join(parts)


def _finish(
    recipe: DenoiseRecipe,
    loop: EpochLoop,
    snapshots: EpochSnapshots,
    folder: Path,
    recorder: Recorder,
) -> DenoiseReport:
    """Save the kept weights in float32, and say what they reach."""
    progress, network = loop.progress, snapshots.twin
    network.set_weights(loop.kept_weights())
    last = progress.history[-1]
    spec = network_spec(recipe, gray=network.output_shape[-1] == 1)
    report = DenoiseReport(
        name=recipe.name,
        network=recipe.network.name,
        learned_from=noise_line(recipe),
        noise=recipe.noise,
        epochs=progress.epoch,
        validation={
            key.removeprefix("val_"): value for key, value in last.items() if key.startswith("val_")
        },
        fit_seconds=round(progress.fit_seconds, 3),
        patches_per_second=round(last["images_per_second"], 1),
        peak_memory_mb=peak_memory_mb(),
        parameters=int(network.count_params()),
        precision=loop.model.dtype_policy.name,
        backend=backend_name(),
        seed=recipe.learning.seed,
    )
    written = report.to_dict()
    facts = {key: value for key, value in written.items() if key not in ("name", "peak_memory_mb")}
    save_denoiser(folder / FOLDER, network, facts=facts, spec=spec, name=recipe.name)
    files.write_text(
        folder / REPORT, json.dumps({**written, "history": progress.history}, indent=2) + "\n"
    )
    recorder.close()
    return report
