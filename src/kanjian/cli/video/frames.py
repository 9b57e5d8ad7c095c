"""`video frames`: frames of a video as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import INTERRUPTED, complain
from kanjian.cli.output import facts, say, say_json, span
from kanjian.cli.video.app import Force, From, To, seconds_or_none, timing

if TYPE_CHECKING:
    from kanjian.video.frames import Extracted


def frames(
    clip: Annotated[
        str,
        typer.Argument(help="A video; a camera's number (0); an address (rtsp://…); a folder or "
                       "pattern of pictures.", metavar="CLIP", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder; CLIP-frames by default.", metavar="FOLDER"),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", help="How often: 1s, 500ms, 10f (frames). Every frame by "
                     "default.", metavar="1s|10f"),
    ] = None,
    start: From = None,
    end: To = None,
    scenes: Annotated[
        bool, typer.Option("--scenes", help="The first frame of each scene.")
    ] = False,
    threshold: Annotated[
        float, typer.Option("--threshold", help="With --scenes: how unlike the frames on both "
                            "sides of a cut are at least, 0 to 255.")
    ] = 4.0,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many.", min=1)] = None,
    format: Annotated[  # noqa: A002
        str, typer.Option("--format", help="jpg, png, webp or another.", metavar="SUFFIX")
    ] = "jpg",
    rate: Annotated[
        float, typer.Option("--rate", help="Pictures of a folder are this many to the second.")
    ] = 25.0,
    force: Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Write frames of a video as pictures.

    Names hold the number of each frame and its exact time; frames.csv lists them. Variable
    frame rates and the rotation a phone wrote down come out right. Ctrl-C keeps what is done.
    """
    from kanjian.video.frames import Choosing, extract_frames, stem_of
    from kanjian.video.times import frame_rate_of

    choosing = Choosing(
        frame_rate_of(every) if every else None, seconds_or_none(start), seconds_or_none(end),
        scenes, threshold, limit, rate,
    )  # fmt: skip
    suffix = f".{format.removeprefix('.').lower()}"
    with timing("frames", quiet=quiet) as progress:
        done = extract_frames(
            clip, out or Path(f"{stem_of(clip)}-frames"), choosing, suffix=suffix, replace=force,
            progress=progress,
        )  # fmt: skip
    _tell(done, json=json)
    if done.interrupted:
        complain(
            f"interrupted; {plural(len(done.files), 'frame is', 'frames are')} kept in "
            f"{done.folder}."
        )
        raise typer.Exit(INTERRUPTED)


def _tell(done: "Extracted", *, json: bool) -> None:
    if done.note:
        complain(done.note)
    if json:
        say_json(
            {
                "source": done.source,
                "folder": done.folder,
                "files": [path.name for path in done.files],
                "seconds": round(done.seconds, 3),
                "note": done.note or None,
                "interrupted": done.interrupted,
            }
        )
    elif done.files:
        say(facts([
            ("frames", len(done.files)),
            ("first", done.files[0].name),
            ("last", done.files[-1].name),
            ("folder", done.folder),
            ("took", span(done.seconds)),
        ]))  # fmt: skip
