"""`faces identify` and `faces label`: whose faces are in pictures and videos."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import (
    BlurUnknown,
    DetectorName,
    EmbedderName,
    GalleryFile,
    Keep,
    ModelRun,
    NoNames,
    Score,
    Smallest,
    SmallestOr,
    Threshold,
    face_record,
    label_style,
    opened_detector,
    opened_matcher,
)
from kanjian.cli.output import facts, say, say_json
from kanjian.cli.progress import counting
from kanjian.names import printable

if TYPE_CHECKING:
    from kanjian.faces.identify import Identified
    from kanjian.faces.label import Labeled


def identify(
    places: Annotated[
        list[str],
        typer.Argument(help="Pictures, folders (with all below them), patterns.",
                       metavar="PICTURE", show_default=False),
    ],
    gallery: GalleryFile = None,
    model: ModelRun = None,
    threshold: Threshold = None,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = 12,
    score: Score = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Say whose faces are in pictures.

    Every face is named, or called "unknown". A picture that cannot be read is named on stderr
    and does not stop the rest; the exit status is 2 if none could be read.
    """
    from kanjian.errors import ImageError
    from kanjian.faces.identify import identify as asked
    from kanjian.images.decode import read_image
    from kanjian.inference.find_images import pictures_in

    pictures = pictures_in(places)
    matcher = opened_matcher(gallery=gallery, model=model, embedder=embedder, threshold=threshold)
    finder = opened_detector(detector, smallest=smallest, score=score)
    answers: list[dict[str, Any]] = []
    for path in pictures:
        try:
            faces = asked(read_image(path), finder, matcher)
        except ImageError as error:
            complain(str(error))
            answers.append({"picture": path, "error": str(error)})
            continue
        records = [face_record(each.face, each.match) for each in faces]
        answers.append({"picture": path, "faces": records})
        if not json:
            say(f"{printable(path)}: {_told(faces)}")
    if json:
        say_json({"threshold": matcher.threshold, "detector": finder.name, "answers": answers})
    if all("error" in answer for answer in answers):
        raise typer.Exit(2)


def _told(faces: "list[Identified]") -> str:
    if not faces:
        return "no face"
    names = []
    # as they stand in the picture
    for each in sorted(faces, key=lambda one: one.face.box_xyxy[0]):
        match = each.match
        if match.known:
            names.append(f"{match.name} ({match.similarity:.2f})")
        else:
            near = f"; nearest {match.nearest} {match.similarity:.2f}" if match.nearest else ""
            names.append(f"{match.name}{f' ({near[2:]})' if near else ''}")
    return ", ".join(names)


def label(
    source: Annotated[
        Path, typer.Argument(help="A picture or a video.", metavar="PICTURE|VIDEO",
                             show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The copy; SOURCE-named by default.", metavar="FILE"),
    ] = None,
    gallery: GalleryFile = None,
    model: ModelRun = None,
    threshold: Threshold = None,
    blur_unknown: BlurUnknown = False,
    keep: Keep = None,
    no_names: NoNames = False,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: SmallestOr = None,
    score: Score = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Write names into copies of pictures and videos.

    Videos are written as H.264 with their sound and times; faces are followed from frame to
    frame, so names do not flicker.
    """
    from kanjian.errors import FaceError
    from kanjian.faces.label import VIDEO_SIDE, label_picture, label_video, least_in_video
    from kanjian.faces.sources import is_video
    from kanjian.images.write import check_suffix
    from kanjian.media.encode import check_video_suffix

    moving = is_video(str(source))
    target = out or _target(source, moving=moving)
    check = check_video_suffix if moving else check_suffix
    check(target)
    if target.exists() and not force:
        raise FaceError(f"{target} is there already. Use --force to replace it.")
    matcher = opened_matcher(gallery=gallery, model=model, embedder=embedder, threshold=threshold)
    style = label_style(
        blur_unknown=blur_unknown, keep=keep, no_names=no_names, names=matcher.names
    )
    least = smallest or (least_in_video(source) if moving else 12)
    side = VIDEO_SIDE if moving else 1280
    finder = opened_detector(detector, smallest=least, score=score, longest_side=side)
    if not moving:
        _tell(label_picture(source, target, finder, matcher, style), json=json)
        return
    with counting("frames", quiet=quiet) as progress:
        done = label_video(source, target, finder, matcher, style, progress=progress)
    _tell(done, json=json)


def _target(source: Path, *, moving: bool) -> Path:
    from kanjian.errors import KanjianError
    from kanjian.images.write import check_suffix
    from kanjian.media.encode import check_video_suffix

    named = source.with_name(f"{source.stem}-named{source.suffix}")
    try:
        (check_video_suffix if moving else check_suffix)(named)
    except KanjianError:
        return named.with_suffix(".mp4" if moving else ".png")
    return named


def _tell(done: "Labeled", *, json: bool) -> None:
    for note in done.notes:
        complain(note)
    if json:
        say_json(
            {
                "file": done.source,
                "labeled": done.target,
                "pictures": done.pictures,
                "faces": [face_record(each.face, each.match) for each in done.faces],
                "events": [event.record() for event in done.events],
                "notes": list(done.notes),
            }
        )
        return
    pairs: list[tuple[str, object]] = [("labeled", done.target)]
    if done.pictures > 1 or done.events:
        pairs.append(("frames", done.pictures))
        pairs += [
            (event.who, f"{event.from_s:.1f} to {event.to_s:.1f} s")
            for event in sorted(done.events, key=lambda event: event.from_s)
        ]
    else:
        pairs.append(("faces", _told(list(done.faces))))
    say(facts(pairs))
