"""`video label`: what a network sees, written into a copy."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import facts, percent, say, say_json, span
from kanjian.cli.video.app import Force, Model, timing


def label(
    clip: Annotated[Path, typer.Argument(help="A video.", metavar="CLIP", show_default=False)],
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The copy; CLIP-labeled.mp4 by default.", metavar="FILE"),
    ] = None,
    every: Annotated[
        str, typer.Option("--every", help="How often to predict: 1s, 500ms, 10f (frames).",
                          metavar="1s|10f")
    ] = "0.25s",
    shortest: Annotated[
        float, typer.Option("--shortest", help="No label is shown for less than so many seconds.",
                            min=0, metavar="SECONDS")
    ] = 1.0,
    precision: Annotated[
        Literal["f32", "bf16"],
        typer.Option("--precision", help="bf16 is faster on processors made for it."),
    ] = "f32",
    force: Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Write what a network sees into a copy.

    H.264 that every player opens, with the sound and the times of the original. The label is
    smoothed over time; the bar at the bottom shows all of the clip.
    """
    from kanjian.errors import VideoError
    from kanjian.inference.recognizer import Recognizer
    from kanjian.media.encode import FORMATS
    from kanjian.video.label import label_clip
    from kanjian.video.tag import Tagging
    from kanjian.video.times import frame_rate_of

    suffix = clip.suffix if clip.suffix.lower() in FORMATS else ".mp4"
    target = out or Path(f"{clip.stem}-labeled{suffix}")
    if target.exists() and not force:
        raise VideoError(f"{target} is there already. Use --force to replace it.")
    how = Tagging(frame_rate_of(every), shortest_s=shortest)
    recognizer = Recognizer.load(model, precision=precision)
    with timing("labeling", quiet=quiet) as progress:
        done = label_clip(recognizer, clip, target, how, progress=progress)
    for note in done.notes:
        complain(note)
    tags = done.tagged.tags
    if json:
        record = done.tagged.record()
        say_json({"labeled": target, "pictures": done.pictures} | record)
        return
    say(facts([
        ("labeled", target),
        ("shows", ", ".join(f"{each.label} {percent(each.share)}" for each in tags) or "–"),
        ("pictures", done.pictures),
        ("took", f"{span(done.seconds)}, {done.pictures / done.seconds:.0f} pictures/s"),
    ]))  # fmt: skip
