"""RandAugment: a few of 14 steps, chosen anew for every picture, all of one strength.

Source: Cubuk et al., RandAugment: Practical automated data augmentation, 2019.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import AugmentationParams, Operation
from kanjian.augmentation.streams import Streams

OPS = (
    "identity", "autocontrast", "equalize", "solarize", "posterize", "contrast", "brightness",
    "saturation", "sharpness", "rotate", "shear x", "shear y", "shift x", "shift y",
)  # fmt: skip
# What magnitude 1 means; the paper's ranges
_MOST_TURN_DEG, _MOST_SHEAR_DEG, _MOST_SHIFT, _MOST_FACTOR = 30.0, 17.0, 0.45, 0.9


class RandAugment(Operation):
    """RandAugment."""

    order = 700

    randaugment_ops: Annotated[int, Field(ge=0, le=len(OPS))] = 0
    """RandAugment: apply so many operations, drawn at random, to each picture."""
    randaugment_magnitude: Annotated[float, Field(ge=0, le=1)] = 0.3
    """How strong the operations of RandAugment are."""

    def add(self, params: AugmentationParams, streams: Streams) -> AugmentationParams:
        """The steps on top of what the operations themselves have drawn."""
        if not self.randaugment_ops:
            return params
        ranks = streams.uniform("randaugment ops", len(OPS))
        signs = streams.uniform("randaugment signs", self.randaugment_ops)
        return with_steps(params, chosen(ranks, signs), self.randaugment_magnitude)


def chosen(ranks: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """(n, 14) -1 or 1 for the steps that are taken, and 0 for all others.

    Args:
        ranks: (n, 14) even in 0…1: the steps with the least ranks are taken.
        signs: (n, steps) even in 0…1: which way each step goes.

    Example:
        >>> chosen(np.linspace(1, 0, 14)[None], np.array([[0.2, 0.7]]))[0, -3:]
        array([ 0.,  1., -1.])
    """
    taken = np.argsort(ranks, axis=1, kind="stable")[:, : signs.shape[1]]
    sign = np.zeros(ranks.shape)
    np.put_along_axis(sign, taken, np.where(signs < 0.5, -1.0, 1.0), axis=1)
    return sign


def with_steps(
    params: AugmentationParams, sign: np.ndarray, magnitude: float
) -> AugmentationParams:
    """The same params with these steps on top, each of this strength (0 to 1).

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> rotate = np.array([[float(name == "rotate") for name in OPS]])
        >>> with_steps(draw(Augmentation(), 1, seed=0, epoch=0), rotate, 0.5).angle_deg
        array([15.])
    """
    of = {name: magnitude * sign[:, position] for position, name in enumerate(OPS)}
    on = {name: sign[:, position] != 0 for position, name in enumerate(OPS)}
    return params.changed(
        autocontrast=params.autocontrast | on["autocontrast"],
        equalize=params.equalize | on["equalize"],
        solarize_from=np.where(on["solarize"], 256 - int(256 * magnitude), params.solarize_from),
        posterize_bits=np.where(on["posterize"], 8 - round(4 * magnitude), params.posterize_bits),
        contrast=params.contrast * (1 + _MOST_FACTOR * of["contrast"]),
        brightness=params.brightness + _MOST_FACTOR / 2 * of["brightness"],
        saturation=params.saturation * (1 + _MOST_FACTOR * of["saturation"]),
        sharpness=params.sharpness * (1 + _MOST_FACTOR * of["sharpness"]),
        angle_deg=params.angle_deg + _MOST_TURN_DEG * of["rotate"],
        shear_deg=params.shear_deg + _MOST_SHEAR_DEG * np.stack([of["shear x"], of["shear y"]], 1),
        shift_frac=params.shift_frac + _MOST_SHIFT * np.stack([of["shift x"], of["shift y"]], 1),
    )
