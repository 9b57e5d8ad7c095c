"""`kanjian crossval`: train and evaluate a recipe over and over, each time on other pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json, table
from kanjian.cli.training_options import settings_of, watched

if TYPE_CHECKING:
    from kanjian.experiments.results import CrossValidation


def crossval(
    what: options.What,
    folds: Annotated[int, typer.Option(min=2, help="Parts, each held out once.")] = 5,
    on: options.On = None,
    out: options.Out = Path("runs"),
    name: options.Name = None,
    data: options.DataFolder = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    seed: options.Seed = None,
    limit: options.Limit = None,
    skip_damaged: options.SkipDamaged = False,
    settings: options.Settings = None,
    precision: options.Precision = None,
    backend: options.Backend = None,
    allow_code: options.AllowCode = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Cross-validate: train k times, each time on other folds.

    Every fold gets a fresh network that never saw the pictures it is evaluated on. Groups stay
    together with --set data.split=grouped. Ctrl-C saves, and 'kanjian resume' goes on.
    """
    from kanjian.backend import use_backend
    from kanjian.training.recipe_options import RecipeOptions, recipe_from

    given = RecipeOptions(
        on=on,
        name=name,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        limit=limit,
        skip_damaged=skip_damaged,
        precision=precision,
        overrides=settings_of(settings),
    )
    recipe = recipe_from(what, given, data_folder=data)
    use_backend(backend)
    from kanjian.experiments.cross_validation import cross_validate

    result = watched(
        lambda callback: cross_validate(
            recipe, folds=folds, out=out, data_folder=data, callback=callback,
            allow_code=allow_code,
        ),
        quiet=quiet,
    )  # fmt: skip
    show(result, json=json)


def show(result: "CrossValidation", *, json: bool) -> None:
    """Print what a cross-validation found."""
    from kanjian.experiments.pages import crossval_head, crossval_rows, crossval_summary

    if json:
        say_json({"folder": result.folder, **result.to_dict()})
        return
    say()
    say(table(crossval_head(), crossval_rows(result)))
    say()
    say(crossval_summary(result))
    say()
    notes = [("note", note) for note in result.notes]
    say(facts([*notes, ("report", result.folder / "report.html")]))
