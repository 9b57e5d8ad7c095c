"""`faces collect`, `faces train` and `faces get`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import DetectorName, Score, Smallest, opened_detector
from kanjian.cli.output import facts, say, say_json
from kanjian.cli.progress import download_progress
from kanjian.names import printable

if TYPE_CHECKING:
    from kanjian.faces.collect import Collected


def collect(
    places: Annotated[
        list[str],
        typer.Argument(help="Videos, a camera's number, addresses, pictures, folders.",
                       metavar="VIDEO|CAMERA|FOLDER", show_default=False),
    ],
    name: Annotated[str, typer.Option("--name", help="The person, in any script.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="One folder a person is made in here.",
                           metavar="FOLDER")
    ] = Path("faces"),
    every: Annotated[
        float | None, typer.Option("--every", help="Look only every so many seconds.",
                                   metavar="SECONDS", min=0)
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Stop after so many crops.", min=1)
    ] = None,
    keep_alike: Annotated[
        bool, typer.Option("--keep-alike", help="Keep crops that are nearly the same.")
    ] = False,
    detector: DetectorName = "auto",
    smallest: Smallest = 40,
    score: Score = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Cut a person's faces out of videos and pictures.

    The largest face of each frame, with a margin. Blurred crops and those nearly the same are
    dropped and counted. Names of files tell the take, so that 'faces train' keeps the frames of
    one take on one side of its split.
    """
    from kanjian.faces.collect import collect as cut
    from kanjian.faces.names import check_name
    from kanjian.faces.sources import takes_of

    check_name(name)
    finder = opened_detector(detector, smallest=smallest, score=score, thorough=False)
    done = cut(
        takes_of(places, every=every or None), name, out, finder, limit=limit,
        keep_alike=keep_alike,
    )  # fmt: skip
    for take, reason in done.left_out:
        complain(f"left out: {take}: {reason}")
    if json:
        say_json(_record(done))
    else:
        say(facts(_facts(done)))
    if not done.kept:
        raise typer.Exit(2)


def _record(done: "Collected") -> dict[str, object]:
    return {
        "folder": done.folder,
        "frames": done.frames,
        "kept": done.kept,
        "blurred": done.blurred,
        "alike": done.alike,
        "without_face": done.without,
        "other_faces": done.others,
        "takes": done.takes,
        "left_out": [{"take": take, "reason": why} for take, why in done.left_out],
    }


def _facts(done: "Collected") -> list[tuple[str, object]]:
    dropped = f"{done.alike} nearly the same, {done.blurred} blurred, {done.without} without a face"
    pairs: list[tuple[str, object]] = [
        (
            "kept",
            f"{plural(done.kept, 'face')} of {plural(done.frames, 'frame')}, "
            f"{plural(len(done.takes), 'take')}",
        ),
        ("dropped", dropped),
    ]
    if done.others:
        pairs.append(("others", f"{done.others} smaller faces beside the one taken"))
    return [*pairs, ("folder", done.folder)]


def train(
    folder: Annotated[
        Path, typer.Argument(help="One folder of face crops for each person.", metavar="FOLDER",
                             show_default=False)
    ],
    out: options.Out = Path("runs"),
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    seed: options.Seed = None,
    abstain: options.Abstain = None,
    settings: options.Settings = None,
    backend: options.Backend = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Train a small network on collected faces.

    Four convolutions on 64×64 crops, an ordinary recognizer afterwards. It knows only the
    people in the folder and gives everybody one of their names; 'faces enroll' needs fewer
    pictures, no training, and says "unknown".
    """
    from kanjian.backend import use_backend
    from kanjian.cli.train_summary import show
    from kanjian.cli.training_options import changes, watched
    from kanjian.faces.train import face_recipe, learn_faces

    changed = changes(
        settings, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed,
        abstain=abstain,
    )  # fmt: skip
    face_recipe(folder, changes=changed)  # says what is wrong before Keras is imported
    use_backend(backend)
    run = watched(
        lambda callback: learn_faces(folder, out=out, changes=changed, callback=callback),
        quiet=quiet,
    )
    show(run, json=json)


def get(
    name: Annotated[
        str, typer.Argument(help="yunet finds faces, sface tells them apart.", metavar="NAME",
                            show_default=False)
    ],
    quiet: options.Quiet = False,
) -> None:  # fmt: skip
    """Download the file of a face network."""
    from kanjian.faces.files import get_network

    with download_progress(quiet=quiet) as progress:
        path = get_network(name, progress=progress)
    say(f"{name} is at hand: {printable(path)}")
