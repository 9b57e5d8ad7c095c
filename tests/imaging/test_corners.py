import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import ImageError
from kanjian.imaging.corners import corner_strength, corners, find_corners

RULES = ("harris", "shi-tomasi")


def box(top=20, left=24, bottom=50, right=60) -> np.ndarray:
    """Bright on dark, drawn finely and reduced, so that its corners lie where they say."""
    image = np.full((80, 90), 40, np.uint8)
    image[top:bottom, left:right] = 200
    return image


def nearest(points, x, y):
    return np.hypot(points[:, 0] - x, points[:, 1] - y).min()


@pytest.mark.parametrize("rule", RULES)
def test_a_box_has_its_four_corners(rule):
    points, strength = find_corners(box(), rule=rule, share=0.2)
    assert len(points) == 4
    assert (np.diff(strength) <= 0).all()
    # edges lie between the pixels: 23.5 and 59.5 across, 19.5 and 49.5 down
    for x, y in ((23.5, 19.5), (59.5, 19.5), (23.5, 49.5), (59.5, 49.5)):
        assert nearest(points, x, y) < 0.25


def test_refining_brings_corners_nearer():
    truth = [(23.5, 19.5), (59.5, 19.5), (23.5, 49.5), (59.5, 49.5)]
    errors = [
        sum(nearest(find_corners(box(), share=0.2, subpixel=sub)[0], x, y) for x, y in truth)
        for sub in (False, True)
    ]
    assert errors[1] < errors[0] / 3


def test_harris_is_below_zero_on_edges_and_zero_on_flat_ground():
    strength = corner_strength(box())
    assert strength[5, 5] == 0
    assert strength[35, 24] < 0
    assert strength.max() > 0
    assert corner_strength(box(), k=0.06).max() < strength.max()


def test_harris_by_hand():
    """With one gradient in one pixel and no neighbors the sum has one curvature: -k l²."""
    ramp = np.arange(9, dtype=np.float32)[None].repeat(9, axis=0)
    strength = corner_strength(ramp, block=1, k=0.04)
    # OpenCV scales the Sobel of a ramp of 1 to 8 · 1/(2^(3-1) · 1) = 2
    assert strength[4, 4] == pytest.approx(-0.04 * 2**4)
    assert corner_strength(ramp, rule="shi-tomasi", block=1)[4, 4] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("rule", RULES)
@given(quarters=st.integers(0, 3))
def test_corners_turn_with_the_picture(rule, quarters):
    image = box()
    turned = np.rot90(image, quarters)
    count = len(find_corners(image, rule=rule, share=0.2)[0])
    points, _ = find_corners(np.ascontiguousarray(turned), rule=rule, share=0.2)
    assert len(points) == count
    place = np.zeros(image.shape, np.int32)
    place[20, 24] = 1
    row, column = np.argwhere(np.rot90(place, quarters))[0]
    assert nearest(points, column, row) < 1.5


def test_of_near_corners_the_strongest_stays_and_most_limits_them():
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (60, 60), np.uint8)
    for apart in (1, 4, 9):
        points, _ = find_corners(image, apart=apart, subpixel=False)
        gaps = np.abs(points[:, None] - points[None]).max(axis=2)
        assert (gaps[~np.eye(len(points), dtype=bool)] >= apart).all()
    every, strengths = find_corners(image, subpixel=False)
    first, best = find_corners(image, subpixel=False, most=3)
    assert np.array_equal(first, every[:3])
    assert best[0] == strengths.max() == corner_strength(image).max()


def test_equal_neighbors_are_one_corner():
    checks = np.kron(np.indices((6, 6)).sum(axis=0) % 2, np.ones((10, 10))).astype(np.uint8) * 255
    points, _ = find_corners(checks, share=0.3)
    inner = np.stack(np.meshgrid(np.arange(1, 6), np.arange(1, 6)), axis=-1).reshape(-1, 2) * 10
    assert len(points) == 25
    for x, y in inner - 0.5:
        assert nearest(points, x, y) < 0.1


@pytest.mark.parametrize("rule", RULES)
def test_the_corners_of_a_photographed_chessboard_are_found(shared_data, rule):
    import cv2

    image = cv2.imread(str(shared_data / "images" / "opencv-left01.jpg"), cv2.IMREAD_GRAYSCALE)
    found, board = cv2.findChessboardCorners(image, (9, 6))
    assert found
    points, _ = find_corners(image, rule=rule, block=3, share=0.03)
    assert max(nearest(points, x, y) for x, y in board[:, 0]) < 1


def test_the_overlay_marks_each_and_leaves_the_picture():
    image = box()
    before = image.copy()
    shown = corners(image, share=0.2)
    assert shown.facts == {"corners": 4}
    assert shown.data["points_xy"].shape == (4, 2)
    assert shown.picture.shape == (80, 90, 3)
    assert (shown.picture != before[:, :, None]).any()
    assert np.array_equal(image, before)
    photo = np.full((80, 90, 3), 9, np.uint8)
    assert corners(image, on=photo).picture[0, 0].tolist() == [9, 9, 9]
    assert (photo == 9).all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (4, 4), (10, 30)])
def test_flat_and_tiny_pictures_have_none(rule, size):
    assert corners(np.full(size, 7, np.uint8), rule=rule).facts == {"corners": 0}


@given(st.integers(1, 16), st.integers(1, 16), st.integers(0, 99))
def test_every_size_goes_through_and_points_lie_in_the_picture(height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    points, _ = find_corners(image, subpixel=True)
    assert (points >= -0.5).all()
    assert (points <= [width - 0.5, height - 0.5]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "haris"}, "unknown rule 'haris'. Did you mean 'harris'"),
        ({"block": 0}, "block must be at least 1, got 0"),
        ({"aperture": 4}, "aperture must be odd, from 1 to 31 for harris, got 4"),
        ({"share": 0}, "share must be above 0"),
        ({"apart": 0}, "must be at least 1, got 0 and None"),
        ({"most": 0}, "must be at least 1, got 5 and 0"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(ImageError, match=message):
        find_corners(box(), **options)
    with pytest.raises(ImageError, match="Make it gray first"):
        corners(np.zeros((3, 3, 3), np.uint8))
