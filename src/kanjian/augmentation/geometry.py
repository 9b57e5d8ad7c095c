"""All geometric variations of a picture as one matrix."""

import numpy as np

from kanjian.augmentation.params import AugmentationParams


class Geometry:
    """All geometric variations of n pictures as one matrix each, whatever sizes these have.

    In this order: cut out, mirror, quarter turns, zoom, shear, rotate, all about the center;
    move the corners; shift.

    Args:
        draws: The draws of the n pictures.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> Geometry(draw(Augmentation(), 1, seed=0, epoch=0)).matrices((8, 8))[0]
        array([[1., 0., 0.],
               [0., 1., 0.],
               [0., 0., 1.]])
    """

    def __init__(self, draws: AugmentationParams) -> None:
        crop = draws.crop.astype(np.float64)
        # the part cut out fills the whole, so its own center comes to the center
        self._linear = _linear(draws) / crop[:, None, 2:]
        self._middle = crop[:, :2] + crop[:, 2:] / 2
        self._shift_px, self._shift_frac = draws.shift_px, draws.shift_frac
        self._corners = _perspective(draws.corners) if draws.corners.any() else None

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
        if self._corners is not None:
            scale = np.ones((len(linear), 3))
            scale[:, :2] = size_xy
            unit = self._corners[which]
            composed = (scale[:, :, None] * unit / scale[:, None, :]) @ composed
        moved = np.zeros_like(composed) + np.eye(3)
        moved[:, :2, 2] = self._shift_px[which] + self._shift_frac[which] * size_xy
        result: np.ndarray = moved @ composed
        return result + 0.0  # no negative zeros


def _linear(draws: AugmentationParams) -> np.ndarray:
    """(n, 2, 2): mirror, quarter turns, zoom, shear, rotation, the first one rightmost."""
    mirror = np.where(draws.flip_xy, -1.0, 1.0)
    # exact, where cos(90°) would be 6e-17
    quarter = np.array([[[1, 0], [0, 1]], [[0, 1], [-1, 0]], [[-1, 0], [0, -1]], [[0, -1], [1, 0]]])
    turned = quarter[draws.quarters] * mirror[:, None, :]
    zoomed = draws.zoom_xy[:, :, None] * turned
    slope = np.tan(np.deg2rad(draws.shear_deg.astype(np.float64)))
    one, none = np.ones(len(draws)), np.zeros(len(draws))
    # one after the other keeps the area; both at once would fold the picture from 45° on
    sheared = _rows(one, none, slope[:, 1], one) @ _rows(one, slope[:, 0], none, one) @ zoomed
    angle = np.deg2rad(draws.angle_deg.astype(np.float64))
    # y points down: counterclockwise to the eye is (cos, sin; -sin, cos)
    result: np.ndarray = (
        _rows(np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)) @ sheared
    )
    return result


def _rows(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    return np.stack([np.stack([a, b], -1), np.stack([c, d], -1)], 1)


def _perspective(corners: np.ndarray) -> np.ndarray:
    """(n, 3, 3) that moves the four corners of the unit square inward by this much."""
    source = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    inward = 1 - 2 * source
    target = source + inward * corners
    n = len(corners)
    # eight equations for eight unknowns: target · (g x + h y + 1) = a x + b y + c, for x and y
    equations, values = np.zeros((n, 8, 8)), np.empty((n, 8))
    for k, (x, y) in enumerate(source):
        for axis in (0, 1):
            row = 2 * k + axis
            equations[:, row, 3 * axis : 3 * axis + 3] = x, y, 1
            equations[:, row, 6] = -x * target[:, k, axis]
            equations[:, row, 7] = -y * target[:, k, axis]
            values[:, row] = target[:, k, axis]
    solved = np.linalg.solve(equations, values[:, :, None])[:, :, 0]
    return np.concatenate([solved, np.ones((n, 1))], 1).reshape(n, 3, 3)


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
