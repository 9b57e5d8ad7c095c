"""`video tag`: what clips are about, who is on screen, and when."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import (
    DetectorName,
    EmbedderName,
    GalleryFile,
    Score,
    Smallest,
    Threshold,
    opened_detector,
    opened_matcher,
)
from kanjian.cli.output import percent, say, say_json, span, table
from kanjian.cli.progress import counting
from kanjian.cli.video.app import From, To, seconds_or_none
from kanjian.inference.prediction import unknown_word
from kanjian.names import printable

if TYPE_CHECKING:
    from kanjian.video.on_screen import PeopleLook
    from kanjian.video.tag_files import Done, NotDone

_SMALLEST = 24


def tag(
    clips: Annotated[
        list[str],
        typer.Argument(help="Videos, folders (with all below them), patterns.", metavar="CLIP",
                       show_default=False),
    ],
    model: Annotated[
        Path | None,
        typer.Option("--model", help="A run, by its folder or its name, or the recognizer folder "
                     "in it. May be left out with --people.", metavar="RUN",
                     parser=options.run_folder),
    ] = None,
    people: Annotated[
        bool, typer.Option("--people", help="Tell who is on screen when, as enrolled with 'faces "
                           "enroll'; strangers count together as \"unknown\".")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder of results; CLIP-tags by default.",
                     metavar="FOLDER"),
    ] = None,
    every: Annotated[
        str, typer.Option("--every", help="How often to predict: 1s, 500ms, 10f (frames).",
                          metavar="1s|10f")
    ] = "0.25s",
    start: From = None,
    end: To = None,
    shortest: Annotated[
        float, typer.Option("--shortest", help="No segment is shorter than so many seconds.",
                            min=0, metavar="SECONDS")
    ] = 1.0,
    vote: Annotated[
        Literal["count", "mean", "confidence"],
        typer.Option("--vote", help="By number of frames, by mean probability, or by number "
                     "weighed with probability."),
    ] = "count",
    least: Annotated[
        float, typer.Option("--least", help="Labels with a smaller share are no tags.", min=0,
                            max=1, metavar="SHARE")
    ] = 0.05,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Clips at once; as many as cores by default.",
                                 min=1)
    ] = None,
    precision: Annotated[
        Literal["f32", "bf16"],
        typer.Option("--precision", help="bf16 is faster on processors made for it."),
    ] = "f32",
    anew: Annotated[
        bool, typer.Option("--anew", help="Do clips again that are done already.")
    ] = False,
    gallery: GalleryFile = None,
    threshold: Threshold = None,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = _SMALLEST,
    score: Score = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Say what clips are about, who is on screen, and when.

    Frames are classified, the predictions smoothed over time and voted into tags. For each clip
    there are CLIP.json, a table of segments (CSV), subtitles (SRT) and a page with a timeline
    (HTML); tags.csv lists all. Run again, it goes on where it was broken off. One clip that
    cannot be read does not stop the rest; the exit status is 2 if none could be.

    With --people, faces are followed through each scene and no name is told over a cut. The files
    then hold names and are readable for you alone.
    """
    from kanjian.inference.recognizer import Recognizer
    from kanjian.video.tag import Tagging
    from kanjian.video.tag_files import TABLE, Done, clips_at, tag_files, write_table
    from kanjian.video.times import frame_rate_of

    _check(
        model, people=people, gallery=gallery, threshold=threshold, embedder=embedder,
        detector=None if detector == "auto" else detector,
        smallest=None if smallest == _SMALLEST else smallest, score=score,
    )  # fmt: skip
    how = Tagging(
        frame_rate_of(every), seconds_or_none(start), seconds_or_none(end), shortest, vote, least
    )
    found = clips_at(clips)
    look = None
    if people:
        look = _look(gallery, threshold, embedder, detector, smallest=smallest, score=score)
    recognizer = None if model is None else Recognizer.load(model, precision=precision)
    folder = out or Path(f"{found[0].stem}-tags" if len(found) == 1 else "video-tags")
    results: list[Done | NotDone] = []
    try:
        with counting("tagging", quiet=quiet) as progress:
            for result in tag_files(
                recognizer, found, folder, how, people=look, jobs=jobs or os.cpu_count() or 1,
                anew=anew, progress=progress,
            ):  # fmt: skip
                results.append(result)
                reason = result.record["note"] if isinstance(result, Done) else result.reason
                if reason:
                    complain(reason)
    except KeyboardInterrupt:
        complain(f"{len(results)} of {len(found)} clips are done; the same command goes on.")
        raise
    done = [result for result in results if isinstance(result, Done)]
    if done:
        write_table(folder / TABLE, done)
    _tell(folder, None if recognizer is None else recognizer.name, results, json=json)
    if not done:
        raise typer.Exit(2)


def _check(model: Path | None, *, people: bool, **of_people: object) -> None:
    """Refuse to look for nothing, and options that would change nothing."""
    from kanjian.errors import VideoError

    if model is None and not people:
        raise VideoError(
            "nothing to look for: give --model RUN for classes, --people for who is on screen, or "
            "both."
        )
    for name, value in of_people.items():
        if value is not None and not people:
            raise VideoError(f"--{name} goes with --people. Add it, or leave --{name} out.")


def _look(
    gallery: Path | None,
    threshold: float | None,
    embedder: str | None,
    detector: str,
    *,
    smallest: int,
    score: float | None,
) -> "PeopleLook":
    from kanjian.video.on_screen import PeopleLook

    matcher = opened_matcher(gallery=gallery, model=None, embedder=embedder, threshold=threshold)
    finder = opened_detector(detector, smallest=smallest, score=score, longest_side=640)
    return PeopleLook(finder, matcher, options=f"{smallest} {score}")


def _tell(folder: Path, name: str | None, results: "list[Done | NotDone]", *, json: bool) -> None:
    from kanjian.video.tag_files import Done

    if json:
        clips = [
            {key: value for key, value in each.record.items() if key != "key"}
            | {"earlier": each.earlier}
            if isinstance(each, Done)
            else {"clip": each.clip.source, "error": each.reason}
            for each in results
        ]
        say_json({"recognizer": name, "folder": folder, "clips": clips})
        return
    done = [each for each in results if isinstance(each, Done)]
    if not done:
        return
    columns = {"tags": _tags} if name is not None else {}
    columns |= {"people": _people} if "people" in done[0].record else {}
    say(table(
        ["clip", *columns],
        [(each.clip.source, *(told(each) for told in columns.values())) for each in done],
    ))  # fmt: skip
    earlier = sum(each.earlier for each in done)
    before = f" ({earlier} of {len(done)} done before; --anew does them again)" if earlier else ""
    say(f"{printable(folder)}: .json, .csv, .srt and .html of each{before}")


def _tags(done: "Done") -> str:
    found = done.record["tags"]
    tags = [
        f"{each['label']} {percent(each['share'])} of the time ({percent(each['confidence'])} sure)"
        for each in found
    ]
    if done.record["unknown"] >= 0.0005:
        word = unknown_word(each["label"] for each in found)
        tags.append(f"{word} {percent(done.record['unknown'])} of the time")
    return ", ".join(tags).replace(" %", "\u00a0%") or "none"


def _people(done: "Done") -> str:
    people = [
        f"{each['name']} {span(each['seconds'])} ({percent(each['share'])} of the time)"
        for each in done.record.get("people", ())
    ]
    return ", ".join(people).replace(" %", "\u00a0%") or "nobody"
