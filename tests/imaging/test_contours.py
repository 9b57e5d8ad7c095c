import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binary_pictures import REAL, grays, masks, real_mask
from kanjian.errors import ImageError
from kanjian.imaging.contours import contours, find_contours
from kanjian.imaging.threshold import otsu_level, threshold

HIERARCHIES = ("external", "list", "two-level", "tree")


def nested() -> np.ndarray:
    """A dot in a ring in a ring, and a dot beside."""
    mask = np.zeros((15, 22), np.bool_)
    for inset, value in ((1, True), (2, False), (4, True), (5, False), (7, True)):
        mask[inset : 15 - inset, inset : 15 - inset] = value
    mask[6:9, 17:20] = True
    return mask


@given(grays, st.integers(0, 255))
def test_a_fixed_threshold_is_the_comparison(image, level):
    out = threshold(image, method="fixed", level=level)
    assert np.array_equal(out, np.where(image > level, 255, 0))
    assert np.array_equal(threshold(image, method="fixed", level=level, invert=True), 255 - out)


@given(grays)
def test_otsus_level_parts_best_of_all_levels(image):
    values = image.ravel().astype(float)

    def between(level):
        low, high = values[values <= level], values[values > level]
        return len(low) * len(high) * (low.mean() - high.mean()) ** 2 if len(low) * len(high) else 0

    every = [between(level) for level in range(256)]
    assert between(otsu_level(image)) == pytest.approx(max(every), rel=1e-6)
    assert np.array_equal(threshold(image), np.where(image > otsu_level(image), 255, 0))


def test_otsu_by_hand():
    assert otsu_level(np.array([[0, 0, 10], [200, 210, 210]], np.uint8)) == 10


