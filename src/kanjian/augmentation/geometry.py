"""All geometric variations of a picture as one matrix."""

from abc import abstractmethod

import numpy as np

from kanjian.augmentation.operation import AugmentationParams, Operation

_WHOLE = np.array([[0.0, 0.0, 1.0, 1.0]])


class Window(Operation):
    """An operation that cuts a part out, which then fills the whole."""

    @abstractmethod
    def window(self, params: AugmentationParams) -> np.ndarray:
        """(n, 4) x, y, width and height of the part, of the sides."""


class Linear(Operation):
    """An operation about the center of the picture."""

    @abstractmethod
    def linear(self, params: AugmentationParams) -> np.ndarray:
        """(n, 2, 2) from (x, y) to (x, y), both from the center and in pixels."""

    def swaps_sides(self, params: AugmentationParams) -> np.ndarray | bool:  # noqa: ARG002
        """(n,) whether width and height change places."""
        return False


class Projective(Operation):
    """An operation on the picture as a unit square, such as one that moves its corners."""

    @abstractmethod
    def unit(self, params: AugmentationParams) -> np.ndarray:
        """(n, 3, 3) from (x, y, 1) to (x, y, 1) of the unit square."""


class Translation(Operation):
    """An operation that moves the picture, last of all."""

    @abstractmethod
    def translation(self, params: AugmentationParams) -> tuple[np.ndarray, np.ndarray]:
        """(n, 2) to the right and down: in pixels, and in shares of the sides."""


class Geometry:
    """All geometric variations of n pictures as one matrix each, whatever sizes these have.

    What is cut out comes first, then in their order what is linear, what moves corners, what
    shifts.

    Args:
        params: What is drawn for the n pictures.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> Geometry(draw(Augmentation(), 1, seed=0, epoch=0)).matrices((8, 8))[0]
        array([[1., 0., 0.],
               [0., 1., 0.],
               [0., 0., 1.]])
    """

    def __init__(self, params: AugmentationParams) -> None:
        n = len(params)
        window, linear = np.tile(_WHOLE, (n, 1)), np.tile(np.eye(2), (n, 1, 1))
        self._unit: np.ndarray | None = None
        self._shift_px, self._shift_frac = np.zeros((n, 2)), np.zeros((n, 2))
        # whether the sides of each change places
        self.turned = np.zeros(n, bool)
        for each in params.active:
            if isinstance(each, Window):
                window = _within(window, each.window(params))
            elif isinstance(each, Linear):
                linear = each.linear(params) @ linear
                self.turned = self.turned ^ each.swaps_sides(params)
            elif isinstance(each, Projective):
                unit = each.unit(params)
                self._unit = unit if self._unit is None else unit @ self._unit
            elif isinstance(each, Translation):
                px, frac = each.translation(params)
                self._shift_px, self._shift_frac = self._shift_px + px, self._shift_frac + frac
        # the part cut out fills the whole, so its own center comes to the center
        self._linear = linear / window[:, None, 2:]
        self._middle = window[:, :2] + window[:, 2:] / 2

    def matrices(
        self,
        size_hw: tuple[int, int] | np.ndarray,
        *,
        from_hw: tuple[int, int] | np.ndarray | None = None,
        which: slice = slice(None),
    ) -> np.ndarray:
        """One matrix per picture, from places in the picture to places in its variation.

        Places are (x, y) in pixels from the top left corner of the top left pixel, whose middle
        is (0.5, 0.5).

        Args:
            size_hw: Height and width of the variations, one for all or one for each.
            from_hw: Height and width of the pictures where they are others: those of a
                quarter turn.
            which: Which of the n.

        Returns:
            (n, 3, 3) float64; the last row is (0, 0, 1) unless the corners moved.
        """
        size_xy = np.asarray(size_hw, np.float64)[..., ::-1]
        from_xy = size_xy if from_hw is None else np.asarray(from_hw, np.float64)[..., ::-1]
        linear = self._linear[which]
        middle = self._middle[which] * from_xy
        composed = np.zeros((len(linear), 3, 3))
        composed[:, :2, :2] = linear
        composed[:, :2, 2] = size_xy / 2 - (linear @ middle[:, :, None])[:, :, 0]
        composed[:, 2, 2] = 1
        if self._unit is not None:
            scale = np.ones((len(linear), 3))
            scale[:, :2] = size_xy
            unit = self._unit[which]
            composed = (scale[:, :, None] * unit / scale[:, None, :]) @ composed
        moved = np.zeros_like(composed) + np.eye(3)
        moved[:, :2, 2] = self._shift_px[which] + self._shift_frac[which] * size_xy
        result: np.ndarray = moved @ composed
        return result + 0.0  # no negative zeros


def _within(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """A part of a part."""
    return np.concatenate(
        [outer[:, :2] + outer[:, 2:] * inner[:, :2], outer[:, 2:] * inner[:, 2:]], 1
    )


def rows(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """(n, 2, 2) of the four numbers of each.

    Example:
        >>> rows(*np.arange(4)[:, None])[0]
        array([[0, 1],
               [2, 3]])
    """
    return np.stack([np.stack([a, b], -1), np.stack([c, d], -1)], 1)


def diagonal(factors: np.ndarray) -> np.ndarray:
    """(n, 2, 2) that multiply x and y by these factors, (n, 2).

    Example:
        >>> diagonal(np.array([[-1, 1]]))[0]
        array([[-1.,  0.],
               [ 0.,  1.]])
    """
    matrices = np.zeros((len(factors), 2, 2))
    matrices[:, (0, 1), (0, 1)] = factors
    return matrices


def enlargement(matrices: np.ndarray) -> np.ndarray:
    """(n,) by how much each matrix enlarges where and which way it enlarges most.

    Of matrices that move corners it is that at the middle of what they show, which is enough to
    choose a scale to decode at.

    Example:
        >>> enlargement(np.diag([2.0, 0.5, 1.0])[None])
        array([2.])
    """
    most: np.ndarray = np.linalg.norm(matrices[:, :2, :2] / matrices[:, 2:, 2:], ord=2, axis=(1, 2))
    return most
