"""The `[augmentation]` section: how training pictures are varied, and by how much.

Its keys are those of the operations in `augmentation/operations`.
"""

from typing import Any

from pydantic import BaseModel, create_model

from kanjian.augmentation.mix import MIXING_KEYS, mixing_of
from kanjian.augmentation.registry import OPERATIONS, keys
from kanjian.recipes.section import Section


class _ByOperations(Section):
    """A section whose keys are declared by the operations."""

    @classmethod
    def declared_in(cls) -> tuple[type[BaseModel], ...]:
        return OPERATIONS


_FIELDS: dict[str, Any] = {**keys()}
_Keys: Any = create_model(
    "AugmentationKeys", __base__=_ByOperations, __doc__="The keys of all operations.", **_FIELDS
)


class Augmentation(_Keys):  # type: ignore[misc]  # which keys there are is known when it runs
    """Augmentation: how training pictures are varied; drawn from (seed, epoch, picture) alone.

    A bound b means: drawn evenly from -b to b. 0 is off, and so is 1 for what multiplies.
    Everything geometric is one matrix and one interpolation.

    With `input.fit = "letterbox"` the picture itself is varied, then letterboxed: sides, center
    and what comes in are those of the picture, and the bars stay black and where they are for
    the picture as it is (after a quarter turn, for the turned one).
    """

    @property
    def mixes(self) -> bool:
        """Whether pictures of one batch are mixed, and with them their answers."""
        return bool(mixing_of(self))

    def unmixed(self) -> "Augmentation":
        """The same, but for what mixes pictures."""
        fields = type(self).model_fields
        off = {name: fields[name].default for name in MIXING_KEYS}
        unmixed: Augmentation = self.model_copy(update=off)
        return unmixed

    def lacks_of(self, strength: str) -> str:
        """What of a preset mixes pictures and is switched off here, by name; mostly nothing.

        Example:
            >>> PRESETS["strong"].unmixed().lacks_of("strong")
            'CutMix'
        """
        own = {type(each) for each in mixing_of(self)}
        gone = [each for each in map(type, mixing_of(PRESETS[strength])) if each not in own]
        return " and ".join(each.__name__ for each in gone)


PRESETS = {
    "none": Augmentation(),
    "light": Augmentation(
        flip_horizontal=True, rotate_deg=8.0, shift_frac=0.07, zoom_frac=0.1, fill="nearest"
    ),
    "standard": Augmentation(
        flip_horizontal=True,
        rotate_deg=12.0,
        shear_deg=5.0,
        crop_area=0.5,
        fill="nearest",
        brightness_frac=0.15,
        contrast_frac=0.2,
        saturation_frac=0.2,
    ),
    "strong": Augmentation(
        flip_horizontal=True,
        rotate_deg=20.0,
        shear_deg=10.0,
        perspective_frac=0.1,
        crop_area=0.3,
        fill="reflect",
        brightness_frac=0.25,
        contrast_frac=0.3,
        saturation_frac=0.4,
        hue_deg=15.0,
        blur_px=1.0,
        jpeg_quality=50,
        erase_area=0.2,
        cutmix_alpha=1.0,
    ),
}


def preset(name: str, *, mirror: bool = True) -> Augmentation:
    """A ready-made strength: "none", "light", "standard" or "strong".

    Args:
        name: Which.
        mirror: False for what must not be mirrored: digits, letters, left and right hands.

    Example:
        >>> preset("light").rotate_deg, preset("light", mirror=False).flip_horizontal
        (8.0, False)
    """
    chosen = PRESETS[name]
    return chosen if mirror else chosen.model_copy(update={"flip_horizontal": False})
