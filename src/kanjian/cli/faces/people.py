"""`faces enroll`, `list`, `forget`, `threshold`, `restore`: whom to know."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import (
    DetectorName,
    EmbedderName,
    GalleryFile,
    Score,
    Smallest,
    opened_detector,
)
from kanjian.cli.output import facts, percent, say, say_json, table

if TYPE_CHECKING:
    from kanjian.faces.embed import Embedder
    from kanjian.faces.gallery import Gallery
    from kanjian.faces.threshold import Calibration

Person = Annotated[
    str, typer.Argument(help="What the person is called, in any script.", show_default=False,
                        metavar="NAME")
]  # fmt: skip


def enroll(
    name: Person,
    pictures: Annotated[
        list[str],
        typer.Argument(help="Photos, clips, folders or patterns: that person, alone or in front.",
                       metavar="PICTURES", show_default=False),
    ],
    gallery: GalleryFile = None,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = 24,
    score: Score = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Enroll a person from a few photos or a clip.

    Five photos of different days do well. The gallery keeps names and embeddings, no pictures;
    it is not encrypted, and only its owner may read the file.
    """
    from kanjian.faces.enroll import enroll as add
    from kanjian.faces.names import check_name

    check_name(name)
    finder = opened_detector(detector, smallest=smallest, score=score)
    store, network = _opened_or_new(gallery, embedder)
    done = add(store, name, _pictures(pictures), finder, network)
    for each in done.left_out:
        complain(f"left out: {each.picture}: {each.reason}")
    for note in done.notes:
        complain(note)
    judged = _judged(store)
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
            | _threshold_record(store, judged)
        )
        return
    count = sum(face.person == done.name for face in store.faces)
    say(
        facts(
            [
                ("enrolled", f"{done.name}: {plural(done.added, 'face')}, {count} in all"),
                *_threshold_facts(store, judged),
                ("gallery", f"{store.path}, {_storage(store.path)}"),
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


def list_people(gallery: GalleryFile = None, json: options.Json = False) -> None:
    """List who is enrolled."""
    from kanjian.faces.gallery import Gallery

    store = Gallery.open(gallery)
    counts = {name: sum(face.person == name for face in store.faces) for name in store.names}
    since = {name: min(f.added for f in store.faces if f.person == name) for name in store.names}
    judged = _judged(store)
    if json:
        people = [
            {"name": name, "faces": counts[name], "since": since[name]} for name in store.names
        ]
        say_json({"people": people, "gallery": store.path} | _threshold_record(store, judged))
        return
    if counts:
        say(table(["name", "faces", "since"],
                  [(name, counts[name], since[name][:10]) for name in counts]))  # fmt: skip
        say()
    say(
        facts(
            [
                *_threshold_facts(store, judged),
                ("embedder", store.about.embedder),
                ("gallery", f"{store.path}, {_storage(store.path)}"),
            ]
        )
    )


def forget(name: Person, gallery: GalleryFile = None, json: options.Json = False) -> None:
    """Forget a person for good.

    Name and embeddings are gone from the gallery and from its backup. Copies made elsewhere,
    and what a disk keeps of files that were replaced, are out of reach.
    """
    import unicodedata

    from kanjian.faces.gallery import Gallery

    store = Gallery.open(gallery)
    gone = store.forget(unicodedata.normalize("NFC", name).strip())
    if json:
        say_json({"forgotten": name, "faces": gone, "people": list(store.names)})
        return
    say(f"{name} is forgotten: {plural(gone, 'face')}, from the gallery and its backup.")


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
    judged = _judged(store)
    if own:
        store.set_threshold(None)
    elif set_to is not None or false_accepts is not None:
        at = judged.at_false_accepts(false_accepts) if false_accepts is not None else set_to
        store.set_threshold(round(at or 0.0, 4))
    if json:
        say_json(_threshold_record(store, judged))
        return
    say(facts(_threshold_facts(store, judged)))
    grid = [round(judged.threshold + step, 2) for step in (-0.1, -0.05, 0.0, 0.05, 0.1)]
    rows = [
        (f"{at:.2f}", *(percent(share, 2) for share in (judged.false_accepts(at),
                                                        judged.false_rejects(at))))
        for at in grid
    ]  # fmt: skip
    say("\n" + table(["threshold", "strangers with a name", "known faces without"], rows))


def restore(gallery: GalleryFile = None) -> None:
    """Put the backup in the place of a damaged gallery."""
    from kanjian.faces.gallery import damaged_path
    from kanjian.faces.gallery import restore as put_back

    store = put_back(gallery)
    say(
        f"{store.path} is restored: {plural(len(store.names), 'person', 'people')}, "
        f"{plural(len(store.faces), 'face')}."
    )
    if damaged_path(store.path).exists():
        say(f"The damaged file is kept as {damaged_path(store.path)}.")


def _judged(store: "Gallery") -> "Calibration":
    from kanjian.faces.threshold import calibrate

    return calibrate(store.embeddings, store.person_of, embedder=store.about.embedder)


def _threshold_facts(store: "Gallery", judged: "Calibration") -> list[tuple[str, object]]:
    chosen = store.about.threshold
    at = judged.threshold if chosen is None else chosen
    source = (
        "the gallery's own" if chosen is None else f"set by hand; its own is {judged.threshold}"
    )
    how = "" if judged.measured else ", mostly from what is known of the network: few faces yet"
    return [
        ("threshold", f"{at:.3f} ({source})"),
        ("expected", f"{percent(judged.false_accepts(at), 2)} of strangers get a name, "
                     f"{percent(judged.false_rejects(at), 2)} of known faces none{how}"),
    ]  # fmt: skip


def _threshold_record(store: "Gallery", judged: "Calibration") -> dict[str, Any]:
    chosen = store.about.threshold
    at = judged.threshold if chosen is None else chosen
    return {
        "threshold": at,
        "own_threshold": judged.threshold,
        "expected_false_accepts": round(judged.false_accepts(at), 6),
        "expected_false_rejects": round(judged.false_rejects(at), 6),
        "measured": judged.measured,
        "people_enrolled": judged.people,
        "faces_enrolled": judged.faces,
        "encrypted": False,
    }


def _storage(path: Path) -> str:
    from kanjian.faces.gallery import readable_for_owner_alone

    alone = "readable for you alone" if readable_for_owner_alone(path) else "READABLE FOR OTHERS"
    return f"not encrypted, {alone}"
