"""`kanjian search`: look for a better recipe within minutes, and say whether it is one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import quoted
from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json, table, wrapped
from kanjian.cli.training_options import settings_of, watched

if TYPE_CHECKING:
    from kanjian.experiments.search_result import SearchResult

_SHOWN = 10


def search(
    what: options.What,
    minutes: Annotated[
        float, typer.Option(help="How long it may take, all in all.", metavar="N")
    ] = 10.0,
    trials: Annotated[
        int | None, typer.Option(help="Recipes to try at most.", metavar="N")
    ] = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            help="What to vary beside or in place of the usual: section.key=value,value, or a "
            "range: section.key=1e-4..1e-2. Repeatable.",
            metavar="VARIANTS",
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(help="Folds that judge; 1 for the validation part alone.", metavar="N"),
    ] = None,
    on: options.On = None,
    out: options.Out = Path("runs"),
    name: options.Name = None,
    data: options.DataFolder = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    backbone: options.Backbone = None,
    weights: options.Weights = None,
    augment: options.Augment = None,
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
    """Search for a better recipe, and say whether it beats the default.

    As in: kanjian search photos/ --minutes 10. The first trial is the recipe as it is; what is
    set here stays so in all trials. Trials are judged on validation pictures; the test part is
    looked at once, at the end. Ctrl-C saves, and 'kanjian resume' goes on.
    """
    from kanjian import extras
    from kanjian.backend import use_backend
    from kanjian.experiments.variants import parse_over
    from kanjian.training.recipe_options import RecipeOptions, recipe_from

    given = RecipeOptions(
        on=on,
        name=name,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        backbone=backbone,
        weights=weights,
        augment=augment,
        seed=seed,
        limit=limit,
        skip_damaged=skip_damaged,
        precision=precision,
        overrides=settings_of(settings),
    )
    axes = parse_over(over or [])
    recipe_from(what, given, data_folder=data)  # a mistake is told before Keras loads
    extras.need("keras", "optuna")
    use_backend(backend)
    from kanjian.experiments.search import search_recipe

    found = watched(
        lambda callback: search_recipe(
            what, minutes=minutes, trials=trials, over=axes, folds=folds, out=out,
            data_folder=data, callback=callback, allow_code=allow_code, **given,
        ),
        quiet=quiet,
    )  # fmt: skip
    show(found, json=json)


def show(found: "SearchResult", *, json: bool) -> None:
    """Print what a search found, and what to do with it."""
    from kanjian.experiments.search_page import best_first, search_head, search_row
    from kanjian.experiments.search_words import listed

    if json:
        say_json({"folder": found.folder, **found.to_dict()})
        return
    say()
    say(table(search_head(), [search_row(each) for each in best_first(found.trials)[:_SHOWN]]))
    say()
    for line in wrapped(found.verdict, 80):
        say(line)
    say()
    changed = listed(found.changed(found.best))
    best = [("best trial", f"{found.best.number}: {changed}")] if changed else []
    notes = [("note", note) for note in found.notes]
    say(facts([*best, *notes, ("run folder", str(found.kept.folder)),
               ("report", str(found.folder / "report.html"))]))  # fmt: skip
    say()
    say("Go on with:")
    say(f"  kanjian predict {quoted(found.kept.folder)} PICTURE")
    say(f"  kanjian train {quoted(found.recipe_file)}")
