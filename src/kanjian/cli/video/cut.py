"""`video cut`: a video from a list of cuts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import facts, say, say_json, span
from kanjian.cli.video.app import Force, timing
from kanjian.json_types import JsonObject
from kanjian.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kanjian.video.cuts import Cut, Rendered


def cut(
    cuts: Annotated[
        Path,
        typer.Argument(help="A table (CSV) with the columns clip, from, to; as 'video highlights' "
                       "writes it.", metavar="CUTS.csv", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The video; CUTS.mp4 by default.", metavar="FILE"),
    ] = None,
    force: Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Make a video from a list of cuts.

    Take lines out, move them, change their times, add others, also of other clips: what is in
    the list comes into the video, in its order, with sound. Times are 75, 1:15 or 0:01:15.5.
    """
    from kanjian.video.cuts import check_cuts, read_cuts

    listed = read_cuts(cuts)
    check_cuts(listed)
    stem = cuts.stem.removesuffix(".cuts")
    render(listed, out or Path(f"{stem}.mp4"), cut_list=None, force=force, quiet=quiet, json=json)


def render(
    cuts: "Sequence[Cut]", target: Path, *, cut_list: Path | None, force: bool, quiet: bool,
    json: bool,
) -> None:  # fmt: skip
    """Make the video and its contact sheet, and tell of it."""
    from kanjian.errors import VideoError
    from kanjian.media.encode import check_video_suffix
    from kanjian.video.cuts import render_cuts

    check_video_suffix(target)
    sheet = target.with_name(f"{target.stem}.sheet.jpg")
    if target.exists() and not force:
        raise VideoError(f"{target} is there already. Use --force to replace it.")
    with timing("cutting", quiet=quiet) as progress:
        done = render_cuts(cuts, target, sheet=sheet, progress=progress)
    for note in done.notes:
        complain(note)
    _tell(done, sheet, cut_list, json=json)


def cut_record(cut: "Cut") -> JsonObject:
    """A cut as JSON holds it."""
    return {
        "clip": cut.clip,
        "from": round(cut.from_s, 3),
        "to": round(cut.to_s, 3),
        "note": cut.note,
    }


def _tell(done: "Rendered", sheet: Path, cut_list: Path | None, *, json: bool) -> None:
    if json:
        say_json(
            {
                "video": done.target,
                "sheet": sheet,
                "cut_list": cut_list,
                "seconds": round(done.seconds, 3),
                "pictures": done.pictures,
                "cuts": [cut_record(each) for each in done.cuts],
                "notes": list(done.notes),
            }
        )
        return
    pairs: list[tuple[str, object]] = [
        ("video", done.target),
        ("length", f"{span(done.seconds)} in {plural(len(done.cuts), 'cut')}"),
        ("sheet", sheet),
    ]
    if cut_list is not None:
        pairs.append(("cuts", f"{printable(cut_list)} (edit it, then: kanjian video cut)"))
    say(facts([*pairs, ("took", span(done.took_s))]))
