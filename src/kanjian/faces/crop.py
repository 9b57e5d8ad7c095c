"""A face cut out of its picture, with a margin that ends where the picture does."""

import numpy as np

from kanjian.faces.detect import Face
from kanjian.images.pictures import takes_picture

MARGIN = 0.2


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
