"""`kanjian compare`: train variants of a recipe and draw their curves in one picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import quoted
from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json, table
from kanjian.cli.training_options import settings_of, watched

if TYPE_CHECKING:
    from kanjian.experiments.results import Comparison


def compare(
    what: options.What,
    over: Annotated[
        list[str],
        typer.Option(
            help="What to vary: section.key=value,value. Several give every combination.",
            metavar="VARIANTS", show_default=False,
        ),
    ],
    on: options.On = None,
    out: options.Out = Path("runs"),
    name: options.Name = None,
    data: options.DataFolder = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    seed: options.Seed = None,
    limit: options.Limit = None,
    skip_damaged: options.SkipDamaged = False,
    settings: options.Settings = None,
    precision: options.Precision = None,
    backend: options.Backend = None,
    allow_code: options.AllowCode = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Train variants of a recipe and say which is best.

    As in: kanjian compare mnist-lenet --over optimizer.name=sgd,adam. An optimizer that is
    not the recipe's own starts with its own usual learning rate; add --over
    optimizer.learning_rate=0.01,0.001 for the same rates everywhere. Variants are evaluated on
    the validation pictures; the test part is not looked at.
    """
    from kanjian.backend import use_backend
    from kanjian.experiments.variants import make_variants, parse_over
    from kanjian.training.recipe_options import RecipeOptions, recipe_from

    given = RecipeOptions(
        on=on,
        name=name,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        limit=limit,
        skip_damaged=skip_damaged,
        precision=precision,
        overrides=settings_of(settings),
    )
    recipe = recipe_from(what, given, data_folder=data)
    axes = parse_over(over)
    make_variants(recipe, axes)  # a mistake is told before Keras takes its seconds to load
    use_backend(backend)
    from kanjian.experiments.compare import compare as compare_variants

    found = watched(
        lambda callback: compare_variants(
            recipe, over=axes, out=out, data_folder=data, callback=callback,
            allow_code=allow_code,
        ),
        quiet=quiet,
    )  # fmt: skip
    show(found, json=json)


def show(found: "Comparison", *, json: bool) -> None:
    """Print what a comparison found, and how to train the best variant."""
    from kanjian.experiments.pages import comparison_head, comparison_row

    if json:
        say_json({"folder": found.folder, **found.to_dict()})
        return
    say()
    say(table(comparison_head(), [comparison_row(result) for result in found.results]))
    say()
    notes = [("note", note) for note in found.notes]
    say(facts([*notes, ("curves", found.folder / "curves.png"),
               ("report", found.folder / "report.html")]))  # fmt: skip
    if found.best.metrics is not None:
        say()
        say("Train the best one, to evaluate and keep it:")
        say(f"  kanjian train {quoted(found.recipe_of(found.best))}")
