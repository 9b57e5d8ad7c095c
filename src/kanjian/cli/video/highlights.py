"""`video highlights`: the scenes of some people, cut together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import (
    DetectorName,
    EmbedderName,
    GalleryFile,
    ModelRun,
    Score,
    Smallest,
    Threshold,
    opened_detector,
    opened_matcher,
)
from kanjian.cli.video.app import Force, timing
from kanjian.cli.video.cut import cut_record, render
from kanjian.names import file_name, printable

if TYPE_CHECKING:
    from kanjian.video.cuts import Cut
    from kanjian.video.highlights import Found


def highlights(
    clips: Annotated[
        list[Path], typer.Argument(help="Videos, in the order wanted.", metavar="CLIP",
                                   show_default=False)
    ],
    person: Annotated[
        list[str], typer.Option("--person", help="Who, as enrolled with 'faces enroll'. "
                                "Repeatable: scenes with any of them.", metavar="NAME",
                                show_default=False)
    ],
    together: Annotated[
        bool, typer.Option("--together", help="Only where all of them are on screen at once.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The video; CLIP-NAME.mp4 by default.", metavar="FILE"),
    ] = None,
    pad: Annotated[
        float, typer.Option("--pad", help="Seconds added before and after each scene.", min=0)
    ] = 1.0,
    join: Annotated[
        float, typer.Option("--join", help="Scenes with at most so many seconds between them "
                            "become one.", min=0)
    ] = 2.0,
    every: Annotated[
        str, typer.Option("--every", help="How often to look for faces.", metavar="SECONDS")
    ] = "0.1s",
    list_only: Annotated[
        bool, typer.Option("--list-only", help="Write the list of cuts, no video.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Write a picture of each cut onto one sheet, no "
                           "list, no video.")
    ] = False,
    gallery: GalleryFile = None,
    model: ModelRun = None,
    threshold: Threshold = None,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = 24,
    score: Score = None,
    force: Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Cut the scenes of one person, or of several, together.

    No scene goes over a cut of its clip: --pad and --join stop there. Beside OUT.mp4 there are
    OUT.cuts.csv, the list of cuts, and OUT.sheet.jpg, a picture of each. Edit the list and
    'kanjian video cut OUT.cuts.csv' makes the video anew.
    """
    from kanjian.cli.output import say, say_json
    from kanjian.errors import VideoError
    from kanjian.faces.names import check_name
    from kanjian.media.encode import check_video_suffix
    from kanjian.video.cuts import write_cuts
    from kanjian.video.highlights import find_person
    from kanjian.video.times import frame_rate_of

    people = [check_name(name) for name in dict.fromkeys(person)]
    who = ("+" if together else "-").join(people)
    target = out or Path(f"{clips[0].stem}-{file_name(who)}.mp4")
    check_video_suffix(target)
    cut_list, sheet = (
        target.with_name(f"{target.stem}{end}") for end in (".cuts.csv", ".sheet.jpg")
    )
    written = [sheet] if preview else [cut_list] if list_only else [cut_list, target]
    for path in written:
        if path.exists() and not force:
            raise VideoError(f"{path} is there already. Use --force to replace it.")
    rate = frame_rate_of(every)
    if rate.seconds is None:
        raise VideoError(f"--every must be a time like 0.1s, got {every!r}.")
    matcher = opened_matcher(gallery=gallery, model=model, embedder=embedder, threshold=threshold)
    finder = opened_detector(detector, smallest=smallest, score=score, longest_side=640)
    told = (" with " if together else " or ").join(people)
    cuts: list[Cut] = []
    for clip in clips:
        with timing(f"looking for {told}", quiet=quiet) as progress:
            found = find_person(
                clip, people, finder, matcher, together=together, pad_s=pad, join_s=join,
                every_s=rate.seconds, progress=progress,
            )  # fmt: skip
        cuts += _cuts_of(clip, told, found, only=len(clips) == 1)
    if not cuts:
        raise VideoError(f"{told} was found in none of {len(clips)} clips.")
    if preview:
        _tell_preview(cuts, sheet, json=json)
        return
    write_cuts(cut_list, cuts)
    if not list_only:
        render(cuts, target, cut_list=cut_list, force=force, quiet=quiet, json=json)
    elif json:
        say_json({"cut_list": cut_list, "cuts": len(cuts)})
    else:
        say(f"{printable(cut_list)}: {plural(len(cuts), 'cut')}")


def _tell_preview(cuts: "list[Cut]", sheet: Path, *, json: bool) -> None:
    from kanjian.cli.output import say, say_json, span, table
    from kanjian.images.write import write_image
    from kanjian.video.cut_sheet import preview_sheet
    from kanjian.video.times import clock

    write_image(sheet, preview_sheet(cuts))
    if json:
        say_json({"sheet": sheet, "cuts": [cut_record(each) for each in cuts]})
        return
    say(table(
        ["clip", "from", "to", "length", "who"],
        [(each.clip, clock(each.from_s), clock(each.to_s), span(each.seconds), each.note)
         for each in cuts],
    ))  # fmt: skip
    say(f"{printable(sheet)}: {plural(len(cuts), 'cut')}")


def _cuts_of(clip: Path, told: str, found: "Found", *, only: bool) -> "tuple[Cut, ...]":
    """The cuts of a clip; one without any is told of, or an error where it is the only one."""
    from kanjian.video.highlights import nobody

    if found.note:
        complain(found.note)
    if not found.cuts:
        error = nobody(clip, told, found)
        if only:
            raise error
        complain(str(error))
    return found.cuts
