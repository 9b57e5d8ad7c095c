"""`faces group` and `faces name`: who is in a folder, and what they are called."""

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
    Threshold,
    how_taken,
    opened_detector,
)
from kanjian.cli.output import facts, say, say_document, say_json, table
from kanjian.cli.progress import counting
from kanjian.i18n import _
from kanjian.names import printable
from kanjian.storage.csv_rows import csv_line

if TYPE_CHECKING:
    from kanjian.faces.found_cache import FoundFace
    from kanjian.faces.found_faces import Found, Look
    from kanjian.faces.gallery import Gallery
    from kanjian.faces.groups import Group, Groups

# Files left out told one by one, and people listed; the page has them all
_TOLD, _LISTED = 5, 30
_COLUMNS = ("name", "number", "file", "box", "from_s", "to_s", "poor")


def group(
    places: Annotated[
        list[str] | None,
        typer.Argument(help="Folders (with all below them), pictures, videos, patterns.",
                       metavar="FOLDER|VIDEO", show_default=False),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The page with everybody's faces.",
                           metavar="PAGE.html"),
    ] = Path("people.html"),
    gallery: GalleryFile = None,
    threshold: Threshold = None,
    embedder: EmbedderName = None,
    detector: DetectorName = "auto",
    smallest: Smallest = 24,
    score: Score = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget all faces and numbers that were kept; the "
                           "gallery stays.")
    ] = False,
    quiet: options.Quiet = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="A table with a line for each face.")
    ] = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Find who is in folders and videos, with or without names.

    Every face is found and put with those that are like it. People of the gallery are named;
    the rest are "person 1", "person 2" …, the one with the most faces first, on a page. Name
    one: kanjian faces name "person 1" Anna. Run again, only new files are looked at, and
    everybody keeps name and number.
    """
    from kanjian.errors import FaceError

    if forget:
        _forget_all(places)
        return
    if not places:
        raise FaceError("no folder, picture or video was given. Name one, or several.")
    if json and as_csv:
        raise FaceError("--json and --csv exclude each other. Give one.")
    from kanjian.faces.contact_page import check_page, write_contact_page
    from kanjian.faces.found_faces import find_faces
    from kanjian.faces.group_store import GroupStore
    from kanjian.faces.groups import group_faces
    from kanjian.faces.identify import ByGallery

    check_page(out)  # at once, not after minutes of looking
    known = _opened(gallery)
    look = _look(known, embedder, detector, smallest=smallest, score=score)
    matcher = None if known is None else ByGallery(known, look.network, threshold=threshold)
    with counting("files", quiet=quiet) as progress:
        found = find_faces(places, look, progress=progress)
    if not found.files:
        _path, reason = found.left_out[0]
        raise FaceError(f"no face can be looked for: {reason}")
    for _path, reason in found.left_out[:_TOLD]:
        complain(f"left out: {reason}")
    if len(found.left_out) > _TOLD:
        complain(f"left out: {len(found.left_out) - _TOLD} more files; the page lists them.")
    for note in found.notes:
        complain(note)
    enrolled = known.faces if known else ()
    groups = group_faces(found, matcher, enrolled=enrolled, store=GroupStore())
    write_contact_page(out, groups, found)
    if json:
        say_json(_record(groups, found, out))
    elif as_csv:
        _say_csv(groups, found)
    else:
        _show(groups, found, out)


def _opened(path: Path | None) -> "Gallery | None":
    """The gallery, if there is one; who names no file need have none."""
    from kanjian.faces.gallery import Gallery, default_path

    return Gallery.open(path) if path or default_path().exists() else None


def _look(
    known: "Gallery | None",
    which: str | None,
    detector: str,
    *,
    smallest: int,
    score: float | None,
) -> "Look":
    from kanjian.faces.detect import detector as made
    from kanjian.faces.embed import embedder
    from kanjian.faces.found_faces import Look
    from kanjian.faces.label import VIDEO_SIDE

    network = embedder(which or (known.about.embedder if known else "auto"))
    finder = opened_detector(detector, smallest=smallest, score=score)
    moving = made(detector, smallest=smallest, score=score, longest_side=VIDEO_SIDE)
    return Look(finder, network, moving, f"{smallest} {score}")


def _forget_all(places: list[str] | None) -> None:
    from kanjian.errors import FaceError
    from kanjian.faces.found_cache import FoundCache
    from kanjian.faces.group_store import GroupStore

    if places:
        raise FaceError("--forget takes no folder: it forgets the faces of all. Leave one out.")
    FoundCache().drop()
    GroupStore().drop()
    say("The faces and numbers of 'kanjian faces group' are forgotten.")


def _show(groups: "Groups", found: "Found", out: Path) -> None:
    from kanjian.faces.contact_page import group_title

    several = [each for each in groups.people if each.name or len(each.faces) > 1]
    if several:
        rows = [
            (printable(group_title(each)), len(each.faces),
             len({face.picture for face in each.faces}))
            for each in several[:_LISTED]
        ]  # fmt: skip
        say(table(["who", "faces", "files"], rows))
        say()
    once = len(groups.people) - len(several)
    pairs: list[tuple[str, object]] = [
        ("people", f"{len(several)} in several pictures, {once} seen once"),
        ("faces", f"{len(found.faces)} in {plural(len(found.files), 'file')}, "
                  f"{len(groups.poor)} too small or blurred to tell"),
        ("page", out),
    ]  # fmt: skip
    say(facts(pairs))
    unnamed = next((each for each in groups.people if not each.name), None)
    if unnamed is not None:
        say(f'\nGive a name: kanjian faces name "person {unnamed.number}" NAME')


def _record(groups: "Groups", found: "Found", out: Path) -> dict[str, object]:
    return {
        "people": [
            {
                "name": each.name or None,
                "number": each.number,
                "faces": [_face(face, found) for face in each.faces],
            }
            for each in groups.people
        ],
        "poor": [_face(face, found) for face in groups.poor],
        "level": round(groups.level, 3),
        "files": len(found.files),
        "files_without_face": found.without,
        "from_cache": found.cached,
        "left_out": [{"file": path, "reason": reason} for path, reason in found.left_out],
        "notes": found.notes,
        "page": out,
    }


def _face(face: "FoundFace", found: "Found") -> dict[str, object]:
    files = found.files[face.picture]
    record: dict[str, object] = {
        "file": files[0],
        "box_xyxy": [int(side) for side in face.box.partition("@")[0].split(",")],
        "poor": face.poor,
    }
    if len(files) > 1:
        record["copies"] = files[1:]
    if face.frames > 1:
        record |= {"from_s": face.from_s, "to_s": face.to_s, "frames": face.frames}
    return record


def _say_csv(groups: "Groups", found: "Found") -> None:
    say_document(csv_line(_COLUMNS))
    for each in groups.people:
        for face in each.faces:
            say_document(csv_line(_cells(each, face, found)))
    for face in groups.poor:
        say_document(csv_line(_cells(None, face, found)))


def _cells(group: "Group | None", face: "FoundFace", found: "Found") -> list[object]:
    moving = face.frames > 1
    return [
        group.name if group else "",
        group.number if group else None,
        str(found.files[face.picture][0]),
        face.box.partition("@")[0],
        round(face.from_s, 3) if moving else None,
        round(face.to_s, 3) if moving else None,
        "yes" if face.poor else "",
    ]


def name(
    who: Annotated[
        str, typer.Argument(help="The group, as 'faces group' calls it.", metavar="'person 3'",
                            show_default=False),
    ],
    called: Person,
    another: Another = False,
    same: Same = False,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Give a person found by 'faces group' a name.

    The faces that tell most are enrolled in the gallery, at most 24. Faces that are not those
    of an enrolled person of that name are refused.
    """
    from kanjian.faces.group_names import name_group

    done = name_group(who, called, gallery=gallery, taken=how_taken(another=another, same=same))
    if json:
        say_json(
            {
                "name": done.name, "number": done.number, "added": done.added,
                "faces": done.faces,
            }
        )  # fmt: skip
        return
    chosen = _("{added} of {faces}", added=done.added, faces=done.faces)
    say(
        facts([("named", f"person {done.number}: {done.name}"), ("enrolled", chosen)])
    )  # fmt: skip
