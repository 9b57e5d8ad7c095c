"""How the pictures of one batch vary: everything computed once that all of them share."""

from functools import cached_property

import numpy as np
from pydantic import BaseModel

from kanjian.augmentation.geometry import Geometry, enlargement
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.operations.border import Border
from kanjian.augmentation.steps import steps
from kanjian.augmentation.warp import between_pixels, inverses, sample, warp_into
from kanjian.images.convert import to_gray, to_rgb
from kanjian.images.resize import Box, FitMode, resize_boxes, resize_image

# The names NumPy has for what `fill` says
_PADDING = {"constant": "constant", "reflect": "reflect", "nearest": "edge", "wrap": "wrap"}


class Augmenter:
    """The variations of n pictures, applied one by one or, where that is faster, all at once.

    A picture is varied within the place it has in the input: the bars of a letterbox lie where
    they lie for the picture as it is, or as it is after a quarter turn, and stay black.

    Args:
        augmentation: What is varied, and how the border is filled.
        draws: The draws of these n pictures.
        size_hw: Height and width of the input.
        fit: How the pictures are fitted to the input.
        sides_hw: (n, 2) height and width that the pictures have, or had before they were cut out
            of their letterbox; without it they are known when a picture comes.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> bounds = Augmentation(flip_horizontal=True)
        >>> augmenter = Augmenter(bounds, draw(bounds, 4, seed=0, epoch=0), (8, 8))
        >>> batch = np.empty((4, 8, 8, 3), np.uint8)
        >>> augmenter.vary_into(batch[0], np.full((20, 10, 3), 9, np.uint8), 0)
        >>> batch[0, 0, :, 0]
        array([0, 0, 9, 9, 9, 9, 0, 0], dtype=uint8)
    """

    def __init__(
        self,
        augmentation: BaseModel,
        draws: AugmentationParams,
        size_hw: tuple[int, int],
        *,
        fit: FitMode = "letterbox",
        sides_hw: np.ndarray | None = None,
    ) -> None:
        self.size_hw, self.fit = size_hw, fit
        self._border = Border.of(augmentation)
        self._geometry = Geometry(draws)
        self.matrices = self._geometry.matrices(size_hw)
        self._still = (self.matrices == np.eye(3)).all((1, 2))
        self._steps = steps(draws)
        self._rooms: list[Box] | None = None
        back = self.matrices
        if sides_hw is not None and fit == "letterbox":
            self._rooms = [self._boxes(k, sides)[1] for k, sides in enumerate(sides_hw.tolist())]
            rooms = np.array(self._rooms)[:, 2:]
            turned = np.where(self._turned[:, None], rooms[:, ::-1], rooms)
            back = self._geometry.matrices(rooms, from_hw=turned)
        self._back = inverses(back)
        self._pixels = between_pixels(self._back)

    def cover_hw(self, k: int) -> tuple[int, int]:
        """The size at which picture `k` should be decoded, to be sharp after its zoom."""
        zoom = max(1.0, float(self._zoom[k]))
        return round(self.size_hw[0] * zoom), round(self.size_hw[1] * zoom)

    @cached_property
    def _zoom(self) -> np.ndarray:
        return enlargement(self.matrices)

    @cached_property
    def _turned(self) -> np.ndarray:
        """Whether the sides change places: as they do in what is varied, then letterboxed."""
        turned = self._geometry.turned
        return turned if self.fit == "letterbox" else np.zeros_like(turned)

    def _boxes(self, k: int, image_hw: tuple[int, int]) -> tuple[Box, Box]:
        """Which part of picture `k` comes to which part of the input."""
        if self._turned[k]:
            return (0, 0, *image_hw), resize_boxes(image_hw[::-1], self.size_hw)[1]
        return resize_boxes(image_hw, self.size_hw, self.fit)

    def vary_into(self, out: np.ndarray, image: np.ndarray, k: int) -> None:
        """Picture `k`, fitted and varied.

        Args:
            out: (height, width, channels) uint8 that receives the result.
            image: RGB (h, w, 3) or gray (h, w) uint8 of any size; never altered.
            k: Its number among the n.
        """
        if image.shape[:2] != self.size_hw or self._rooms is not None or self._turned[k]:
            out, image = self._in_place(out, image, k)
        self._move_into(out, image, k)
        self.finish_into(out, k)

    def _in_place(
        self, out: np.ndarray, image: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The part of `out` within the bars, which are drawn, and the part of the picture for it.

        Cut before it is varied, as what is kept between epochs is: both vary alike.
        """
        (top, left, height, width), room = self._boxes(k, image.shape[:2])
        above, before, down, across = room if self._rooms is None else self._rooms[k]
        if (down, across) != self.size_hw:
            out[...] = 0
        inner = out[above : above + down, before : before + across]
        return inner, image[top : top + height, left : left + width]

    def _move_into(self, out: np.ndarray, image: np.ndarray, k: int) -> None:
        size_hw, channels = out.shape[:2], out.shape[2]
        if self._still[k]:
            out[...] = resize_image(
                image, size_hw, mode="stretch", channels=1 if channels == 1 else 3
            )
            return
        plain, a = to_gray(image) if channels == 1 else to_rgb(image), self._border
        from_hw = size_hw[::-1] if self._turned[k] else size_hw
        back, pixels = self._back[k], self._pixels[k]
        if self._rooms is None and (size_hw, from_hw) != (self.size_hw, self.size_hw):
            one = slice(k, k + 1)
            back = inverses(self._geometry.matrices(size_hw, from_hw=from_hw, which=one))[0]
            pixels = None
        if pixels is not None and plain.shape[:2] == from_hw:
            sample(out, plain, pixels, fill=a.fill, level=a.fill_level)
        else:
            warp_into(out, plain, back, from_hw=from_hw, fill=a.fill, level=a.fill_level)

    @cached_property
    def whole_pixels(self) -> bool:
        """Whether pictures that fill the input are only mirrored and moved by whole pixels."""
        back = self._pixels
        return bool(
            self._whole
            and (np.abs(back[:, :2, :2]) == np.eye(2)).all()
            and (back[:, 2] == (0, 0, 1)).all()
            and (back == np.rint(back)).all()
            and self._margin < min(self.size_hw)
        )

    @property
    def _whole(self) -> bool:
        """Whether all pictures fill the input."""
        return self._rooms is None or all(room[2:] == self.size_hw for room in self._rooms)

    @cached_property
    def _sources(self) -> tuple[np.ndarray, np.ndarray]:
        """(n, height) and (n, width): the row, and the column, that each pixel comes from."""
        (height, width), back = self.size_hw, self._pixels
        rows = back[:, 1, 1, None] * np.arange(height) + back[:, 1, 2, None]
        columns = back[:, 0, 0, None] * np.arange(width) + back[:, 0, 2, None]
        return rows.astype(int), columns.astype(int)

    @property
    def _margin(self) -> int:
        """How far beyond its border a picture that is moved by whole pixels is shown."""
        return max(
            max(-int(places.min(initial=0)), int(places.max(initial=0)) - side + 1)
            for places, side in zip(self._sources, self.size_hw, strict=True)
        )

    def move_all(self, images: np.ndarray) -> np.ndarray:
        """All pictures mirrored and moved by whole pixels: one gather, faster than n warps.

        Args:
            images: (n, height, width, channels) uint8 of the input's size; never altered.

        Returns:
            (n, height, width, channels) uint8.
        """
        margin, fill = self._margin, self._border.fill
        outside = {"constant_values": self._border.fill_level} if fill == "constant" else {}
        beyond = ((0, 0), (margin, margin), (margin, margin), (0, 0))
        padded = np.pad(images, beyond, _PADDING[fill], **outside)  # type: ignore[call-overload]
        rows, columns = (margin + places for places in self._sources)
        batch = np.arange(len(images))[:, None, None]
        moved: np.ndarray = padded[batch, rows[:, :, None], columns[:, None, :]]
        return moved

    def finish_into(self, out: np.ndarray, k: int) -> None:
        """What comes after geometry, on a picture that `move_all` gave."""
        for step in self._steps:
            step(out, k)
