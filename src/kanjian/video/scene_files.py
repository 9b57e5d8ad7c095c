"""The scenes of a clip on disk: a table, a page with a picture of each, and a list for editing."""

from pathlib import Path

from kanjian.errors import VideoError
from kanjian.i18n import _
from kanjian.paths import AnyPath
from kanjian.reporting.embedded import address_of
from kanjian.reporting.render import render
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.files import write_text
from kanjian.video.cuts import told_from
from kanjian.video.edl import edl_of
from kanjian.video.frames import stem_of
from kanjian.video.scenes import Scenes
from kanjian.video.times import clock, stamp, whole_ms

_HEADS = ("clip", "from", "to", "seconds", "first_frame", "frames")


def write_scenes(
    folder: AnyPath,
    found: Scenes,
    *,
    rate_fps: float | None = None,
    drop_frame: bool = False,
    replace: bool = False,
) -> tuple[list[Path], str | None]:
    """Write STEM.csv, STEM.html and STEM.edl.

    The table is one that `read_cuts` reads, so a video can be made of the scenes left in it.

    Args:
        folder: Where they go; made if missing.
        found: The scenes.
        rate_fps: As for `edl_of`.
        drop_frame: As for `edl_of`.
        replace: Whether files that are there may be replaced.

    Returns:
        The files, and why there is no edit decision list, if there is none.

    Raises:
        KanjianError: If a file is there, cannot be written, or a rate that was asked for
            makes no list.
    """
    folder, stem = Path(folder), stem_of(found.clip)
    table, page, edl = (folder / f"{stem}{suffix}" for suffix in (".csv", ".html", ".edl"))
    for path in (table, page, edl):
        if path.exists() and not replace:
            raise VideoError(f"{path} is there already. Use --force to replace it.")
    made, reason = {table: scenes_csv(found, table), page: scenes_page(found)}, None
    try:
        made[edl] = edl_of(found, rate_fps=rate_fps, drop_frame=drop_frame)
    except VideoError as error:
        if drop_frame or rate_fps is not None:
            raise
        reason = str(error)
    for path, text in made.items():
        write_text(path, text)
    return list(made), reason


def scenes_csv(found: Scenes, path: Path) -> str:
    """The scenes as a table for the file `path`, from which the clip is told.

    Times are rounded down to the millisecond: what ends at a cut must not end behind it.
    """
    clip = told_from(path, Path(found.clip))
    rows = [
        (clip, stamp(whole_ms(each.from_s), "."), stamp(whole_ms(each.to_s), "."),
         f"{each.seconds:.3f}", each.first, each.frames)
        for each in found.scenes
    ]  # fmt: skip
    return csv_text([_HEADS, *rows])


def scenes_page(found: Scenes) -> str:
    """The scenes as one page that stands alone, as HTML."""
    last = found.scenes[-1]
    mean_s = (last.to_s - found.scenes[0].from_s) / len(found.scenes)
    return render(
        "scenes.html",
        title=found.clip.replace("\\", "/").rpartition("/")[2],
        note=found.note or "",
        facts=[
            (_("scenes"), str(len(found.scenes))),
            (_("mean length"), _("{seconds} s", seconds=f"{mean_s:.1f}")),
        ],
        scenes=[
            {
                "thumb": address_of(each.thumb, "jpeg"),
                "length": _("{seconds} s", seconds=f"{each.seconds:.1f}"),
                "start": clock(each.from_s),
                "end": clock(each.to_s),
            }
            for each in found.scenes
        ],
    )
