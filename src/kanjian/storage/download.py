"""Fetching files: checked, whole or not there, from one of several places."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kanjian import extras
from kanjian.errors import DownloadError
from kanjian.storage.failures import failure_of_place

Progress = Callable[[str, int, int], None]
LIMIT_BYTES = 4 << 30  # of a file whose length is not known
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be fetched.

    Args:
        name: What it is called, there and here.
        digest: "md5:…" or "sha256:…" of its content; None where nobody has published it.
        size_bytes: How long it is; a server that sends much more is cut off. None if not known.
    """

    name: str
    digest: str | None
    size_bytes: int | None = None

    @property
    def most_bytes(self) -> int:
        """What a server may send before it is cut off."""
        return LIMIT_BYTES if self.size_bytes is None else 2 * self.size_bytes + 65536


class _Reporter:
    """What pooch calls while a file comes in, in the manner of a tqdm bar."""

    def __init__(self, file: RemoteFile, progress: Progress | None) -> None:
        # pooch puts the length that the server tells into `total`
        self.total, self._file, self._progress, self._done = 0, file, progress, 0

    def update(self, count: int) -> None:
        self._done += count
        if self._done > self._file.most_bytes:
            raise DownloadError(f"the server sends more than {self._file.name} can be long")
        if self._progress:
            size = self._file.size_bytes or self.total or self._done
            # pooch counts whole blocks, the last one too
            self._progress(self._file.name, min(self._done, size), size)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """There is nothing to clear away."""


def fetch(
    files: tuple[RemoteFile, ...],
    folder: Path,
    *,
    bases: tuple[str, ...],
    name: str,
    mirrored: str | None = None,
    advice: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Fetch the files that `folder` lacks, each checked before it appears there.

    `$KANJIAN_MIRROR` is tried first if set: the file is looked for at MIRROR/mirrored/file.

    Args:
        files: What to fetch.
        folder: Where to put them; made if missing.
        bases: Addresses to try in turn; the file's name is put behind each.
        name: What the files are, for messages.
        mirrored: The folder of the mirror they are in; `name` by default.
        advice: What to say to those who have no connection; by default which files to put where.
        progress: Called with (file name, bytes so far, bytes in all) as bytes come in.

    Raises:
        DownloadError: If a file cannot be had anywhere; says which files to put where.
        StorageError: If the disk is full or the folder cannot be written.

    Example:
        >>> fetch((), Path("unused"), bases=(), name="nothing")
    """
    mirror = os.environ.get("KANJIAN_MIRROR")
    if mirror:
        bases = (f"{mirror.rstrip('/')}/{mirrored or name}/", *bases)
    advice = advice or (
        f"Without a connection, put {', '.join(each.name for each in files)} into {folder}."
    )
    for file in files:
        if not (folder / file.name).is_file():
            reasons = _fetch_one(file, folder, bases=bases, progress=progress)
            if reasons:
                raise DownloadError(f"cannot fetch {name} ({'; '.join(reasons)}). {advice}")


def _fetch_one(
    file: RemoteFile, folder: Path, *, bases: tuple[str, ...], progress: Progress | None
) -> list[str]:
    """Nothing if it came, else why it came from none of the bases."""
    pooch = extras.load("pooch")
    pooch.get_logger().setLevel("WARNING")
    reasons = []
    for base in bases:
        logger.info("fetching %s from %s", file.name, base)
        try:
            pooch.retrieve(
                base + file.name,
                file.digest,
                fname=file.name,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=30, progressbar=_Reporter(file, progress)),
            )
        # requests' errors are OSErrors; pooch says ValueError for a wrong checksum
        except (OSError, ValueError, DownloadError) as error:
            failure = failure_of_place(error, folder / file.name)
            if failure is not None:
                raise failure from error
            reasons.append(f"{urlsplit(base).netloc}: {_short(error)}")
        else:
            return []
    return reasons or ["nobody has it"]


def _short(error: Exception) -> str:
    if isinstance(error, ValueError) and "hash" in str(error):
        return "what came has the wrong checksum"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"answer {status}"
    return "no connection" if type(error).__module__.startswith("requests") else str(error)
