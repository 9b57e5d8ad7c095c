"""Files through a denoiser: pictures and videos, one after the other, names and formats kept."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.denoise.folder import Denoiser
from kanjian.denoise.tiles import TILE, clean
from kanjian.errors import DenoiserError, KanjianError
from kanjian.images.decode import read_image
from kanjian.images.frames import VIDEO_SUFFIXES, read_frames
from kanjian.images.sniff import PICTURE_SUFFIXES
from kanjian.images.video_write import FORMATS, check_video_suffix, write_video
from kanjian.images.write import check_suffix, write_image
from kanjian.recognizer.find import pictures_in

# Called with what is done and what there is to do, in pictures; those of a video count each
Progress = Callable[[int, int], None]
# Formats that are read but not written, and what is written instead
_PICTURE_INSTEAD, _VIDEO_INSTEAD = ".png", ".mp4"


@dataclass(frozen=True)
class Job:
    """One file to clean.

    Args:
        source: The file.
        target: Where the clean one goes.
        moving: Whether it is a video.
    """

    source: Path
    target: Path
    moving: bool


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


def plan(places: Sequence[str | Path], out: Path | None = None) -> list[Job]:
    """Which files are meant, and where each goes.

    Args:
        places: Pictures and videos; folders, with all below them; patterns.
        out: The file, for one file; else the folder, in which folders keep their order. By
            default NAME-clean, right here.

    Returns:
        The jobs in order. A format that cannot be written becomes PNG or MP4.

    Raises:
        KanjianError: If a place holds nothing to clean, two files would go to one, one
            onto itself, or `out` has a suffix that does not fit.

    Example:
        >>> plan(["shots/noisy.jpg"])[0].target, plan(["a.avi"], Path("b"))[0].target
        (PosixPath('noisy-clean.jpg'), PosixPath('b/a.mp4'))
    """
    found = [(source, inside) for place in places for source, inside in _files_at(Path(place))]
    single = len(places) == 1 and len(found) == 1 and found[0][0] == Path(places[0])
    if single and (out is None or (out.suffix and not out.is_dir())):
        source, moving = found[0][0], is_moving(found[0][0])
        jobs = [Job(source, _named(source, moving) if out is None else out, moving)]
        (check_video_suffix if moving else check_suffix)(jobs[0].target)
    else:
        folder = out or Path(
            f"{Path(places[0]).resolve().name}-clean" if len(places) == 1 else "clean"
        )
        jobs = [_job(source, folder / inside) for source, inside in found]
    _check_targets(jobs)
    return jobs


def _files_at(place: Path) -> Iterator[tuple[Path, Path]]:
    """The files meant by one place, and what they are called in the folder of results."""
    for source in pictures_in([place], suffixes=PICTURE_SUFFIXES | VIDEO_SUFFIXES):
        yield source, source.relative_to(place) if place.is_dir() else Path(source.name)


def _job(source: Path, wanted: Path) -> Job:
    moving = is_moving(source)
    return Job(source, wanted.with_suffix(_suffix(source, moving)), moving)


def _named(source: Path, moving: bool) -> Path:
    return Path(f"{source.stem}-clean{_suffix(source, moving)}")


def _suffix(source: Path, moving: bool) -> str:
    if moving:
        return source.suffix if source.suffix.lower() in FORMATS else _VIDEO_INSTEAD
    try:
        check_suffix(source)
    except KanjianError:
        return _PICTURE_INSTEAD
    return source.suffix


def is_moving(path: Path) -> bool:
    """Whether a file is a video, by its suffix; a GIF is one if it holds several pictures.

    Example:
        >>> is_moving(Path("clip.MP4")), is_moving(Path("photo.png"))
        (True, False)
    """
    suffix = path.suffix.lower()
    if suffix != ".gif":
        return suffix in VIDEO_SUFFIXES
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return bool(getattr(picture, "is_animated", False))
    except (OSError, ValueError):  # reading it as a picture will tell why
        return False


def _check_targets(jobs: Iterable[Job]) -> None:
    taken: dict[Path, Path] = {}
    for job in jobs:
        target = job.target.resolve()
        if target == job.source.resolve():
            raise DenoiserError(f"{job.source} would be cleaned onto itself. Choose another --out.")
        if target in taken:
            raise DenoiserError(
                f"{taken[target]} and {job.source} would both go to {job.target}. "
                "Clean them one at a time, or into different folders."
            )
        taken[target] = job.source


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
            if job.target.exists() and not replace:
                raise DenoiserError(f"{job.target} is there already. Use --force to replace it.")
            result: Cleaned | Failed = (
                clean_video(denoiser, job, sigma=sigma, tile=tile, bar=bar)
                if job.moving
                else clean_picture(denoiser, job, sigma=sigma, tile=tile)
            )
        except KanjianError as error:
            result = Failed(job.source, str(error))
        bar.end()
        yield result


class _Bar:
    """Counts pictures; how many a video has is known when it is opened, and sure at its end."""

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
    return Cleaned(job.source, job.target, (height, width), 1, seconds, tuple(_renamed(job)))


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
    notes = [*_renamed(job), *(note for note in (frames.note, video.note) if note)]
    seconds = time.perf_counter() - started
    return Cleaned(job.source, job.target, info.size_hw, count, seconds, tuple(notes))


def _renamed(job: Job) -> list[str]:
    if job.source.suffix.lower() == job.target.suffix.lower():
        return []
    return [f"{job.source.name} is written as {job.target.suffix}."]
