"""The `[augmentation]` section: how training pictures are varied, and by how much."""

from typing import Annotated, Literal

from pydantic import Field

from kanjian.recipes.section import Section

Part = Annotated[float, Field(ge=0, lt=1)]


class Augmentation(Section):
    """How training pictures are varied; drawn from (seed, epoch, picture) alone.

    A bound b means: drawn evenly from -b to b. 0 is off, and so is 1 for what multiplies.

    Geometry, all of it one matrix and one interpolation: `flip_horizontal`, `flip_vertical`
    (half of the pictures; with `flip_alternates` the other half in every other epoch, so that
    two epochs show all of them both ways), `quarter_turns` (0 to 3 of them), `rotate_deg`,
    `shift_px` (whole pixels), `shift_frac` (of width and height), `shear_deg`, `zoom_frac`
    (0.1: a factor of 0.9 to 1.1; with `zoom_separate` each axis has its own),
    `perspective_frac` (how far the corners move, of the sides), `crop_area` (a random part of
    at least this area, with sides in a ratio of up to `crop_aspect`, fills the whole). What
    comes in from outside is `fill`: "constant" is `fill_level`, "nearest" the border,
    "reflect" the mirrored picture, "wrap" the other side.

    With `input.fit = "letterbox"` the picture itself is varied, then letterboxed: sides, center
    and what comes in are those of the picture, and the bars stay black and where they are for
    the picture as it is (after a quarter turn, for the turned one).

    Color: `brightness_frac` (of the full range), `contrast_frac`, `saturation_frac`
    (factors as with zoom), `gamma` (exponent 1/gamma to gamma), `hue_deg`, `channel_shift_levels`
    (gray levels, each channel its own), `gray_share` (of the pictures become gray).

    Damage, from none to this much: `blur_px` (sigma), `noise_levels` (sigma of Gaussian noise
    in gray levels), `salt_pepper_frac` (of the pixels), `jpeg_quality` (from this to 100;
    100 is off).

    Hiding and mixing: `erase_px` blanks a square of that side, `erase_area` a rectangle of
    up to this share; `mixup_alpha` and `cutmix_alpha` mix each batch with itself, pictures
    and answers (where both are given, in turn by chance). `randaugment_ops` applies
    that many steps of RandAugment with `randaugment_magnitude` 0 to 1.
    """

    flip_horizontal: bool = False
    flip_vertical: bool = False
    flip_alternates: bool = False
    quarter_turns: bool = False
    rotate_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    shift_px: Annotated[int, Field(ge=0)] = 0
    shift_frac: Part = 0.0
    shear_deg: Annotated[float, Field(ge=0, le=60)] = 0.0
    zoom_frac: Part = 0.0
    zoom_separate: bool = False
    perspective_frac: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    crop_area: Annotated[float, Field(gt=0, le=1)] = 1.0
    crop_aspect: Annotated[float, Field(ge=1, le=4)] = 1.33
    fill: Literal["constant", "reflect", "nearest", "wrap"] = "constant"
    fill_level: Annotated[int, Field(ge=0, le=255)] = 0

    brightness_frac: Part = 0.0
    contrast_frac: Part = 0.0
    saturation_frac: Annotated[float, Field(ge=0, le=1)] = 0.0
    gamma: Annotated[float, Field(ge=1, le=4)] = 1.0
    hue_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    channel_shift_levels: Annotated[float, Field(ge=0, le=255)] = 0.0
    gray_share: Annotated[float, Field(ge=0, le=1)] = 0.0

    blur_px: Annotated[float, Field(ge=0, le=20)] = 0.0
    noise_levels: Annotated[float, Field(ge=0, le=255)] = 0.0
    salt_pepper_frac: Part = 0.0
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 100

    erase_px: Annotated[int, Field(ge=0)] = 0
    erase_area: Part = 0.0
    mixup_alpha: Annotated[float, Field(ge=0)] = 0.0
    cutmix_alpha: Annotated[float, Field(ge=0)] = 0.0
    randaugment_ops: Annotated[int, Field(ge=0, le=14)] = 0
    randaugment_magnitude: Annotated[float, Field(ge=0, le=1)] = 0.3

    @property
    def mixes(self) -> bool:
        """Whether pictures of one batch are mixed, and with them their answers."""
        return bool(self.mixup_alpha or self.cutmix_alpha)


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
