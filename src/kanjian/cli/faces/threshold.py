"""`faces threshold`: from which similarity on a name is given."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.cli import options
from kanjian.cli.faces.common import GalleryFile
from kanjian.cli.output import facts, say, say_json, table

if TYPE_CHECKING:
    from kanjian.faces.gallery import Gallery
    from kanjian.faces.rates import Rate
    from kanjian.faces.threshold import Calibration


def threshold(
    set_to: Annotated[
        float | None, typer.Option("--set", help="From this similarity on a name is given.",
                                   metavar="SIMILARITY")
    ] = None,
    false_accepts: Annotated[
        float | None,
        typer.Option("--false-accepts", help="Set it so that this share of strangers is "
                     "expected to get a name: 0.001.", metavar="SHARE"),
    ] = None,
    own: Annotated[bool, typer.Option("--own", help="Back to the gallery's own.")] = False,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show or set the similarity from which a name is given."""
    from kanjian.errors import FaceError
    from kanjian.faces.gallery import Gallery

    if sum((set_to is not None, false_accepts is not None, own)) > 1:
        raise FaceError("--set, --false-accepts and --own exclude each other. Give one.")
    store = Gallery.open(gallery)
    calibration = calibrated(store)
    if own:
        store.set_threshold(None)
    elif set_to is not None or false_accepts is not None:
        at = calibration.at_false_accepts(false_accepts) if false_accepts is not None else set_to
        store.set_threshold(round(at or 0.0, 4))
    if json:
        say_json(threshold_record(store, calibration))
        return
    say(facts(threshold_facts(store, calibration)))
    grid = [round(calibration.threshold + step, 2) for step in (-0.1, -0.05, 0.0, 0.05, 0.1)]
    rows = [
        (f"{at:.2f}", between(calibration.strangers_named(at)),
         between(calibration.known_unnamed(at)))
        for at in grid
    ]  # fmt: skip
    say("\n" + table(["threshold", "strangers with a name", "known faces without"], rows))


def calibrated(store: "Gallery") -> "Calibration":
    """What false accepts and rejects a gallery expects at each similarity."""
    from kanjian.faces.threshold import calibrate

    return calibrate(store.embeddings, store.person_of, embedder=store.about.embedder)


def threshold_facts(store: "Gallery", calibration: "Calibration") -> list[tuple[str, object]]:
    """The threshold of a gallery and what it means, for a person."""
    chosen = store.about.threshold
    at = calibration.threshold if chosen is None else chosen
    source = (
        "the gallery's own"
        if chosen is None
        else f"set by hand; its own is {calibration.threshold}"
    )
    return [
        ("threshold", f"{at:.3f} ({source})"),
        ("expected", expected_rates(calibration, at)),
    ]


def expected_rates(calibration: "Calibration", at: float) -> str:
    """How many strangers get a name and how many known faces none, for a person."""
    strangers, known = calibration.strangers_named(at), calibration.known_unnamed(at)
    told = f"{between(strangers)} of strangers get a name, {between(known)} of known faces none"
    doubts = []
    if not strangers.promised:
        doubts.append("too few people to promise the first")
    if not known.promised:
        doubts.append("too few photos to promise the second")
    return told + "".join(f"; {doubt}" for doubt in doubts)


def between(rate: "Rate") -> str:
    """The interval of a rate, as in "0 to 4 %": rounded away from the middle.

    Whole percent; tenths where all of it is below one percent.

    Example:
        >>> from kanjian.faces.rates import Rate
        >>> between(Rate(0.01, (0.0, 0.031), True)), between(Rate(0.0, (0.0, 0.0012), True))
        ('0 to 4 %', '0 to 0.2 %')
    """
    low, high = rate.interval
    scale = 10 if high < 0.01 else 1
    ends = math.floor(100 * scale * low) / scale, math.ceil(100 * scale * high) / scale
    return f"{ends[0]:g} to {ends[1]:g} %"


def threshold_record(store: "Gallery", calibration: "Calibration") -> dict[str, object]:
    """The same as JSON holds it."""
    chosen = store.about.threshold
    at = calibration.threshold if chosen is None else chosen
    strangers, known = calibration.strangers_named(at), calibration.known_unnamed(at)
    return {
        "threshold": at,
        "own_threshold": calibration.threshold,
        "expected_false_accepts": round(strangers.expected, 6),
        "false_accepts_interval": [round(end, 4) for end in strangers.interval],
        "false_accepts_promised": strangers.promised,
        "expected_false_rejects": round(known.expected, 6),
        "false_rejects_interval": [round(end, 4) for end in known.interval],
        "false_rejects_promised": known.promised,
        "measured": calibration.measured,
        "people_enrolled": calibration.people,
        "faces_enrolled": calibration.faces,
        "encrypted": False,
    }
