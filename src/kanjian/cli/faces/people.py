"""`faces rename`, `merge`, `remove`, `undo` and `show`: names put right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import Another, GalleryFile, Person, Same, how_taken
from kanjian.cli.output import say, say_json, table
from kanjian.names import printable

if TYPE_CHECKING:
    from kanjian.faces.photos import Photo


def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Who.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name, in any script.",
                                       show_default=False)],
    another: Another = False,
    same: Same = False,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Give a person another name.

    Where the name is taken already, the faces join those under it if they are of one person;
    'kanjian faces undo' takes it back.
    """
    from kanjian.faces.changes import rename as renamed
    from kanjian.faces.gallery import Gallery

    done = renamed(Gallery.open(gallery), old, new, taken=how_taken(another=another, same=same))
    if json:
        say_json({"name": done.name, "faces": done.faces, "in_all": done.in_all})
        return
    told = f"{old} is called {done.name} now: {plural(done.faces, 'face')}"
    say(f"{told}, {done.in_all} in all." if done.in_all > done.faces else f"{told}.")


def merge(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Two or more who are one person.",
                                  show_default=False)
    ],
    into: Annotated[
        str | None, typer.Option("--into", help="What that person is called; the first of the "
                                 "names by default.", metavar="NAME")
    ] = None,
    same: Annotated[
        bool, typer.Option("--same", help="Merge them though they look like different people.")
    ] = False,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Make one person of several who are one."""
    from kanjian.faces.changes import merge as merged
    from kanjian.faces.gallery import Gallery

    done = merged(Gallery.open(gallery), names, into=into, same=same)
    if json:
        say_json({"name": done.name, "faces": done.faces, "in_all": done.in_all})
        return
    say(f"{done.name} has {plural(done.in_all, 'face')} now: {done.faces} came from other names.")


def remove(
    name: Person,
    photo: Annotated[
        str,
        typer.Argument(metavar="PHOTO", help="Its number in 'kanjian faces show NAME', the file, "
                       "its name, or the beginning of its SHA-256.", show_default=False),
    ],
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Take one photo of a person out of the gallery.

    The picture file stays as it is. 'kanjian faces undo' brings the face back.
    """
    from kanjian.faces.changes import remove as removed
    from kanjian.faces.gallery import Gallery

    done = removed(Gallery.open(gallery), name, photo)
    if json:
        say_json({"name": done.name, "faces": done.faces, "in_all": done.in_all})
        return
    say(f"{plural(done.faces, 'face')} of {done.name} removed, {done.in_all} left.")
    if not done.in_all:
        say(f"Nobody is called {done.name} any more; 'kanjian faces forget' clears the backup too.")


def undo(gallery: GalleryFile = None, json: options.Json = False) -> None:
    """Take back the last change of the gallery.

    Said twice it is there again. Forgetting a person cannot be taken back.
    """
    from kanjian.faces.backup import undo as undone
    from kanjian.faces.gallery import Gallery

    store = Gallery.open(gallery)
    done = undone(store)
    if json:
        say_json({"change": done.change, "again": done.again, "people": list(store.names),
                  "faces": len(store.faces)})  # fmt: skip
        return
    what = "done again" if done.again else "taken back"
    say(
        f"{what}: {done.change}. Now {plural(len(store.names), 'person', 'people')}, "
        f"{plural(len(store.faces), 'face')}; 'kanjian faces undo' goes back."
    )


def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Who; everybody by default.",
                                   show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The page; beside the gallery by default, where 'forget' "
                     "deletes it.", metavar="FILE"),
    ] = None,
    pictures: Annotated[
        list[str] | None,
        typer.Option("--pictures", help="Look here for pictures that were moved. Repeatable.",
                     metavar="FOLDER"),
    ] = None,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show all photos of a person on a page, those in doubt marked.

    A photo is in doubt if, without it, the gallery would not give it this name: it is less like
    the person's others than a name needs, or more like somebody else. The gallery holds no
    pictures; they are read from where they lay when they were enrolled.
    """
    from kanjian.errors import FaceError
    from kanjian.faces.found_again import Pictures, by_hash
    from kanjian.faces.gallery import Gallery, page_path
    from kanjian.faces.people_page import write_people_page
    from kanjian.faces.photos import photos_of

    store = Gallery.open(gallery)
    if not store.names:
        raise FaceError("nobody is enrolled: kanjian faces enroll NAME PICTURES")
    people = {each: photos_of(store, each) for each in ([name] if name else store.names)}
    files = Pictures(by_hash(_files(pictures)) if pictures else {})
    page = out or page_path(store.path)
    title = next(iter(people)) if name else "People"
    gone = write_people_page(page, title, people, files)
    if json:
        records = [{"name": each, "photos": [_record(photo) for photo in photos]}
                   for each, photos in people.items()]  # fmt: skip
        say_json({"people": records, "page": page, "pictures_gone": gone})
        return
    say(_one(next(iter(people.values()))) if name else _all(people))
    say(f"\n{printable(page)}: the page, readable for you alone.")
    if gone:
        complain(f"{plural(gone, 'picture')} not found; --pictures FOLDER looks in another place.")
    if out:
        complain("the page is yours: 'kanjian faces forget' does not delete it.")


def _files(places: list[str]) -> list[Path]:
    from kanjian.images.sniff import PICTURE_SUFFIXES
    from kanjian.inference.find_images import pictures_in
    from kanjian.media.frames import VIDEO_SUFFIXES

    return pictures_in(places, suffixes=PICTURE_SUFFIXES | VIDEO_SUFFIXES)


def _one(photos: "list[Photo]") -> str:
    rows = [
        (photo.number, _similarity(photo), _file(photo), _doubt(photo))
        for photo in photos
    ]  # fmt: skip
    return table(["photo", "similarity", "file", "in doubt"], rows)


def _all(people: "dict[str, list[Photo]]") -> str:
    return table(
        ["name", "faces", "in doubt"],
        [
            (name, len(photos), str(sum(photo.doubted for photo in photos)))
            for name, photos in people.items()
        ],
    )


def _similarity(photo: "Photo") -> str:
    return "–" if photo.similarity is None else f"{photo.similarity:.2f}"


def _file(photo: "Photo") -> str:
    name = Path(photo.face.path).name if photo.face.path else photo.face.picture[:12]
    _, _, seconds = photo.face.box.partition("@")
    return f"{name} at {seconds} s" if seconds else name


def _doubt(photo: "Photo") -> str:
    if photo.nearer:
        return f"more like {photo.nearest} ({photo.nearest_similarity:.2f})"
    return f"unlike the others, a name needs {photo.threshold:.2f}" if photo.unlike else ""


def _record(photo: "Photo") -> dict[str, object]:
    return {
        "number": photo.number,
        "picture": photo.face.path or None,
        "sha256": photo.face.picture,
        "box": photo.face.box,
        "similarity": None if photo.similarity is None else round(photo.similarity, 4),
        "nearest": photo.nearest,
        "nearest_similarity": round(photo.nearest_similarity, 4),
        "in_doubt": photo.doubted,
        "added": photo.face.added,
    }
