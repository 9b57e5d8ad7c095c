"""The people of folders and videos on one page that stands alone: faces by person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kanjian.errors import FaceError
from kanjian.faces.found_cache import FoundFace
from kanjian.faces.found_faces import Found
from kanjian.faces.groups import Group, Groups
from kanjian.i18n import _, ngettext
from kanjian.names import printable
from kanjian.paths import AnyPath
from kanjian.reporting.embedded import Embedded, address_of
from kanjian.reporting.render import render
from kanjian.storage.files import replacing

# More faces of one person, or of those seen once, show nothing more
_FACES, _SINGLE = 24, 120
_OURS = "– kanjian</title>"


def group_title(group: Group) -> str:
    """What a group is called: by name or by number.

    Example:
        >>> group_title(Group((), number=3)), group_title(Group((), "Anna"))
        ('person 3', 'Anna')
    """
    return group.name or _("person {n}", n=group.number)


def contact_page(groups: Groups, found: Found) -> str:
    """The whole page as HTML; no scripts, nothing loaded from anywhere.

    Args:
        groups: Who is there.
        found: Where.
    """
    several = [group for group in groups.people if group.name or len(group.faces) > 1]
    once = [(group, group.faces[0]) for group in groups.people if group not in several]
    return render(
        "groups.html",
        title=_("People"),
        people=[_person(group, found) for group in several],
        once=[_figure(face, found, group_title(group)) for group, face in once[:_SINGLE]],
        once_more=max(0, len(once) - _SINGLE),
        poor=[_figure(face, found) for face in groups.poor[:_SINGLE]],
        poor_more=max(0, len(groups.poor) - _SINGLE),
        left_out=[printable(reason) for _path, reason in found.left_out],
        notes=list(found.notes),
        facts=_facts(groups, found),
    )


def write_contact_page(path: AnyPath, groups: Groups, found: Found) -> None:
    """Write the page, readable for its owner alone.

    Args:
        path: The `.html` file; one of ours is replaced.
        groups: Who is there.
        found: Where.

    Raises:
        FaceError: If there is a file that is not ours.
        KanjianError: If it cannot be written.
    """
    path = Path(path)
    check_page(path)
    content = contact_page(groups, found).encode()
    with replacing(path, mode=0o600) as temporary:
        temporary.write_bytes(content)


def check_page(path: Path) -> None:
    """Refuse to write a page where another file lies.

    Raises:
        FaceError: If it is not one of ours.
    """
    if not path.exists():
        return
    try:
        ours = _OURS in path.read_text(encoding="utf-8", errors="replace")[:2000]
    except OSError:
        ours = False
    if not ours:
        raise FaceError(f"{path} is there already and no page of kanjian. Choose another --out.")


def _person(group: Group, found: Found) -> dict[str, Any]:
    pictures = len({face.picture for face in group.faces})
    shown = sorted(group.faces, key=lambda face: -face.size)[:_FACES]
    return {
        "title": group_title(group),
        "number": None if group.name else group.number,
        "faces": ngettext("{n} face", "{n} faces", len(group.faces)),
        "files": ngettext("in {n} file", "in {n} files", pictures),
        "shown": [_figure(face, found) for face in shown],
        "more": len(group.faces) - len(shown),
    }


def _figure(face: FoundFace, found: Found, caption: str = "") -> dict[str, Any]:
    return {
        "picture": Embedded(address_of(face.thumb, "jpeg")),
        "file": printable(found.files[face.picture][0]),
        "caption": caption or _span(face),
    }


def _span(face: FoundFace) -> str:
    """When a face of a video is seen."""
    if face.frames <= 1:
        return ""
    return _("{start} to {end} s", start=f"{face.from_s:.1f}", end=f"{face.to_s:.1f}")


def _facts(groups: Groups, found: Found) -> Sequence[tuple[str, str]]:
    return [
        (_("people"), str(len(groups.people))),
        (_("faces"), str(len(found.faces))),
        (_("files"), str(len(found.files))),
        (_("files without a face"), str(found.without)),
    ]
