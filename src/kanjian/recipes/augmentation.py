"""The `[augmentation]` section: how training pictures are varied, and by how much."""

from typing import Annotated, Literal

from pydantic import Field

from kanjian.recipes.section import Section

Part = Annotated[float, Field(ge=0, lt=1)]


class Augmentation(Section):
    """Augmentation: how training pictures are varied; drawn from (seed, epoch, picture) alone.

    A bound b means: drawn evenly from -b to b. 0 is off, and so is 1 for what multiplies.
    Everything geometric is one matrix and one interpolation.

    With `input.fit = "letterbox"` the picture itself is varied, then letterboxed: sides, center
    and what comes in are those of the picture, and the bars stay black and where they are for
    the picture as it is (after a quarter turn, for the turned one).
    """

    flip_horizontal: bool = False
    """Mirror half of the pictures left to right."""
    flip_vertical: bool = False
    """Mirror half of the pictures top to bottom."""
    flip_alternates: bool = False
    """Mirror the other half in every other epoch, so that two epochs show every picture both
    ways."""
    quarter_turns: bool = False
    """Turn by 0, 90, 180 or 270 degrees."""
    rotate_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Rotate by up to this many degrees either way."""
    shift_px: Annotated[int, Field(ge=0)] = 0
    """Shift by up to this many whole pixels along each axis."""
    shift_frac: Part = 0.0
    """Shift by up to this share of width and height."""
    shear_deg: Annotated[float, Field(ge=0, le=60)] = 0.0
    """Shear by up to this many degrees."""
    zoom_frac: Part = 0.0
    """Zoom in or out by up to this share: 0.1 is a factor of 0.9 to 1.1."""
    zoom_separate: bool = False
    """Zoom each axis by a factor of its own."""
    perspective_frac: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Perspective: move each corner by up to this share of the sides."""
    crop_area: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Random crop: a part of at least this share of the area fills the input; 1 is off."""
    crop_aspect: Annotated[float, Field(ge=1, le=4)] = 1.33
    """The largest ratio of the sides of such a crop."""
    fill: Literal["constant", "reflect", "nearest", "wrap"] = "constant"
    """What comes in from outside the picture: "constant" is `fill_level`, "nearest" repeats the
    border, "reflect" mirrors the picture, "wrap" shows the opposite side."""
    fill_level: Annotated[int, Field(ge=0, le=255)] = 0
    """The gray level of fill = "constant"."""

    brightness_frac: Part = 0.0
    """Brightness: add up to this share of the full range, or subtract it."""
    contrast_frac: Part = 0.0
    """Contrast: a factor of up to this share more or less."""
    saturation_frac: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Saturation of colors: a factor of up to this share more or less."""
    gamma: Annotated[float, Field(ge=1, le=4)] = 1.0
    """Gamma: an exponent from 1/gamma to gamma; 1 is off."""
    hue_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Turn the hue by up to this many degrees on the color wheel."""
    channel_shift_levels: Annotated[float, Field(ge=0, le=255)] = 0.0
    """Add up to this many gray levels to each color channel, or subtract them."""
    gray_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Turn this share of the pictures gray."""

    blur_px: Annotated[float, Field(ge=0, le=20)] = 0.0
    """Gaussian blur with a sigma of up to this many pixels."""
    noise_levels: Annotated[float, Field(ge=0, le=255)] = 0.0
    """Gaussian noise with a sigma of up to this many gray levels."""
    salt_pepper_frac: Part = 0.0
    """Salt-and-pepper noise: up to this share of the pixels become black or white."""
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 100
    """JPEG compression at a quality from this to 100; 100 is off."""

    erase_px: Annotated[int, Field(ge=0)] = 0
    """Cutout: blank a square of this many pixels a side."""
    erase_area: Part = 0.0
    """Random erasing: blank a rectangle of up to this share of the area."""
    mixup_alpha: Annotated[float, Field(ge=0)] = 0.0
    """MixUp: blend pictures of a batch and their labels; the alpha of the Beta distribution of
    the shares. Together with cutmix_alpha, one of the two by chance."""
    cutmix_alpha: Annotated[float, Field(ge=0)] = 0.0
    """CutMix: paste a rectangle of one picture into another and mix the labels by area; the
    alpha of the Beta distribution of the shares."""
    randaugment_ops: Annotated[int, Field(ge=0, le=14)] = 0
    """RandAugment: apply so many operations, drawn at random, to each picture."""
    randaugment_magnitude: Annotated[float, Field(ge=0, le=1)] = 0.3
    """How strong the operations of RandAugment are."""

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
