"""`kanjian train`: from a recipe or pictures to a saved recognizer."""

from pathlib import Path

from kanjian.cli import options
from kanjian.cli.train_summary import show
from kanjian.cli.training_options import changes, use_backend, watched


def train(
    what: options.What,
    on: options.On = None,
    out: options.Out = Path("runs"),
    name: options.Name = None,
    data: options.DataFolder = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    seed: options.Seed = None,
    limit: options.Limit = None,
    abstain: options.Abstain = None,
    skip_damaged: options.SkipDamaged = False,
    augment: options.Augment = None,
    backbone: options.Backbone = None,
    weights: options.Weights = None,
    settings: options.Settings = None,
    precision: options.Precision = None,
    backend: options.Backend = None,
    max_memory: options.MaxMemory = None,
    allow_code: options.AllowCode = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Train a recognizer from a recipe or from pictures.

    For pictures without a recipe one is chosen that suits them. The run folder holds the
    recognizer, the report and the recipe; Ctrl-C saves, and 'kanjian resume' goes on.
    """
    from kanjian.training.resolve_recipe import recipe_for

    overrides = changes(
        settings,
        name=name,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        limit=limit,
        abstain=abstain,
        skip_damaged=skip_damaged,
        precision=precision,
    )
    recipe = recipe_for(
        what,
        overrides=overrides,
        on=on,
        augment=augment,
        backbone=backbone,
        weights=weights,
        data_folder=data,
    )
    use_backend(backend)
    from kanjian.training import trainer

    run = watched(
        lambda callback: trainer.train(
            recipe,
            out=out,
            data_folder=data,
            callback=callback,
            allow_code=allow_code,
            max_memory_mb=max_memory,
        ),
        quiet=quiet,
    )
    show(run, json=json)
