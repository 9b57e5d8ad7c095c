"""What comes in from outside the picture."""

from typing import Annotated, Literal

from pydantic import Field

from kanjian.augmentation.operation import Operation


class Border(Operation):
    """The border, and what is blanked within it; nothing is drawn for it."""

    order = 180

    fill: Literal["constant", "reflect", "nearest", "wrap"] = "constant"
    """What comes in from outside the picture: "constant" is `fill_level`, "nearest" repeats the
    border, "reflect" mirrors the picture, "wrap" shows the opposite side."""
    fill_level: Annotated[int, Field(ge=0, le=255)] = 0
    """The gray level of fill = "constant"."""
