"""`kanjian resume`: go on with a training or a study that was interrupted."""

from pathlib import Path

from kanjian.cli import compare, crossval, options
from kanjian.cli.denoise import train
from kanjian.cli.train_summary import show
from kanjian.cli.training_options import watched


def resume(
    run: options.RunFolder,
    data: options.DataFolder = None,
    allow_code: options.AllowCode = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Go on with an interrupted run.

    On a CPU the result is that of an unbroken run, to the last bit. Studies ('crossval',
    'compare') and the trainings of denoisers go on, too.
    """
    from kanjian.training.run_folder import check_unfinished, kind_of

    if (run / "denoise.toml").is_file():
        train.resume(run, data, quiet=quiet, json=json)
        return
    check_unfinished(run)
    if kind_of(run) != "run":
        _resume_study(run, kind_of(run), data, allow_code=allow_code, quiet=quiet, json=json)
        return
    from kanjian.training import trainer

    finished = watched(
        lambda callback: trainer.resume(
            run, data_folder=data, callback=callback, allow_code=allow_code
        ),
        quiet=quiet,
    )
    show(finished, json=json)


def _resume_study(
    folder: Path, kind: str, data: Path | None, *, allow_code: bool, quiet: bool, json: bool
) -> None:
    """A cross-validation or a comparison: finished trainings are kept, the broken one goes on."""
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
    from kanjian.experiments.compare import resume_comparison

    variants = watched(
        lambda callback: resume_comparison(
            folder, data_folder=data, callback=callback, allow_code=allow_code
        ),
        quiet=quiet,
    )
    compare.show(variants, json=json)
