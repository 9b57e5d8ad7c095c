"""Pictures in and out as arrays: safe reading, fitting to a size, converting, writing, drawing.

A picture is `uint8`, RGB (height, width, 3) or gray (height, width); sizes are `size_hw`.
"""

from kanjian import former
from kanjian.images.convert import check_image, to_float01, to_gray, to_rgb, to_uint8
from kanjian.images.decode import read_image
from kanjian.images.draw import contact_sheet
from kanjian.images.resize import resize_image
from kanjian.images.sniff import MAX_PIXELS, ImageInfo, image_info
from kanjian.images.write import encode_png, write_image

__all__ = [
    "MAX_PIXELS",
    "ImageInfo",
    "check_image",
    "contact_sheet",
    "encode_png",
    "image_info",
    "read_image",
    "resize_image",
    "to_float01",
    "to_gray",
    "to_rgb",
    "to_uint8",
    "write_image",
]

former.names_in(__name__)
