"""A SQLite file from a stranger: plain tables only, and no question that runs for ever.

SQL is a language, and part of it lies in the file: a view in place of a table may count to
10^12, a generated column may make a gigabyte out of nothing.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

LONGEST_VALUE = 64 << 20
# Of SQLite's virtual machine; a gallery of 100 000 faces takes 3 million
_STEPS, _ROUNDS = 100_000, 10_000
_MOST_OBJECTS = 100
# What lets a table work something out when it is read or checked
_COMPUTING = {"check", "generated", "as", "select", "where"}


@contextlib.contextmanager
def opened_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read, to a file that holds plain tables and nothing else.

    Raises:
        sqlite3.Error: If it is damaged, holds anything that computes, or runs too long.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.sqlite"
        >>> with contextlib.closing(sqlite3.connect(path)) as store, store:
        ...     _ = store.execute("CREATE VIEW faces AS SELECT 1")
        >>> with opened_sqlite(path):
        ...     pass
        Traceback (most recent call last):
        sqlite3.DatabaseError: it holds a view, expected plain tables
    """
    # immutable: a journal or a log that someone put beside the file is not looked at
    address = path.absolute().as_uri() + "?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as store:
        store.execute("PRAGMA trusted_schema = OFF")
        store.execute("PRAGMA cell_size_check = ON")
        most = min(LONGEST_VALUE, max(1 << 20, path.stat().st_size))
        store.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, most)
        store.set_progress_handler(_Patience(), _STEPS)
        _check_tables(store)
        yield store


class _Patience:
    """Ends a question after so many rounds."""

    def __init__(self) -> None:
        self._left = _ROUNDS

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


def _check_tables(store: sqlite3.Connection) -> None:
    rows = store.execute(
        "SELECT type, name, sql FROM sqlite_master LIMIT ?", (_MOST_OBJECTS + 1,)
    ).fetchall()
    if len(rows) > _MOST_OBJECTS:
        raise sqlite3.DatabaseError(f"it holds more than {_MOST_OBJECTS} tables")
    for kind, name, sql in rows:
        words = set(re.findall(r"[a-z]+", str(sql or "").casefold()))
        if kind not in {"table", "index"} or "virtual" in words:
            raise sqlite3.DatabaseError(f"it holds a {kind}, expected plain tables")
        if words & _COMPUTING:
            raise sqlite3.DatabaseError(f"its {kind} {str(name)[:40]!r} computes something")
