"""The front door: everything that can be said about a training, under the command line's names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from kanjian import former
from kanjian.backend import Backend, use_backend
from kanjian.datasets.dataset import Splits
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.recipe import Recipe
from kanjian.training.events import TrainingCallback, silent
from kanjian.training.former_listener import hears_listeners
from kanjian.training.given import Given, Weight, taken
from kanjian.training.recipe_options import TimedOptions, recipe_from

if TYPE_CHECKING:
    from kanjian.training.run import Run


@former.renamed(what="source")
@hears_listeners
def train(
    source: Recipe | AnyPath | Given,
    *,
    on: AnyPath | Given | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    backbone: str | None = None,
    weights: AnyPath | None = None,
    quality: Literal["fast", "good", "best"] | None = None,
    minutes: float | None = None,
    layer: str | None = None,
    pixels: str | None = None,
    augment: Literal["none", "light", "standard", "strong"] | None = None,
    abstain: float | None = None,
    views: int | None = None,
    limit: int | None = None,
    skip_damaged: bool = False,
    seed: int | None = None,
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] | None = None,
    name: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: AnyPath = "runs",
    data_folder: AnyPath | None = None,
    backend: Backend | None = None,
    max_memory_mb: float | None = None,
    allow_code: bool = False,
    quiet: bool = False,
    model: Any = None,
    sample_weight: Weight | None = None,
    callback: TrainingCallback | None = None,
) -> "Run":
    """Train a recognizer, evaluate it and save it.

    Args:
        source: Pictures, for which a recipe is chosen: in any form `open_dataset` understands,
            as (pictures, labels), or as `Splits` in memory, which are kept in the run folder.
            Or a recipe, the name of a shipped one, a recipe.toml, or an earlier run.
        on: Pictures in any of these forms, in place of those that a recipe names.
        epochs: Times to go through the pictures.
        batch_size: Pictures per step.
        learning_rate: Of the optimizer, at its peak.
        backbone: A trained network to start from: one of `kanjian models`, several as "a+b", a
            preset of KerasHub ("hub:…"), or an ONNX or OpenVINO file; "auto" takes what predicts
            the training pictures best, "none" trains from nothing.
        weights: The backbone's: "imagenet", a file, or "none" for random ones.
        layer: The backbone's layer whose output are the features, in place of its last.
        pixels: Of a backbone in a file: what pixels 0 to 255 become before it, as for
            `import_network`, where the file does not say.
        quality: How much is tried where the network is chosen: "fast", "good" (the default) or
            "best".
        minutes: The time that this may take, fine-tuning included.
        augment: How much training pictures are varied.
        abstain: Answer only where this share of answers was right (0.99), "unknown" elsewhere.
        views: Average predictions over so many views of each picture, 1 to 8.
        limit: Take only so many pictures, to try things out.
        skip_damaged: Leave damaged pictures out and name them.
        seed: Same seed, same result.
        precision: What to compute in.
        name: What to call the recipe and the run folder.
        overrides: Any other key of the recipe: {"optimizer.momentum": 0.9}. These win.
        out: The run folder is made in here.
        data_folder: Where built-in data sets are looked for first.
        backend: Of Keras; to be chosen before Keras is first used.
        max_memory_mb: Halve the batch until the whole process stays within this.
        allow_code: Whether the recipe may name Python code to run.
        quiet: Show no progress bar in a notebook; elsewhere there is none.
        model: A Keras network of your own, functional or Sequential, in place of the recipe's:
            of prepared pixels, or raw ones if it begins with a Rescaling; it answers with
            probabilities or logits for the classes. It stays as it is; a copy is trained, from
            the weights it has, with the recipe's optimizer, loss and schedule.
        sample_weight: How much each picture counts in the loss: a function that gets the
            training part, a `Dataset`, and gives as many numbers; or, for pictures in memory,
            an array with one for each. What is evaluated is not weighted.
        callback: Hears of every step in place of that bar.

    Returns:
        The run: `run.recognizer()` answers, `run.report` tells how well, `run.folder` holds all.

    Raises:
        KanjianError: If recipe, pictures or folder do not allow it. Nothing is left behind
            unless an epoch was begun.
        TrainingInterrupted: If stopped with Ctrl-C; `resume` goes on.

    Example:
        >>> import tempfile
        >>> run = train("digits", epochs=1, limit=100, batch_size=16, out=tempfile.mkdtemp())
        >>> run.folder.name, run.report.epochs, len(run.recognizer().classes)
        ('digits', 1, 10)
    """
    if isinstance(source, Splits | tuple):
        source = taken(source, sample_weight)
    if isinstance(on, Splits | tuple):
        on = taken(on, sample_weight)
    if model is not None and not isinstance(source, Recipe):
        backbone = backbone or "none"
    options = TimedOptions(
        on=on, name=name, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate,
        seed=seed, limit=limit, abstain=abstain, views=views, skip_damaged=skip_damaged,
        precision=precision, augment=augment, backbone=backbone, weights=weights, layer=layer,
        pixels=pixels, quality=quality, minutes=minutes,
        overrides=overrides,
    )  # fmt: skip
    data_folder = as_path(data_folder)
    # mistakes are told before Keras takes its seconds to load
    recipe = recipe_from(source, options, data_folder=data_folder)
    use_backend(backend)
    from kanjian.training import trainer

    return trainer.train(
        recipe,
        pictures=next((each for each in (on, source) if isinstance(each, Splits)), None),
        model=model,
        sample_weight=sample_weight,
        out=out,
        data_folder=data_folder,
        callback=silent if quiet and callback is None else callback,
        allow_code=allow_code,
        max_memory_mb=max_memory_mb,
    )
