"""How often each brightness comes, and pictures remade so that it comes otherwise."""

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture

Backend = Literal["bincount", "opencv", "histogram"]
_LEVELS = {"uint8": 256, "uint16": 65536}


@takes_picture
def histogram(
    image: np.ndarray,
    *,
    width: int = 1,
    mask: np.ndarray | None = None,
    backend: Backend = "bincount",
) -> np.ndarray:
    """How many pixels have each level.

    Args:
        image: Gray or RGB; uint8 or uint16.
        width: Levels in a bin, from 0 on; where it does not divide them all, the last bin has
            fewer.
        mask: Count only where it is not 0: (height, width), bool or uint8.
        backend: Who counts: "bincount" and "histogram" of NumPy, or "opencv". All agree; the
            first is the default since it takes any width without floats.

    Returns:
        (bins,) int64 for gray, (3, bins) for RGB.

    Raises:
        ImageError: If the picture, the mask or a number is not as said.

    Example:
        >>> histogram(np.array([[0, 3, 3, 255]], np.uint8), width=100)
        array([3, 0, 1])
    """
    check_picture(image, types=tuple(_LEVELS))
    check_choice("backend", backend, get_args(Backend), error=ImageError)
    levels = _LEVELS[image.dtype.name]
    if not 1 <= width <= levels:
        raise ImageError(f"width must be from 1 to {levels}, got {width}.")
    count = {"bincount": _by_bincount, "opencv": _by_opencv, "histogram": _by_histogram}[backend]
    seen = np.ones(image.shape[:2], np.bool_) if mask is None else _as_mask(mask, image)
    bins = math.ceil(levels / width)
    if image.ndim == 2:
        return count(image, seen, width, bins)
    return np.stack([count(image[:, :, place], seen, width, bins) for place in range(3)])


def _by_bincount(image: np.ndarray, seen: np.ndarray, width: int, bins: int) -> np.ndarray:
    return np.bincount(image[seen].astype(np.intp) // width, minlength=bins)


def _by_histogram(image: np.ndarray, seen: np.ndarray, width: int, bins: int) -> np.ndarray:
    return np.histogram(image[seen], bins=bins, range=(0, bins * width))[0]


def _by_opencv(image: np.ndarray, seen: np.ndarray, width: int, bins: int) -> np.ndarray:
    import cv2

    # it counts in float32, which is exact up to 16 million: no more rows than that at once
    rows = max(1, (1 << 24) // image.shape[1])
    # level by level, and bins from these: it computes bins in floats and takes 49 for less than
    # 49 where bins are 49 wide
    levels = bins * width
    counts = np.zeros(levels, np.int64)
    for top in range(0, len(image), rows):
        part = np.ascontiguousarray(image[top : top + rows])
        mask = seen[top : top + rows].astype(np.uint8)
        found = cv2.calcHist([part], [0], mask, [levels], [0, levels])
        counts += found[:, 0].astype(np.int64)
    return np.asarray(counts.reshape(bins, width).sum(axis=1))


@takes_picture
def equalize(image: np.ndarray) -> np.ndarray:
    """Gray levels spread over the whole range: crowded ones are pulled apart.

    Order is kept, a pixel never overtakes a brighter one. Of a color picture the brightness is
    spread and the color kept.

    Args:
        image: Gray or RGB; uint8.

    Returns:
        New array, same shape. A picture of one level comes back unchanged.

    Example:
        >>> equalize(np.array([[10, 10], [20, 30]], np.uint8))
        array([[  0,   0],
               [128, 255]], dtype=uint8)

    Reference:
        Gonzalez and Woods, Digital Image Processing, section 3.3.
    """
    import cv2

    check_picture(image)
    return _on_brightness(image, lambda gray: np.asarray(cv2.equalizeHist(gray)))


@takes_picture
def clahe(image: np.ndarray, *, limit: float = 2, tiles: tuple[int, int] = (8, 8)) -> np.ndarray:
    """Equalized part by part, no level pulled apart more than a limit: detail in shade and light.

    Args:
        image: Gray uint8 or uint16, or RGB uint8, whose brightness is changed.
        limit: How much contrast may grow, as the height of a histogram's bin over the mean; 0
            for no limit.
        tiles: Parts down and across.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> clahe(np.full((16, 16), 100, np.uint8)).shape
        (16, 16)

    Reference:
        Zuiderveld, Contrast limited adaptive histogram equalization, 1994.
    """
    import cv2

    check_picture(image, types=("uint8", "uint16"), gray=image.dtype == np.uint16)
    if min(tiles) < 1 or tiles[0] > image.shape[0] or tiles[1] > image.shape[1]:
        raise ImageError(
            f"tiles must be from 1×1 to the picture's {image.shape[0]}×{image.shape[1]}, "
            f"got {tiles[0]}×{tiles[1]}."
        )
    if not 0 <= limit < math.inf:
        raise ImageError(f"limit must be at least 0, got {limit}.")
    # cv2 wants (across, down)
    worker = cv2.createCLAHE(limit, tiles[::-1])
    return _on_brightness(image, lambda gray: np.asarray(worker.apply(gray)))


@takes_picture
def match(image: np.ndarray, *, reference: np.ndarray) -> np.ndarray:
    """The picture with the brightness of another: as many dark and bright pixels as there.

    Args:
        image: Gray or RGB, each channel for itself; uint8 or uint16.
        reference: As many channels, same dtype, any size; in a chain the name of a picture
            file.

    Returns:
        New array, same shape and dtype. Matched to itself a picture stays the same.

    Raises:
        ImageError: If the two are not of a kind.

    Example:
        >>> match(np.array([[0, 1]], np.uint8), reference=np.array([[50, 90]], np.uint8))
        array([[50, 90]], dtype=uint8)
    """
    for name, each in (("image", image), ("reference", reference)):
        check_picture(each, types=tuple(_LEVELS), name=name)
    if image.ndim != reference.ndim or image.dtype != reference.dtype:
        raise ImageError(
            "image and reference must both be gray or both RGB of the same dtype, got "
            f"{image.shape} {image.dtype} and {reference.shape} {reference.dtype}."
        )
    if image.ndim == 2:
        return _matched(image, reference)
    channels = [_matched(image[:, :, place], reference[:, :, place]) for place in range(3)]
    return np.stack(channels, axis=2)


def _matched(image: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Each level becomes the one that as large a share of the reference lies at or below."""
    have = np.bincount(image.ravel())
    want = np.bincount(reference.ravel())
    share = have.cumsum() / image.size
    levels = np.flatnonzero(want)
    found = np.interp(share, want[levels].cumsum() / reference.size, levels)
    table: np.ndarray = np.rint(found).astype(image.dtype)
    return np.asarray(table[image])


def _on_brightness(image: np.ndarray, work: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Done to a gray picture, or to the brightness of a color one."""
    import cv2

    if image.ndim == 2:
        # OpenCV makes a picture of one level 0 or leaves it, as versions go
        return work(image) if image.min() != image.max() else image.copy()
    parts = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    if parts[:, :, 0].min() == parts[:, :, 0].max():
        return image.copy()
    parts[:, :, 0] = work(np.ascontiguousarray(parts[:, :, 0]))
    out: np.ndarray = cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB)
    return out


def _as_mask(mask: np.ndarray, image: np.ndarray) -> np.ndarray:
    check_picture(mask, types=("bool", "uint8"), gray=True, name="mask", advice="Make it gray.")
    if mask.shape != image.shape[:2]:
        raise ImageError(f"mask must have the picture's size {image.shape[:2]}, got {mask.shape}.")
    return np.asarray(mask != 0)
