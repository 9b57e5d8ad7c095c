"""Frames of a video as picture files, each with its time in its name."""

import csv
import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kanjian.errors import KanjianError, VideoError
from kanjian.images.write import check_suffix, write_image
from kanjian.media.feed import open_feed
from kanjian.media.frame import Feed, Frame
from kanjian.media.scene_cuts import THRESHOLD, scene_starts
from kanjian.names import file_name
from kanjian.paths import AnyPath
from kanjian.storage.csv_rows import cell_of, csv_text
from kanjian.storage.files import write_text
from kanjian.video.times import FrameRate, file_stamp

# Called with seconds of the video done and in all; 0 where nobody knows
Progress = Callable[[float, float], None]
LIST = "frames.csv"
_COLUMNS = ["file", "frame", "seconds"]


@dataclass(frozen=True)
class Choosing:
    """Which frames are kept.

    Args:
        rate: How often one is taken; None: every one, or with `scenes` one a scene.
        start_s: None before this.
        end_s: None at or after this.
        scenes: Only the first frame of each scene.
        threshold: How unlike the frames on both sides of a cut are, 0 to 255.
        limit: At most so many.
        rate_fps: Pictures of a folder are this many to the second.
    """

    rate: FrameRate | None = None
    start_s: float | None = None
    end_s: float | None = None
    scenes: bool = False
    threshold: float = THRESHOLD
    limit: int | None = None
    rate_fps: float = 25


@dataclass(frozen=True)
class Extracted:
    """What became of a video.

    Args:
        source: What was read.
        folder: Where its frames are.
        files: The pictures written, in order.
        seconds: What it took.
        note: What was wrong with the video, if anything.
        interrupted: Whether it was broken off; what was done until then is kept.
    """

    source: str
    folder: Path
    files: tuple[Path, ...]
    seconds: float
    note: str | None
    interrupted: bool


def extract_frames(
    spec: str | Path,
    folder: AnyPath,
    choosing: Choosing | None = None,
    *,
    suffix: str = ".jpg",
    replace: bool = False,
    progress: Progress | None = None,
) -> Extracted:
    r"""Write frames of a video as pictures, and a table of them.

    Names hold the number of the frame and its time: `clip-000025-00h00m01.040s.jpg`, so they
    sort by time, and `group_by = "^(.+)-\d{6}-"` keeps the frames of one clip together. The
    table, frames.csv, has the exact times. Ctrl-C keeps what is done. A video that breaks off
    gives what was read and a note.

    Args:
        spec: As for `open_feed`.
        folder: Where they go; made if missing.
        choosing: Which frames.
        suffix: Format of the pictures.
        replace: Whether pictures that are there may be replaced.
        progress: Called as frames are done.

    Raises:
        KanjianError: If the video cannot be opened, gives not one frame, or a picture cannot
            be written.

    Example:
        >>> every = Choosing(FrameRate(seconds=1.0), limit=10)
        >>> extract_frames("clip.mp4", Path("shots"), every).files[1].name  # doctest: +SKIP
        'clip-000025-00h00m01.000s.jpg'
    """
    folder = Path(folder)
    choosing = choosing or Choosing()
    check_suffix(Path(f"x{suffix}"))
    if choosing.limit is not None and choosing.limit < 1:
        raise VideoError(f"limit must be 1 or more, got {choosing.limit}.")
    started, rows = time.perf_counter(), list[tuple[Frame, Path]]()
    interrupted = False
    with _opened(spec, choosing) as feed:
        try:
            with closing(_wanted(feed, choosing)) as wanted:
                for frame in wanted:
                    path = folder / _name(spec, frame, suffix)
                    if path.exists() and not replace:
                        raise VideoError(f"{path} is there already. Use --force to replace it.")
                    write_image(path, frame.image)
                    rows.append((Frame(frame.index, frame.seconds, frame.image[:0]), path))
                    if progress is not None:
                        progress(frame.seconds, _end_of(feed, choosing))
        except KeyboardInterrupt:
            interrupted = True
        finally:
            if rows:
                _write_table(folder / LIST, rows)
        note = feed.note
    if not rows and not interrupted:
        raise VideoError(f"{feed.name}: not one frame between the times asked for. {note or ''}")
    files = tuple(path for _, path in rows)
    return Extracted(feed.name, folder, files, time.perf_counter() - started, note, interrupted)


def _opened(spec: str | Path, choosing: Choosing) -> Feed:
    # cuts are found between neighbors, so scenes need every frame
    rate = FrameRate() if choosing.scenes or choosing.rate is None else choosing.rate
    return open_feed(
        spec,
        every=rate.seconds,
        step=rate.step,
        start=choosing.start_s,
        end=choosing.end_s,
        color="as-is",
        rate_fps=choosing.rate_fps,
    )


def _wanted(feed: Feed, choosing: Choosing) -> Generator[Frame, None, None]:
    frames: Iterator[Frame] = iter(feed)
    if choosing.scenes:
        frames = scene_starts(frames, threshold=choosing.threshold)
        if choosing.rate is not None:
            frames = _paced(frames, choosing.rate)
    yield from islice(frames, choosing.limit)


def _paced(frames: Iterator[Frame], rate: FrameRate) -> Iterator[Frame]:
    """Of the scenes, those far enough from the one before."""
    last: Frame | None = None
    for frame in frames:
        far = last is None or (
            frame.index - last.index >= rate.step
            if rate.seconds is None
            else frame.seconds - last.seconds >= rate.seconds
        )
        if far:
            last = frame
            yield frame


def _end_of(feed: Feed, choosing: Choosing) -> float:
    stated = feed.info.seconds or 0.0
    return stated if choosing.end_s is None else min(choosing.end_s, stated or choosing.end_s)


def _name(spec: str | Path, frame: Frame, suffix: str) -> str:
    return f"{stem_of(spec)}-{frame.index:06d}-{file_stamp(frame.seconds)}{suffix}"


def stem_of(spec: str | Path) -> str:
    """What files made from a source are called: its name without suffix, safe everywhere.

    Example:
        >>> stem_of("a/看 one.mp4"), stem_of("0"), stem_of("rtsp://me:pw@door:554/live?x=1")
        ('看 one', 'camera0', 'rtsp-door-554-live-x-1')
    """
    text = str(spec)
    if text.isdecimal():
        return f"camera{text}"
    if "://" in text:
        scheme, _, rest = text.partition("://")
        host, slash, path = rest.partition("/")
        plain = f"{scheme}-{host.rpartition('@')[2]}{slash}{path}"
        return file_name(re.sub(r"[^\w.]+", "-", plain).strip("-")[:80])
    # a pattern of pictures is called after its folder
    name = Path(text).stem if not set("*?[") & set(Path(text).name) else Path(text).parent.name
    return file_name(name or "video")


def _write_table(path: Path, rows: list[tuple[Frame, Path]]) -> None:
    """Times to the millionth; frames of another video in the same table stay."""
    names = {file.name for _, file in rows}
    table = [row for row in _read_table(path) if row["file"] not in names]
    table += [
        {"file": file.name, "frame": str(frame.index), "seconds": f"{frame.seconds:.6f}"}
        for frame, file in rows
    ]
    write_text(path, csv_text([_COLUMNS, *([row[name] for name in _COLUMNS] for row in table)]))


def _read_table(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if reader.fieldnames != _COLUMNS:
                raise KanjianError(f"{path} is no table of frames. Choose another folder.")
            return [{**row, "file": cell_of(row["file"])} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KanjianError(f"cannot read {path}: {error}. Choose another folder.") from error
