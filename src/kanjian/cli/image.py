"""`image`: classic image processing, one operation or a chain of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import unknown_name
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import facts, say, say_json, table, told
from kanjian.cli.progress import counting
from kanjian.errors import ImageError
from kanjian.i18n import _, gettext_noop
from kanjian.json_types import JsonObject
from kanjian.spoken import heading, spoken

if TYPE_CHECKING:
    from kanjian.experiments.image_pipelines import Made, Refused
    from kanjian.imaging.chain import Step

LIST = "list"
# What operations find
_FOUND = (
    gettext_noop("red"), gettext_noop("green"), gettext_noop("blue"), gettext_noop("gray"),
    gettext_noop("mean"), gettext_noop("deviation"), gettext_noop("median"),
    gettext_noop("darkest"), gettext_noop("brightest"), gettext_noop("contours"),
    gettext_noop("corners"), gettext_noop("kept"), gettext_noop("added"),
    gettext_noop("removed"), gettext_noop("shapes"), gettext_noop("farthest"),
    gettext_noop("size"), gettext_noop("sigma"), gettext_noop("largest"), gettext_noop("each"),
)  # fmt: skip


def image(
    context: typer.Context,
    chain: Annotated[
        str,
        typer.Argument(help="An operation; or several, separated by | and in quotes: "
                       "'gray | blur sigma=2 | threshold otsu'; or list.", show_default=False,
                       metavar="OP"),
    ],
    places: Annotated[
        list[str] | None,
        typer.Argument(help="Pictures, folders (with all below them), patterns. After list: an "
                       "operation.", show_default=False, metavar="IN"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file, for one picture; else a folder. NAME-OP by "
                     "default.", metavar="OUT"),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", help="An option of the last operation: sigma=2, or "
                     "--sigma 2. Repeatable.", metavar="NAME=VALUE"),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Also write OUT-compare.png: the picture and the "
                           "result of every step, side by side.")
    ] = False,
    npz: Annotated[
        bool, typer.Option("--npz", help="Also write OUT.npz: points, outlines, counts.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Filter, turn, measure or outline pictures.

    'kanjian image list' names the operations, 'kanjian image list blur' the options of one.
    The first option may stand without its name: 'threshold otsu', 'rotate 30'. Pictures keep
    their names; what was JPEG or WebP becomes PNG, which keeps every pixel, unless OUT says
    otherwise. One that cannot be read is named on stderr and does not stop the rest; the exit
    status is 2 if nothing could be made.
    """
    if chain == LIST and not Path(LIST).exists():
        _list(places or [], json=json)
        return
    from kanjian.experiments.image_pipelines import Made, Refused, work_through
    from kanjian.inference.outputs import plan

    own = [name for each in context.command.params for name in each.opts]
    steps, pictures = _understood(chain, places or [], param or [], own)
    if not pictures:
        raise ImageError(f"no picture is named. Run: kanjian image '{chain}' PICTURE")
    jobs = plan(pictures, out, ending=steps[-1].operation.name, lossless=True)
    results: list[Made | Refused] = []
    with counting("pictures", quiet=quiet) as progress:
        for result in work_through(jobs, steps, replace=force, sheet=compare, arrays=npz):
            results.append(result)
            if isinstance(result, Refused):
                complain(result.reason)
            if progress is not None:
                progress(len(results), len(jobs))
    made = [result for result in results if isinstance(result, Made)]
    if json:
        say_json({"chain": [step.words for step in steps],
                  "pictures": [_record(result, steps) for result in results]})  # fmt: skip
    elif made:
        say(_lines(made))
    if not made:
        raise typer.Exit(2)


