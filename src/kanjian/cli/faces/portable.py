"""`faces export` and `faces import`: people handed on and taken in."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.faces.common import Another, GalleryFile, Same, how_taken
from kanjian.cli.output import say, say_json
from kanjian.names import printable

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME...", help="Whom of them; everybody by default.",
                   show_default=False),
]  # fmt: skip


def export_people(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What to write.", show_default=False)
    ],
    names: Names = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:
    """Write people into a file, to be imported elsewhere.

    Names, embeddings and hashes of pictures, readable for you alone; no pictures, and not where
    they lie. The file is yours: whoever you forget later is still in it.
    """
    from kanjian.faces.gallery import Gallery
    from kanjian.faces.portable import export_people as exported

    faces = exported(Gallery.open(gallery), file, names=names or (), force=force)
    people = sorted({face.person for face in faces})
    if json:
        say_json({"file": file, "people": people, "faces": len(faces)})
        return
    say(
        f"{printable(file)}: {plural(len(people), 'person', 'people')}, "
        f"{plural(len(faces), 'face')}. The file is yours: 'kanjian faces forget' does not reach "
        "it."
    )


def import_people(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What 'faces export' wrote, or a gallery.",
                             show_default=False)
    ],
    names: Names = None,
    another: Another = False,
    same: Same = False,
    gallery: GalleryFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Enroll the people of a file, all of them or none.

    Faces that are enrolled already are left out. The file must be made with the embedder of
    the gallery.
    """
    from kanjian.faces.portable import import_people as imported

    done = imported(file, gallery, names=names or (), taken=how_taken(another=another, same=same))
    if json:
        say_json({"people": [{"name_in_file": there, "name": here} for there, here in done.people],
                  "added": done.added, "already_enrolled": done.there,
                  "gallery": done.gallery})  # fmt: skip
        return
    people = plural(len(done.people), "person", "people")
    say(f"{plural(done.added, 'face')} of {people} enrolled, {done.there} were there already.")
    for there, here in done.people:
        if there != here:
            say(f"{there} is called {here} here.")
