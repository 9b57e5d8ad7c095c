"""What can be fetched, and fetching it: checked, whole or not there, from one of several places.

The tables in `downloads/` are the one registry: data sets, weights, networks for faces.
"""

import logging
import os
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from kanjian import extras
from kanjian.errors import DownloadError
from kanjian.storage.failures import failure_of_place

Use = Literal["dataset", "weights", "detector", "embedder"]
Progress = Callable[[str, int, int], None]
LIMIT_BYTES = 4 << 30  # of a file whose length is not known
_TITLES: dict[Use, str] = {
    "dataset": "{}",
    "weights": "the weights of {}",
    "detector": "the face network {}",
    "embedder": "the face network {}",
}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Download:
    """A file that can be fetched.

    Args:
        use: What it is for.
        of: The name of what it belongs to: "mnist", "vgg16", "yunet".
        file: What it is called, there and here.
        digest: "md5:…" or "sha256:…" of its content; None where nobody has published it.
        size_bytes: How long it is; a server that sends much more is cut off. None if not known.
        urls: Its addresses, tried in turn; none if it has no public address of its own.
        licence: Under which it was published, where that was said of the file.
        top: Whether weights have the 1000 classes of ImageNet, too.
        cache: What Keras calls weights in its own folder, where that is another name.
        package: Package that has the file, as "name==version".
        member: Path of the file in that package.
    """

    use: Use
    of: str
    file: str
    digest: str | None = None
    size_bytes: int | None = None
    urls: tuple[str, ...] = ()
    licence: str | None = None
    top: bool = False
    cache: str | None = None
    package: str | None = None
    member: str | None = None

    @property
    def most_bytes(self) -> int:
        """What a server may send before it is cut off."""
        return LIMIT_BYTES if self.size_bytes is None else 2 * self.size_bytes + 65536

    @property
    def title(self) -> str:
        """What it is, for messages."""
        return _TITLES[self.use].format(self.of)

    @property
    def mirrored(self) -> str:
        """Where `$KANJIAN_MIRROR` has it."""
        return f"{self.of if self.use == 'dataset' else 'weights'}/{self.file}"


def downloads(*uses: Use) -> tuple[Download, ...]:
    """Every file that can be fetched for these uses, as the tables in `downloads/` list them.

    Example:
        >>> [each.of for each in downloads("embedder")]
        ['mobilefacenet', 'sface']
    """
    return tuple(each for each in _registry() if each.use in uses)


@cache
def _registry() -> tuple[Download, ...]:
    tables = sorted(files("kanjian.storage").joinpath("downloads").iterdir(), key=lambda p: p.name)
    return tuple(
        Download(cast("Use", use), of, **{**entry, "urls": tuple(entry.get("urls", ()))})
        for table in tables
        for use, named in tomllib.loads(table.read_text(encoding="utf-8")).items()
        for of, entries in named.items()
        for entry in entries
    )


class _Reporter:
    """What pooch calls while a file comes in, in the manner of a tqdm bar."""

    def __init__(self, wanted: Download, progress: Progress | None) -> None:
        # pooch puts the length that the server tells into `total`
        self.total, self._wanted, self._progress, self._done = 0, wanted, progress, 0

    def update(self, count: int) -> None:
        self._done += count
        if self._done > self._wanted.most_bytes:
            raise DownloadError(f"the server sends more than {self._wanted.file} can be long")
        if self._progress:
            size = self._wanted.size_bytes or self.total or self._done
            # pooch counts whole blocks, the last one too
            self._progress(self._wanted.file, min(self._done, size), size)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """There is nothing to clear away."""


def fetch(wanted: Sequence[Download], folder: Path, *, progress: Progress | None = None) -> None:
    """Fetch the files that `folder` lacks, each checked before it appears there.

    `$KANJIAN_MIRROR` is tried first if set: a file is looked for at MIRROR/weights/FILE, one of
    a data set at MIRROR/NAME/FILE.

    Args:
        wanted: What to fetch, all for one thing.
        folder: Where to put them; made if missing.
        progress: Called with (file name, bytes so far, bytes in all) as bytes come in.

    Raises:
        DownloadError: If a file cannot be had anywhere; says which files to put where.
        StorageError: If the disk is full or the folder cannot be written.

    Example:
        >>> fetch((), Path("unused"))
    """
    for each in wanted:
        if not (folder / each.file).is_file():
            reasons = _fetch_one(each, folder, progress)
            if reasons:
                raise DownloadError(
                    f"cannot fetch {each.title} ({'; '.join(reasons)}). {_advice(wanted, folder)}"
                )


def _advice(wanted: Sequence[Download], folder: Path) -> str:
    if len(wanted) == 1 and wanted[0].urls:
        return f"Fetch {wanted[0].urls[0]} elsewhere and put it into {folder}."
    return f"Without a connection, put {', '.join(each.file for each in wanted)} into {folder}."


def _fetch_one(wanted: Download, folder: Path, progress: Progress | None) -> list[str]:
    """Nothing if it came, else why it came from nowhere."""
    pooch = extras.load("pooch")
    pooch.get_logger().setLevel("WARNING")
    mirror = os.environ.get("KANJIAN_MIRROR")
    mirrored = (f"{mirror.rstrip('/')}/{wanted.mirrored}",) if mirror else ()
    reasons = []
    for url in (*mirrored, *wanted.urls):
        logger.info("fetching %s", url)
        reporter = _Reporter(wanted, progress)
        try:
            pooch.retrieve(
                url,
                wanted.digest,
                fname=wanted.file,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=30, progressbar=reporter),
            )
        # requests' errors are OSErrors; pooch says ValueError for a wrong checksum
        except (OSError, ValueError, DownloadError) as error:
            failure = failure_of_place(error, folder / wanted.file)
            if failure is not None:
                raise failure from error
            reasons.append(f"{urlsplit(url).netloc}: {_short(error)}")
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
