"""The state before the last change: to take a change back, or after a damage."""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from kanjian.errors import FaceError
from kanjian.faces.gallery import Gallery, backup_path, damaged_path, default_path, put, put_backup
from kanjian.faces.gallery_file import DamagedError, read, state
from kanjian.paths import AnyPath, as_path
from kanjian.storage.failures import writing
from kanjian.storage.locks import alone

_TAKEN_BACK = "took back: "


@dataclass(frozen=True)
class Undone:
    """What `undo` did.

    Args:
        change: The change, in words.
        again: Whether it was done again, having been taken back before.
    """

    change: str
    again: bool


def undo(gallery: Gallery) -> Undone:
    """Take the last change of a gallery back, whoever made it; done twice, it is there again.

    Only the state that the last change began with is brought back. Who was forgotten since is
    in no state there is, so that forgetting is never undone.

    Raises:
        FaceError: If there is nothing to undo.

    Example:
        >>> import tempfile
        >>> gallery = Gallery.create(Path(tempfile.mkdtemp()) / "g", embedder="a", sha256="b")
        >>> gallery.set_threshold(0.5)
        >>> undo(gallery), gallery.about.threshold
        (Undone(change='set the threshold', again=False), None)
        >>> undo(gallery), gallery.about.threshold
        (Undone(change='set the threshold', again=True), 0.5)
    """
    with alone(gallery.path):
        gallery.refresh()
        now, faces = gallery.about, gallery.faces
        backup = backup_path(gallery.path)
        try:
            about, before = read(backup)
        except DamagedError as error:
            raise FaceError(f"{_nothing(gallery.path)}: the backup {backup}: {error}.") from error
        # a backup that some other gallery of this name left, or an older kanjian, is none of ours
        if not now.change or now.before != state(about, before):
            raise FaceError(
                f"{_nothing(gallery.path)}: nothing was changed since it was made, or since "
                "someone was forgotten, which is for good."
            )
        again = now.change.startswith(_TAKEN_BACK)
        change = now.change.removeprefix(_TAKEN_BACK)
        put_backup(gallery.path, now, faces)
        about = replace(
            about, change=change if again else _TAKEN_BACK + change, before=state(now, faces)
        )
        put(gallery.path, about, before)
        gallery.about, gallery.faces = about, before
    return Undone(change, again)


def _nothing(path: Path) -> str:
    return f"there is nothing to undo in {path}"


def restore(path: AnyPath | None = None) -> Gallery:
    """Put the backup in the place of a damaged or lost gallery, which is kept beside it.

    Args:
        path: The gallery's file; see `default_path`.

    Raises:
        FaceError: If there is no backup, it is damaged too, or the gallery is sound.

    Example:
        >>> restore(Path("none.sqlite"))
        Traceback (most recent call last):
        kanjian.errors.FaceError: there is no backup at none.sqlite.backup.
    """
    path = as_path(path) or default_path()
    backup = backup_path(path)
    if not backup.exists():
        raise FaceError(f"there is no backup at {backup}.")
    with alone(path):
        try:
            about, faces = read(backup)
        except DamagedError as error:
            raise FaceError(f"the backup {backup} is damaged too ({error}).") from error
        if path.exists():
            with contextlib.suppress(DamagedError):
                read(path)
                raise FaceError(f"{path} is sound; there is nothing to restore.")
            with writing(damaged_path(path)):
                path.replace(damaged_path(path))
        put(path, about, faces)
    return Gallery.open(path)
