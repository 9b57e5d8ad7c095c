"""Every face of folders and videos, found and embedded once; a face of a video is followed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import kanjian
from kanjian import extras
from kanjian.errors import KanjianError, MissingExtraError, StorageError
from kanjian.faces.align import align, crop
from kanjian.faces.collect import sharpness
from kanjian.faces.detect import Detector, Face
from kanjian.faces.embed import Embedder
from kanjian.faces.events import event_of
from kanjian.faces.found_cache import FoundCache, FoundFace
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import About
from kanjian.faces.identify import ByGallery
from kanjian.faces.seen import seen_well
from kanjian.faces.tracks import Track, Tracker
from kanjian.images.convert import to_rgb
from kanjian.images.decode import read_image
from kanjian.images.sniff import PICTURE_SUFFIXES
from kanjian.inference.find_images import pictures_in
from kanjian.media.frame import Frame
from kanjian.media.frames import VIDEO_SUFFIXES, read_frames
from kanjian.media.scene_cuts import scenes_marked
from kanjian.paths import AnyPath
from kanjian.storage.files import sha256
from kanjian.threads import in_threads, read_ahead

# Of animated pictures the first is a photo, as everywhere
_MOVING = VIDEO_SUFFIXES - {".gif"}
_THUMB, _QUALITY = 96, 85

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Look:
    """How faces are looked for.

    Args:
        finder: Finds them in pictures.
        network: Embeds them.
        moving: Finds them in videos; None: as in pictures.
        options: All that decides beside the networks which faces are found, as text.
    """

    finder: Detector
    network: Embedder
    moving: Detector | None = None
    options: str = ""

    @property
    def mark(self) -> str:
        """The same for what finds the same faces and embeds them alike."""
        finder = (self.finder.name, getattr(self.finder, "sha256", ""))
        # the version, too: the next one may look more closely with the same networks
        told = (kanjian.__version__, finder, self.network.sha256, self.options)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Found:
    """What was found.

    Args:
        faces: All faces, each once, however many copies of its file there are.
        files: Which files each picture is, by its SHA-256.
        network: Name and SHA-256 of what embedded them.
        mark: Of the look; see `Look`.
        left_out: Files that could not be read, and why, in words that name the file.
        cached: How many files had been looked at before.
        notes: What else is to be said.
    """

    faces: tuple[FoundFace, ...]
    files: dict[str, list[Path]]
    network: tuple[str, str]
    mark: str
    left_out: tuple[tuple[Path, str], ...] = ()
    cached: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def without(self) -> int:
        """In how many pictures no face is."""
        return len(self.files) - len({face.picture for face in self.faces})


def find_faces(
    places: Sequence[AnyPath],
    look: Look,
    *,
    cache: FoundCache | None = None,
    progress: Progress | None = None,
) -> Found:
    """Every face of pictures, folders and videos.

    What was looked at before comes from the cache. Of a video each face that is followed
    counts once, with the mean of its embeddings.

    Args:
        places: Files, folders (with all below them), patterns.
        look: How they are looked for.
        cache: Where what was found is kept.
        progress: Called with (files done, files in all).

    Raises:
        KanjianError: If a folder or a pattern gives no file, or the cache cannot be written. A
            file that cannot be read is told in `left_out`.
        MissingExtraError: If there is a video and PyAV is not installed.
    """
    paths = pictures_in([Path(place) for place in places], suffixes=PICTURE_SUFFIXES | _MOVING)
    searching = _Searching(look, cache or FoundCache())
    for done, opened in enumerate(in_threads(searching.opened, paths, threads=2), 1):
        searching.look_at(opened)
        if progress is not None:
            progress(done, len(paths))
    return searching.found()


@dataclass(frozen=True, eq=False)
class _Opened:
    path: Path
    picture: str = ""
    faces: list[FoundFace] | None = None
    image: np.ndarray | None = None
    fault: str = ""


class _Searching:
    """The faces of one file after the other; files are read and decoded in other threads."""

    def __init__(self, look: Look, cache: FoundCache) -> None:
        self._look, self._cache, self._mark = look, cache, look.mark
        self._files: dict[str, list[Path]] = {}
        self._faces: list[FoundFace] = []
        self._left_out: list[tuple[Path, str]] = []
        self._notes: list[str] = []
        self._cached = 0

    def opened(self, path: Path) -> _Opened:
        """The file's content, and what is known of it or its picture."""
        try:
            picture = sha256(path)
            known = self._cache.read(picture, self._mark)
            moving = path.suffix.lower() in _MOVING
            image = None if known is not None or moving else read_image(path)
        except OSError as error:
            return _Opened(path, fault=f"cannot read {path}: {error.strerror or error}")
        except KanjianError as error:
            return _Opened(path, fault=str(error))
        return _Opened(path, picture, known, image)

    def look_at(self, opened: _Opened) -> None:
        """Find its faces and keep them, unless they are known."""
        if opened.fault:
            self._left_out.append((opened.path, opened.fault))
            return
        if opened.picture in self._files:  # a copy
            self._files[opened.picture].append(opened.path)
            return
        faces = opened.faces
        self._cached += faces is not None
        if faces is None:
            try:
                faces = list(self._new(opened))
            except (MissingExtraError, StorageError):
                raise
            except KanjianError as error:
                self._left_out.append((opened.path, str(error)))
                return
            self._cache.write(opened.picture, self._mark, faces)
        self._files[opened.picture] = [opened.path]
        self._faces += faces

    def found(self) -> Found:
        """All of them."""
        return Found(
            tuple(self._faces), self._files, (self._look.network.name, self._look.network.sha256),
            self._mark, tuple(self._left_out), self._cached, tuple(self._notes),
        )  # fmt: skip

    def _new(self, opened: _Opened) -> Iterator[FoundFace]:
        if opened.image is None:
            with read_frames(opened.path) as frames:
                yield from faces_of_video(read_ahead(frames), opened.picture, self._look)
                if frames.note:
                    self._notes.append(f"{opened.path}: {frames.note}")
            return
        image, faces = opened.image, self._look.finder.detect(opened.image)
        if not faces:
            return
        rows = self._look.network.embed(np.stack([align(image, face) for face in faces]))
        for face, row in zip(faces, rows, strict=True):
            yield FoundFace(opened.picture, box_of(face), face.size, _sharpness(image, face), row,
                            _thumb(image, face))  # fmt: skip