@given(grays)
def test_an_adaptive_threshold_compares_with_the_average_around(image):
    out = threshold(image, method="adaptive-mean", block=3, offset=0)
    wide = np.pad(image.astype(float), 1, mode="edge")
    height, width = image.shape
    views = [wide[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    mean = np.floor(sum(views) / 9 + 0.5)  # OpenCV rounds the average
    assert np.array_equal(out, np.where(image > mean, 255, 0))


def test_an_adaptive_threshold_bears_uneven_light(shared_data):
    light = np.linspace(60, 220, 200)[None].repeat(60, axis=0)
    light[20:40, ::10] -= 40
    image = light.astype(np.uint8)
    strokes = threshold(image, method="adaptive", block=15, offset=10, invert=True) > 0
    wanted = np.zeros_like(strokes)
    wanted[20:40, ::10] = True
    assert np.array_equal(strokes, wanted)
    assert not np.array_equal(threshold(image, invert=True) > 0, wanted)


def test_each_hierarchy_tells_what_it_promises():
    mask = nested()
    found = {name: find_contours(mask, hierarchy=name) for name in HIERARCHIES}
    assert [len(found[name]) for name in HIERARCHIES] == [2, 6, 6, 6]
    assert sorted(each.depth for each in found["tree"]) == [0, 0, 1, 2, 3, 4]
    assert sorted(each.depth for each in found["two-level"]) == [0, 0, 0, 0, 1, 1]
    assert {each.parent for name in ("external", "list") for each in found[name]} == {None}
    for each in found["tree"]:
        if each.parent is not None:
            outer = found["tree"][each.parent]
            assert outer.depth == each.depth - 1
            assert outer.area > each.area


def test_a_box_by_hand():
    mask = np.zeros((8, 9), np.uint8)
    mask[2:6, 3:8] = 255
    (box,) = find_contours(mask)
    assert sorted(box.points_xy.tolist()) == [[3, 2], [3, 5], [7, 2], [7, 5]]
    # through the middles of the pixels: 4 by 3
    assert (box.area, box.perimeter) == (12, 14)
    assert box.box_xyxy == (3, 2, 8, 6)
    assert sorted(box.turned_box_xy.round(3).tolist()) == [[3, 2], [3, 5], [7, 2], [7, 5]]
    assert len(find_contours(mask, approximation="none")[0].points_xy) == 14
    assert not box.is_hole


@given(masks)
def test_filled_outlines_of_a_tree_give_the_picture_back(mask):
    import cv2

    out = np.zeros(mask.shape, np.uint8)
    for each in sorted(find_contours(mask, approximation="none"), key=lambda each: each.depth):
        cv2.drawContours(out, [each.points_xy], -1, 0 if each.is_hole else 1, cv2.FILLED)
        # the outline of a hole lies on the shape around it
        out[tuple(each.points_xy.T[::-1])] = 1
    assert np.array_equal(out > 0, mask)


@given(masks)
def test_outlines_are_as_many_as_shapes_and_stay_inside(mask):
    import cv2

    shapes = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)[0] - 1
    tree = find_contours(mask)
    assert len(find_contours(mask, hierarchy="external")) <= shapes
    assert sum(not each.is_hole for each in tree) == shapes
    for each in tree:
        assert mask[tuple(each.points_xy.T[::-1])].all()


@pytest.mark.parametrize("name", REAL)
def test_fewer_points_for_each_coarser_approximation(shared_data, name):
    mask = real_mask(shared_data, name)
    counts = [
        sum(len(each.points_xy) for each in find_contours(mask, approximation=way))
        for way in ("none", "simple", "teh-chin")
    ]
    assert counts == sorted(counts, reverse=True)
    largest = max(find_contours(mask, approximation="none"), key=lambda each: each.area)
    assert len(largest.polygon(0.05).points_xy) <= len(largest.polygon(0.005).points_xy)
    assert len(largest.polygon().points_xy) < len(largest.points_xy)


def test_the_drawing_has_a_color_for_each_and_leaves_the_input():
    mask = nested().astype(np.uint8) * 255
    before = mask.copy()
    shown = contours(mask, thickness=1)
    assert np.array_equal(mask, before)
    assert shown.picture.shape == (*mask.shape, 3)
    seen = {tuple(color) for color in shown.picture.reshape(-1, 3).tolist()}
    assert len(seen - {(0, 0, 0), (255, 255, 255)}) == 6
    assert json.loads(json.dumps(shown.facts)) == shown.facts
    assert shown.facts["contours"] == len(shown.facts["each"]) == 6
    assert sum(each["points"] for each in shown.facts["each"]) == len(shown.data["points_xy"])
    assert shown.data["contour"].max() == 5


def test_it_is_drawn_on_another_picture_where_that_has_the_size():
    mask = nested()
    photo = np.full((*mask.shape, 3), 77, np.uint8)
    assert contours(mask, on=photo, thickness=1).picture[0, 0].tolist() == [77, 77, 77]
    assert (photo == 77).all()
    assert contours(mask, on=photo[1:]).picture.shape == (*mask.shape, 3)


def test_small_ones_are_left_out_and_parents_told_by_their_new_number():
    told = contours(nested(), least_area=20).facts["each"]
    assert [each["area"] >= 20 for each in told] == [True] * len(told)
    for each in told:
        if each["parent"] is not None:
            assert told[each["parent"]]["area"] > each["area"]
    boxes = contours(nested(), boxes=True, polygon=0.05, thickness=-1)
    assert boxes.facts["contours"] == 6


@pytest.mark.parametrize("on", [0, 1])
def test_one_pixel_and_nothing(on):
    pixel = np.full((1, 1), on, np.uint8)
    assert len(find_contours(pixel)) == on
    shown = contours(pixel)
    assert shown.facts["contours"] == on
    assert shown.data["points_xy"].shape == (on, 2)
    assert threshold(pixel, method="fixed", level=0).tolist() == [[255 * on]]
    assert threshold(pixel).shape == (1, 1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda g: threshold(np.zeros((2, 2, 3), np.uint8)), "Make it gray first"),
        (lambda g: threshold(g, method="otso"), "unknown method 'otso'. Did you mean 'otsu'"),
        (lambda g: threshold(g, method="fixed", level=256), "level must be from 0 to 255, got 256"),
        (lambda g: threshold(g, method="adaptive", block=4), "block must be odd"),
        (find_contours, "must be binary .* 4 different values. Use threshold"),
        (lambda g: find_contours(g > 1, hierarchy="all"), "unknown hierarchy 'all'"),
        (lambda g: find_contours(g > 1, approximation="x"), "unknown approximation 'x'"),
        (lambda g: contours(g > 1, thickness=0), "thickness must be at least 1"),
        (lambda g: find_contours(g > 1)[0].polygon(-1), "share must be at least 0"),
        (lambda g: otsu_level(np.zeros((0, 2), np.uint8)), "It has no pixels"),
    ],
)
def test_mistakes_are_named(asked, message):
    with pytest.raises(ImageError, match=message):
        asked(np.array([[0, 1], [2, 3]], np.uint8))
