"""Tags of many clips on disk: JSON, CSV, SRT and a page each; side by side, and resumable."""

import contextlib
import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from kanjian.errors import KanjianError, RecognizerError, StorageError, VideoError
from kanjian.images.sniff import PICTURE_SUFFIXES
from kanjian.inference.find_images import pictures_in
from kanjian.inference.recognizer import Recognizer
from kanjian.media.feed import is_live
from kanjian.media.frames import VIDEO_SUFFIXES
from kanjian.names import file_name_besides
from kanjian.paths import AnyPath
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.files import write_text
from kanjian.video.frames import stem_of
from kanjian.video.on_screen import PeopleLook
from kanjian.video.samples import StoppedError
from kanjian.video.subtitles import subtitles
from kanjian.video.tag import ClipRecord, Tagged, Tagging, tag_clip
from kanjian.video.timeline import timeline_page

Progress = Callable[[int, int], None]
TABLE = "tags.csv"
# Columns that tables have where people were looked for
_MORE = ("kind", "similarity")


@dataclass(frozen=True)
class Clip:
    """One clip to tag.

    Args:
        source: What is read.
        stem: What its files begin with, in the folder of results.
    """

    source: str
    stem: str


@dataclass(frozen=True, eq=False)
class Done:
    """A clip with its files written.

    Args:
        clip: The clip.
        record: Its tags, as its JSON file holds them.
        earlier: Whether an earlier call had done it.
    """

    clip: Clip
    record: ClipRecord
    earlier: bool = False


@dataclass(frozen=True)
class NotDone:
    """A clip that could not be tagged, and why."""

    clip: Clip
    reason: str


def clips_at(places: Sequence[str]) -> list[Clip]:
    """The clips meant by files, folders and patterns, each with a name of its own.

    Raises:
        KanjianError: If a folder or a pattern gives none.

    Example:
        >>> [clip.stem for clip in clips_at(["a/x.mp4", "b/x.mp4", "x.mkv"])]
        ['x', 'x-2', 'x-3']
    """
    sources = [source for place in places for source in _sources_at(place)]
    taken: set[str] = set()
    return [
        Clip(source, file_name_besides(stem_of(source), taken)) for source in dict.fromkeys(sources)
    ]


def _sources_at(place: str) -> list[str]:
    if is_live(place):
        return [place]
    if not Path(place).is_dir():
        return [str(path) for path in pictures_in([place], suffixes=VIDEO_SUFFIXES)]
    with contextlib.suppress(RecognizerError):  # no videos
        return [str(path) for path in pictures_in([place], suffixes=VIDEO_SUFFIXES)]
    if any(path.suffix.lower() in PICTURE_SUFFIXES for path in Path(place).iterdir()):
        return [place]  # pictures, one after the other
    raise VideoError(
        f"no videos in the folder {place}. They end in {', '.join(sorted(VIDEO_SUFFIXES))}; "
        "name a file to have it tried anyway."
    )


def tag_files(
    recognizer: Recognizer | None,
    clips: Sequence[Clip],
    folder: AnyPath,
    how: Tagging | None = None,
    *,
    people: PeopleLook | None = None,
    jobs: int = 1,
    anew: bool = False,
    progress: Progress | None = None,
) -> Iterator[Done | NotDone]:
    """Tag clips and write STEM.json, .csv, .srt and .html for each, as they are done.

    A clip that was done before, and has not changed since, nor the recognizer nor the people
    known nor the options, is not done again. One that fails does not stop the rest.

    Args:
        recognizer: Is asked; None: people alone.
        clips: As `clips_at` gives them.
        folder: Where the files go.
        how: The options.
        people: How people are looked for; None: they are not. Files that name people are
            readable for their owner alone.
        jobs: Clips at once.
        anew: Do all of them again.
        progress: Called with seconds done and in all.

    Yields:
        What became of each, in order.
    """
    folder = Path(folder)
    how = how or Tagging()
    stop, bar = threading.Event(), _Bar(len(clips), progress)

    def work(numbered: tuple[int, Clip]) -> Done | NotDone:
        number, clip = numbered
        key = _key(recognizer, clip, how, people)
        known = None if anew or key is None else _known(folder, clip, key)
        if known is not None:
            bar.step(number, 1.0, 1.0)
            return Done(clip, known, earlier=True)
        try:
            tagged = tag_clip(
                recognizer, clip.source, how, people=people, stop=stop,
                progress=lambda done, total: bar.step(number, done, total),
            )  # fmt: skip
            return Done(clip, write_tags(folder, clip, tagged, key))
        except StorageError:
            raise  # the place fails, not this file: all others would fail as well
        except KanjianError as error:
            return NotDone(clip, str(error))
        except StoppedError:
            return NotDone(clip, "interrupted")

    pool = ThreadPoolExecutor(max(1, jobs), thread_name_prefix="kanjian-tag")
    try:
        waiting = deque(pool.submit(work, numbered) for numbered in enumerate(clips))
        while waiting:
            yield waiting.popleft().result()
    finally:
        stop.set()  # Ctrl-C: clips in other threads end soon, and are waited for
        pool.shutdown(cancel_futures=True)


