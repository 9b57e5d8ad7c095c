"""Faces that were found once: a file for each picture, for its owner alone.

Called after the content of the picture and after what looked at it, so that a picture that was
moved is known and one that was changed is not. It holds embeddings and thumbnails.
"""

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from kanjian.errors import FaceError
from kanjian.guard.npz import read_npz
from kanjian.storage.failures import writing
from kanjian.storage.files import kept_folder, replacing, sweep

# Told from five athletes, see bench/face_group.py: smaller, or blurred by more than this, a face
# is no longer more like its person than like another
SMALLEST, BLURRED = 28, 0.02
_ABOUT = np.dtype(
    [("box", "U80"), ("size", "<f4"), ("sharpness", "<f4"), ("from_s", "<f8"), ("to_s", "<f8"),
     ("frames", "<i8"), ("thumb_bytes", "<i8")]
)  # fmt: skip

Place = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class FoundFace:
    """A face of a picture, or one followed through a video.

    Args:
        picture: SHA-256 of the file.
        box: Where it is: "left,top,right,bottom", whole pixels; of a video with "@" and the
            second at which it is seen best.
        size: The longer side of that box, in pixels.
        sharpness: See `kanjian.faces.collect.sharpness`.
        embedding: (length,) float32, of length 1; of a video the mean, which is the shorter the
            more the looks differ.
        thumb: A small JPEG of it.
        from_s: Since when it is seen; 0 for a picture.
        to_s: Until when.
        frames: In how many frames.
    """

    picture: str
    box: str
    size: float
    sharpness: float
    embedding: np.ndarray
    thumb: bytes = field(default=b"", repr=False)
    from_s: float = 0.0
    to_s: float = 0.0
    frames: int = 1

    @property
    def place(self) -> Place:
        """What tells it from all other faces."""
        return self.picture, self.box

    @property
    def poor(self) -> bool:
        """Whether it is too small or too blurred to tell people apart by."""
        return self.size < SMALLEST or self.sharpness < BLURRED

    def beside(self, other: "FoundFace") -> bool:
        """Whether both are seen at one moment, so that they cannot be one person."""
        together = self.from_s <= other.to_s and other.from_s <= self.to_s
        return self.picture == other.picture and together


