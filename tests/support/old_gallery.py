"""A gallery's file as the first versions wrote it, which knew no places and no changes."""

import contextlib
import hashlib
import sqlite3

TABLES = """
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


def write_old(path, faces, embedder="sface", sha256="ab"):
    """Write it; `faces` are rows of name, picture, box, embedding and date."""
    whole = hashlib.sha256(repr((embedder, sha256, None)).encode())
    for name, picture, box, row, added in faces:
        whole.update(repr((name, picture, box, added)).encode())
        whole.update(row.astype("<f4").tobytes())
    about = {"form": "1", "embedder": embedder, "sha256": sha256, "threshold": "",
             "digest": whole.hexdigest()}  # fmt: skip
    numbers = {name: at for at, name in enumerate(dict.fromkeys(row[0] for row in faces), 1)}
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        store.executescript(TABLES)
        store.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        store.executemany("INSERT INTO people VALUES (?, ?, '')",
                          [(at, name) for name, at in numbers.items()])  # fmt: skip
        store.executemany(
            "INSERT INTO faces (person, picture, box, embedding, added) VALUES (?, ?, ?, ?, ?)",
            [(numbers[name], picture, box, row.astype("<f4").tobytes(), added)
             for name, picture, box, row, added in faces],
        )  # fmt: skip


def read_old(path):
    """What the first versions read from a file: its rows, if its checksum is right."""
    with contextlib.closing(sqlite3.connect(path)) as store:
        about = dict(store.execute("SELECT key, value FROM about"))
        rows = store.execute(
            "SELECT name, picture, box, embedding, faces.added FROM faces "
            "JOIN people ON people.id = person ORDER BY faces.id"
        ).fetchall()
    threshold = float(about["threshold"]) if about["threshold"] else None
    whole = hashlib.sha256(repr((about["embedder"], about["sha256"], threshold)).encode())
    for name, picture, box, content, added in rows:
        whole.update(repr((name, picture, box, added)).encode())
        whole.update(content)
    assert (about["form"], about["digest"]) == ("1", whole.hexdigest())
    return rows
