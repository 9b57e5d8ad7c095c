"""What a TIFF says about its gray values, where Pillow does not listen."""

import functools
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from kanjian.images.source import UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

_BITS, _PHOTOMETRIC, _PLANES = 258, 262, 284
_NEEDED = {_BITS, _PHOTOMETRIC, 277}  # 277: samples in a pixel
_WHITE_IS_0, _BLACK_IS_0, _SEPARATE = 0, 1, 2
_UNKNOWN_KIND = "Pillow does not know how its TIFF stores pixels. Save it as 8-bit gray or RGB."


def open_tiff(stream: BinaryIO) -> "ImageFile":
    """The TIFF as Pillow opens it; what its gray values mean is for `meant` to say.

    Raises:
        UnreadableError: If its samples lie in a way Pillow does not know.
    """
    image: ImageFile = _tiff_class()(stream)
    separate = image.tag_v2.get(_PLANES) == _SEPARATE  # type: ignore[attr-defined]
    if separate and len(image.tag_v2.get(_BITS, ())) == 2:  # type: ignore[attr-defined]
        raise UnreadableError(_UNKNOWN_KIND)  # Pillow takes one plane's rows for the other's
    return image


def meant(image: "Image", values: np.ndarray) -> np.ndarray:
    """The values, (height, width) or (height, width, 2) with alpha, with 0 as black.

    Args:
        image: What `open_tiff` gave, or another TIFF that Pillow opened.
        values: Its pixels. With more than 8 bits they are stretched to 16.
    """
    bits = int(image.tag_v2.get(_BITS, (1,))[0])  # type: ignore[attr-defined]
    if values.dtype == np.uint16 and 8 < bits < 16:
        values = values << np.uint16(16 - bits)
    stated = image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_0  # type: ignore[attr-defined]
    if not getattr(image, "white_is_0", stated and bits > 8):
        return values
    if values.ndim == 2:
        turned: np.ndarray = np.invert(values)
        return turned
    return np.dstack([np.invert(values[:, :, 0]), values[:, :, 1]])


@functools.cache
def _tiff_class() -> Any:
    from PIL.TiffImagePlugin import TiffImageFile

    class Tiff(TiffImageFile):
        """Pillow turns "white is 0" around up to 8 bits, not above, and refuses it elsewhere.

        Pillow is told that black is 0, which it reads at every depth, and `meant` turns the
        values around.
        """

        white_is_0 = False

        def _setup(self) -> None:
            bits = self.tag_v2.get(_BITS, (1,))
            deep = len(bits) > 1 or bits[0] > 8
            if deep and self.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_0:
                self.white_is_0 = True
                self.tag_v2[_PHOTOMETRIC] = _BLACK_IS_0
            try:
                super()._setup()
            except SyntaxError as error:
                # a directory that was cut off lacks some of these, and is damage
                if "pixel mode" in str(error) and set(self.tag_v2) >= _NEEDED:
                    raise UnreadableError(_UNKNOWN_KIND) from error
                raise

    return Tiff
