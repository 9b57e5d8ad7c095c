"""The picture of an enrolled face, found again: the gallery keeps where it lay and its hash."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from kanjian.errors import ImageError, VideoError
from kanjian.faces.align import crop
from kanjian.faces.detect import Face
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.same_name import box_of
from kanjian.images.decode import read_image
from kanjian.media.frames import read_frames
from kanjian.storage.files import sha256

Gone = Literal["unknown", "gone", "changed"]


@dataclass(eq=False)
class Pictures:
    """Where pictures lie now, each file hashed once.

    Args:
        elsewhere: More files to look among, by their SHA-256; see `by_hash`.
    """

    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    _hashes: dict[str, str | None] = field(default_factory=dict)

    def file_of(self, face: Enrolled) -> Path | None:
        """The file that a face was enrolled from, the same to the last byte; None: it is gone."""
        if face.path and self._hash(face.path) == face.picture:
            return Path(face.path)
        return self.elsewhere.get(face.picture)

    def why_gone(self, face: Enrolled) -> Gone:
        """Why there is no picture of a face: where it lay is not known, it is gone or another."""
        if not face.path:
            return "unknown"
        return "gone" if self._hash(face.path) is None else "changed"

    def _hash(self, path: str) -> str | None:
        if path not in self._hashes:
            self._hashes[path] = _hash_of(Path(path))
        return self._hashes[path]


def by_hash(files: Iterable[Path]) -> dict[str, Path]:
    """Files by their SHA-256, those that cannot be read left out.

    Example:
        >>> by_hash([Path("no such file")])
        {}
    """
    hashes = ((_hash_of(path), path) for path in files)
    return {digest: path for digest, path in hashes if digest}


def _hash_of(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None


def face_in(file: Path, face: Enrolled) -> np.ndarray | None:
    """An enrolled face cut out of its file; None where that cannot be read any more.

    Args:
        file: The picture or clip.
        face: What is enrolled.
    """
    _, _, seconds = face.box.partition("@")
    try:
        if not seconds:
            return crop(read_image(file), Face(box_of(face.box), 1.0))
        # times were written to the millisecond
        with read_frames(file, start=max(0.0, float(seconds) - 0.002), seek=True) as frames:
            return next((crop(each.image, Face(box_of(face.box), 1.0)) for each in frames), None)
    except (ImageError, VideoError):
        return None
