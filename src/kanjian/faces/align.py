"""Faces out of their pictures: upright and to one size, as networks expect them, or as they are."""

import numpy as np

from kanjian.errors import FaceError
from kanjian.faces.detect import Face
from kanjian.images.convert import check_image, to_rgb
from kanjian.images.pictures import takes_picture

SIZE = 112
MARGIN = 0.2  # around a crop, on each side
# Where ArcFace, and all that was trained on crops as its authors cut them, expects the five points
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
     [70.7299, 92.2041]],
    np.float64,
)  # fmt: skip
# Where they lie in a box of the Haar cascade, as shares of its sides
# (means over 99 color photos)
_IN_BOX = np.array([[0.31, 0.39], [0.69, 0.39], [0.505, 0.617], [0.345, 0.79], [0.667, 0.79]])


def similarity(points_xy: np.ndarray, target_xy: np.ndarray = TEMPLATE) -> np.ndarray:
    """The rotation, scale and shift that best bring points to their targets, least squares.

    Args:
        points_xy: (n, 2), at least two of them different.
        target_xy: (n, 2), where they should come to lie.

    Returns:
        (2, 3) matrix: target ≈ matrix[:, :2] @ point + matrix[:, 2].

    Raises:
        FaceError: If all points are one.

    Example:
        >>> similarity(2 * TEMPLATE + 5).round(3) + 0.0
        array([[ 0.5,  0. , -2.5],
               [ 0. ,  0.5, -2.5]])

    Reference:
        Umeyama: Least-squares estimation of transformation parameters between two point
        patterns. 1991.
    """
    points, target = np.asarray(points_xy, np.float64), np.asarray(target_xy, np.float64)
    middle, aim = points.mean(0), target.mean(0)
    # in the plane a turned and scaled vector is a product of complex numbers
    source, goal = (points - middle) @ [1, 1j], (target - aim) @ [1, 1j]
    spread = float((np.abs(source) ** 2).sum())
    if not np.isfinite(spread) or spread < 1e-9:
        raise FaceError(f"the points of a face must differ, got {points.round(1).tolist()}.")
    turn = (source.conj() @ goal) / spread
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([matrix, aim - matrix @ middle])


def points_of(face: Face) -> np.ndarray:
    """The five points of a face; guessed from its box where the detector gave none.

    Example:
        >>> points_of(Face((0, 0, 100, 100), 1.0))[2]
        array([50.5, 61.7])
    """
    if face.landmarks_xy is not None:
        return np.asarray(face.landmarks_xy, np.float64)
    left, top, right, bottom = face.box_xyxy
    return _IN_BOX * [right - left, bottom - top] + [left, top]


@takes_picture
def align(image: np.ndarray, face: Face, *, size: int = SIZE) -> np.ndarray:
    """The face cut out, turned upright and scaled.

    What lies outside the picture is black.

    Args:
        image: RGB or gray, uint8: the picture the face was found in.
        face: The face.
        size: Side of the crop in pixels.

    Returns:
        RGB (size, size, 3) uint8, contiguous.

    Example:
        >>> picture = np.zeros((200, 200), np.uint8)
        >>> align(picture, Face((50, 50, 150, 150), 1.0)).shape
        (112, 112, 3)
    """
    import cv2

    image = check_image(image)
    matrix = similarity(points_of(face)) * (size / SIZE)
    if abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]) < 0.25:
        image, matrix = _shrunk(image, matrix)
    crop = cv2.warpAffine(np.ascontiguousarray(image), matrix, (size, size))
    return np.ascontiguousarray(to_rgb(crop))


def _shrunk(image: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A large face is shrunk first by means of pixels: warping alone would pick single ones."""
    import cv2

    factor = int(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    height, width = (max(1, side // factor) for side in image.shape[:2])
    smaller = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    ratio = np.array([image.shape[1] / width, image.shape[0] / height])
    # the middle of the first pixel stays that of the first pixels
    moved = np.column_stack([matrix[:, :2] * ratio, matrix[:, 2]])
    moved[:, 2] += matrix[:, :2] @ ((ratio - 1) / 2)
    return smaller, moved


@takes_picture
def crop(image: np.ndarray, face: Face, *, margin: float = MARGIN) -> np.ndarray:
    """The box of a face and some more around it, as far as the picture goes.

    Args:
        image: The picture the face was found in.
        face: The face.
        margin: How much more on each side, as a share of the box's side.

    Returns:
        A copy; at least one pixel.

    Example:
        >>> picture = np.arange(100, dtype=np.uint8).reshape(10, 10)
        >>> crop(picture, Face((-3, 6, 4, 13), 1.0)).shape
        (6, 6)
    """
    left, top, right, bottom = face.box_xyxy
    more_x, more_y = margin * (right - left), margin * (bottom - top)
    height, width = image.shape[:2]
    x0 = int(np.clip(np.floor(left - more_x), 0, width - 1))
    y0 = int(np.clip(np.floor(top - more_y), 0, height - 1))
    x1 = int(np.clip(np.ceil(right + more_x), x0 + 1, width))
    y1 = int(np.clip(np.ceil(bottom + more_y), y0 + 1, height))
    return image[y0:y1, x0:x1].copy()
