"""`faces threshold`: from which similarity on a name is given."""

from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.cli import options
from kanjian.cli.faces.common import GalleryFile
from kanjian.cli.output import facts, percent, say, say_json, table

if TYPE_CHECKING:
    from kanjian.faces.gallery import Gallery
    from kanjian.faces.threshold import Calibration


def threshold(
    set_to: Annotated[
        float | None, typer.Option("--set", help="From this similarity on a name is given.",
                                   metavar="SIMILARITY")
    ] = None,
    false_accepts: Annotated[
        float | None,
        typer.Option("--false-accepts", help="Set it so that this share of strangers gets a "
                     "name, as far as the gallery can tell: 0.001.", metavar="SHARE"),
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
        (f"{at:.2f}", *(percent(share, 2) for share in (calibration.false_accepts(at),
                                                        calibration.false_rejects(at))))
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
    how = (
        "" if calibration.measured else ", mostly from what is known of the network: few faces yet"
    )
    return [
        ("threshold", f"{at:.3f} ({source})"),
        ("expected", f"{percent(calibration.false_accepts(at), 2)} of strangers get a name, "
                     f"{percent(calibration.false_rejects(at), 2)} of known faces none{how}"),
    ]  # fmt: skip


def threshold_record(store: "Gallery", calibration: "Calibration") -> dict[str, object]:
    """The same as JSON holds it."""
    chosen = store.about.threshold
    at = calibration.threshold if chosen is None else chosen
    return {
        "threshold": at,
        "own_threshold": calibration.threshold,
        "expected_false_accepts": round(calibration.false_accepts(at), 6),
        "expected_false_rejects": round(calibration.false_rejects(at), 6),
        "measured": calibration.measured,
        "people_enrolled": calibration.people,
        "faces_enrolled": calibration.faces,
        "encrypted": False,
    }
