"""How a face lies in a picture: what boxes share, how well it is seen, a closer look at it."""

import numpy as np

from kanjian.faces.detect import Detector, Face


def looked_closer(image: np.ndarray, face: Face, finder: Detector) -> Face:
    """The same face, found again in its own part of the picture, which need not be shrunk.

    Landmarks found in a shrunk frame are off by a pixel of that frame, and who it is hangs on
    them; a part costs little.

    Args:
        image: The picture the face was found in.
        face: The face.
        finder: Finds it again; where it does not, the face comes back as it was.
    """
    height, width = image.shape[:2]
    if face.landmarks_xy is None or max(height, width) < 4 * face.size:
        return face
    (x, y), half = face.center_xy, face.size
    left, top = max(0, int(x - half)), max(0, int(y - half))
    part = image[top : int(y + half) + 1, left : int(x + half) + 1]
    shift = np.array([left, top], np.float32)
    found = [(overlap(_moved(other.box_xyxy, left, top), face.box_xyxy), other)
             for other in finder.detect(part)]  # fmt: skip
    share, best = max(found, key=lambda pair: pair[0], default=(0.0, face))
    if share < 0.5 or best.landmarks_xy is None:
        return face
    box = _moved(best.box_xyxy, left, top)
    return Face(box, best.score, best.landmarks_xy + shift)


def _moved(
    box: tuple[float, float, float, float], x: int, y: int
) -> tuple[float, float, float, float]:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """What two boxes share of what they cover together, 0 to 1.

    Example:
        >>> overlap((0, 0, 2, 2), (1, 0, 3, 2)), overlap((0, 0, 1, 1), (5, 5, 6, 6))
        (0.3333333333333333, 0.0)
    """
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


def seen_well(face: Face) -> float:
    """How much a look at a face is worth: little for a small face or one turned aside.

    Example:
        >>> seen_well(Face((0, 0, 80, 80), 1.0))
        1.0
        >>> seen_well(Face((0, 0, 20, 20), 1.0))
        0.25
    """
    worth = min(1.0, face.size / 80)
    if face.landmarks_xy is not None:
        left, right, nose = (face.landmarks_xy[at] for at in (0, 1, 2))
        width = max(float(np.linalg.norm(right - left)), 1e-6)
        across = float(np.dot(nose - (left + right) / 2, (right - left) / width)) / width
        worth *= max(0.05, 1 - min(1.0, abs(across)) * 1.5)
    return worth
