"""Lists of cuts, as a table anyone can edit, and videos made of them."""

import csv
import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from kanjian.errors import KanjianError, VideoError
from kanjian.images.resize import resize_image
from kanjian.images.write import write_image
from kanjian.media.audio_cuts import Piece, check_pieces, has_sound
from kanjian.media.encode import write_video
from kanjian.media.frames import read_frames, video_info
from kanjian.paths import AnyPath, as_path
from kanjian.storage.csv_rows import cell_of, csv_text
from kanjian.storage.files import write_text
from kanjian.video.cut_sheet import MOST_TILES, sheet_of, small
from kanjian.video.times import clock, seconds_of, stamp

Progress = Callable[[float, float], None]
_HEADS = ["clip", "from", "to", "note"]


@dataclass(frozen=True)
class Cut:
    """A stretch of a clip that is to be kept.

    Args:
        clip: The file.
        from_s: Where it begins.
        to_s: Where it ends.
        note: Whatever should be remembered of it.
    """

    clip: Path
    from_s: float
    to_s: float
    note: str = ""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s


@dataclass(frozen=True)
class Rendered:
    """A video made of cuts.

    Args:
        target: The video.
        cuts: What it is made of, as far as the clips reach.
        pictures: How many it has.
        seconds: How long it is.
        took_s: What making it took.
        notes: What went wrong with the clips, if anything.
    """

    target: Path
    cuts: tuple[Cut, ...]
    pictures: int
    seconds: float
    took_s: float
    notes: tuple[str, ...]


def padded(
    stretches: Sequence[tuple[float, float]],
    *,
    pad_s: float,
    join_s: float,
    start_s: float = 0.0,
    end_s: float | None,
) -> list[tuple[float, float]]:
    """Stretches with some time around each; those that then nearly touch become one.

    Args:
        stretches: (from, to) in seconds, in any order.
        pad_s: Added before and after.
        join_s: Stretches with at most so much between them are joined.
        start_s: Nothing before this, where the clip or the scene begins.
        end_s: Nothing after this; None: the end is not known.

    Example:
        >>> padded([(8, 9), (1, 3), (4, 5)], pad_s=0.25, join_s=1, end_s=9)
        [(0.75, 5.25), (7.75, 9)]

    Raises:
        VideoError: If a length is negative.
    """
    if pad_s < 0 or join_s < 0:
        raise VideoError(f"pad_s and join_s must not be negative, got {pad_s} and {join_s}.")
    joined: list[tuple[float, float]] = []
    latest = math.inf if end_s is None else end_s
    for start, end in sorted(stretches):
        first, last = max(start - pad_s, start_s), min(end + pad_s, latest)
        if joined and first - joined[-1][1] <= join_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def write_cuts(path: AnyPath, cuts: Sequence[Cut]) -> None:
    """Write a list of cuts as a table: clip, from, to, note; clips as seen from its folder.

    Times are h:mm:ss.mmm; a line taken out, moved or changed is what `read_cuts` reads.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_cuts(folder / "a.csv", [Cut(folder / "a.mp4", 1.5, 3.0, "Ann")])
        >>> print((folder / "a.csv").read_text().splitlines()[1])
        a.mp4,00:00:01.500,00:00:03.000,Ann
        >>> [cut.seconds for cut in read_cuts(folder / "a.csv")]
        [1.5]
    """
    path = Path(path)
    rows = [
        (told_from(path, cut.clip), stamp(cut.from_s, "."), stamp(cut.to_s, "."), cut.note)
        for cut in cuts
    ]
    write_text(path, csv_text([_HEADS, *rows]))


def told_from(table: AnyPath, clip: AnyPath) -> str:
    """What a clip is called in a table: its place as seen from there, where it lies below.

    Example:
        >>> told_from(Path("cuts.csv"), Path("clips/a.mp4"))
        'clips/a.mp4'
    """
    home, whole = as_path(table).resolve().parent, as_path(clip).resolve()
    return whole.relative_to(home).as_posix() if whole.is_relative_to(home) else str(whole)


