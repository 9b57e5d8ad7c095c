"""Still pictures looked at again: turned where no face is found, closer where faces are small.

Frames of a video are looked at once: there is a next one.
"""

import numpy as np

from kanjian.faces.align import points_of
from kanjian.faces.detect import Detector, Face
from kanjian.faces.seen import overlap
from kanjian.images.convert import to_rgb
from kanjian.images.pictures import Picture
from kanjian.images.resize import resize

# The second look is at a picture of at most this side, and twice the size it has
CLOSEST_SIDE = 2560
_CLOSER = 2.0
# Faces as small as this, in pixels of the picture, are found for certain only in a closer look
_SMALL = 48
# Enlarged, a bit of fur is a face at 0.75
_CLEAR = 0.8
# Boxes that share this much, union over intersection, are one face
_SAME = 0.3
# A face on its side is often found as if it were upright, with eyes and mouth in wrong places and a
# lower score. The look that shows it upright beats it by more than this
_BETTER = 0.03


class Thorough:
    """A detector that looks again, as far as a first look gives reason to.

    Where it finds nothing, or nothing it is sure of, the picture is turned by quarters, and the
    way up that shows most is taken; where it finds nothing, or small faces, it is looked at closer.

    Args:
        first: Looks at the picture as a whole.
        closer: Looks at an enlarged one as it is; None where that gives more false faces than
            true ones.
        smallest: Faces with a shorter side are left out.
        sure: A face of this score lies upright.
    """

    def __init__(
        self, first: Detector, closer: Detector | None, smallest: int, *, sure: float = 0.0
    ) -> None:
        self.name, self.sha256 = first.name, getattr(first, "sha256", "")
        self._first, self._closer, self._smallest = first, closer, smallest
        self._sure = sure

    def detect(self, image: Picture) -> list[Face]:
        """See `Detector.detect`."""
        image = to_rgb(image)
        found = self._first.detect(image)
        if not found or min(face.size for face in found) < _SMALL:
            # closer, eyes and mouths are found more exactly
            found = merged(self._small_ones(image), found)
        if any(face.score >= self._sure for face in found):
            return found
        turned = self._turned(image)
        return turned if _shown(turned) > _shown(found) + _BETTER else found

    def _small_ones(self, image: np.ndarray) -> list[Face]:
        scale = min(_CLOSER, CLOSEST_SIDE / max(image.shape[:2]))
        if self._closer is None or scale < 1:
            return []
        height, width = (round(side * scale) for side in image.shape[:2])
        seen = self._closer.detect(resize(image, (height, width)))
        faces = [_scaled(face, image.shape[1] / width, image.shape[0] / height) for face in seen]
        return [
            face
            for face in faces
            if face.size < _SMALL and _shorter(face) >= self._smallest and face.score >= _CLEAR
        ]

    def _turned(self, image: np.ndarray) -> list[Face]:
        """The faces of the quarter turn that shows most."""
        looks = [
            [
                turned_back(face, quarters, image.shape[:2])
                for face in self._first.detect(np.ascontiguousarray(np.rot90(image, quarters)))
                if face.score >= self._sure  # three more chances to take something for a face
            ]
            for quarters in (1, 3, 2)
        ]
        return max(looks, key=_shown)


def _shown(faces: list[Face]) -> float:
    return sum(face.score for face in faces)


def merged(faces: list[Face], more: list[Face]) -> list[Face]:
    """Faces and those of a second look that are none of them, the surest first."""
    kept = list(faces)
    for face in more:
        if all(overlap(face.box_xyxy, other.box_xyxy) < _SAME for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.score)


def turned_back(face: Face, quarters: int, size_hw: tuple[int, ...]) -> Face:
    """A face found in `np.rot90(image, quarters)` as it lies in the image.

    Its points are told also where the detector knows none: they say which way is up.

    Example:
        >>> turned_back(Face((0, 0, 2, 3), 0.9), 1, (10, 8)).box_xyxy
        (5.0, 0.0, 8.0, 2.0)
    """
    height, width = size_hw

    def back(points: np.ndarray) -> np.ndarray:
        x, y = points[:, 0], points[:, 1]
        sides = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[quarters]
        return np.stack(sides, axis=1)

    corners = back(np.array(face.box_xyxy, float).reshape(2, 2))
    box = (*corners.min(0).tolist(), *corners.max(0).tolist())
    return Face(box, face.score, back(points_of(face)).astype(np.float32))


def _shorter(face: Face) -> float:
    left, top, right, bottom = face.box_xyxy
    return min(right - left, bottom - top)


def _scaled(face: Face, x: float, y: float) -> Face:
    left, top, right, bottom = face.box_xyxy
    points = None if face.landmarks_xy is None else face.landmarks_xy * np.array([x, y], np.float32)
    return Face((left * x, top * y, right * x, bottom * y), face.score, points)
