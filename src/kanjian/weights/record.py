"""What is remembered of a file of weights: a small TOML beside it, so that it is hashed once."""

import contextlib
import dataclasses
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from kanjian.errors import KanjianError, WeightsError
from kanjian.guard.text import read_toml
from kanjian.storage.files import expanded, kept_folder, write_text


@dataclass(frozen=True)
class Record:
    """A file of weights that was checked.

    Args:
        name: The backbone it is for, or the name it was imported under.
        path: Where it lies: in our folder, in that of Keras or in a package.
        sha256: Of its content.
        size_bytes: How long it is.
        mtime_ns: When it last changed; a file that changed since is checked again.
        origin: Where it came from.
        when: When it was checked, in UTC.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int
    mtime_ns: int
    origin: str
    when: str

    def unchanged(self) -> bool:
        """Whether the file is there, as long and as old as it was when it was checked."""
        try:
            status = self.path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.size_bytes, self.mtime_ns)


def models_folder() -> Path:
    """Where weights are kept: `$KANJIAN_MODELS`, else "models" in kanjian's own folder.

    Example:
        >>> models_folder().is_absolute()
        True
    """
    chosen = os.environ.get("KANJIAN_MODELS")
    return expanded(chosen).absolute() if chosen else kept_folder("models")


def models_home() -> Path:
    """Where weights and what is remembered of them are written.

    `$KANJIAN_MODELS` where that is ours to write: not there yet, empty, or with records of ours in
    it. A folder that others filled, or that cannot be written, is only read from; then it is
    "models" in kanjian's own folder.

    Example:
        >>> models_home().is_absolute()
        True
    """
    chosen = models_folder()
    return chosen if chosen == kept_folder("models") or _is_ours(chosen) else kept_folder("models")


def model_folders() -> tuple[Path, ...]:
    """Where weights are looked for: `models_folder` first, then `models_home`."""
    return tuple(dict.fromkeys((models_folder(), models_home())))


def _is_ours(folder: Path) -> bool:
    if not folder.is_dir():
        return True
    if not os.access(folder, os.W_OK):
        return False
    return any(folder.glob(".*.toml")) or not any(folder.iterdir())


def read_record(file: str) -> Record | None:
    """What is remembered of the file of this name; None if nothing, or nothing readable."""
    found = (_read_in(folder, file) for folder in reversed(model_folders()))
    return next((record for record in found if record is not None), None)


def _read_in(folder: Path, file: str) -> Record | None:
    try:
        entry = read_toml(folder / f".{file}.toml", error=WeightsError)
        path = folder / str(entry.pop("path", file))
        record = Record(path=path, **entry)
    except (OSError, TypeError, WeightsError):
        return None
    texts = (record.name, record.sha256, record.origin, record.when)
    numbers = (record.size_bytes, record.mtime_ns)
    whole = all(isinstance(text, str) for text in texts)
    return record if whole and all(isinstance(number, int) for number in numbers) else None


def all_records() -> tuple[Record, ...]:
    """Every record in our folders, by the name of its file."""
    sidecars = {path.name for folder in model_folders() for path in folder.glob(".*.toml")}
    found = (read_record(name[1:-5]) for name in sorted(sidecars))
    return tuple(record for record in found if record is not None)


def remember(name: str, path: Path, *, file: str, sha256: str, origin: str) -> Record:
    """Write down that a file was checked; where that cannot be written, it is checked again.

    Args:
        name: See `Record`.
        path: Where it lies.
        file: What it is called in our folder.
        sha256: Of its content.
        origin: See `Record`.
    """
    status = path.stat()
    when = datetime.now(UTC).isoformat(timespec="seconds")
    record = Record(name, path, sha256, status.st_size, status.st_mtime_ns, origin, when)
    entry = dataclasses.asdict(record)
    if path.parent == models_home():
        del entry["path"]  # so the folder can be moved as a whole
    else:
        entry["path"] = str(path)
    with contextlib.suppress(KanjianError):
        write_text(_sidecar(file), tomli_w.dumps(entry))
    return record


def forget(file: str) -> None:
    """Drop what is remembered of a file."""
    with contextlib.suppress(OSError):
        _sidecar(file).unlink(missing_ok=True)


def digests(path: Path) -> dict[str, str]:
    """The MD5 and SHA-256 of a file, read once.

    Raises:
        WeightsError: If it cannot be read.
    """
    sums = {"md5": hashlib.md5(usedforsecurity=False), "sha256": hashlib.sha256()}
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                for each in sums.values():
                    each.update(chunk)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}.") from error
    return {kind: each.hexdigest() for kind, each in sums.items()}


def _sidecar(file: str) -> Path:
    return models_home() / f".{file}.toml"