def read_cuts(path: AnyPath) -> list[Cut]:
    """A list of cuts, in its order.

    Args:
        path: A CSV with the columns clip, from, to and, if wanted, note. Empty lines and
            lines whose clip begins with # are skipped. Times as people type them.

    Raises:
        VideoError: If it is no such table; the message names the line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets put a mark before it
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"cannot read {path}: {reason}. Name a list of cuts (CSV).") from error
    # some spreadsheets part columns with ";", and Excel only where its language wants it so
    mark = ";" if text.partition("\n")[0].count(";") >= 2 else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=mark)
    heads = [name.strip().lower() for name in reader.fieldnames or []]
    if not {"clip", "from", "to"} <= set(heads):
        raise VideoError(
            f"{path} must have the columns clip, from and to, got {', '.join(heads) or 'none'}."
        )
    reader.fieldnames = heads
    cuts = [_cut(path, reader.line_num, row) for row in reader if _meant(row)]
    if not cuts:
        raise VideoError(f"{path} holds no cut. Add a line: clip,from,to.")
    return cuts


def _meant(row: dict[str, str]) -> bool:
    clip = (row.get("clip") or "").strip()
    return bool(clip) and not clip.startswith("#")


def _cut(path: Path, line: int, row: dict[str, str]) -> Cut:
    try:
        start, end = (seconds_of(row.get(name) or "") for name in ("from", "to"))
        if end <= start:
            raise VideoError(f"to must lie after from, got {row['from']} to {row['to']}.")
    except VideoError as error:
        raise VideoError(f"{path} line {line}: {error}") from error
    clip, note = (cell_of((row.get(name) or "").strip()) for name in ("clip", "note"))
    return Cut(path.parent / clip, start, end, note)


def render_cuts(
    cuts: Sequence[Cut],
    target: AnyPath,
    *,
    sheet: AnyPath | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Cut stretches of clips together, with their sound, as H.264.

    Pictures keep their exact times within each cut; sound is cut to the sample. Clips of
    another size are fitted into the size of the first. Memory does not grow with the length.

    Args:
        cuts: In order; clips may differ and may come again.
        target: .mp4, .m4v, .mov or .mkv.
        sheet: Where a contact sheet of the cuts goes: a picture of each, with its times.
        progress: Called with (seconds done, seconds in all).

    Raises:
        KanjianError: If a clip cannot be read, a cut has no picture, or the target cannot be
            written.

    Example:
        >>> render_cuts(read_cuts(Path("my.csv")), Path("my.mp4")).seconds  # doctest: +SKIP
        12.5
    """
    target, sheet = Path(target), as_path(sheet)
    check_pieces([Piece(cut.clip, cut.from_s, cut.to_s) for cut in cuts])
    started = time.perf_counter()
    infos = {clip: video_info(clip) for clip in dict.fromkeys(cut.clip for cut in cuts)}
    if target.exists() and any(target.samefile(clip) for clip in infos):
        raise VideoError(f"{target} would replace a clip it is made from. Choose another name.")
    cuts = [_within(cut, infos[cut.clip].seconds) for cut in cuts]
    pieces = [Piece(cut.clip, cut.from_s, cut.to_s) for cut in cuts]
    sound = pieces if any(has_sound(clip) for clip in infos) else None
    first = infos[cuts[0].clip]
    total, count, notes = sum(cut.seconds for cut in cuts), 0, list[str]()
    tiles: list[tuple[np.ndarray, Cut]] = []
    with write_video(
        target, size_hw=first.size_hw, rate_fps=first.rate_fps, sound_from=sound
    ) as video:
        for image, seconds in _pictures(cuts, first.size_hw, notes, tiles):
            video.write(image, seconds=float(seconds))
            count += 1
            if progress is not None:
                progress(min(float(seconds), total), total)
    if video.note:
        notes.append(video.note)
    if sheet is not None:
        write_image(sheet, sheet_of(tiles))
    took = time.perf_counter() - started
    return Rendered(target, tuple(cuts), count, total, took, tuple(dict.fromkeys(notes)))


def _within(cut: Cut, length: float | None) -> Cut:
    if length is None or cut.to_s <= length:
        return cut
    if cut.from_s >= length:
        raise VideoError(
            f"{cut.clip} is {clock(length)} long, but a cut begins at {clock(cut.from_s)}."
        )
    return Cut(cut.clip, cut.from_s, length, cut.note)


def _pictures(
    cuts: Sequence[Cut],
    size_hw: tuple[int, int],
    notes: list[str],
    tiles: list[tuple[np.ndarray, Cut]],
) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Every picture with its time in the new video."""
    offset = Fraction(0)
    for cut in cuts:
        middle, tile, count = (cut.from_s + cut.to_s) / 2, None, 0
        with read_frames(cut.clip, start=cut.from_s, end=cut.to_s, seek=True) as frames:
            for frame in frames:
                image = resize_image(frame.image, size_hw, channels=3)
                # the first is shown from the cut on, else the last of the cut before lingers
                inside = Fraction(frame.seconds) - Fraction(cut.from_s) if count else Fraction(0)
                if tile is None or frame.seconds <= middle:
                    tile = image
                count += 1
                yield image, offset + inside
        if frames.note:
            notes.append(frames.note)
        if tile is None:
            raise VideoError(
                f"{cut.clip} has no picture from {clock(cut.from_s)} to {clock(cut.to_s)}. "
                f"{frames.note or 'Make the cut longer.'}"
            )
        if len(tiles) < MOST_TILES:
            tiles.append((small(tile), cut))
        offset += Fraction(cut.to_s) - Fraction(cut.from_s)


def check_cuts(cuts: Sequence[Cut]) -> None:
    """Raise if a clip is missing, before any work.

    Raises:
        KanjianError: If one is.
    """
    for clip in dict.fromkeys(cut.clip for cut in cuts):
        if not clip.is_file():
            raise KanjianError(f"there is no clip {clip}. Check the list of cuts.")
