"""Filters that smooth, and filters that sharpen and find edges.

Beyond the border a picture goes on mirrored, its last pixel twice, unless said otherwise: so
smoothing keeps the mean of the whole picture.
"""

import math
from typing import Literal

import numpy as np

from kanjian import extras
from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.imaging.binary import check_picture
from kanjian.imaging.overlay import viewable
from kanjian.imaging.result import Drawn

TYPES = ("uint8", "uint16", "float32", "float64")
_ADVICE = "Use to_uint8() for values in 0..1, or another number type."
# Up to here the filter itself costs less than the way around it, in a 1024×1024 picture
_SMALL_SIGMA, _SUMS_PER_SIGMA = 8.0, 1.75


def gaussian_kernel(*, sigma: float | None = None, size: int | None = None) -> np.ndarray:
    """The weights of a Gaussian filter along one axis; the filter is these down and across.

    Args:
        sigma: In pixels; of a given size by default OpenCV's, 0.15 · size + 0.35. 0 leaves the
            middle alone.
        size: Odd number of weights; of a given sigma by default four sigmas to each side.

    Returns:
        (size,) float64, symmetric, of sum 1.

    Raises:
        ImageError: If neither is given, or a number is not as said.

    Example:
        >>> gaussian_kernel(size=3, sigma=1).round(3)
        array([0.274, 0.452, 0.274])
    """
    import cv2

    sigma, size = _sigma_and_size(sigma, size)
    if not sigma:
        return np.asarray(np.eye(size)[size // 2])
    weights: np.ndarray = np.ravel(cv2.getGaussianKernel(size, sigma))
    return weights


def kernel(
    image: np.ndarray,  # noqa: ARG001 - a step of a chain is given a picture
    *,
    sigma: float | None = None,
    size: int | None = None,
) -> Drawn:
    """The weights of a Gaussian filter as a picture, the largest white; the input is not used.

    Args:
        image: Any picture: only its place in a chain counts.
        sigma: As in `gaussian_kernel`.
        size: As in `gaussian_kernel`.

    Returns:
        Squares of whole pixels for small kernels; facts tell size, sigma and largest weight;
        data["kernel"] is (size, size), data["row"] the weights along one axis.

    Example:
        >>> kernel(np.zeros((1, 1), np.uint8), size=3).data["kernel"].shape
        (3, 3)
    """
    sigma, size = _sigma_and_size(sigma, size)
    if size > 2001:
        raise ImageError(f"a kernel of {size}×{size} is too large to show; sigma 250 is the most.")
    row = gaussian_kernel(sigma=sigma, size=size)
    weights = np.outer(row, row)
    times = max(1, 256 // size)
    picture = viewable(weights).repeat(times, axis=0).repeat(times, axis=1)
    facts: dict[str, object] = {"size": size, "sigma": sigma, "largest": float(weights.max())}
    return Drawn(picture, facts, {"kernel": weights, "row": row})


def blur(image: np.ndarray, *, sigma: float | None = None, size: int | None = None) -> np.ndarray:
    """Gaussian filter: every pixel the weighted mean of those around it.

    A sigma above 8 goes another way than that of OpenCV, which costs less the larger sigma
    is; it differs from the filter itself by less than a 10 000th of the picture's range.

    Args:
        image: Gray or RGB; uint8, uint16 or floats.
        sigma: In pixels; 0 changes nothing.
        size: Odd; the kernel is cut to this size. See `gaussian_kernel`.

    Returns:
        New array, same shape and dtype.

    Raises:
        ImageError: If the picture or a number is not as said, or neither number is given.

    Example:
        >>> blur(np.array([[0, 0, 90, 0, 0]], np.uint8), size=3, sigma=100)
        array([[ 0, 30, 30, 30,  0]], dtype=uint8)
    """
    check_picture(image, types=TYPES, advice=_ADVICE)
    if size is None and sigma is not None and sigma > _SMALL_SIGMA:
        _sigma_and_size(sigma, size)
        return _blurred_wide(image, sigma)
    return _separable(image, gaussian_kernel(sigma=sigma, size=size))


def mean(image: np.ndarray, *, size: int = 3) -> np.ndarray:
    """The plain mean of a square around each pixel; any size costs the same.

    Args:
        image: As in `blur`.
        size: Odd side of the square; 1 changes nothing.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> mean(np.array([[0, 0, 90, 0, 0]], np.uint8))
        array([[ 0, 30, 30, 30,  0]], dtype=uint8)
    """
    import cv2

    check_picture(image, types=TYPES, advice=_ADVICE)
    _check_odd(size)
    out: np.ndarray = cv2.blur(image, (size, size), borderType=cv2.BORDER_REFLECT)
    return out


def median(image: np.ndarray, *, size: int = 3) -> np.ndarray:
    """The middle value of a square around each pixel: specks go, edges stay.

    Beyond the border the picture goes on with its last pixel.

    Args:
        image: As in `blur`. Sizes above 5 need SciPy for all but uint8, and are slow.
        size: Odd side of the square; 1 changes nothing.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> median(np.array([[7, 7, 255], [7, 7, 7], [7, 7, 7]], np.uint8)).max()
        np.uint8(7)
    """
    import cv2

    check_picture(image, types=TYPES, advice=_ADVICE)
    _check_odd(size)
    if size == 1:
        return image.copy()
    if image.dtype == np.uint8 or (size <= 5 and image.dtype != np.float64):
        fast: np.ndarray = cv2.medianBlur(image, size)
        return fast
    around = (size, size, 1)[: image.ndim]
    slow: np.ndarray = extras.load("scipy.ndimage").median_filter(
        image, size=around, mode="nearest"
    )
    return slow


def bilateral(image: np.ndarray, *, sigma_color: float = 25, sigma_space: float = 3) -> np.ndarray:
    """A mean of pixels that are near and alike: areas become smooth, edges stay sharp.

    Args:
        image: Gray or RGB; uint8 or float32.
        sigma_color: How unlike a pixel may be, in the picture's own levels; 0 changes nothing.
        sigma_space: How far it may lie, in pixels; 0 changes nothing. Time grows with its
            square.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> step = np.array([[0, 0, 0, 200, 200, 200]], np.uint8)
        >>> bilateral(step).tolist() == step.tolist()
        True

    Reference:
        Tomasi and Manduchi, Bilateral filtering for gray and color images, 1998.
    """
    import cv2

    check_picture(image, types=("uint8", "float32"), advice=_ADVICE)
    _check_at_least(0, sigma_color=sigma_color, sigma_space=sigma_space)
    # OpenCV takes 0 for 1
    if not sigma_color or not sigma_space or image.min() == image.max():
        return image.copy()
    wide = 2 * math.ceil(2 * sigma_space) + 1
    out: np.ndarray = cv2.bilateralFilter(
        image, wide, sigma_color, sigma_space, borderType=cv2.BORDER_REFLECT
    )
    return out


def nonlocal_means(
    image: np.ndarray, *, strength: float = 10, patch: int = 7, search: int = 21
) -> np.ndarray:
    """A mean of pixels whose surroundings look alike, wherever around they lie: noise goes.

    Args:
        image: Gray or RGB; uint8. The channels of RGB are compared together.
        strength: How unlike surroundings may be, about the sigma of the noise in gray levels;
            0 changes nothing.
        patch: Odd side of what counts as surroundings.
        search: Odd side of where alike ones are looked for; time grows with its square.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> nonlocal_means(np.full((9, 9), 7, np.uint8)).max()
        np.uint8(7)

    Reference:
        Buades, Coll and Morel, A non-local algorithm for image denoising, 2005.
    """
    import cv2

    check_picture(image, types=("uint8",), advice=_ADVICE)
    _check_at_least(0, strength=strength)
    _check_odd(patch, name="patch")
    _check_odd(search, name="search")
    if not strength:
        return image.copy()
    out: np.ndarray = cv2.fastNlMeansDenoising(image, None, strength, patch, search)
    return out


def sharpen(image: np.ndarray, *, amount: float = 1, sigma: float = 1) -> np.ndarray:
    """The picture plus what a Gaussian filter takes from it.

    Args:
        image: As in `blur`.
        amount: How much is added; 0 changes nothing, below 0 it softens.
        sigma: Of the filter: how coarse the details are that come out.

    Returns:
        New array, same shape and dtype; whole numbers are cut at black and white.

    Example:
        >>> sharpen(np.array([[10, 10, 50, 50]], np.uint8))[0]
        array([ 7,  0, 62, 53], dtype=uint8)
    """
    soft = blur(image, sigma=sigma)
    if not math.isfinite(amount):
        raise ImageError(f"amount must be a number, got {amount}.")
    detail = image.astype(np.float64) - soft
    return _like(image + amount * detail, image)


def high_pass(image: np.ndarray, *, sigma: float = 3) -> Drawn:
    """What a Gaussian filter takes away: the original minus the blurred picture.

    Args:
        image: Gray or RGB; uint8.
        sigma: Of the filter, in pixels.

    Returns:
        picture: middle gray where nothing was taken. data["values"] holds the difference
        itself, float32: with the blurred picture it adds up to the original.

    Example:
        >>> high_pass(np.full((3, 3), 9, np.uint8)).picture.max()
        np.uint8(128)
    """
    check_picture(image, advice=_ADVICE)
    # filtered as floats: the rounding of the low-pass would be seen in what is left
    low = blur(image.astype(np.float32), sigma=sigma)
    values = image - low
    return Drawn(_around_gray(values), {}, {"values": values})


def sobel(
    image: np.ndarray, *, direction: Literal["both", "x", "y"] = "both", size: int = 3
) -> Drawn:
    """How steeply brightness changes: edges.

    Args:
        image: Gray or RGB, each channel for itself; uint8.
        direction: "x" across, "y" down, "both" the steepness whatever its direction.
        size: Of the kernel: 3, 5 or 7; larger ones mind noise less.

    Returns:
        picture: for "both" white is as steep as a step from black to white; for the others
        bright rises and dark falls, middle gray is flat. data["values"] holds the change
        itself, float32, in gray levels of such a step.

    Example:
        >>> step = np.array([[0, 0, 255, 255]], np.uint8)
        >>> sobel(step).picture
        array([[  0, 255, 255,   0]], dtype=uint8)
    """
    check_picture(image, advice=_ADVICE)
    check_choice("direction", direction, ("both", "x", "y"), error=ImageError)
    if size not in (3, 5, 7):
        raise ImageError(f"size must be 3, 5 or 7, got {size}.")
    if direction != "both":
        values = _slope(image, direction, size)
        return Drawn(_around_gray(values / 2), {}, {"values": values})
    values = np.hypot(_slope(image, "x", size), _slope(image, "y", size))
    return Drawn(_to_levels(values), {}, {"values": values})


def laplace(image: np.ndarray, *, sigma: float = 0) -> Drawn:
    """How far each pixel is from the mean of its four neighbors, four times: lines and specks.

    Args:
        image: Gray or RGB, each channel for itself; uint8.
        sigma: Of a Gaussian filter before it; 0 for none. Noise is all one sees without.

    Returns:
        picture: middle gray where the neighbors' mean is met. data["values"] holds the sum
        itself, float32.

    Example:
        >>> dot = np.zeros((3, 3), np.uint8)
        >>> dot[1, 1] = 10
        >>> laplace(dot).data["values"]
        array([[  0.,  10.,   0.],
               [ 10., -40.,  10.],
               [  0.,  10.,   0.]], dtype=float32)
    """
    import cv2

    check_picture(image, advice=_ADVICE)
    soft = blur(image.astype(np.float32), sigma=sigma)
    values: np.ndarray = cv2.Laplacian(soft, cv2.CV_32F, borderType=cv2.BORDER_REFLECT)
    return Drawn(_around_gray(values), {}, {"values": values})


def canny(
    image: np.ndarray, *, low: float = 100, high: float = 200, sigma: float = 0
) -> np.ndarray:
    """Edges as lines of one pixel: 255 on them, 0 elsewhere.

    Args:
        image: Gray or RGB, where the channel with the steepest edge counts; uint8.
        low: Steepness that goes on with an edge, as Sobel of 3×3 tells it (a step of one level
            is 4).
        high: Steepness that starts one.
        sigma: Of a Gaussian filter before it; 0 for none.

    Returns:
        (height, width) uint8.

    Example:
        >>> step = np.zeros((4, 6), np.uint8)
        >>> step[:, 3:] = 255
        >>> canny(step)[0]
        array([  0,   0, 255,   0,   0,   0], dtype=uint8)

    Reference:
        Canny, A computational approach to edge detection, 1986.
    """
    import cv2

    check_picture(image, advice=_ADVICE)
    _check_at_least(0, low=low, high=high)
    if low > high:
        raise ImageError(f"low must be at most high, got {low} and {high}.")
    soft = blur(image, sigma=sigma)
    edges: np.ndarray = cv2.Canny(soft, low, high, L2gradient=True)
    return edges


def _separable(image: np.ndarray, row: np.ndarray) -> np.ndarray:
    import cv2

    out: np.ndarray = cv2.sepFilter2D(image, -1, row, row, borderType=cv2.BORDER_REFLECT)
    return out


def _blurred_wide(image: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian filter in two halves: few wide sums, and the picture from them.

    A Gaussian is a sum of narrower ones: g(x - y) = step · Σ h(x - k · step) · h(k · step - y)
    over all k, where h has sigma / √2. It holds to 2 · exp(-2π² · (sigma / 2 / step)²), a
    millionth at the step taken. So the wider the filter, the fewer sums: products of matrices
    that get thinner, and no picture made smaller and larger again.
    """
    kind = np.float64 if image.dtype == np.float64 else np.float32
    down, across = (_wide_sums(side, sigma).astype(kind) for side in image.shape[:2])
    channels = image[:, :, None] if image.ndim == 2 else image
    out = np.empty(channels.shape, kind)
    for place in range(channels.shape[2]):
        sums = down @ channels[:, :, place].astype(kind) @ across.T
        out[:, :, place] = down.T @ (sums @ across)
    return _like(out.reshape(image.shape), image)


def _wide_sums(side: int, sigma: float) -> np.ndarray:
    """(sums, side): what every pixel of an axis gives to every sum, mirrored at both ends."""
    # at four times the side all has become the mean: nothing wider need be summed
    sigma = min(sigma, 4.0 * side)
    count = math.ceil(side * _SUMS_PER_SIGMA / sigma)
    step, narrow = side / count, sigma / math.sqrt(2)
    places = (np.arange(count) + 0.5)[:, None] * step
    pixels = np.arange(side) + 0.5
    sums = np.zeros((count, side), np.float64)
    # as far as four times the side reaches; most of the mirrored pictures lie beyond
    for image in range(-20, 21):
        mirrored = pixels if image % 2 == 0 else side - pixels
        start = image * side
        if start - side < 6 * narrow and -start - side < 6 * narrow:
            apart = (places - (start + mirrored)) / narrow
            # in float32: a third of the time, and good to seven digits
            sums += np.exp((-0.5 * apart**2).astype(np.float32))
    return sums * (math.sqrt(step / (2 * math.pi)) / narrow)


def _slope(image: np.ndarray, direction: str, size: int) -> np.ndarray:
    """Sobel's derivative, scaled so that a step gives its height."""
    import cv2

    order = (1, 0) if direction == "x" else (0, 1)
    change, smooth = cv2.getDerivKernels(1, 0, size, ktype=cv2.CV_64F)
    # what the kernel gives at a step of height 1
    step = float(change[size // 2 + 1 :].sum() * smooth.sum())
    slope: np.ndarray = cv2.Sobel(
        image, cv2.CV_32F, *order, ksize=size, scale=1 / step, borderType=cv2.BORDER_REFLECT
    )
    return slope


def _around_gray(values: np.ndarray) -> np.ndarray:
    """Differences as a picture: 0 is middle gray."""
    return _to_levels(values + 128)


def _to_levels(values: np.ndarray) -> np.ndarray:
    levels: np.ndarray = np.rint(values.clip(0, 255)).astype(np.uint8)
    return levels


def _like(values: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Numbers in the type of a picture: whole ones rounded, within what it can hold."""
    if image.dtype.kind == "f":
        return values.astype(image.dtype, copy=False)
    pixels: np.ndarray = np.rint(values).clip(0, np.iinfo(image.dtype).max)
    return pixels.astype(image.dtype)


def _sigma_and_size(sigma: float | None, size: int | None) -> tuple[float, int]:
    if sigma is None and size is None:
        raise ImageError(
            "give sigma, size or both: sigma in pixels, size an odd number of weights."
        )
    if size is not None:
        _check_odd(size)
    if sigma is None:
        assert size is not None
        return (0.15 * size + 0.35 if size > 1 else 0.0), size  # OpenCV's rule
    _check_at_least(0, sigma=sigma)
    return sigma, size or 2 * math.ceil(4 * sigma) + 1


def _check_odd(size: int, *, name: str = "size") -> None:
    if size < 1 or size % 2 == 0:
        raise ImageError(f"{name} must be odd and at least 1, got {size}.")


def _check_at_least(least: float, **named: float) -> None:
    for name, value in named.items():
        if not least <= value < math.inf:
            raise ImageError(f"{name} must be at least {least}, got {value}.")