def faces_of_video(frames: Iterable[Frame], picture: str, look: Look) -> Iterator[FoundFace]:
    """Each face that is followed through a clip, once.

    Args:
        frames: Those of the clip.
        picture: SHA-256 of the file.
        look: How they are looked for.
    """
    nobody = Gallery(Path(), About(look.network.name, look.network.sha256), [])
    tracker = Tracker(look.moving or look.finder, ByGallery(nobody, look.network), keep=False)
    best: dict[int, _Sight] = {}
    for frame, begins in scenes_marked(frames):
        for track in tracker.step(frame, begins=begins):
            well = seen_well(track.last)
            if track.number not in best or well > best[track.number].well:
                best[track.number] = _Sight(well, frame.seconds, frame.image, track.last)
        for track in tracker.ended:
            yield from _track(track, picture, best.pop(track.number, None))
        tracker.ended.clear()
    for track in tracker.finish():
        yield from _track(track, picture, best.pop(track.number, None))


class _Sight:
    """The best look at a face of a video so far; no frame is held for it."""

    def __init__(self, well: float, seconds: float, image: np.ndarray, face: Face) -> None:
        self.well, self.seconds, self.face = well, seconds, face
        self.sharpness, self.thumb = _sharpness(image, face), _thumb(image, face)


def _track(track: Track, picture: str, sight: _Sight | None) -> Iterator[FoundFace]:
    if track.embedding is not None and sight is not None and event_of(track) is not None:
        yield FoundFace(
            picture,
            f"{box_of(sight.face)}@{sight.seconds:.3f}",
            sight.face.size,
            sight.sharpness,
            track.embedding.astype(np.float32),
            thumb=sight.thumb,
            from_s=track.from_s,
            to_s=track.to_s,
            frames=track.frames,
        )


def box_of(face: Face) -> str:
    """A box as galleries and caches hold it.

    Example:
        >>> box_of(Face((0.2, 1.0, 9.8, 12.0), 1.0))
        '0,1,10,12'
    """
    return ",".join(str(round(side)) for side in face.box_xyxy)


def _sharpness(image: np.ndarray, face: Face) -> float:
    return sharpness(crop(image, face, margin=0))


def _thumb(image: np.ndarray, face: Face) -> bytes:
    cv2 = extras.load("cv2")
    cut = to_rgb(crop(image, face, margin=0.3))
    scale = min(1.0, _THUMB / max(cut.shape[:2]))
    # cv2 wants (width, height); everything of ours is (height, width)
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    _, coded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    content: bytes = coded.tobytes()
    return content
