"""`faces watch`: a camera, live."""

from typing import Annotated

import typer

from kanjian.checks import plural
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
    Threshold,
    label_style,
    opened_detector,
    opened_matcher,
)
from kanjian.cli.faces.threshold import expected_rates
from kanjian.cli.output import json_text, say_document


def watch(
    camera: Annotated[
        str,
        typer.Argument(help="A camera's number (0), an RTSP address, or a video file.",
                       metavar="CAMERA|RTSP|FILE", show_default=False),
    ],
    port: Annotated[
        int, typer.Option("--port", help="Of the page on this machine; 0 takes a free one.", min=0,
                          max=65535)
    ] = 8765,
    no_page: Annotated[bool, typer.Option("--no-page", help="Events alone, no page.")] = False,
    gallery: GalleryFile = None,
    model: ModelRun = None,
    threshold: Threshold = None,
    blur_unknown: BlurUnknown = False,
    keep: Keep = None,
    no_names: NoNames = False,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = 32,
    score: Score = None,
) -> None:  # fmt: skip
    """Watch a camera and say who comes and goes.

    A line of JSON on stdout when somebody arrives, is named otherwise than at first, and when
    they left: event, who, from, to, in seconds since the beginning. The page, which only this
    machine can open, shows the picture with names and who is there; its address followed by
    "events" gives the same as server-sent events. Ctrl-C ends it.
    """
    from kanjian.faces.identify import ByGallery
    from kanjian.faces.label import VIDEO_SIDE
    from kanjian.faces.sources import frames_of, newest
    from kanjian.faces.tracks import Tracker
    from kanjian.faces.watch import watch as watched
    from kanjian.media.feed import is_live

    matcher = opened_matcher(gallery=gallery, model=model, embedder=embedder, threshold=threshold)
    style = label_style(
        blur_unknown=blur_unknown, keep=keep, no_names=no_names, names=matcher.names
    )
    finder = opened_detector(detector, smallest=smallest, score=score, longest_side=VIDEO_SIDE)
    frames = frames_of(camera, paced=not no_page, warn=complain)
    if is_live(camera) or not no_page:
        frames = newest(frames)
    if isinstance(matcher, ByGallery) and matcher.names:
        rates = expected_rates(matcher.calibration, matcher.threshold)
        complain(f"from similarity {matcher.threshold:.3f} on a name is given: {rates}")
    count = watched(
        frames,
        Tracker(finder, matcher, keep=False),
        matcher,
        style=style,
        port=None if no_page else port,
        noticed=lambda notice: say_document(json_text(notice.record()) + "\n"),
        ready=lambda address: complain(f"watch at {address} (Ctrl-C ends)"),
    )
    complain(f"{camera} ended after {plural(count, 'frame')}.")
