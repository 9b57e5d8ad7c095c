"""`train` and `resume`: from a recipe or pictures to a saved recognizer."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kanjian.cli import options
from kanjian.cli.output import facts, percent, say, say_json, span, table, thousands
from kanjian.errors import RecipeError

if TYPE_CHECKING:
    from kanjian.training.fit import Run
    from kanjian.training.listener import Listener

Result = TypeVar("Result")


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
    from kanjian.training.choose import recipe_for

    overrides = changes(
        {
            "name": name,
            "training.epochs": epochs,
            "training.batch_size": batch_size,
            "optimizer.learning_rate": learning_rate,
            "training.seed": seed,
            "data.limit": limit,
            "answer.abstain": abstain,
            "data.skip_damaged": skip_damaged or None,
            "training.precision": precision,
        },
        settings,
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
    from kanjian.training import fit

    run = watched(
        lambda listener: fit.train(
            recipe,
            out=out,
            data_folder=data,
            listener=listener,
            allow_code=allow_code,
            max_memory_mb=max_memory,
        ),
        quiet=quiet,
    )
    show(run, json=json)


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
    from kanjian.training.folder import check_unfinished, kind_of

    if (run / "denoise.toml").is_file():
        from kanjian.cli import denoise_train

        denoise_train.resume(run, data, quiet=quiet, json=json)
        return
    check_unfinished(run)
    if kind_of(run) != "run":
        _resume_study(run, kind_of(run), data, allow_code=allow_code, quiet=quiet, json=json)
        return
    from kanjian.training import fit

    finished = watched(
        lambda listener: fit.resume(
            run, data_folder=data, listener=listener, allow_code=allow_code
        ),
        quiet=quiet,
    )
    show(finished, json=json)


def _resume_study(
    folder: Path, kind: str, data: Path | None, *, allow_code: bool, quiet: bool, json: bool
) -> None:
    """A cross-validation or a comparison: finished trainings are kept, the broken one goes on."""
    if kind == "crossval":
        from kanjian.cli import crossval
        from kanjian.studies.crossval import resume_cross_validation

        folds = watched(
            lambda listener: resume_cross_validation(
                folder, data_folder=data, listener=listener, allow_code=allow_code
            ),
            quiet=quiet,
        )
        crossval.show(folds, json=json)
        return
    from kanjian.cli import compare
    from kanjian.studies.compare import resume_comparison

    variants = watched(
        lambda listener: resume_comparison(
            folder, data_folder=data, listener=listener, allow_code=allow_code
        ),
        quiet=quiet,
    )
    compare.show(variants, json=json)


def changes(named: dict[str, object], settings: list[str] | None) -> dict[str, object]:
    """What the options change in a recipe; `--set` comes last and wins.

    Raises:
        RecipeError: If a setting is not section.key=value.

    Example:
        >>> changes({"training.epochs": 3, "name": None}, ["optimizer.name=sgd"])
        {'training.epochs': 3, 'optimizer.name': 'sgd'}
    """
    changed = {key: value for key, value in named.items() if value is not None}
    for setting in settings or []:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise RecipeError(
                f"--set must be section.key=value, got {setting!r}. "
                "For example: --set optimizer.name=sgd"
            )
        changed[key.strip()] = value.strip()
    return changed


def use_backend(name: str | None) -> None:
    """Choose the Keras backend for this process, before Keras is imported."""
    if name is not None:
        os.environ["KERAS_BACKEND"] = name


def watched(work: Callable[["Listener"], Result], *, quiet: bool) -> Result:
    """Do the work under the listener that suits stderr, and leave the terminal tidy."""
    from kanjian.cli.progress import Bar, choose_listener

    listener = choose_listener(quiet=quiet)
    try:
        return work(listener)
    finally:
        if isinstance(listener, Bar):
            listener.close()


def show(run: "Run", *, json: bool) -> None:
    """Print what a finished run reached, and what to do next."""
    if json:
        say_json({"run": run.folder, "recognizer": run.recognizer_folder, **run.report})
        return
    say()
    say(result_table(run.report))
    say()
    say(facts(run_facts(run)))
    say()
    say(next_steps(run.folder))


def result_table(report: dict[str, Any]) -> str:
    """Accuracy with its interval and loss of each part that was judged.

    Example:
        >>> part = {"accuracy": 0.98, "interval": [0.969, 0.987], "loss": 0.07, "n": 1000}
        >>> print(result_table({"validation": part, "test": None}))
        part        accuracy  95 % interval     loss   pictures
        validation    98.0 %  96.9 % – 98.7 %  0.070       1000
    """
    rows = [
        (
            part,
            percent(figures["accuracy"]),
            " – ".join(percent(end) for end in figures["interval"]),
            f"{figures['loss']:.3f}",
            figures["n"],
        )
        for part in ("validation", "test")
        if (figures := report.get(part))
    ]
    if not rows:
        return "No part of the pictures was held back, so nothing could be judged."
    return table(("part", "accuracy", "95 % interval", "loss", "pictures"), rows)


def run_facts(run: "Run") -> list[tuple[str, str]]:
    """The other figures of a run, as names and values."""
    report = run.report
    speed = f"{thousands(report['images_per_second'])} images/s"
    pairs = [("trained", f"{report['epochs']} epochs in {span(report['fit_seconds'])}, {speed}")]
    if report.get("peak_memory_mb"):
        pairs.append(("memory", f"{report['peak_memory_mb'] / 1000:.1f} GB at most"))
    if rule := report.get("abstain"):
        pairs.append(("unknown", abstain_sentence(rule)))
    if skipped := report.get("skipped"):
        pairs.append(("left out", f"{len(skipped)} damaged pictures, named in the report"))
    pairs.append(("run folder", str(run.folder)))
    pairs.append(("report", str(run.folder / "report.html")))
    return pairs


def abstain_sentence(rule: dict[str, Any]) -> str:
    """When the recognizer says "unknown", and whether that keeps the promise asked for.

    Example:
        >>> print(abstain_sentence({"threshold": 0.91, "target": 0.99, "reachable": True,
        ...                         "coverage": 0.95, "proven": 0.992, "n": 1000}))
        said below 91.0 %; answers 95.0 % of the pictures, at least 99.2 % of them rightly
    """
    if rule["reachable"]:
        return (
            f"said below {percent(rule['threshold'])}; answers {percent(rule['coverage'])} of the "
            f"pictures, at least {percent(rule['proven'])} of them rightly"
        )
    return (
        f"{percent(rule['target'])} right answers cannot be proven on {rule['n']} pictures, only "
        f"{percent(rule['proven'])}. More pictures or a better recognizer would help"
    )


def next_steps(folder: Path) -> str:
    """Three commands to go on with."""
    from kanjian.cli.edge import quoted

    opener = {"nt": "start"}.get(os.name, "open" if os.uname().sysname == "Darwin" else "xdg-open")
    return "\n".join(
        [
            "Go on with:",
            f"  kanjian predict {quoted(folder)} PICTURE",
            f"  kanjian evaluate {quoted(folder)}",
            f"  {opener} {quoted(folder / 'report.html')}",
        ]
    )