class _Bar:
    """Seconds of all clips; a clip not yet opened counts as long as the mean of the others."""

    def __init__(self, count: int, progress: Progress | None) -> None:
        self._count, self._progress = count, progress
        self._done: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def step(self, number: int, done: float, total: float) -> None:
        with self._lock:
            self._done[number] = (done, max(total, done))
            if self._progress is None:
                return
            reached = sum(done for done, _ in self._done.values())
            known = sum(total for _, total in self._done.values())
            self._progress(round(reached), max(round(known / len(self._done) * self._count), 1))


def _key(
    recognizer: Recognizer | None, clip: Clip, how: Tagging, people: PeopleLook | None
) -> str | None:
    """What the tags depend on; None where the source is no file."""
    try:
        state = Path(clip.source).stat()
    except (OSError, ValueError):
        return None
    depends: list[object] = [
        str(Path(clip.source).resolve()), state.st_size, state.st_mtime_ns, repr(how),
    ]  # fmt: skip
    if recognizer is not None:
        card = recognizer.card
        depends += [
            card.sha256, card.classes, card.fit, card.abstain_threshold, card.open_set_threshold,
        ]  # fmt: skip
    depends += [] if people is None else ["people", people.mark]
    return hashlib.sha256(json.dumps(depends).encode()).hexdigest()


def _known(folder: Path, clip: Clip, key: str) -> ClipRecord | None:
    try:
        record = json.loads((folder / f"{clip.stem}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict) or record.get("key") != key:
        return None
    whole = all((folder / f"{clip.stem}{end}").is_file() for end in (".csv", ".srt", ".html"))
    return cast("ClipRecord", record) if whole else None


def write_tags(folder: AnyPath, clip: Clip, tagged: Tagged, key: str | None = None) -> ClipRecord:
    """Write the four files of a clip; the JSON file comes last and says that all are there.

    Args:
        folder: Where they go; made if missing.
        clip: The clip.
        tagged: Its tags.
        key: What they depend on, so that a later call knows.

    Returns:
        What the JSON file holds.
    """
    folder = Path(folder)
    record = tagged.record()
    record["key"] = key
    mode = _mode(people=tagged.people is not None)
    write_text(folder / f"{clip.stem}.csv", segments_csv(tagged), mode=mode)
    write_text(folder / f"{clip.stem}.srt", subtitles(tagged), mode=mode)
    write_text(folder / f"{clip.stem}.html", timeline_page(tagged), mode=mode)
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    write_text(folder / f"{clip.stem}.json", text, mode=mode)
    return record


def _mode(*, people: bool) -> int:
    """The rights of a file: what names people is for its owner alone."""
    return 0o600 if people else 0o666


def segments_csv(tagged: Tagged) -> str:
    """The segments as a table; where people were looked for, theirs follow."""
    heads: tuple[str, ...] = ("label", "from", "to", "confidence")
    rows: list[tuple[str, ...]] = [
        (each.label, f"{each.from_s:.3f}", f"{each.to_s:.3f}", f"{each.confidence:.4f}")
        for each in tagged.segments
    ]
    if tagged.people is not None:
        heads, rows = (*heads, *_MORE), [(*row, "class", "") for row in rows]
        rows += [
            (each.name, f"{start:.3f}", f"{end:.3f}", "", "person", _told(each.similarity))
            for each in tagged.people
            for start, end in each.stretches
        ]
    return csv_text([heads, *rows])


def _told(similarity: float | None) -> str:
    return "" if similarity is None else f"{similarity:.4f}"


def write_table(path: AnyPath, done: Sequence[Done]) -> None:
    """One line for each tag of each clip; where people were looked for, one for each person."""
    path = Path(path)
    heads: tuple[str, ...] = ("clip", "label", "share", "seconds", "confidence")
    rows: list[tuple[object, ...]] = [
        (each.clip.source, tag["label"], tag["share"], tag["seconds"], tag["confidence"])
        for each in done
        for tag in each.record["tags"]
    ]
    people = any("people" in each.record for each in done)
    if people:
        heads, rows = (*heads, *_MORE), [(*row, "class", "") for row in rows]
        rows += [
            (each.clip.source, one["name"], one["share"], one["seconds"], "", "person",
             _told(one["similarity"]))
            for each in done
            for one in each.record.get("people", ())
        ]  # fmt: skip
    write_text(path, csv_text([heads, *rows]), mode=_mode(people=people))
