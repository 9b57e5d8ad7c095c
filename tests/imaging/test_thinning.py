import numpy as np
import pytest
from hypothesis import given

from binary_pictures import REAL, masks, real_mask, thick_masks
from kanjian.errors import ImageError
from kanjian.imaging.morphology import hit_or_miss
from kanjian.imaging.thinning import thin, thinning_elements

METHODS = ("exact", "fast")
RING = np.pad(np.pad(np.zeros((2, 3), np.uint8), 3, constant_values=1), 1)


def pieces(mask: np.ndarray) -> tuple[int, int]:
    """How many shapes (touching at corners counts) and how many grounds, the outside one."""
    import cv2

    on = np.pad(mask, 1).astype(np.uint8)
    return (
        cv2.connectedComponents(on, connectivity=8)[0] - 1,
        cv2.connectedComponents(1 - on, connectivity=4)[0] - 1,
    )


def check_kept_together(mask: np.ndarray, lines: np.ndarray) -> None:
    """Each shape still has one piece, in its place, and each hole too."""
    import cv2

    assert not (lines & ~mask).any()
    assert pieces(lines) == pieces(mask)
    count, marks = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    assert set(marks[lines]) == set(range(1, count))


def by_the_source(mask: np.ndarray) -> np.ndarray:
    """The source's own loop: SciPy's hit-or-miss with eight elements until nothing changes."""
    from scipy.ndimage import binary_hit_or_miss

    edge = [[0, 0, 0], [0, 1, 0], [1, 1, 1]], [[1, 1, 1], [0, 0, 0], [0, 0, 0]]
    corner = [[0, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    while True:
        before = mask
        for turn in range(4):
            for hit, miss in (edge, corner):
                hits = binary_hit_or_miss(mask, np.rot90(hit, turn), np.rot90(miss, turn))
                mask = mask & ~hits
        if (mask == before).all():
            return mask


@given(masks)
def test_exact_thinning_has_the_pixels_of_the_sources_loop(mask):
    assert np.array_equal(thin(mask), by_the_source(mask))


@given(thick_masks)
def test_exact_thinning_has_the_pixels_of_the_sources_loop_on_thick_shapes(mask):
    assert np.array_equal(thin(mask), by_the_source(mask))


@pytest.mark.parametrize("name", REAL[:2])
def test_exact_thinning_has_the_pixels_of_the_sources_loop_on_real_pictures(shared_data, name):
    mask = real_mask(shared_data, name)[::2, ::2]
    assert np.array_equal(thin(mask), by_the_source(mask))


@pytest.mark.parametrize("method", METHODS)
@given(mask=masks)
def test_thinning_keeps_shapes_and_holes_together(method, mask):
    check_kept_together(mask, thin(mask, method=method))


@pytest.mark.parametrize("method", METHODS)
@given(mask=thick_masks)
def test_thinning_keeps_thick_shapes_and_their_holes_together(method, mask):
    check_kept_together(mask, thin(mask, method=method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", REAL)
def test_thinning_keeps_real_shapes_together(shared_data, name, method):
    mask = real_mask(shared_data, name)
    lines = thin(mask, method=method)
    check_kept_together(mask, lines)
    assert lines.sum() < mask.sum()


@pytest.mark.parametrize("method", METHODS)
@given(mask=masks)
def test_thinning_again_changes_nothing(method, mask):
    lines = thin(mask, method=method)
    assert np.array_equal(thin(lines, method=method), lines)


@given(thick_masks)
def test_no_element_hits_what_is_thinned(mask):
    lines = thin(mask)
    for element in thinning_elements():
        assert not hit_or_miss(lines, hit=element == 1, miss=element == 0).any()


@given(thick_masks)
def test_a_number_of_passes_applies_as_many_elements(mask):
    step = mask
    for number, element in enumerate(thinning_elements()[:5], start=1):
        step = step & ~hit_or_miss(step, hit=element == 1, miss=element == 0)
        # a pass that hits nothing counts too: the elements keep their turns
        assert np.array_equal(thin(mask, passes=number), step)
    assert np.array_equal(thin(mask, passes=0), mask)


def test_a_box_becomes_a_line_with_spurs_at_its_corners():
    box = np.pad(np.ones((3, 5), np.uint8), 1)
    wanted = [[1, 0, 0, 0, 1], [1, 1, 1, 1, 1], [1, 0, 0, 0, 1]]
    assert thin(box)[1:-1, 1:-1].tolist() == wanted


def test_a_ring_stays_a_ring_one_pixel_wide():
    for method in METHODS:
        lines = thin(RING, method=method) > 0
        assert pieces(lines) == (1, 2)
        assert lines.sum() < RING.sum() / 2


@pytest.mark.parametrize("method", METHODS)
def test_type_and_value_of_on_are_kept_and_the_input_too(method):
    for image in (RING > 0, RING, RING * np.uint8(255)):
        before = image.copy()
        lines = thin(image, method=method)
        assert lines.dtype == image.dtype
        assert set(np.unique(lines)) == set(np.unique(image))
        assert np.array_equal(image, before)
        assert not np.shares_memory(lines, image)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0, 1])
def test_one_pixel_stays(method, value):
    assert thin(np.full((1, 1), value, np.uint8), method=method).tolist() == [[value]]


def test_a_picture_that_is_not_contiguous_is_thinned_alike():
    wide = np.zeros((9, 30), np.uint8)
    wide[2:7, 4:26] = 255
    assert np.array_equal(thin(wide[:, ::2]), thin(wide[:, ::2].copy()))
    assert np.array_equal(thin(wide.T), thin(wide.T.copy()))


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (np.zeros((0, 3), bool), {}, r"got \(0, 3\) bool. It has no pixels"),
        (np.zeros((2, 2, 3), np.uint8), {}, r"must be \(height, width\) bool or uint8"),
        (np.array([[0, 1, 2]], np.uint8), {}, r"must be binary .* 3 different values"),
        (np.zeros((2, 2)), {}, "float64.*threshold"),
        ([[1, 0]], {}, "got list"),
        (np.zeros((2, 2), bool), {"method": "exat"}, "unknown method 'exat'.*'exact'"),
        (np.zeros((2, 2), bool), {"passes": -1}, "passes must be at least 0, got -1"),
    ],
)
def test_mistakes_are_named(image, options, message):
    with pytest.raises(ImageError, match=message):
        thin(image, **options)
