"""Files through a denoiser: pictures and videos, one after the other, names and formats kept."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.denoise.folder import Denoiser
from kanjian.denoise.tiles import TILE, clean
from kanjian.errors import KanjianError, StorageError
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from kanjian.inference.outputs import Job, check_free
from kanjian.media.encode import write_video
from kanjian.media.frames import read_frames

# Called with what is done and what there is to do, in pictures; those of a video count each
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Cleaned:
    """A file that was cleaned.

    Args:
        source: The file.
        target: The clean one.
        size_hw: Height and width of its pictures.
        pictures: How many it holds; 1 but for videos.
        seconds: What cleaning took, reading and writing included.
        notes: What else is to be said of it.
    """

    source: Path
    target: Path
    size_hw: tuple[int, int]
    pictures: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failed:
    """A file that could not be cleaned, and why."""

    source: Path
    reason: str


def clean_files(
    denoiser: Denoiser,
    jobs: Sequence[Job],
    *,
    sigma: float | None = None,
    tile: int = TILE,
    replace: bool = False,
    progress: Progress | None = None,
) -> Iterator[Cleaned | Failed]:
    """Clean files, one after the other; one that fails does not stop the rest.

    Args:
        denoiser: The network.
        jobs: As `plan` gives them.
        sigma: How strong the noise is, in gray levels, for a network that is told.
        tile: Longest side of what goes through the network at once; bounds memory.
        replace: Whether a file that is there may be replaced.
        progress: Called as pictures are done.

    Yields:
        What became of each, in order.

    Raises:
        DenoiserError: If σ is missing or the tile too small for the network.
    """
    side = 2 * tile
    clean(
        denoiser, np.zeros((1, side), np.uint8), sigma=sigma, tile=tile
    )  # says so before any work
    bar = _Bar(len(jobs), progress)
    for job in jobs:
        try:
            check_free(job, replace=replace)
            result: Cleaned | Failed = (
                clean_video(denoiser, job, sigma=sigma, tile=tile, bar=bar)
                if job.moving
                else clean_picture(denoiser, job, sigma=sigma, tile=tile)
            )
        except StorageError:
            raise  # the place fails, not this file: all others would fail as well
        except KanjianError as error:
            result = Failed(job.source, str(error))
        bar.end()
        yield result


class _Bar:
    """Counts pictures; how many a video has is known when it is opened, and certain at its end."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress
        self._start, self._promised = 0, 1

    def expect(self, pictures: int) -> None:
        """The file at hand is a video that promises so many pictures."""
        self._total += pictures - 1
        self._promised = pictures

    def step(self) -> None:
        """One picture of a video is done."""
        self._done += 1
        self._report()

    def end(self) -> None:
        """The file at hand is over, whatever it promised."""
        self._done = max(self._done, self._start + 1)
        self._total += self._done - self._start - self._promised
        self._start, self._promised = self._done, 1
        self._report()

    def _report(self) -> None:
        if self._progress is not None:
            self._progress(self._done, max(self._done, self._total))


def clean_picture(
    denoiser: Denoiser, job: Job, *, sigma: float | None = None, tile: int = TILE
) -> Cleaned:
    """Clean the picture in a file.

    Raises:
        KanjianError: If it cannot be read or written.
    """
    started = time.perf_counter()
    image = read_image(job.source)
    write_image(job.target, clean(denoiser, image, sigma=sigma, tile=tile))
    height, width = image.shape[:2]
    seconds = time.perf_counter() - started
    return Cleaned(job.source, job.target, (height, width), 1, seconds, tuple(job.notes()))


def clean_video(
    denoiser: Denoiser,
    job: Job,
    *,
    sigma: float | None = None,
    tile: int = TILE,
    bar: _Bar | None = None,
) -> Cleaned:
    """Clean the pictures of a video, one by one; times and sound are kept.

    Memory does not grow with its length. A video that breaks off is cleaned up to there.

    Raises:
        KanjianError: If it cannot be read or written.
    """
    started, count = time.perf_counter(), 0
    with read_frames(job.source, color="as-is") as frames:
        info = frames.info
        if bar is not None:
            bar.expect(info.frames or 1)
        with write_video(
            job.target, size_hw=info.size_hw, rate_fps=info.rate_fps, sound_from=job.source
        ) as video:
            for frame in frames:
                cleaned = clean(denoiser, frame.image, sigma=sigma, tile=tile)
                video.write(cleaned, seconds=frame.seconds)
                count += 1
                if bar is not None:
                    bar.step()
    notes = [*job.notes(), *(note for note in (frames.note, video.note) if note)]
    seconds = time.perf_counter() - started
    return Cleaned(job.source, job.target, info.size_hw, count, seconds, tuple(notes))
