"""What a filter sees beyond the border of a picture."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError

Border = Literal["reflect", "reflect-101", "replicate", "constant", "wrap"]


def with_border(
    work: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    *,
    reach: int,
    border: Border,
    own: Border = "reflect",
) -> np.ndarray:
    """The result of a filter on a picture that goes on beyond its border in another way.

    Args:
        work: The filter; it keeps the size of what it is given.
        image: Gray or RGB; a number type OpenCV knows.
        reach: How many pixels away the filter looks.
        border: "reflect" mirrors with the last pixel twice (cba|abc), "reflect-101" with it
            once (cb|abc), OpenCV's default; "replicate" repeats it (aa|abc), "constant" is
            black, "wrap" goes on at the other side.
        own: The border that the filter has without this.

    Returns:
        As `work` gives it, of the size of `image`.

    Raises:
        ImageError: If there is no such border.

    Example:
        >>> row = np.array([[3, 5, 9]], np.uint8)
        >>> shifted = lambda image: np.roll(image, 1, axis=1)
        >>> with_border(shifted, row, reach=1, border="wrap")
        array([[9, 3, 5]], dtype=uint8)
        >>> with_border(shifted, row, reach=1, border="reflect-101")
        array([[5, 3, 5]], dtype=uint8)
    """
    import cv2

    check_choice("border", border, get_args(Border), error=ImageError)
    if border == own or reach == 0:
        return work(image)
    code = {
        "reflect": cv2.BORDER_REFLECT,
        "reflect-101": cv2.BORDER_REFLECT_101,
        "replicate": cv2.BORDER_REPLICATE,
        "constant": cv2.BORDER_CONSTANT,
        "wrap": cv2.BORDER_WRAP,
    }[border]
    # the filter's own border lies so far out that nothing of it is seen
    wide = cv2.copyMakeBorder(image, reach, reach, reach, reach, code, value=(0, 0, 0))
    height, width = image.shape[:2]
    out: np.ndarray = work(wide)[reach : reach + height, reach : reach + width]
    return out.copy()
