"""The people who were enrolled: one SQLite file of names, embeddings and hashes of pictures.

It holds no picture. It is not encrypted: whoever can read the file can read names and
embeddings, so it is made readable for its owner alone. Embeddings are biometric data.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from kanjian.errors import FaceError
from kanjian.faces.names import check_name
from kanjian.files import home_folder, replacing

_FORM = "1"
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, added TEXT NOT NULL);
CREATE TABLE faces (
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    picture TEXT NOT NULL,
    box TEXT NOT NULL,
    embedding BLOB NOT NULL,
    added TEXT NOT NULL
);
"""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, eq=False)
class Enrolled:
    """A face that was enrolled.

    Args:
        person: Whose it is.
        picture: SHA-256 of the picture file.
        box: Where it was in the picture: "left,top,right,bottom", whole pixels.
        embedding: (length,) float32, of length 1.
        added: When, in UTC.
    """

    person: str
    picture: str
    box: str
    embedding: np.ndarray
    added: str = field(default_factory=_now)


@dataclass(frozen=True)
class About:
    """What a gallery is made with.

    Args:
        embedder: Name of the network its embeddings come from.
        sha256: Of that network's file; embeddings of another cannot be compared.
        threshold: Set by hand; None: the one the gallery gives itself.
    """

    embedder: str
    sha256: str
    threshold: float | None = None


def default_path() -> Path:
    """Where the gallery lies unless told otherwise, below `$KANJIAN_HOME`.

    Example:
        >>> default_path().name
        'gallery.sqlite'
    """
    return home_folder() / "faces" / "gallery.sqlite"


class Gallery:
    """An open gallery, all of it in memory; each change is on disk when its call returns.

    Use `Gallery.open`, or `Gallery.create` for a new one.

    Args:
        path: The file.
        about: What it is made with.
        faces: All that is enrolled.
    """

    def __init__(self, path: Path, about: About, faces: list[Enrolled]) -> None:
        self.path, self.about, self.faces = path, about, faces

    @classmethod
    def create(cls, path: Path | None = None, *, embedder: str, sha256: str) -> Self:
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
        path = path or default_path()
        if path.exists():
            raise FaceError(f"{path} is there already. Open it, or choose another name.")
        made = cls(path, About(embedder, sha256), [])
        made._write()
        return made

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
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
        path = path or default_path()
        if not path.exists():
            raise FaceError(
                f"there is no gallery at {path}. Enroll someone: kanjian faces enroll NAME PICTURES"
            )
        try:
            return cls(path, *_read(path))
        except _DamagedError as error:
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

    def add(self, faces: list[Enrolled]) -> None:
        """Enroll faces; a name that is not there yet becomes a person.

        Raises:
            FaceError: If a name cannot be one, or the file was changed by someone else.
            KanjianError: If it cannot be written; what was there stays whole.
        """
        for face in faces:
            check_name(face.person)
        self._change(faces=[*self.faces, *faces])

    def forget(self, name: str) -> int:
        """Take a person out, of the backup too; how many faces that were.

        Neither name nor embeddings are in any of the gallery's files afterwards.

        Raises:
            FaceError: If nobody is called so.
        """
        gone = sum(face.person == name for face in self.faces)
        if not gone:
            from kanjian.checks import unknown_name

            raise FaceError(unknown_name("person", name, self.names or ("nobody",)))
        self._change(faces=[face for face in self.faces if face.person != name])
        # what was put aside as damaged holds whom it held then
        damaged_path(self.path).unlink(missing_ok=True)
        self._back_up()
        return gone

    def set_threshold(self, threshold: float | None) -> None:
        """Set the threshold by hand; None: back to the gallery's own.

        Raises:
            FaceError: If it is not between -1 and 1.
        """
        if threshold is not None and not -1 <= threshold <= 1:
            raise FaceError(f"the threshold must be from -1 to 1, got {threshold}.")
        about = About(self.about.embedder, self.about.sha256, threshold)
        self._change(about=about)

    def _change(self, *, faces: list[Enrolled] | None = None, about: About | None = None) -> None:
        try:
            there = _read(self.path)
        except _DamagedError as error:
            raise FaceError(
                f"the gallery {self.path} is damaged ({error}). {_offer(self.path)}"
            ) from error
        if _digest(*there) != _digest(self.about, self.faces):
            raise FaceError(f"{self.path} was changed by someone else meanwhile. Try again.")
        self._back_up()
        self.about = self.about if about is None else about
        self.faces = self.faces if faces is None else faces
        self._write()

    def _write(self) -> None:
        """A new file takes the place of the old one, which so holds no trace of who is gone."""
        with replacing(self.path) as temporary:
            temporary.unlink(missing_ok=True)
            temporary.touch(0o600)
            try:
                with contextlib.closing(sqlite3.connect(temporary)) as store, store:
                    _fill(store, self.about, self.faces)
            except sqlite3.Error as error:
                raise OSError(5, str(error)) from error

    def _back_up(self) -> None:
        with replacing(backup_path(self.path)) as temporary:
            temporary.touch(0o600)
            temporary.write_bytes(self.path.read_bytes())


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


