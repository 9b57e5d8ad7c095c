"""`faces enroll`: make a person known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import (
    Another,
    DetectorName,
    EmbedderName,
    GalleryFile,
    Person,
    Same,
    Score,
    Smallest,
    how_taken,
    opened_detector,
    storage_of,
)
from kanjian.cli.faces.threshold import calibrated, threshold_facts, threshold_record
from kanjian.cli.output import facts, say, say_json

if TYPE_CHECKING:
    from kanjian.faces.embed import Embedder
    from kanjian.faces.gallery import Gallery


def enroll(
    name: Person,
    pictures: Annotated[
        list[str],
        typer.Argument(help="Photos, clips, folders or patterns: that person, alone or in front.",
                       metavar="PICTURES", show_default=False),
    ],
    another: Another = False,
    same: Same = False,
    gallery: GalleryFile = None,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = 24,
    score: Score = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Enroll a person from a few photos or a clip.

    Five photos of different days do well. The gallery keeps names, embeddings and where the
    pictures lie, no pictures; it is not encrypted, and only its owner may read the file. Faces
    that are not those of an enrolled person of that name are refused.
    """
    from kanjian.faces.enroll import enroll as add
    from kanjian.faces.names import check_name

    check_name(name)
    finder = opened_detector(detector, smallest=smallest, score=score)
    store, network = _opened_or_new(gallery, embedder)
    done = add(
        store, name, _pictures(pictures), finder, network,
        taken=how_taken(another=another, same=same),
    )  # fmt: skip
    for each in done.left_out:
        complain(f"left out: {each.picture}: {each.reason}")
    for note in done.notes:
        complain(note)
    calibration = calibrated(store)
    if json:
        say_json(
            {
                "name": done.name,
                "added": done.added,
                "left_out": [
                    {"picture": each.picture, "reason": each.reason} for each in done.left_out
                ],
                "notes": done.notes,
                "gallery": store.path,
            }
            | threshold_record(store, calibration)
        )
        return
    count = sum(face.person == done.name for face in store.faces)
    say(
        facts(
            [
                ("enrolled", f"{done.name}: {plural(done.added, 'face')}, {count} in all"),
                *threshold_facts(store, calibration),
                ("gallery", f"{store.path}, {storage_of(store.path)}"),
            ]
        )
    )


def _opened_or_new(path: Path | None, which: str | None) -> "tuple[Gallery, Embedder]":
    from kanjian.errors import FaceError
    from kanjian.faces.embed import embedder
    from kanjian.faces.gallery import Gallery, default_path

    path = path or default_path()
    there = Gallery.open(path) if path.exists() else None
    network = embedder(which or (there.about.embedder if there else "auto"))
    store = there or Gallery.open_or_create(path, embedder=network.name, sha256=network.sha256)
    if network.sha256 != store.about.sha256:
        raise FaceError(
            f"the gallery was made with {store.about.embedder}; embeddings of {network.name} "
            "cannot be compared with its. Enroll anew with another --gallery."
        )
    return store, network


def _pictures(places: list[str]) -> list[Path]:
    from kanjian.images.sniff import PICTURE_SUFFIXES
    from kanjian.inference.find_images import pictures_in
    from kanjian.media.frames import VIDEO_SUFFIXES

    return pictures_in(places, suffixes=PICTURE_SUFFIXES | VIDEO_SUFFIXES)
