"""Which files are meant, and where what is made of each goes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kanjian.errors import ImageError, KanjianError
from kanjian.images.sniff import PICTURE_SUFFIXES
from kanjian.images.write import check_suffix
from kanjian.inference.find_images import pictures_in
from kanjian.media.encode import FORMATS, check_video_suffix
from kanjian.media.frames import VIDEO_SUFFIXES
from kanjian.paths import AnyPath, as_path

# Formats that are read but not written, and what is written instead
_PICTURE_INSTEAD, _VIDEO_INSTEAD = ".png", ".mp4"
_LOSSY = frozenset({".jpg", ".jpeg", ".webp"})


@dataclass(frozen=True)
class Job:
    """One file to work on.

    Args:
        source: The file.
        target: Where the result goes.
        moving: Whether it is a video.
        named: Whether the user named the target.
    """

    source: Path
    target: Path
    moving: bool = False
    named: bool = False

    def notes(self) -> list[str]:
        """What is to be said where the format is another than anyone would think.

        Example:
            >>> Job(Path("a.gif"), Path("a.png")).notes()
            ['a.gif is written as .png.']
        """
        if self.named or self.source.suffix.lower() == self.target.suffix.lower():
            return []
        return [f"{self.source.name} is written as {self.target.suffix}."]


def plan(
    places: Sequence[str | Path],
    out: AnyPath | None = None,
    *,
    ending: str,
    videos: bool = False,
    lossless: bool = False,
) -> list[Job]:
    """Which files are meant, and where each result goes.

    Args:
        places: Pictures; folders, with all below them; patterns.
        out: The file, for one file; else the folder, in which folders keep their order. By
            default NAME-ENDING, right here.
        ending: Says in a name what was done.
        videos: Whether videos are meant, too.
        lossless: Whether a picture of a format that loses pixels becomes PNG, too.

    Returns:
        The jobs in order. A format that cannot be written becomes PNG or MP4.

    Raises:
        KanjianError: If a place holds nothing, two files would go to one, one onto itself,
            or `out` has a suffix that does not fit.

    Example:
        >>> plan(["shots/noisy.jpg"], ending="clean")[0].target
        PosixPath('noisy-clean.jpg')
        >>> plan(["a.avi"], Path("b"), ending="clean", videos=True)[0].target
        PosixPath('b/a.mp4')
    """
    out = as_path(out)
    suffixes = PICTURE_SUFFIXES | VIDEO_SUFFIXES if videos else PICTURE_SUFFIXES
    found = [each for place in places for each in _files_at(Path(place), suffixes)]
    single = len(places) == 1 and len(found) == 1 and found[0][0] == Path(places[0])
    if single and (out is None or (out.suffix and not out.is_dir())):
        source = found[0][0]
        moving = videos and is_moving(source)
        target = out or _named(source, ending, _suffix(source, moving, lossless))
        jobs = [Job(source, target, moving, named=out is not None)]
        (check_video_suffix if moving else check_suffix)(jobs[0].target)
    else:
        folder = out or Path(
            f"{Path(places[0]).resolve().name}-{ending}" if len(places) == 1 else ending
        )
        jobs = [
            _job(source, folder / inside, videos=videos, lossless=lossless)
            for source, inside in found
        ]
    _check_targets(jobs)
    return jobs


def _files_at(place: Path, suffixes: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    """The files meant by one place, and what they are called in the folder of results."""
    for source in pictures_in([place], suffixes=frozenset(suffixes)):
        yield source, source.relative_to(place) if place.is_dir() else Path(source.name)


def _job(source: Path, wanted: Path, *, videos: bool, lossless: bool) -> Job:
    moving = videos and is_moving(source)
    return Job(source, wanted.with_suffix(_suffix(source, moving, lossless)), moving)


def _named(source: Path, ending: str, suffix: str) -> Path:
    return Path(f"{source.stem}-{ending}{suffix}")


def _suffix(source: Path, moving: bool, lossless: bool) -> str:
    if not moving and lossless and source.suffix.lower() in _LOSSY:
        return _PICTURE_INSTEAD
    if moving:
        return source.suffix if source.suffix.lower() in FORMATS else _VIDEO_INSTEAD
    try:
        check_suffix(source)
    except KanjianError:
        return _PICTURE_INSTEAD
    return source.suffix


def is_moving(path: AnyPath) -> bool:
    """Whether a file is a video, by its suffix; a GIF is one if it holds several pictures.

    Example:
        >>> is_moving(Path("clip.MP4")), is_moving(Path("photo.png"))
        (True, False)
    """
    path = Path(path)
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
            raise ImageError(
                f"the result of {job.source} would take its place. Choose another --out."
            )
        if target in taken:
            raise ImageError(
                f"{taken[target]} and {job.source} would both go to {job.target}. "
                "Take them one at a time, or into different folders."
            )
        taken[target] = job.source


def check_free(job: Job, *, replace: bool) -> None:
    """Refuse to write over a file, unless that was asked for.

    Raises:
        ImageError: If the target is there.

    Example:
        >>> check_free(Job(Path("a.png"), Path(__file__)), replace=False)
        Traceback (most recent call last):
        kanjian.errors.ImageError: ...outputs.py is there already. Use --force to replace it.
    """
    if job.target.exists() and not replace:
        raise ImageError(f"{job.target} is there already. Use --force to replace it.")
