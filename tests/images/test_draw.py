"""A contact sheet shows every picture in its place, with what is said about it."""

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.images import contact_sheet, resize_image


def test_each_picture_stands_in_its_place_row_by_row(picture):
    images = [picture, picture[::-1], picture[:, :, 0]]
    sheet = contact_sheet(images, columns=2, tile_hw=(36, 52))
    assert sheet.shape == (2 * 42 + 6, 2 * 58 + 6, 3)
    for image, (top, left) in zip(images, [(6, 6), (6, 64), (48, 6)], strict=True):
        tile = sheet[top : top + 36, left : left + 52]
        np.testing.assert_array_equal(tile, resize_image(image, (36, 52), channels=3))
    assert (sheet[48:, 64:] == 255).all()  # the fourth place stays empty


def test_the_sheet_is_about_square_and_never_wider_than_its_pictures(picture):
    assert contact_sheet([picture] * 9, tile_hw=(10, 10)).shape[:2] == (3 * 16 + 6, 3 * 16 + 6)
    assert contact_sheet([picture], columns=8, tile_hw=(10, 10)).shape[:2] == (22, 22)


def test_captions_stand_below_and_stay_inside_their_tile(picture):
    plain = contact_sheet([picture, picture], columns=2, tile_hw=(36, 52))
    long = contact_sheet(
        [picture, picture], captions=["a very long caption indeed\nsecond", ""], columns=2,
        tile_hw=(36, 52),
    )  # fmt: skip
    assert len(long) > len(plain)
    below = long[42:-6]
    assert (below[:, 6:58] < 128).any()
    assert (below[:, 58:] == 255).all()


def test_a_tile_too_narrow_for_any_letter_is_no_error(picture):
    assert contact_sheet([picture], captions=["word"], tile_hw=(8, 3)).size


def test_chinese_is_drawn_and_not_a_row_of_boxes(picture):
    one, other = (contact_sheet([picture], captions=[text]) for text in ("猫", "狗"))
    assert not np.array_equal(one, other)


def test_a_caption_no_font_has_is_the_number_of_its_picture(picture):
    private, numbered = (
        contact_sheet([picture, picture], captions=captions)
        for captions in (("\U000f0000", "\U000f0001 98 %"), ("", "#2 98 %"))
    )
    assert np.array_equal(private[:, 64:], numbered[:, 64:])


def test_what_makes_no_sheet_is_told(picture):
    with pytest.raises(ImageError, match="at least one picture for a contact sheet, got none"):
        contact_sheet([])
    with pytest.raises(ImageError, match="captions must be one per picture, got 1 for 2 pictures"):
        contact_sheet([picture, picture], captions=["a"])
    with pytest.raises(ImageError, match="columns must be at least 1, got -1"):
        contact_sheet([picture], columns=-1)
