"""`video scenes`: the scenes of a video, from cut to cut."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import say, say_json, table
from kanjian.cli.video.app import Force, From, To, seconds_or_none, timing
from kanjian.names import printable

if TYPE_CHECKING:
    from kanjian.video.scenes import Scenes


def scenes(
    clip: Annotated[
        str, typer.Argument(help="A video; a folder or pattern of pictures.", metavar="CLIP",
                            show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a table (CSV), a page with a picture of each "
                     "scene (HTML) and an edit decision list (EDL) into this folder.",
                     metavar="FOLDER"),
    ] = None,
    start: From = None,
    end: To = None,
    threshold: Annotated[
        float, typer.Option("--threshold", help="How unlike the frames on both sides of a cut are "
                            "at least, 0 to 255.")
    ] = 4.0,
    shortest: Annotated[
        float, typer.Option("--shortest", help="What is shorter belongs to the scene before.",
                            min=0, metavar="SECONDS")
    ] = 0.0,
    rate: Annotated[
        float | None, typer.Option("--rate", help="Frames a second of the EDL's time codes; the "
                                   "clip's own by default.", min=1)
    ] = None,
    drop_frame: Annotated[
        bool, typer.Option("--drop-frame", help="Time codes of the EDL keep to the clock; for "
                           "29.97 and 59.94 frames a second.")
    ] = False,
    force: Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """List the scenes of a video, from cut to cut.

    The table is one that 'kanjian video cut' reads: take lines out, and make a video of the rest.
    Fades and dissolves begin no scene.
    """
    from kanjian.errors import VideoError
    from kanjian.video.scene_files import write_scenes
    from kanjian.video.scenes import find_scenes

    if out is None and (drop_frame or rate is not None):
        raise VideoError("--rate and --drop-frame are for the EDL. Say where it goes with --out.")
    with timing("scenes", quiet=quiet) as progress:
        found = find_scenes(
            clip, start_s=seconds_or_none(start), end_s=seconds_or_none(end), threshold=threshold,
            shortest_s=shortest, progress=progress,
        )  # fmt: skip
    if found.note:
        complain(found.note)
    files: list[Path] = []
    if out is not None:
        files, reason = write_scenes(
            out, found, rate_fps=rate, drop_frame=drop_frame, replace=force
        )
        if reason:
            complain(reason)
    _tell(found, files, json=json)


def _tell(found: "Scenes", files: list[Path], *, json: bool) -> None:
    from kanjian.video.times import clock

    if json:
        listed = [
            {
                "from": round(each.from_s, 3),
                "to": round(each.to_s, 3),
                "seconds": round(each.seconds, 3),
                "first_frame": each.first,
                "frames": each.frames,
            }
            for each in found.scenes
        ]
        say_json({"clip": found.clip, "scenes": listed, "files": files, "note": found.note})
        return
    say(table(
        ["scene", "from", "to", "seconds"],
        [(number, clock(each.from_s, digits=2), clock(each.to_s, digits=2), f"{each.seconds:.2f}")
         for number, each in enumerate(found.scenes, 1)],
    ))  # fmt: skip
    if files:
        names = ", ".join(printable(path.name) for path in files)
        say(f"{printable(files[0].parent)}: {plural(len(found.scenes), 'scene')}; {names}")