class FoundCache:
    """The folder of these files.

    Args:
        folder: Where; "faces/found" in kanjian's own by default.

    Example:
        >>> import tempfile
        >>> cache = FoundCache(Path(tempfile.mkdtemp()) / "found")
        >>> face = FoundFace("ab" * 32, "0,0,9,9", 9.0, 0.1, np.ones(1, np.float32))
        >>> cache.write(face.picture, "c0ffee", [face])
        >>> [each.box for each in cache.read(face.picture, "c0ffee")]
        ['0,0,9,9']
        >>> cache.read(face.picture, "another network") is None
        True
        >>> cache.drop({face.picture})
        >>> cache.read(face.picture, "c0ffee") is None
        True
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or kept_folder("faces") / "found"

    def read(self, picture: str, mark: str) -> list[FoundFace] | None:
        """The faces of a picture; None where it was not looked at, or its file is damaged.

        Args:
            picture: SHA-256 of its content.
            mark: Tells what looked at it.
        """
        with contextlib.suppress(OSError, FaceError):
            return _faces(self._path(picture, mark), picture)
        return None

    def write(self, picture: str, mark: str, faces: Sequence[FoundFace]) -> None:
        """Keep the faces of a picture, also that it has none.

        Raises:
            StorageError: If it cannot be written; what was there stays whole.
        """
        with writing(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        about = np.array(
            [(face.box, face.size, face.sharpness, face.from_s, face.to_s, face.frames,
              len(face.thumb)) for face in faces], _ABOUT,
        )  # fmt: skip
        rows = np.array([face.embedding for face in faces], "<f4")
        thumbs = np.frombuffer(b"".join(face.thumb for face in faces), np.uint8)
        with replacing(self._path(picture, mark), mode=0o600) as path, path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, about=about, embeddings=rows, thumbs=thumbs)

    def everything(self) -> Iterator[FoundFace]:
        """All faces of all pictures, whatever looked at them."""
        for path in self._files():
            with contextlib.suppress(OSError, FaceError):
                yield from _faces(path, path.stem.partition("-")[0])

    def drop(self, pictures: Iterable[str] | None = None) -> None:
        """Forget these pictures, or all; damaged files and what a kill left go with them.

        Args:
            pictures: SHA-256 of each; None: all.

        Raises:
            StorageError: If a file cannot be removed.
        """
        gone = None if pictures is None else set(pictures)
        sweep(self.folder)
        for path in self._files():
            picture = path.stem.partition("-")[0]
            if gone is None or picture in gone or not _sound(path, picture):
                with writing(path):
                    path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.npz")) if self.folder.is_dir() else []

    def _path(self, picture: str, mark: str) -> Path:
        return self.folder / f"{picture}-{mark}.npz"


def _sound(path: Path, picture: str) -> bool:
    try:
        _faces(path, picture)
    except (OSError, FaceError):
        return False
    return True


def _faces(path: Path, picture: str) -> list[FoundFace]:
    """What a file holds, looked at before it is used."""
    held = read_npz(path, error=FaceError)
    about, rows, thumbs = (held.get(name) for name in ("about", "embeddings", "thumbs"))
    if about is None or rows is None or thumbs is None or about.dtype != _ABOUT:
        raise FaceError(f"{path} is not what was written.")
    ends = np.cumsum(about["thumb_bytes"])
    if len(rows) != len(about) or (len(ends) and ends[-1] != len(thumbs)):
        raise FaceError(f"{path} is not what was written.")
    content = thumbs.tobytes()
    return [
        FoundFace(
            picture,
            str(row["box"]),
            float(row["size"]),
            float(row["sharpness"]),
            embedding,
            thumb=content[end - int(row["thumb_bytes"]) : end],
            from_s=float(row["from_s"]),
            to_s=float(row["to_s"]),
            frames=int(row["frames"]),
        )
        for row, embedding, end in zip(about, rows, ends, strict=True)
    ]


class Places(Generic[T]):
    """Whatever is known of faces, found again by where they are.

    Boxes that overlap by half are one face: another detector, or the next release, sees it a
    little larger.

    Args:
        known: Where a face is, and what is known of it.

    Example:
        >>> places = Places([(("ab", "0,0,10,10"), "Ann")])
        >>> places.find(("ab", "1,0,10,10")), places.find(("ab", "9,9,20,20"))
        ('Ann', None)
    """

    def __init__(self, known: Iterable[tuple[Place, T]]) -> None:
        self._exact: dict[Place, T] = {}
        self._near: dict[str, list[tuple[str, T]]] = {}
        for place, value in known:
            self._exact[place] = value
            self._near.setdefault(place[0], []).append((place[1], value))

    def find(self, place: Place) -> T | None:
        """What is known of the face there."""
        if place in self._exact:
            return self._exact[place]
        near = self._near.get(place[0], [])
        box, value = max(near, key=lambda pair: shared(pair[0], place[1]), default=("", None))
        return value if value is not None and shared(box, place[1]) >= 0.5 else None


def shared(one: str, other: str) -> float:
    """How much two boxes overlap; those of a video only with themselves.

    Example:
        >>> shared("0,0,2,2", "0,0,2,1"), shared("0,0,2,2@1.000", "0,0,2,2@2.000")
        (0.5, 0.0)
    """
    from kanjian.faces.seen import overlap

    if one == other:
        return 1.0
    boxes = [tuple(map(float, box.split(","))) for box in (one, other) if "@" not in box]
    if [len(box) for box in boxes] != [4, 4]:
        return 0.0
    found: float = overlap(*boxes)  # type: ignore[arg-type]
    return found if math.isfinite(found) else 0.0