def restore(path: Path | None = None) -> Gallery:
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
    path = path or default_path()
    backup = backup_path(path)
    if not backup.exists():
        raise FaceError(f"there is no backup at {backup}.")
    try:
        _read(backup)
    except _DamagedError as error:
        raise FaceError(f"the backup {backup} is damaged too ({error}).") from error
    if path.exists():
        with contextlib.suppress(_DamagedError):
            _read(path)
            raise FaceError(f"{path} is sound; there is nothing to restore.")
        path.replace(damaged_path(path))
    with replacing(path) as temporary:
        temporary.touch(0o600)
        temporary.write_bytes(backup.read_bytes())
    return Gallery.open(path)


class _DamagedError(Exception):
    """What is wrong with a file that should be a gallery."""


def _offer(path: Path) -> str:
    backup = backup_path(path)
    try:
        _, faces = _read(backup)
    except (_DamagedError, OSError):
        return "There is no sound backup: delete it and enroll anew."
    people = len({face.person for face in faces})
    when = datetime.fromtimestamp(backup.stat().st_mtime).astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"Its backup of {when} is sound ({people} people, {len(faces)} faces): "
        f"kanjian faces restore{_option(path)}"
    )


def _option(path: Path) -> str:
    return "" if path == default_path() else f" --gallery {path}"


def _read(path: Path) -> tuple[About, list[Enrolled]]:
    """All of a gallery's file.

    Raises:
        _DamagedError: If it is not, from its first to its last byte, what was written.
    """
    if not path.is_file():
        raise _DamagedError("it is gone")
    try:
        with _reading(path) as store:
            about = dict(store.execute("SELECT key, value FROM about"))
            rows = store.execute(
                "SELECT name, picture, box, embedding, faces.added FROM faces "
                "JOIN people ON people.id = person ORDER BY faces.id"
            ).fetchall()
            sound = store.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise _DamagedError(str(error)) from error
    if about.get("form") != _FORM:
        raise _DamagedError(f"form {about.get('form')!r} is not known here")
    try:
        faces = [
            Enrolled(name, picture, box, np.frombuffer(content, "<f4"), added)
            for name, picture, box, content, added in rows
        ]
        threshold = about["threshold"]
        found = About(about["embedder"], about["sha256"], float(threshold) if threshold else None)
        intact = about["digest"] == _digest(found, faces)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _DamagedError(f"{type(error).__name__}: {error}") from error
    if not (sound and intact):
        raise _DamagedError("its checksum is wrong")
    return found, faces


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    # immutable: a journal or a log that someone put beside the file is not looked at
    address = path.absolute().as_uri() + "?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as store:
        store.execute("PRAGMA trusted_schema = OFF")
        store.execute("PRAGMA cell_size_check = ON")
        yield store


def _fill(store: sqlite3.Connection, about: About, faces: list[Enrolled]) -> None:
    store.executescript(_TABLES)
    threshold = "" if about.threshold is None else repr(about.threshold)
    store.executemany(
        "INSERT INTO about VALUES (?, ?)",
        [
            ("form", _FORM),
            ("embedder", about.embedder),
            ("sha256", about.sha256),
            ("threshold", threshold),
            ("digest", _digest(about, faces)),
        ],
    )
    numbers = {name: at for at, name in enumerate(dict.fromkeys(f.person for f in faces), 1)}
    first = {face.person: face.added for face in reversed(faces)}
    store.executemany(
        "INSERT INTO people VALUES (?, ?, ?)",
        [(number, name, first[name]) for name, number in numbers.items()],
    )
    store.executemany(
        "INSERT INTO faces (person, picture, box, embedding, added) VALUES (?, ?, ?, ?, ?)",
        [
            (numbers[face.person], face.picture, face.box,
             face.embedding.astype("<f4").tobytes(), face.added)
            for face in faces
        ],
    )  # fmt: skip


def _digest(about: About, faces: list[Enrolled]) -> str:
    whole = hashlib.sha256(repr((about.embedder, about.sha256, about.threshold)).encode())
    for face in faces:
        whole.update(repr((face.person, face.picture, face.box, face.added)).encode())
        whole.update(face.embedding.astype("<f4").tobytes())
    return whole.hexdigest()


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
