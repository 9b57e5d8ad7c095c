"""RandAugment: a few of 14 steps, chosen anew for every picture, all of one strength.

Source: Cubuk et al., RandAugment: Practical automated data augmentation, 2019.
"""

from dataclasses import replace

import numpy as np

from kanjian.augmentation.params import AugmentationParams

OPS = (
    "identity", "autocontrast", "equalize", "solarize", "posterize", "contrast", "brightness",
    "saturation", "sharpness", "rotate", "shear x", "shear y", "shift x", "shift y",
)  # fmt: skip
# What magnitude 1 means; the paper's ranges
_MOST_TURN_DEG, _MOST_SHEAR_DEG, _MOST_SHIFT, _MOST_FACTOR = 30.0, 17.0, 0.45, 0.9


def add_randaugment(
    draws: AugmentationParams, ranks: np.ndarray, signs: np.ndarray, *, magnitude: float
) -> AugmentationParams:
    """The same draws with RandAugment's steps on top.

    Args:
        draws: What is drawn so far.
        ranks: (n, 14) even in 0…1: the steps with the least ranks are taken.
        signs: (n, steps) even in 0…1: which way each step goes.
        magnitude: 0 to 1, how strong.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> still = draw(Augmentation(), 1, seed=0, epoch=0)
        >>> ranks = np.ones((1, 14))
        >>> ranks[0, OPS.index("rotate")] = 0
        >>> add_randaugment(still, ranks, np.ones((1, 1)), magnitude=0.5).angle_deg
        array([15.])
    """
    steps = signs.shape[1]
    taken = np.argsort(ranks, axis=1, kind="stable")[:, :steps]
    # (n, 14): -1, 0 or 1
    sign = np.zeros(ranks.shape)
    np.put_along_axis(sign, taken, np.where(signs < 0.5, -1.0, 1.0), axis=1)
    of = {name: magnitude * sign[:, position] for position, name in enumerate(OPS)}
    on = {name: sign[:, position] != 0 for position, name in enumerate(OPS)}
    return replace(
        draws,
        autocontrast=draws.autocontrast | on["autocontrast"],
        equalize=draws.equalize | on["equalize"],
        solarize_from=np.where(on["solarize"], 256 - int(256 * magnitude), draws.solarize_from),
        posterize_bits=np.where(on["posterize"], 8 - round(4 * magnitude), draws.posterize_bits),
        contrast=draws.contrast * (1 + _MOST_FACTOR * of["contrast"]),
        brightness=draws.brightness + _MOST_FACTOR / 2 * of["brightness"],
        saturation=draws.saturation * (1 + _MOST_FACTOR * of["saturation"]),
        sharpness=draws.sharpness * (1 + _MOST_FACTOR * of["sharpness"]),
        angle_deg=draws.angle_deg + _MOST_TURN_DEG * of["rotate"],
        shear_deg=draws.shear_deg + _MOST_SHEAR_DEG * np.stack([of["shear x"], of["shear y"]], 1),
        shift_frac=draws.shift_frac + _MOST_SHIFT * np.stack([of["shift x"], of["shift y"]], 1),
    )
