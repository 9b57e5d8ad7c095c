import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.explain.sheet import contact_sheet
from kanjian.images.draw import text_strip

BLACK = np.zeros((3, 3), np.uint8)


def ink(sheet):
    """The columns that something dark is drawn in."""
    return (sheet.min(axis=(0, 2)) < 128).nonzero()[0]


def test_captions_never_reach_into_the_next_tile():
    words = "block6a_expand_activation_of_a_long_name 0.98"
    white = np.full((8, 8), 255, np.uint8)
    sheet = contact_sheet([white] * 3, [words] * 3, columns=3, tile=100)
    columns = ink(sheet)
    gaps = {column for n in range(4) for column in range(n * 106, n * 106 + 6)}
    assert columns.size and not gaps & set(columns.tolist())


def test_long_captions_keep_both_ends():
    whole, short = text_strip("block6a_expand", 200), text_strip("block6a_expand", 60, cut="middle")
    width = ink(whole)[0]
    assert (short[:, : width + 8] == whole[:, : width + 8]).all()
    end = text_strip("block6a_expand", 60)
    assert not np.array_equal(end, short)


def test_small_pictures_are_enlarged_by_whole_pixels():
    board = np.indices((3, 3)).sum(0).astype(np.uint8) % 2 * 200
    sheet = contact_sheet([board], ["k"], tile=96)
    assert set(np.unique(sheet[6:102, 6:102])) == {0, 200}


@pytest.mark.parametrize("shape", [(5, 9), (5, 9, 1), (5, 9, 3), (300, 200, 3)])
def test_pictures_of_every_kind_go_on_one_sheet(shape):
    assert contact_sheet([np.zeros(shape, np.uint8)], [""], tile=64).dtype == np.uint8


def test_a_title_stands_above_and_does_not_cover():
    plain = contact_sheet([BLACK] * 2, ["a", "b"])
    titled = contact_sheet([BLACK] * 2, ["a", "b"], title="filters of conv1")
    assert (titled[-len(plain) :] == plain).all()
    assert (titled[: -len(plain)] < 128).any()


def test_a_long_title_takes_more_lines_and_loses_nothing():
    narrow, wide = (
        contact_sheet([BLACK] * n, [""] * n, columns=n, title="a " * 40) for n in (2, 8)
    )
    heads = [len(sheet) - len(contact_sheet([BLACK], [""])) for sheet in (narrow, wide)]
    assert heads[0] > heads[1]


def test_nothing_to_show_and_captions_amiss_are_told():
    with pytest.raises(ImageError, match="at least one picture"):
        contact_sheet([], [])
    with pytest.raises(ImageError, match="one per picture"):
        contact_sheet([BLACK], ["a", "b"])
