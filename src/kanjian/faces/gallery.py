"""The people who were enrolled: one SQLite file of names, embeddings and hashes of pictures.

It holds no picture, only where each lay. It is not encrypted: whoever can read the file can read
names and embeddings, so it is made readable for its owner alone. Embeddings are biometric data.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from kanjian.checks import plural
from kanjian.errors import FaceError
from kanjian.faces.gallery_file import About, DamagedError, Enrolled, faces_in, read, state, write
from kanjian.faces.names import check_name, person_called
from kanjian.paths import AnyPath, as_path
from kanjian.storage.failures import writing
from kanjian.storage.files import kept_folder, replacing, sweep
from kanjian.storage.locks import alone

Change = Callable[[About, list[Enrolled]], tuple[About, list[Enrolled]]]


def default_path() -> Path:
    """Where the gallery lies unless told otherwise, below `$KANJIAN_HOME`.

    Example:
        >>> default_path().name
        'gallery.sqlite'
    """
    return kept_folder("faces") / "gallery.sqlite"


class Gallery:
    """An open gallery, all of it in memory; each change is on disk when its call returns.

    Use `Gallery.open`, or `Gallery.create` for a new one. Several processes may change one
    gallery: each change is made to what the file holds at that moment, and the others wait.

    Args:
        path: The file.
        about: What it is made with.
        faces: All that is enrolled.
    """

    def __init__(self, path: Path, about: About, faces: list[Enrolled]) -> None:
        self.path, self.about, self.faces = path, about, faces

    @classmethod
    def create(cls, path: AnyPath | None = None, *, embedder: str, sha256: str) -> Self:
        """A new, empty gallery.

        Args:
            path: The file; see `default_path`.
            embedder: Name of the network.
            sha256: Of its file.

        Raises:
            FaceError: If there is one already.
            KanjianError: If the folder cannot be written.

        Example:
            >>> import tempfile
            >>> path = Path(tempfile.mkdtemp()) / "a.sqlite"
            >>> Gallery.create(path, embedder="sface", sha256="0").names
            ()
        """
        path = as_path(path)
        path = path or default_path()
        with alone(path):
            if path.exists():
                raise FaceError(f"{path} is there already. Open it, or choose another name.")
            made = cls(path, About(embedder, sha256), [])
            put(path, made.about, made.faces)
        return made

    @classmethod
    def open_or_create(cls, path: AnyPath | None = None, *, embedder: str, sha256: str) -> Self:
        """The gallery in a file, or a new one; of two who come first at once both get the same.

        Args:
            path: The file; see `default_path`.
            embedder: Name of the network a new one is made with.
            sha256: Of its file.

        Raises:
            FaceError: If there is one and it is damaged.
            KanjianError: If the folder cannot be written.

        Example:
            >>> import tempfile
            >>> path = Path(tempfile.mkdtemp()) / "a.sqlite"
            >>> [Gallery.open_or_create(path, embedder=name, sha256="0").about.embedder
            ...  for name in ("sface", "another")]
            ['sface', 'sface']
        """
        path = as_path(path) or default_path()
        with alone(path):
            if path.exists():
                return cls.open(path)
            return cls.create(path, embedder=embedder, sha256=sha256)

    @classmethod
    def open(cls, path: AnyPath | None = None) -> Self:
        """The gallery in a file, checked from its first to its last byte.

        Args:
            path: The file; see `default_path`.

        Raises:
            FaceError: If there is none, or it is damaged; says whether the backup is sound.

        Example:
            >>> Gallery.open(Path("none.sqlite"))
            Traceback (most recent call last):
            kanjian.errors.FaceError: there is no gallery at none.sqlite. Enroll someone: kanjian
                faces enroll NAME PICTURES
        """
        path = as_path(path)
        path = path or default_path()
        if not path.exists():
            raise FaceError(
                f"there is no gallery at {path}. Enroll someone: kanjian faces enroll NAME PICTURES"
            )
        try:
            return cls(path, *read(path))
        except DamagedError as error:
            raise FaceError(f"the gallery {path} is damaged ({error}). {_offer(path)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """There is nothing to close: the file is open only while it is read or written."""

    @property
    def names(self) -> tuple[str, ...]:
        """Who is enrolled, in alphabetical order."""
        return tuple(sorted({face.person for face in self.faces}))

    @property
    def embeddings(self) -> np.ndarray:
        """(n, length) float32, a row for each enrolled face."""
        if not self.faces:
            return np.empty((0, 0), np.float32)
        return np.stack([face.embedding for face in self.faces])

    @property
    def person_of(self) -> np.ndarray:
        """(n,) int64: whose each row of `embeddings` is, as a number in `names`."""
        number = {name: at for at, name in enumerate(self.names)}
        return np.array([number[face.person] for face in self.faces], np.int64)

    def refresh(self) -> None:
        """Take in what others changed since.

        Raises:
            FaceError: If the file is damaged or gone, or made anew with another embedder.
        """
        try:
            about, faces = read(self.path)
        except DamagedError as error:
            raise FaceError(
                f"the gallery {self.path} is damaged ({error}). {_offer(self.path)}"
            ) from error
        if about.sha256 != self.about.sha256:
            raise FaceError(
                f"{self.path} was made anew with {about.embedder} meanwhile, not with "
                f"{self.about.embedder}. Open it again."
            )
        self.about, self.faces = about, faces

    def add(self, faces: list[Enrolled]) -> None:
        """Enroll faces; a name that is not there yet becomes a person.

        Raises:
            FaceError: If a name cannot be one, or the file is damaged.
            KanjianError: If it cannot be written; what was there stays whole.
        """
        for face in faces:
            check_name(face.person)
        people = ", ".join(sorted({face.person for face in faces}))
        self.change(
            f"enrolled {plural(len(faces), 'face')} of {people}",
            lambda about, there: (about, [*there, *faces]),
        )

    def forget(self, name: str) -> int:
        """Take a person out, of the backup too; how many faces that were.

        Neither name nor embeddings are in any of the gallery's files afterwards, and nothing
        can be undone. Who is in the backup alone, as after a change, is forgotten there. What
        `faces group` keeps of that person is gone, too.

        Raises:
            FaceError: If nobody is called so.
        """
        from kanjian.faces.group_names import forget_in_groups

        with alone(self.path):
            self.refresh()
            backed_up = faces_in(backup_path(self.path))
            before = Counter(face.person for face in backed_up)
            name = person_called(name, sorted({*self.names, *before}))
            forget_in_groups(
                [face for face in (*self.faces, *backed_up) if face.person == name],
                embedder=self.about.embedder,
            )
            left = [face for face in self.faces if face.person != name]
            gone = len(self.faces) - len(left)
            # what was put aside as damaged, and what a kill left, hold whom they held then;
            # a page of photos shows them
            with writing(self.path):
                damaged_path(self.path).unlink(missing_ok=True)
                page_path(self.path).unlink(missing_ok=True)
            for path in (self.path, backup_path(self.path), page_path(self.path)):
                sweep(path.parent, path.name)
            about = replace(self.about, change="", before="")
            # the backup first: a kill in between leaves the person where they can be found
            put_backup(self.path, about, left)
            put(self.path, about, left)
            self.about, self.faces = about, left
        return gone or before[name]

    def set_threshold(self, threshold: float | None) -> None:
        """Set the threshold by hand; None: back to the gallery's own.

        Raises:
            FaceError: If it is not between -1 and 1.
        """
        if threshold is not None and not -1 <= threshold <= 1:
            raise FaceError(f"the threshold must be from -1 to 1, got {threshold}.")
        self.change(
            "set the threshold", lambda about, faces: (replace(about, threshold=threshold), faces)
        )

    def change(self, what: str, change: Change) -> None:
        """Change what the file holds now; locked from reading it to replacing it.

        Args:
            what: In words, for who undoes it.
            change: Gives the new state for the one there is.

        Raises:
            FaceError: If the file is damaged.
            KanjianError: If it cannot be written; what was there stays whole.
        """
        with alone(self.path):
            self.refresh()
            about, faces = change(self.about, self.faces)
            about = replace(about, change=what, before=state(self.about, self.faces))
            put_backup(self.path, self.about, self.faces)
            put(self.path, about, faces)
            self.about, self.faces = about, faces


def put(path: AnyPath, about: About, faces: list[Enrolled]) -> None:
    """A new file takes the place of the old one, which so holds no trace of who is gone.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "g"
        >>> put(path, About("sface", "0"), [])
        >>> readable_for_owner_alone(path)
        True
    """
    with replacing(as_path(path), mode=0o600) as temporary:
        write(temporary, about, faces)


def put_backup(path: AnyPath, about: About, faces: list[Enrolled]) -> None:
    """Keep a state of a gallery as its backup.

    What was changed before it stays out: the words may name somebody who is not in it any more.
    """
    put(backup_path(as_path(path)), replace(about, change="", before=""), faces)


def backup_path(path: Path) -> Path:
    """Where the state before the last change lies.

    Example:
        >>> backup_path(Path("g.sqlite")).name
        'g.sqlite.backup'
    """
    return path.with_name(path.name + ".backup")


def damaged_path(path: Path) -> Path:
    """Where a damaged gallery is put when its backup takes its place.

    Example:
        >>> damaged_path(Path("g.sqlite")).name
        'g.sqlite.damaged'
    """
    return path.with_name(path.name + ".damaged")


def page_path(path: AnyPath) -> Path:
    """Where the page of all photos is made unless told otherwise; who is forgotten is not in it.

    Example:
        >>> page_path(Path("g.sqlite")).name
        'g.sqlite.html'
    """
    path = as_path(path)
    return path.with_name(path.name + ".html")


def _offer(path: Path) -> str:
    backup = backup_path(path)
    try:
        _, faces = read(backup)
    except (DamagedError, OSError):
        return "There is no sound backup: delete it and enroll anew."
    people = len({face.person for face in faces})
    when = datetime.fromtimestamp(backup.stat().st_mtime).astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"Its backup of {when} is sound ({people} people, {len(faces)} faces): "
        f"kanjian faces restore{_option(path)}"
    )


def _option(path: Path) -> str:
    return "" if path == default_path() else f" --gallery {path}"


def readable_for_owner_alone(path: Path) -> bool:
    """Whether nobody but its owner may read a file; always told as so where systems differ.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> path.touch(0o600)
        >>> readable_for_owner_alone(path)
        True
    """
    return os.name == "nt" or not path.stat().st_mode & 0o077