def _understood(
    chain: str, places: Sequence[str], param: Sequence[str], own: Sequence[str]
) -> "tuple[Sequence[Step], list[str]]":
    """The steps, and which words name pictures: NAME=VALUE that is no file is an option.

    So is the first word after a bare operation, where it is no file but a value of the first
    option: 'rotate 30 photo.jpg'.
    """
    from kanjian.images.decode import read_image
    from kanjian.imaging.chain import is_first_value, step_of, words_of

    steps = words_of(chain)
    dashed, pictures = _dashed(steps[-1][:1], places, own)
    bare = len(steps) == 1 and len(steps[0]) == 1 and len(pictures) > 1
    if bare and not Path(pictures[0]).exists() and is_first_value(steps[0][0], pictures[0]):
        steps[0].append(pictures.pop(0))
    options = [word for word in pictures if "=" in word and not Path(word).exists()]
    pictures = [word for word in pictures if word not in options]
    steps[-1] += [*dashed, *options, *param]
    return tuple(step_of(words, read=read_image) for words in steps), pictures


def _dashed(
    operation: Sequence[str], words: Sequence[str], own: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Options written as --sigma 2, as name=value; and all other words.

    Raises:
        ImageError: If a name is neither the operation's nor the command's own, or has no value.
    """
    from kanjian.imaging.operations import operation_named
    from kanjian.imaging.options import options_of

    known = {option.name: option for name in operation for option in
             options_of(operation_named(name))}  # fmt: skip
    found: list[str] = []
    others: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("--") or Path(word).exists():
            others.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name not in known:
            names = [f"--{each}" for each in known] + [each for each in own if each[:2] == "--"]
            raise ImageError(unknown_name("option", f"--{name}", names))
        if not equals:
            value = "yes" if known[name].is_flag else next(left, "")
        if not value:
            raise ImageError(f"--{name} needs a value: {known[name].wanted}.")
        found.append(f"{name}={value}")
    return found, others


def _record(result: "Made | Refused", steps: "Sequence[Step]") -> JsonObject:
    from kanjian.experiments.image_pipelines import Made

    if not isinstance(result, Made):
        return {"file": result.source, "error": result.reason}
    return {
        "file": result.job.source,
        "result": result.job.target,
        "size_hw": result.size_hw,
        "facts": {
            f"{number} {step.operation.name}": found
            for number, (step, found) in enumerate(zip(steps, result.facts, strict=True), start=1)
            if found
        },
        "found": result.found,
        "also": result.also,
    }


def _lines(made: "Sequence[Made]") -> str:
    if len(made) > 1:
        rows = [(_size(each), each.job.target) for each in made]
        return table(["size", "result"], rows)
    (only,) = made
    pairs: list[tuple[str, object]] = [("result", only.job.target), ("size", _size(only))]
    for found in only.facts:
        pairs += [(name, _short(value)) for name, value in found.items()]
    return facts([*pairs, *(("also", path) for path in only.also)])


def _size(each: "Made") -> str:
    height, width = each.size_hw
    return f"{width}×{height}"


def _short(value: object) -> object:
    """A fact in one line; what is long is in --json and --npz."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        shown = [f"{heading(name)} {_short(each)}" for name, each in list(value.items())[:8]]
        return told(", ".join(shown))
    if isinstance(value, list | tuple) and len(value) > 8:
        return f"{len(value)}, with --json all of them"
    return value


def _list(names: Sequence[str], *, json: bool) -> None:
    """All operations, or the options of those named."""
    from kanjian.imaging.operations import OPERATIONS, operation_named

    if not names:
        if json:
            say_json([{"operation": each.name, "group": each.group, "about": each.about}
                      for each in OPERATIONS])  # fmt: skip
            return
        say(
            table(
                ["operation", "group", "what it gives"],
                [(each.name, heading(each.group), heading(each.about)) for each in OPERATIONS],
            )
        )
        return
    from kanjian.imaging.options import options_of

    described: list[JsonObject] = [
        {
            "operation": operation.name,
            "about": operation.about,
            "options": [
                {"option": each.name, "values": each.wanted, "default": each.shown_default,
                 "about": each.about}
                for each in options_of(operation)
            ],
        }
        for operation in map(operation_named, names)
    ]  # fmt: skip
    if json:
        say_json(described)
        return
    for entry in described:
        say(_("{name}: {about}", name=entry["operation"], about=heading(entry["about"])))
        rows = [
            (option["option"], spoken(option["values"]), option["default"],
             heading(option["about"]))
            for option in entry["options"]
        ]  # fmt: skip
        say(table(["option", "values", "default", "what it does"], rows) if rows else "no options")
