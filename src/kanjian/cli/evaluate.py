"""`kanjian evaluate`: evaluate a saved recognizer on its own or on other pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import facts, percent, say, say_json, table

if TYPE_CHECKING:
    from kanjian.experiments.evaluate import Evaluation


def evaluate(
    run: options.Recognizer,
    pictures: Annotated[
        str | None,
        typer.Argument(help="Labeled pictures in any form 'train' takes, one class is enough; "
                       "those of the run, if left out.", metavar="PICTURES", show_default=False),
    ] = None,
    part: Annotated[
        Literal["auto", "train", "validation", "test", "all"],
        typer.Option(help="Which part of the pictures to evaluate on; auto takes test if there is "
                     "one, and of PICTURES those it has not seen in training."),
    ] = "auto",
    views: options.Views = None,
    data: options.DataFolder = None,
    skip_damaged: options.SkipDamaged = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Make a folder with report and pictures in here.", metavar="FOLDER"),
    ] = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Evaluate a recognizer on its own or on other pictures.

    Classes are matched by name. Of a run the parts are evaluated that it wrote down when it was
    trained, wherever its pictures are now; in other pictures those that it has seen are found by
    their content. It runs on OpenVINO, as 'kanjian predict' does.
    """
    from kanjian.experiments.evaluate import evaluate as evaluate_recognizer

    found = evaluate_recognizer(
        run, pictures, part=part, views=views, data_folder=data, skip_damaged=skip_damaged, out=out
    )
    if json:
        say_json(found.to_dict())
    else:
        show(found)


def show(found: "Evaluation") -> None:
    """Print how good the predictions were, class by class, and the worst mistakes."""
    metrics = found.metrics
    low, high = metrics.interval
    say(
        f"{found.recognizer.name} on {found.data}, part '{found.part}': "
        f"{plural(metrics.n, 'picture')}"
    )
    say()
    pairs = [
        ("accuracy", f"{percent(metrics.accuracy, 2)}, 95 % interval {percent(low, 2)} to "
                     f"{percent(high, 2)}"),
        *((f"top {k}", percent(share, 2)) for k, share in metrics.top_k.items() if k > 1),
        ("loss", f"{metrics.loss:.4f}"),
        ("calibration error", percent(metrics.calibration_error)),
    ]  # fmt: skip
    if found.recognizer.views > 1:
        pairs.append(("views", str(found.recognizer.views)))
    if found.recognizer.abstain_threshold is not None:
        said = percent(found.given / metrics.n)
        right = percent(found.given_right / found.given if found.given else None)
        pairs.append(("coverage", f"{said} predicted, of which {right} right; 'unknown' elsewhere"))
    if found.recognizer.card.open_set_threshold is not None:
        pairs.append(
            (
                "unlike",
                f"{plural(found.unlike, 'picture')} unknown as unlike the training "
                f"pictures, {found.unlike_right} of them right all the same",
            )
        )
    pairs += [("note", note) for note in found.notes]
    if found.folder is not None:
        pairs.append(("report", str(found.folder / "report.html")))
    say(facts(pairs))
    say()
    if any(group.origin != "new" for group in found.groups):
        groups = [
            (group.called, group.pictures, percent(group.accuracy, 2), group.measures)
            for group in found.groups
        ]
        say(table(("pictures", "number", "accuracy", "which measures"), groups))
        say()
    rows = [
        (each.name, each.support, percent(each.precision), percent(each.recall), percent(each.f1))
        for each in metrics.per_class
    ]
    say(table(("class", "pictures", "precision", "recall", "f1"), rows))
    if found.mistakes:
        say()
        worst = [
            (each.true, each.predicted, percent(each.probability), each.name)
            for each in found.mistakes[:5]
        ]
        say(table(("label", "prediction", "confidence", "worst mistakes"), worst))
