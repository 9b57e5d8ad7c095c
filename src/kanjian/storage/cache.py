"""What was computed once and is kept: entries that are whole or not there, bounded in size.

An entry is a folder with its files and `entry.json`, which says what they are and holds their
hashes. It is written beside its place and renamed into it, so that there is no half of one. An
entry is looked at before it is used: one that is cut, altered or not ours is taken away and
computed anew. Where a new one needs room, those go that were not used for the longest time;
none goes that some process has open.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanjian.errors import KanjianError, StorageError
from kanjian.json_types import JsonObject
from kanjian.storage.blocks import block_hashes, same_content
from kanjian.storage.failures import writing
from kanjian.storage.files import home_folder, part_of
from kanjian.storage.locks import hold, is_free, making

CARD = "entry.json"
LIMIT_VARIABLE = "KANJIAN_CACHE_GB"
GB = 10**9
# Unless told otherwise: half of what is free, and never more than this
_MOST_GB = 100
# An unfinished entry without a writer is left alone this long: its writer may just begin
_FRESH_S = 60


@dataclass(frozen=True)
class Entry:
    """One thing that is kept.

    Args:
        kind: What sort of thing: "features", "fitted".
        key: What it is found by.
        folder: Where its files lie.
        size_bytes: Of all its files.
        used: When it was last used, in seconds since 1970.
        about: What it is, as whoever wrote it said.
    """

    kind: str
    key: str
    folder: Path
    size_bytes: int
    used: float
    about: Mapping[str, Any]


class Cache:
    """The folder of all that is kept, and its bound.

    Args:
        folder: Where; the folder `cache` in kanjian's own by default.
        limit_gb: Most that all entries may take, in GB (10⁹ bytes); `$KANJIAN_CACHE_GB` by
            default, else half of what is free on that disk, at most 100.

    Example:
        >>> import tempfile
        >>> cache = Cache(Path(tempfile.mkdtemp()), limit_gb=1)
        >>> with cache.adding("fitted", "a1", needed_bytes=5, about={"n": 1}) as folder:
        ...     _ = (folder / "five.bin").write_bytes(b"12345")
        >>> (cache.find("fitted", "a1") / "five.bin").read_bytes()
        b'12345'
        >>> [(entry.key, entry.size_bytes, dict(entry.about)) for entry in cache.entries()]
        [('a1', 5, {'n': 1})]
    """

    def __init__(self, folder: Path | None = None, *, limit_gb: float | None = None) -> None:
        self.folder = folder or home_folder() / "cache"
        self._limit_gb = _limit_told() if limit_gb is None else limit_gb

    @property
    def limit_bytes(self) -> int:
        """Most that all entries may take together."""
        if self._limit_gb is not None:
            return int(self._limit_gb * GB)
        free = shutil.disk_usage(_existing(self.folder)).free
        held = sum(entry.size_bytes for entry in self.entries())
        return min(_MOST_GB * GB, (free + held) // 2)

    def find(self, kind: str, key: str) -> Path | None:
        """The folder of an entry that was looked at and is whole, or None.

        Every file's size is compared and its content against hashes: up to 128 MB all of it,
        of more the first block of 16 MB, the last and six others, each time different ones.
        """
        folder = self.folder / kind / key
        card = _card(folder)
        if card is None or card["kind"] != kind or card["key"] != key:
            return None
        if not all(same_content(folder / name, hashes) for name, hashes in card["files"].items()):
            _take_away(folder)
            return None
        with contextlib.suppress(OSError):
            os.utime(folder / CARD)
        return folder

    def about(self, kind: str, key: str) -> JsonObject:
        """What was said of an entry when it was written; empty where it is not there."""
        card = _card(self.folder / kind / key)
        return {} if card is None else dict(card["about"])

    @contextlib.contextmanager
    def adding(
        self, kind: str, key: str, *, needed_bytes: int, about: JsonObject
    ) -> Iterator[Path]:
        """A folder to write files to, which at the end becomes the entry.

        Args:
            kind: What sort of thing.
            key: What it will be found by; letters, digits and hyphens.
            needed_bytes: How much room it will take.
            about: What it is, as JSON can hold it; read when the block ends, so that it may
                still be filled inside.

        Raises:
            StorageError: If it is larger than the bound or what is in use leaves, or the
                disk is full. Nothing half-written stays.
        """
        self._make_room(needed_bytes)
        folder = self.folder / kind / key
        part = part_of(folder)
        with writing(folder, needed_bytes=needed_bytes):
            try:
                with making(part, folder=True):
                    card = json.dumps({"needed_bytes": needed_bytes})
                    (part / CARD).write_text(card, encoding="utf-8")
                    with hold(part / CARD):
                        yield part
                        _write_card(part, kind, key, about)
                    self._appear(part, folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def _appear(self, part: Path, folder: Path) -> None:
        try:
            part.rename(folder)
        except OSError:
            # another process was first with the same; what lies there may also be damaged
            if self.find(folder.parent.name, folder.name) is None:
                _take_away(folder)
                part.rename(folder)

    def entries(self) -> list[Entry]:
        """All that is kept, the last used first; what is not ours is left out."""
        found = []
        for folder in self.folder.glob("*/[!.]*"):
            card = _card(folder)
            if card is None or (card["kind"], card["key"]) != (folder.parent.name, folder.name):
                continue
            size = sum(hashes["size_bytes"] for hashes in card["files"].values())
            with contextlib.suppress(OSError):  # gone meanwhile
                used = (folder / CARD).stat().st_mtime
                found.append(Entry(card["kind"], card["key"], folder, size, used, card["about"]))
        return sorted(found, key=lambda entry: entry.used, reverse=True)

    def clear(self, *, kind: str | None = None, older_than_s: float = 0) -> tuple[int, int]:
        """Remove entries, and what killed writers left.

        Args:
            kind: Only of this sort.
            older_than_s: Only those that were not used for this long, in seconds.

        Returns:
            How many entries went and how many stayed because a process has them open.
        """
        self._sweep()
        before = time.time() - older_than_s
        chosen = [e for e in self.entries() if kind in (None, e.kind) and e.used <= before]
        gone = sum(_remove_unused(entry.folder) for entry in chosen)
        return gone, len(chosen) - gone

    def _make_room(self, needed_bytes: int) -> None:
        limit = self.limit_bytes
        if needed_bytes > limit:
            raise StorageError(
                f"this takes {needed_bytes / GB:.1f} GB and the cache may hold {limit / GB:.1f} "
                f"GB. Set ${LIMIT_VARIABLE} higher, or $KANJIAN_HOME to a larger disk."
            )
        entries, promised = self.entries(), self._sweep()
        held = sum(entry.size_bytes for entry in entries)
        free = shutil.disk_usage(_existing(self.folder)).free
        missing = needed_bytes + promised - min(limit - held, free)
        # first who goes, then that they go: nothing is lost for what finds no room in the end
        going = []
        for entry in reversed(entries):
            if missing > 0 and is_free(entry.folder / CARD):
                going.append(entry)
                missing -= entry.size_bytes
        if missing > 0:
            raise StorageError(
                f"this takes {needed_bytes / GB:.1f} GB; of the {limit / GB:.1f} GB that the cache "
                f"may hold and the {free / GB:.1f} GB that are free on its disk, too much is in "
                f"use. Free space, or set ${LIMIT_VARIABLE} higher."
            )
        for entry in going:
            _take_away(entry.folder)

    def _sweep(self) -> int:
        """Remove what killed writers left; how many bytes the living ones will take."""
        promised = 0
        for part in self.folder.glob("*/.*.part"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                old = time.time() - part.stat().st_mtime > _FRESH_S
                if old and is_free(part) and is_free(part / CARD):
                    shutil.rmtree(part, ignore_errors=True)
                    continue
                card = json.loads((part / CARD).read_text(encoding="utf-8"))
                promised += int(card.get("needed_bytes", 0))
        return promised


def _limit_told() -> float | None:
    told = os.environ.get(LIMIT_VARIABLE)
    if not told:
        return None
    try:
        limit = float(told)
    except ValueError:
        limit = -1.0
    if not 0 <= limit < float("inf"):
        raise KanjianError(f"${LIMIT_VARIABLE} must be a number of GB, got {told!r}.")
    return limit


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _write_card(part: Path, kind: str, key: str, about: Mapping[str, Any]) -> None:
    files = {}
    for path in sorted(part.iterdir()):
        if path.name != CARD:
            files[path.name] = block_hashes(path)
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    card = {"kind": kind, "key": key, "files": files, "about": dict(about)}
    # in place, so that the lock of the writer stays on it
    with (part / CARD).open("w", encoding="utf-8") as stream:
        # in ASCII: a file name that is no UTF-8 comes back as it was
        json.dump(card | {"digest": _digest(card)}, stream)
        stream.flush()
        os.fsync(stream.fileno())


def _digest(card: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()


def _card(folder: Path) -> JsonObject | None:
    """What `entry.json` says, if it is whole and one of ours."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        digest = card.pop("digest")
        return card if _digest(card) == digest else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _remove_unused(folder: Path) -> bool:
    return is_free(folder / CARD) and _take_away(folder)


def _take_away(folder: Path) -> bool:
    """Remove a folder at once: whoever has a file of it open keeps what it reads."""
    gone = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.gone")
    try:
        folder.rename(gone)
    except OSError:
        return False  # gone already, or held open where the system forbids it (Windows)
    shutil.rmtree(gone, ignore_errors=True)
    return True
