"""`kanjian train`: from a recipe or pictures to a saved recognizer."""

from pathlib import Path

from kanjian.cli import options
from kanjian.cli.train_summary import show
from kanjian.cli.training_options import settings_of, watched


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
    views: options.Views = None,
    skip_damaged: options.SkipDamaged = False,
    augment: options.Augment = None,
    backbone: options.Backbone = None,
    weights: options.Weights = None,
    quality: options.Quality = None,
    minutes: options.Minutes = None,
    layer: options.BackboneLayer = None,
    pixels: options.BackbonePixels = None,
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
    from kanjian.training.train import train as train_recognizer

    run = watched(
        lambda callback: train_recognizer(
            what, on=on, out=out, name=name, data_folder=data, epochs=epochs,
            batch_size=batch_size, learning_rate=learning_rate, seed=seed, limit=limit,
            abstain=abstain, views=views, skip_damaged=skip_damaged, augment=augment,
            backbone=backbone, weights=weights, layer=layer, pixels=pixels, quality=quality,
            minutes=minutes, overrides=settings_of(settings),
            precision=precision, backend=backend, max_memory_mb=max_memory,
            allow_code=allow_code, callback=callback,
        ),
        quiet=quiet,
    )  # fmt: skip
    show(run, json=json)
