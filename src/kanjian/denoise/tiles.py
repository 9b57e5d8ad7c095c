"""Pictures of any size and kind through a denoiser, in tiles that leave no seam.

Tiles overlap by what the network looks at around a pixel, and only what lies inside is kept: the
result is that of the whole picture, while memory is bounded by the tile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kanjian.denoise.folder import Denoiser
from kanjian.errors import DenoiserError
from kanjian.images.convert import check_image, to_gray
from kanjian.images.pictures import Picture, as_image

# Rows and columns of one tile: videos of 640×480 go through whole, and with the margin of 40 of
# the fast network larger pictures are 1.25 times the work
TILE = 768


@dataclass(frozen=True)
class Span:
    """What a tile reads along one side of a picture, and which part of it is kept.

    Args:
        start: First pixel read.
        stop: One past the last.
        keep_from: First pixel kept.
        keep_to: One past the last.
    """

    start: int
    stop: int
    keep_from: int
    keep_to: int

    @property
    def read(self) -> slice:
        """What is read, in the picture."""
        return slice(self.start, self.stop)

    @property
    def kept(self) -> slice:
        """What is kept, in the picture."""
        return slice(self.keep_from, self.keep_to)

    @property
    def inside(self) -> slice:
        """What is kept, in the tile."""
        return slice(self.keep_from - self.start, self.keep_to - self.start)


def spans(length: int, *, tile: int, margin: int, multiple: int = 1) -> list[Span]:
    """How one side of a picture is cut into tiles.

    Every tile but one that holds the whole side is equally long, since a network is prepared
    anew for every size; the last one reaches back over its neighbor for that. Tiles begin at
    multiples of `multiple`, so that a network that works on blocks cuts the same blocks.

    Args:
        length: Of the side, in pixels.
        tile: Longest tile.
        margin: How far around a pixel the network looks.
        multiple: What the sides of its input must be a multiple of.

    Returns:
        In order; what they keep covers the side once.

    Raises:
        DenoiserError: If the tile is no longer than its margins.

    Example:
        >>> spans(10, tile=6, margin=1)
        [Span(start=0, stop=6, keep_from=0, keep_to=5), Span(start=4, stop=10, keep_from=5,
            keep_to=10)]
    """
    margin = -(-margin // multiple) * multiple
    size = tile // multiple * multiple
    padded = -(-length // multiple) * multiple
    if padded <= size:
        return [Span(0, length, 0, length)]
    if size <= 2 * margin:
        raise DenoiserError(
            f"tile must be more than {2 * margin} pixels for this network, got {tile}: it looks "
            f"{margin} pixels around each."
        )
    starts = [*range(0, padded - size, size - 2 * margin), padded - size]
    ends = [start + size - margin for start in starts[:-1]] + [length]
    return [
        Span(start, min(start + size, length), begin, end)
        for start, begin, end in zip(starts, [0, *ends[:-1]], ends, strict=True)
    ]


def clean(
    denoiser: Denoiser, image: Picture, *, sigma: float | None = None, tile: int = TILE
) -> np.ndarray:
    """A picture without its noise.

    A gray network cleans the channels of a color picture one by one; a color network takes a
    gray picture as three equal channels, and gives their brightness.

    Args:
        denoiser: The network.
        image: RGB (height, width, 3) or gray (height, width), of any size: uint8, or floats
            from 0 to 255, which noise may leave; or a path or PIL image.
        sigma: How strong the noise is, in gray levels, for a network that is told.
        tile: Longest side of what goes through the network at once.

    Returns:
        Same shape; uint8 for uint8, else float32, not clipped.

    Raises:
        ImageError: If `image` is no picture.
        DenoiserError: If the tile is too small, or σ is missing.

    Example:
        >>> from kanjian.denoise.card import DenoiserCard, NetworkSpec
        >>> class Same:
        ...     name = "same"
        ...     def predict(self, batch):
        ...         return batch
        >>> same = Denoiser(DenoiserCard("same", NetworkSpec()), Same())
        >>> clean(same, np.array([[1, 2]], np.uint8))
        array([[1, 2]], dtype=uint8)
    """
    image = as_image(image)
    _check(image)
    planes = _planes(image, denoiser.spec.channels)
    cleaned = np.empty(planes.shape, np.uint8 if image.dtype == np.uint8 else np.float32)
    spec = denoiser.spec
    height, width = planes.shape[1:3]
    for rows, columns in _tiles(height, width, tile, spec.margin, spec.multiple):
        done = denoiser.run(planes[:, rows.read, columns.read], sigma=sigma)
        cleaned[:, rows.kept, columns.kept] = done[:, rows.inside, columns.inside]
    return _joined(cleaned, image.ndim)


def _tiles(
    height: int, width: int, tile: int, margin: int, multiple: int
) -> Iterator[tuple[Span, Span]]:
    across = spans(width, tile=tile, margin=margin, multiple=multiple)
    for rows in spans(height, tile=tile, margin=margin, multiple=multiple):
        for columns in across:
            yield rows, columns


def _check(image: np.ndarray) -> None:
    """Floats are pictures here: noise of the literature is not rounded."""
    if isinstance(image, np.ndarray) and image.dtype.kind == "f":
        check_image(np.broadcast_to(np.uint8(0), image.shape))
    else:
        check_image(image)


def _planes(image: np.ndarray, channels: int) -> np.ndarray:
    """As the network takes it, (n, height, width, channels)."""
    if image.ndim == 2:
        return np.repeat(image[None, :, :, None], channels, axis=3)
    return image[None] if channels == 3 else np.moveaxis(image, 2, 0)[..., None]


def _joined(planes: np.ndarray, ndim: int) -> np.ndarray:
    if planes.shape[3] == 1:
        # np.moveaxis would give a picture whose channels lie far apart
        return np.stack(list(planes[..., 0]), axis=2) if ndim == 3 else planes[0, :, :, 0].copy()
    first: np.ndarray = planes[0]
    if ndim == 3:
        return first
    if first.dtype == np.uint8:
        return to_gray(first)
    gray: np.ndarray = first @ np.array([0.299, 0.587, 0.114], np.float32)
    return gray
