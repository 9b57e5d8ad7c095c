"""What a gallery's file holds, and how it is known to be whole: SQLite with a checksum."""

import contextlib
import hashlib
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kanjian.guard.sqlite import opened_sqlite
from kanjian.names import storable, stored

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
# Beside the tables of the first versions, which read a file with it as before
_PLACES = """
CREATE TABLE places (face INTEGER PRIMARY KEY REFERENCES faces (id), path TEXT NOT NULL);
"""
_AWAY = 1e-2  # an embedding has length 1; so far off is another thing


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
        path: Where the picture file lay then; "" where that is not known.
    """

    person: str
    picture: str
    box: str
    embedding: np.ndarray
    added: str = field(default_factory=_now)
    path: str = ""


@dataclass(frozen=True)
class About:
    """What a gallery is made with.

    Args:
        embedder: Name of the network its embeddings come from.
        sha256: Of that network's file; embeddings of another cannot be compared.
        threshold: Set by hand; None: the one the gallery gives itself.
        change: What was done last, in words; "" where nothing can be undone.
        before: The `state` before that.
    """

    embedder: str
    sha256: str
    threshold: float | None = None
    change: str = field(default="", compare=False, repr=False)
    before: str = field(default="", compare=False, repr=False)


class DamagedError(Exception):
    """What is wrong with a file that should be a gallery."""


def read(path: Path) -> tuple[About, list[Enrolled]]:
    """All of a gallery's file.

    Raises:
        DamagedError: If it is not, from its first to its last byte, what was written.
    """
    if not path.is_file():
        raise DamagedError("it is gone")
    try:
        with opened_sqlite(path) as store:
            about = dict(store.execute("SELECT key, value FROM about"))
            paths = _paths(store)
            rows = store.execute(
                "SELECT name, picture, box, embedding, faces.added, faces.id FROM faces "
                "JOIN people ON people.id = person ORDER BY faces.id"
            ).fetchall()
            sound = store.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise DamagedError(str(error)) from error
    if about.get("form") != _FORM:
        raise DamagedError(f"form {about.get('form')!r} is not known here")
    try:
        faces = [
            Enrolled(
                name, picture, box, np.frombuffer(content, "<f4"), added, stored(paths.get(at, ""))
            )
            for name, picture, box, content, added, at in rows
        ]
        found = _about(about)
        intact = about["digest"] == digest(found, faces)
        if "additions" in about:
            intact = intact and about["additions"] == _additions(found, faces)
        _check_embeddings(faces)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error
    if not (sound and intact):
        raise DamagedError("its checksum is wrong")
    return found, faces


def faces_in(path: Path) -> list[Enrolled]:
    """The faces of a file, which may be gone or damaged: then there are none."""
    with contextlib.suppress(DamagedError):
        return read(path)[1]
    return []


def _paths(store: sqlite3.Connection) -> dict[int, str]:
    """Where pictures lay, by the number of their face; an older file does not tell."""
    if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'places'").fetchall():
        return {}
    return dict(store.execute("SELECT face, path FROM places"))


def _about(told: dict[str, str]) -> About:
    threshold = told["threshold"]
    return About(
        told["embedder"], told["sha256"], float(threshold) if threshold else None,
        str(told.get("change", "")), str(told.get("before", "")),
    )  # fmt: skip


def _check_embeddings(faces: list[Enrolled]) -> None:
    """All of one length, so that they can be compared, and each of length 1."""
    if not faces:
        return
    rows = np.stack([face.embedding for face in faces])
    # first each number: squares of huge ones overflow
    sound = (np.abs(rows) < 1 + _AWAY).all()
    if not sound or not (np.abs(np.linalg.norm(rows, axis=1) - 1) < _AWAY).all():
        raise ValueError("its embeddings are not of length 1")


def write(path: Path, about: About, faces: list[Enrolled]) -> None:
    """Fill an empty file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "g.sqlite"
        >>> write(path, About("sface", "0"), [])
        >>> read(path)
        (About(embedder='sface', sha256='0', threshold=None), [])
    """
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        # nothing to go back to in a new file, and no second file that a kill could leave
        store.execute("PRAGMA journal_mode = OFF")
        _fill(store, about, faces)


def _fill(store: sqlite3.Connection, about: About, faces: list[Enrolled]) -> None:
    store.executescript(_TABLES + _PLACES)
    threshold = "" if about.threshold is None else repr(about.threshold)
    store.executemany(
        "INSERT INTO about VALUES (?, ?)",
        [
            ("form", _FORM),
            ("embedder", about.embedder),
            ("sha256", about.sha256),
            ("threshold", threshold),
            ("digest", digest(about, faces)),
            ("change", about.change),
            ("before", about.before),
            ("additions", _additions(about, faces)),
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
    store.executemany(
        "INSERT INTO places VALUES (?, ?)",
        [(at, storable(face.path)) for at, face in enumerate(faces, 1) if face.path],
    )


def digest(about: About, faces: list[Enrolled]) -> str:
    """A checksum of all that is in it; the same for the same content.

    Example:
        >>> digest(About("sface", "0"), []) == digest(About("sface", "1"), [])
        False
    """
    whole = hashlib.sha256(repr((about.embedder, about.sha256, about.threshold)).encode())
    for face in faces:
        whole.update(repr((face.person, face.picture, face.box, face.added)).encode())
        whole.update(face.embedding.astype("<f4").tobytes())
    return whole.hexdigest()


def state(about: About, faces: list[Enrolled]) -> str:
    """A checksum of all that undoing brings back: content, and where pictures lay.

    Example:
        >>> from dataclasses import replace
        >>> face = Enrolled("Ann", "0", "1,2,3,4", np.ones(1, np.float32))
        >>> about = About("sface", "0")
        >>> state(about, [face]) == state(about, [replace(face, path="a.png")])
        False
    """
    paths = repr([face.path for face in faces])
    return hashlib.sha256((digest(about, faces) + paths).encode()).hexdigest()


def _additions(about: About, faces: list[Enrolled]) -> str:
    """A checksum of what the first versions did not know."""
    whole = repr((state(about, faces), about.change, about.before))
    return hashlib.sha256(whole.encode()).hexdigest()
