import numpy as np
import pytest
from hypothesis import given

from binary_pictures import masks, real_mask
from kanjian.errors import ImageError
from kanjian.imaging import regions

PLUS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def test_distance_by_hand_in_three_ways():
    corner = np.ones((3, 3), np.uint8)
    corner[0, 0] = 0
    far = {
        name: regions.distance(corner, metric=name).data["distance"][2]
        for name in ("euclidean", "city", "chessboard")
    }
    assert far["city"].tolist() == [2, 3, 4]
    assert far["chessboard"].tolist() == [2, 2, 2]
    assert far["euclidean"] == pytest.approx(np.sqrt([4, 5, 8]))


@given(masks.filter(lambda mask: not mask.all()))
def test_distance_is_scipys(mask):
    from scipy.ndimage import distance_transform_edt

    shown = regions.distance(mask)
    assert shown.data["distance"] == pytest.approx(distance_transform_edt(mask), rel=1e-5)
    assert np.array_equal(shown.picture > 0, mask)


@given(masks)
def test_labels_are_numbered_in_reading_order_and_cover_what_is_on(mask):
    shown = regions.labels(mask)
    marks = shown.data["labels"]
    assert np.array_equal(marks > 0, mask)
    found = [mark for mark in dict.fromkeys(marks.ravel().tolist()) if mark]
    assert found == list(range(1, shown.facts["shapes"] + 1))
    assert shown.data["area"].tolist() == np.bincount(marks.ravel())[1:].tolist()
    assert np.array_equal(shown.picture.any(axis=2), mask)


def test_labels_tell_corners_from_sides_and_drop_what_is_small():
    stairs = np.array([[1, 0, 0, 1], [0, 1, 0, 0]], np.uint8)
    assert regions.labels(stairs).data["labels"].tolist() == [[1, 0, 0, 2], [0, 1, 0, 0]]
    assert regions.labels(stairs, connectivity=4).facts == {"shapes": 3}
    kept = regions.labels(stairs, least_area=2)
    assert kept.data["labels"].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert kept.data["center_xy"].tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("method", ["thinned", "medial"])
def test_a_skeleton_lies_inside_and_keeps_shapes_together(shared_data, method):
    mask = real_mask(shared_data, "skimage-horse")
    lines = regions.skeleton(mask, method=method)
    assert not (lines & ~mask).any()
    assert regions.labels(lines).facts == regions.labels(mask).facts
    assert np.array_equal(lines, regions.skeleton(mask, method=method))


def test_a_shape_comes_back_from_its_medial_skeleton_and_the_distance():
    mask = np.zeros((30, 40), np.bool_)
    mask[4:25, 5:33] = True
    away = regions.distance(mask).data["distance"]
    rebuilt = np.zeros_like(mask)
    rows, columns = np.indices(mask.shape)
    for row, column in np.argwhere(regions.skeleton(mask, method="medial")):
        rebuilt |= (rows - row) ** 2 + (columns - column) ** 2 < away[row, column] ** 2
    assert np.array_equal(rebuilt, mask)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: regions.distance(np.ones((2, 2), bool)), "all are on"),
        (lambda: regions.distance(PLUS, metric="manhattan"), "unknown metric 'manhattan'"),
        (lambda: regions.labels(PLUS, connectivity=6), "connectivity must be 4 or 8, got 6"),
        (lambda: regions.skeleton(PLUS, method="x"), "unknown method 'x'"),
    ],
)
def test_mistakes_are_named(asked, message):
    with pytest.raises(ImageError, match=message):
        asked()
