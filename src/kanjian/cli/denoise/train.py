"""`denoise train` and `denoise resume`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.denoise.strip import STRIP, Strip
from kanjian.cli.output import facts, say, say_json, span, thousands
from kanjian.cli.training_options import settings_of, watched
from kanjian.errors import RecipeError

if TYPE_CHECKING:
    from kanjian.denoise.run import DenoiseRun

# Where an amount is not given; in the unit of each kind
_USUAL = {"gaussian": "25", "salt-pepper": "0.05", "white": "0.05", "poisson": "30",
          "speckle": "25", "jpeg": "10..60"}  # fmt: skip


def train(
    what: Annotated[
        str,
        typer.Argument(help="Pictures to train on: a folder, an archive, or a built-in set "
                       "such as mnist.", show_default=False, metavar="PICTURES"),
    ],
    network: Annotated[
        Literal["fast", "dncnn", "autoencoder"] | None,
        typer.Option("--network", help="fast for CPUs; dncnn, 17 convolutions at full size; "
                     "autoencoder, small, for digits (the default for mnist).",
                     show_default=False),
    ] = None,
    learn_from: Annotated[
        Literal["clean", "noisy", "pairs"],
        typer.Option("--from", help="clean pictures, on which noise is made; noisy ones alone "
                     "(blind spots); or pairs, two noisy ones of everything in two folders."),
    ] = "clean",
    noise: Annotated[
        Literal["gaussian", "salt-pepper", "white", "poisson", "speckle", "jpeg"],
        typer.Option("--noise", help="The noise that is made."),
    ] = "gaussian",
    sigma: Annotated[
        str | None,
        typer.Option("--sigma", "--amount", help="How strong: 25, or 0..55 for each square "
                     "another. Gray levels for gaussian and speckle, share of pixels for "
                     "salt-pepper and white, photons for poisson, quality for jpeg.",
                     metavar="AMOUNT", show_default=False),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="No noise map for the network, though sigma varies.")
    ] = False,
    color: Annotated[
        Literal["auto", "gray", "rgb"],
        typer.Option("--color", help="What the network takes; auto: gray where all are gray."),
    ] = "auto",
    patch: Annotated[
        int | None, typer.Option("--patch", help="Side of the squares to train on; 0: whole.")
    ] = None,
    per_picture: Annotated[
        int | None, typer.Option("--per-picture", help="Squares from each picture in an epoch.")
    ] = None,
    out: options.Out = Path("runs"),
    name: options.Name = None,
    data: options.DataFolder = None,
    epochs: options.Epochs = None,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", help="Train for so long: how many epochs fit is found out. "
                     "Interruptions do not count.", min=0.05),
    ] = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    seed: options.Seed = None,
    limit: options.Limit = None,
    settings: options.Settings = None,
    precision: options.Precision = None,
    backend: options.Backend = None,
    strip: Strip = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Train a network that cleans pictures.

    The run folder keeps a network for every epoch and, at the end, the denoiser; Ctrl-C
    saves, and 'kanjian denoise resume' goes on. Gaussian noise is made in floats and not
    clipped, as the literature evaluates; pictures of 8 bits are cleaned all the same.
    """
    from kanjian.recipes.codec import override, recipe_of
    from kanjian.recipes.denoising import DenoiseRecipe, suited

    if epochs is not None and minutes is not None:
        raise RecipeError("--epochs and --minutes were both given. Choose one.")
    chosen = network or ("autoencoder" if what.casefold() == "mnist" else "fast")
    base: DenoiseRecipe = recipe_of(suited(chosen), place="recipe", kind=DenoiseRecipe)
    given: dict[str, Any] = {
        "name": name or f"denoise-{chosen}",
        "pictures.source": what,
        "pictures.learn_from": learn_from,
        "pictures.color": color,
        "pictures.patch": patch,
        "pictures.per_picture": per_picture,
        "pictures.limit": limit,
        "network.name": chosen,
        "learning.epochs": epochs,
        "learning.minutes": minutes,
        "learning.batch_size": batch_size,
        "learning.seed": seed,
        "learning.precision": precision,
        "optimizer.learning_rate": learning_rate,
    }
    if sigma is not None or noise != base.noise.kind:
        low, high = amount_of(sigma or _USUAL[noise])
        noise_map = noise == "gaussian" and low < high and not blind and learn_from == "clean"
        given |= {"noise.kind": noise, "noise.amount": (low, high), "noise.noise_map": noise_map}
    changes = {key: value for key, value in given.items() if value is not None}
    recipe = override(base, changes | settings_of(settings))
    from kanjian.backend import use_backend
    from kanjian.denoise.train import train as learn

    use_backend(backend)

    _finish(
        lambda callback: learn(recipe, out=out, data_folder=data, callback=callback),
        data=data, strip=strip, quiet=quiet, json=json,
    )  # fmt: skip


def resume(
    run: options.RunFolder,
    data: options.DataFolder = None,
    strip: Strip = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Go on with an interrupted run.

    On a CPU the result is that of an unbroken run, to the last bit.
    """
    from kanjian.denoise.run import recipe_in
    from kanjian.denoise.train import resume as go_on

    recipe_in(run)
    _finish(
        lambda callback: go_on(run, data_folder=data, callback=callback),
        data=data, strip=strip, quiet=quiet, json=json,
    )  # fmt: skip


def amount_of(text: str) -> tuple[float, float]:
    """What `--sigma` means: one strength, or from low to high.

    Example:
        >>> amount_of("25"), amount_of("0..55")
        ((25.0, 25.0), (0.0, 55.0))
    """
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)(?:(?:\.\.|-|–)(\d+\.?\d*|\.\d+))?", text)
    if not found:
        raise RecipeError(f"--sigma must be like 25 or 0..55, got {text!r}.")
    return float(found[1]), float(found[2] or found[1])


def _finish(work: Any, *, data: Path | None, strip: bool, quiet: bool, json: bool) -> None:
    """Train with progress, draw the strip, say what came of it."""
    run: DenoiseRun = watched(work, quiet=quiet)
    if strip:
        from kanjian.denoise.strip import epoch_strip
        from kanjian.images import write_image

        write_image(run.folder / STRIP, epoch_strip(run.folder, data_folder=data))
    if json:
        say_json({"folder": run.folder, "denoiser": run.denoiser_folder, **run.report.to_dict()})
        return
    report = run.report
    pairs: list[tuple[str, object]] = []
    reached = report.validation
    if "psnr" in reached:
        pairs.append(("held-out pictures", f"{reached['psnr']:.2f} dB PSNR"))
    elif "loss" in reached:
        pairs.append(("held-out pictures", f"loss {reached['loss']:.4g}"))
    pairs += [
        ("trained", f"{plural(report.epochs, 'epoch')} in {span(report.fit_seconds)}"),
        ("network", f"{report.network}, {thousands(report.parameters)} numbers"),
        ("denoiser", run.denoiser_folder),
    ]
    if strip:
        pairs.append(("strip", run.folder / STRIP))
    say(facts(pairs))
