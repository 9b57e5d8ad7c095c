"""Faces cut out of pictures and videos, one folder a person, ready to train on."""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kanjian.errors import FaceError, KanjianError, StorageError
from kanjian.faces.align import crop
from kanjian.faces.detect import Detector
from kanjian.faces.names import check_name
from kanjian.images.convert import to_gray
from kanjian.images.write import write_image
from kanjian.media.frame import Frame
from kanjian.names import file_name
from kanjian.paths import AnyPath
from kanjian.storage.locks import alone

# What of a collected file's name is its take; the recipe of `faces train` keeps takes together
GROUP_BY = r"([^/]+)~\d+\.png$"
# Photos of 48 faces had 0.13 to 0.85, the same blurred by 3 % of the face 0.004 to 0.015
SHARPEST_BLURRED = 0.04
# Crops this much alike, as correlation of 24×24 pixels, are one picture taken twice
ALIKE = 0.985
_COMPARED = 60

Progress = Callable[[int, int], None]


@dataclass(eq=False)
class Collected:
    """What became of the frames.

    Args:
        folder: Where the crops lie: one folder a person.
        frames: How many were looked at.
        kept: How many crops were written.
        blurred: How many were too blurred.
        alike: How many were like one that was kept.
        without: In how many no face was found.
        others: How many smaller faces beside the one taken were skipped.
        takes: Names of the takes, as files begin with them.
        left_out: Sources that could not be read, and why.
        notes: What else is to be said.
    """

    folder: Path
    frames: int = 0
    kept: int = 0
    blurred: int = 0
    alike: int = 0
    without: int = 0
    others: int = 0
    takes: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Take:
    """Frames of one recording, or one picture.

    Args:
        name: What it is called; its files begin with it.
        frames: Its frames.
    """

    name: str
    frames: Iterable[Frame]


def take_name(source: str | Path) -> str:
    """What a take is called after: readable, safe in a file name, and two never the same.

    Example:
        >>> take_name("holiday/clip 1.mp4").rpartition("-")[0]
        'clip 1'
    """
    path = Path(source)
    # the whole path: two cameras write clip1.mp4 each
    mark = hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:6]
    stem = re.sub(r"[^\w .-]|~", "_", path.stem).strip(" .")[:60]
    return file_name(f"{stem or 'take'}-{mark}")


def collect(
    takes: Iterable[Take],
    name: str,
    out: AnyPath,
    finder: Detector,
    *,
    limit: int | None = None,
    keep_alike: bool = False,
    heard: Callable[[Collected], None] | None = None,
) -> Collected:
    """Write the largest face of every frame as OUT/NAME/TAKE~NUMBER.png.

    Blurred crops and those nearly the same as one that was kept are dropped and counted.
    Files of one take begin alike, so that they stay on one side of a split.

    Args:
        takes: What is looked at; see `kanjian.media.frames`.
        name: The person.
        out: Folder of the people.
        finder: Finds the faces.
        limit: Stop after so many crops.
        keep_alike: Keep crops that are nearly the same, too.
        heard: Called after each frame with what became of all so far.

    Raises:
        FaceError: If the name cannot be one.
        KanjianError: If a crop cannot be written. A take that cannot be read, or breaks off,
            is told in `left_out`.
    """
    out = Path(out)
    done = Collected(out / check_name(name))
    kept: deque[np.ndarray] = deque(maxlen=_COMPARED)
    for take in takes:
        done.takes.append(take.name)
        try:
            for frame in take.frames:
                _collect_frame(frame, take.name, finder, done, kept, keep_alike=keep_alike)
                if heard is not None:
                    heard(done)
                if limit is not None and done.kept >= limit:
                    return done
        except StorageError:
            raise  # the place fails, not this file: all others would fail as well
        except KanjianError as error:
            done.left_out.append((take.name, str(error)))
    return done


def _collect_frame(
    frame: Frame,
    take: str,
    finder: Detector,
    done: Collected,
    kept: deque[np.ndarray],
    *,
    keep_alike: bool,
) -> None:
    done.frames += 1
    faces = sorted(finder.detect(frame.image), key=lambda face: -face.size)
    if not faces:
        done.without += 1
        return
    done.others += len(faces) - 1
    cut = crop(frame.image, faces[0])
    small = _pattern(crop(frame.image, faces[0], margin=0))
    if sharpness(crop(frame.image, faces[0], margin=0)) < SHARPEST_BLURRED:
        done.blurred += 1
    elif not keep_alike and any(float(small @ other) > ALIKE for other in kept):
        done.alike += 1
    else:
        kept.append(small)
        path = done.folder / f"{take}~{frame.index:06}.png"
        with alone(path):
            if path.exists():
                raise FaceError(f"{path} is there already. Choose another --out, or delete it.")
            write_image(path, cut)
        done.kept += 1


def _pattern(face: np.ndarray) -> np.ndarray:
    """24×24 gray levels around zero, of length 1: their product is the correlation."""
    import cv2

    small = cv2.resize(to_gray(face), (24, 24), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    pattern: np.ndarray = (small / max(float(np.linalg.norm(small)), 1e-6)).ravel()
    return pattern


def sharpness(face: np.ndarray) -> float:
    """How much of the contrast of a face lies in fine edges: 0.005 blurred, 0.1 sharp.

    Light and camera cancel out: it is the energy of the Laplacian over that of the gray levels.

    Args:
        face: RGB or gray uint8, a face and little around it.

    Example:
        >>> flat = np.full((50, 50), 90, np.uint8)
        >>> sharpness(flat)
        0.0
    """
    import cv2

    # all at one size: a large face of a sharp camera has softer pixels than a small one
    small = cv2.resize(to_gray(face), (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    contrast = float(small.var())
    return float(cv2.Laplacian(small, cv2.CV_32F).var()) / contrast if contrast > 1 else 0.0
