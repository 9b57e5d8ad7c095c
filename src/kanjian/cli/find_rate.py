"""`kanjian find-rate`: one short sweep that tells a good learning rate."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.checks import quoted
from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json
from kanjian.cli.training_options import settings_of, watched
from kanjian.i18n import _


def find_rate(
    what: options.What,
    on: options.On = None,
    out: options.Out = Path("runs"),
    name: options.Name = None,
    data: options.DataFolder = None,
    lowest: Annotated[float, typer.Option(help="The first learning rate.")] = 1e-6,
    highest: Annotated[float, typer.Option(help="The last learning rate.")] = 10.0,
    steps: Annotated[int, typer.Option(help="How many steps from one to the other.")] = 200,
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
) -> None:
    """Find a learning rate in one short sweep.

    A throw-away network trains while the rate grows from step to step. Suggested is a tenth
    of the rate at which the loss was lowest, or the rate at which it fell fastest,
    whichever is smaller.
    """
    from kanjian.backend import use_backend
    from kanjian.training.recipe_options import RecipeOptions, recipe_from

    given = RecipeOptions(
        on=on,
        name=name,
        batch_size=batch_size,
        seed=seed,
        limit=limit,
        skip_damaged=skip_damaged,
        precision=precision,
        overrides=settings_of(settings),
    )
    recipe = recipe_from(what, given, data_folder=data, step_by_step=True)
    use_backend(backend)
    from kanjian.experiments.lr_finder import CURVE, FIGURE, find_learning_rate, save_curve
    from kanjian.storage import files

    curve = watched(
        lambda callback: find_learning_rate(
            recipe, lowest=lowest, highest=highest, steps=steps, data_folder=data,
            allow_code=allow_code, callback=callback,
        ),
        quiet=quiet,
    )  # fmt: skip
    folder = files.new_run_folder(out, f"{recipe.name}-learning-rate")
    save_curve(folder, curve)
    if json:
        say_json({"folder": folder, **curve.to_dict()})
        return
    lowest_at = curve.rates[curve.smoothed.index(min(curve.smoothed))]
    ran_away = _("not") if curve.diverged is None else f"at a rate of {curve.diverged:.2g}"
    say(
        facts(
            [
                ("suggested", f"{curve.suggested:.2g}"),
                ("lowest loss", f"at a rate of {lowest_at:.2g}"),
                ("steepest", f"at a rate of {curve.steepest:.2g}"),
                ("ran away", ran_away),
                ("picture", folder / FIGURE),
                ("numbers", folder / CURVE),
            ]
        )
    )
    say()
    say(f"  kanjian train {quoted(what)} --learning-rate {curve.suggested:.2g}")
