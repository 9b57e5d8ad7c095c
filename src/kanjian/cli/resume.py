"""`kanjian resume`: go on with a training or a study that was interrupted."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli import compare, crossval, options, search
from kanjian.cli.denoise import train
from kanjian.cli.train_summary import show
from kanjian.cli.training_options import watched
from kanjian.errors import TrainingError


def resume(
    run: options.RunFolder,
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs",
            help="Train to this many in all; with it a finished run goes on, too.",
            min=1,
        ),
    ] = None,
    data: options.DataFolder = None,
    allow_code: options.AllowCode = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Go on with an interrupted run, or a finished one to more epochs.

    On a CPU the result is that of an unbroken run, to the last bit. Studies ('crossval',
    'compare', 'search') and the trainings of denoisers go on, too, where they were interrupted.
    """
    from kanjian.training.run_folder import check_run, check_unfinished, kind_of

    denoiser = (run / "denoise.toml").is_file()
    if epochs is not None and (denoiser or kind_of(run) != "run"):
        raise TrainingError(
            f"--epochs goes with the training of a recognizer, and {run} is none. Resume it "
            "without, or train it anew with more epochs."
        )
    if denoiser:
        train.resume(run, data, quiet=quiet, json=json)
        return
    (check_unfinished if epochs is None else check_run)(run)
    if kind_of(run) != "run":
        _resume_study(run, kind_of(run), data, allow_code=allow_code, quiet=quiet, json=json)
        return
    from kanjian.training import trainer

    finished = watched(
        lambda callback: trainer.resume(
            run, epochs=epochs, data_folder=data, callback=callback, allow_code=allow_code
        ),
        quiet=quiet,
    )
    show(finished, json=json)


def _resume_study(
    folder: Path, kind: str, data: Path | None, *, allow_code: bool, quiet: bool, json: bool
) -> None:
    """A study of any kind: finished trainings are kept, the broken one goes on."""
    if kind == "crossval":
        from kanjian.experiments.cross_validation import resume_cross_validation

        folds = watched(
            lambda callback: resume_cross_validation(
                folder, data_folder=data, callback=callback, allow_code=allow_code
            ),
            quiet=quiet,
        )
        crossval.show(folds, json=json)
        return
    if kind == "search":
        from kanjian import extras

        extras.need("keras", "optuna")
        from kanjian.experiments.search import resume_search

        found = watched(
            lambda callback: resume_search(
                folder, data_folder=data, callback=callback, allow_code=allow_code
            ),
            quiet=quiet,
        )
        search.show(found, json=json)
        return
    from kanjian.experiments.compare import resume_comparison

    variants = watched(
        lambda callback: resume_comparison(
            folder, data_folder=data, callback=callback, allow_code=allow_code
        ),
        quiet=quiet,
    )
    compare.show(variants, json=json)
