"""What a way through a JPEG file does."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import AugmentationParams, Pixels
from kanjian.augmentation.streams import Streams


class Jpeg(Pixels):
    """JPEG compression."""

    order = 430
    neutral: ClassVar = {"jpeg_quality": 100}  # 100 is off

    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 100
    """JPEG compression at a quality from this to 100; 100 is off."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """A quality for each picture."""
        least = self.jpeg_quality
        if least == 100:
            return {}
        return {"jpeg_quality": (least + streams.uniform("jpeg") * (101 - least)).astype(int)}

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """Written and read again."""
        from kanjian.imaging import noise  # late: it brings the decoders of pictures

        if params.jpeg_quality[k] < 100:
            out[...] = noise.jpeg(out, quality=params.jpeg_quality[k])
