"""The photos of enrolled people as one page that stands alone, those in doubt marked."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kanjian.faces.found_again import Gone, Pictures, face_in
from kanjian.faces.photos import Photo
from kanjian.i18n import _, ngettext
from kanjian.names import printable
from kanjian.reporting.embedded import embedded
from kanjian.reporting.render import render
from kanjian.storage.files import replacing

_SIDE = 200


def write_people_page(
    file: Path, title: str, people: Mapping[str, Sequence[Photo]], pictures: Pictures
) -> int:
    """Write the page, readable for its owner alone.

    Args:
        file: Where to; replaced if it is there.
        title: Of the page.
        people: The photos of each person, as `photos_of` gives them.
        pictures: Finds the picture files.

    Returns:
        How many photos are a gap, as their picture is gone.
    """
    sections = [_section(name, photos, pictures) for name, photos in people.items()]
    page = people_page(title, sections)
    with replacing(file, mode=0o600) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return sum(photo["picture"] is None for section in sections for photo in section["photos"])


def people_page(title: str, people: Sequence[Mapping[str, Any]]) -> str:
    """The page as HTML.

    Args:
        title: Of the page.
        people: A section for each person: name, why, photos.
    """
    return render(
        "people.html",
        title=title,
        people=people,
        lead=_(
            "Each photo with its number and how alike it is to the person's others. Photos in "
            "doubt come first: 'kanjian faces remove NAME NUMBER' takes one out."
        ),
    )


def _section(name: str, photos: Sequence[Photo], pictures: Pictures) -> dict[str, Any]:
    doubted = sum(photo.doubted for photo in photos)
    in_all = ngettext("{n} photo", "{n} photos", len(photos))
    doubts = ngettext("{n} in doubt", "{n} in doubt", doubted)
    ordered = sorted(photos, key=lambda photo: not photo.doubted)
    return {
        "name": name,
        "why": f"{in_all}, {doubts}" if doubted else in_all,
        "photos": [_figure(photo, pictures) for photo in ordered],
    }


def _figure(photo: Photo, pictures: Pictures) -> dict[str, Any]:
    file = pictures.file_of(photo.face)
    image = None if file is None else face_in(file, photo.face)
    named = printable(file or photo.face.path or photo.face.picture)
    return {
        "number": photo.number,
        "similarity": None if photo.similarity is None else f"{photo.similarity:.2f}",
        "doubt": _doubt(photo),
        "picture": None if image is None else embedded(image, side=_SIDE),
        "gap": _gap(pictures.why_gone(photo.face)),
        "file": named,
        "name": named.replace("\\", "/").rpartition("/")[2],
    }


def _doubt(photo: Photo) -> str:
    if photo.nearer:
        return _(
            "more like {person} ({similarity})",
            person=photo.nearest,
            similarity=f"{photo.nearest_similarity:.2f}",
        )
    return _("unlike the others") if photo.unlike else ""


def _gap(why: Gone) -> str:
    if why == "unknown":
        return _("Where the picture lay is not known.")
    if why == "changed":
        return _("The picture was changed since.")
    return _("The picture is not there any more.")
