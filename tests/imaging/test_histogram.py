"""Counts of levels: three back ends that agree; pictures remade keep the order of levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.errors import ImageError
from kanjian.imaging.histogram import clahe, equalize, histogram, match
from kanjian.imaging.histogram_plot import plot_histogram

RNG = np.random.default_rng(8)
GRAY = RNG.integers(30, 200, (24, 31), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8)
BACKENDS = ("bincount", "opencv", "histogram")
grays = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(grays, st.integers(1, 256), st.integers(0, 255))
def test_all_back_ends_agree_and_miss_no_pixel(image, width, level):
    mask = image >= level
    for seen in (None, mask):
        first, *others = (
            histogram(image, width=width, mask=seen, backend=name) for name in BACKENDS
        )
        assert first.sum() == (image.size if seen is None else mask.sum())
        assert len(first) == -(-256 // width)
        for other in others:
            np.testing.assert_array_equal(first, other)
            assert other.dtype == np.int64


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_channel_by_itself(backend, dtype):
    image = COLOR.astype(dtype) * (257 if dtype == "uint16" else 1)
    found = histogram(image, width=1000 if dtype == "uint16" else 7, backend=backend)
    for place in range(3):
        alone = histogram(image[:, :, place].copy(), width=1000 if dtype == "uint16" else 7)
        np.testing.assert_array_equal(found[place], alone)


def test_by_hand():
    image = np.array([[0, 1, 1], [2, 9, 255]], np.uint8)
    assert histogram(image)[[0, 1, 2, 9, 255]].tolist() == [1, 2, 1, 1, 1]
    assert histogram(image, width=2)[[0, 1, 4, 127]].tolist() == [3, 1, 1, 1]
    assert histogram(image, mask=np.array([[1, 0, 1], [0, 0, 0]], np.uint8))[:3].tolist() == [
        1,
        1,
        0,
    ]


@given(grays)
def test_equalizing_keeps_the_order_of_levels(image):
    order = np.argsort(image, axis=None, kind="stable")
    assert (np.diff(equalize(image).ravel()[order].astype(int)) >= 0).all()


def test_equalizing_spreads_levels_over_the_range():
    out = equalize(GRAY)
    assert out.min() == 0
    assert out.max() == 255
    share = histogram(out).cumsum() / out.size
    assert np.abs(share - np.arange(1, 257) / 256).max() < 0.03
    flat = np.full((4, 5), 9, np.uint8)
    np.testing.assert_array_equal(equalize(flat), flat)
    np.testing.assert_array_equal(clahe(np.full((9, 9), 9, np.uint8)), np.full((9, 9), 9))


def test_of_color_pictures_the_brightness_is_spread_and_the_hue_kept():
    dull = np.repeat(GRAY[:, :, None] // 4 + 80, 3, axis=2)
    out = equalize(dull).astype(int)
    assert np.ptp(out) > 2 * np.ptp(dull)
    assert np.ptp(out, axis=2).max() <= 2  # gray stays gray
    assert np.ptp(clahe(dull).astype(int), axis=2).max() <= 2


@pytest.mark.parametrize("work", [equalize, clahe, lambda image: match(image, reference=image)])
@pytest.mark.parametrize("image", [GRAY, COLOR])
def test_the_input_is_not_touched(work, image):
    before = image.copy()
    out = work(image)
    np.testing.assert_array_equal(image, before)
    assert out.shape == image.shape
    assert out.dtype == image.dtype


def test_clahe_raises_contrast_no_more_than_its_limit_lets_it():
    ramp = np.repeat(np.linspace(100, 130, 64).astype(np.uint8)[None], 64, axis=0)
    spans = [np.ptp(clahe(ramp, limit=limit, tiles=(1, 1)).astype(int)) for limit in (1, 3, 10)]
    assert spans == sorted(spans)
    assert clahe(GRAY.astype(np.uint16) * 257).dtype == np.uint16


@given(grays, grays)
def test_matching_keeps_the_order_and_ends_within_the_reference(image, reference):
    out = match(image, reference=reference)
    order = np.argsort(image, axis=None, kind="stable")
    assert (np.diff(out.ravel()[order].astype(int)) >= 0).all()
    assert reference.min() <= out.min()
    assert out.max() <= reference.max()
    np.testing.assert_array_equal(match(image, reference=image), image)


def test_matching_is_that_of_scikit_image():
    from skimage.exposure import match_histograms

    reference = RNG.normal(120, 30, (40, 50)).clip(0, 255).astype(np.uint8)
    theirs = match_histograms(GRAY, reference)
    assert np.abs(match(GRAY, reference=reference) - theirs).max() <= 1
    every = match(COLOR, reference=COLOR[::2])
    for place in range(3):
        alone = match(COLOR[:, :, place], reference=COLOR[::2, :, place])
        np.testing.assert_array_equal(every[:, :, place], alone)


def test_the_plot_tells_what_it_shows():
    drawn = plot_histogram(COLOR, width=8, logarithmic=True)
    assert list(drawn.facts) == ["red", "green", "blue"]
    assert drawn.facts["red"]["mean"] == pytest.approx(COLOR[:, :, 0].mean(), abs=1e-3)
    np.testing.assert_array_equal(drawn.data["histogram"], histogram(COLOR, width=8))
    half = np.zeros(GRAY.shape, np.bool_)
    half[:, :10] = True
    masked = plot_histogram(GRAY, mask=half, backend="opencv")
    assert masked.facts["gray"]["brightest"] == GRAY[:, :10].max()
    np.testing.assert_array_equal(masked.picture, plot_histogram(GRAY[:, :10].copy()).picture)
    assert plot_histogram(np.array([[7]], np.uint8)).facts["gray"]["deviation"] == 0


def test_a_plot_of_even_counts_is_level():
    drawn = plot_histogram(np.arange(256, dtype=np.uint8).reshape(16, 16))
    inked = (drawn.picture == (70, 76, 84)).all(axis=2)
    columns = inked[10:260, 62:565].sum(axis=0)
    assert len(set(columns.tolist())) == 1
    assert columns[0] > 200


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: histogram(GRAY, width=0), "width must be from 1 to 256"),
        (lambda: histogram(GRAY, backend="numpy"), "unknown backend 'numpy'"),
        (lambda: histogram(GRAY, mask=GRAY[:5]), "mask must have the picture's size"),
        (lambda: histogram(GRAY.astype(float)), "image must be"),
        (lambda: histogram(GRAY[:0]), "It has no pixels"),
        (lambda: equalize(GRAY.astype(np.uint16)), "image must be"),
        (lambda: clahe(GRAY, tiles=(0, 1)), "tiles must be from 1×1"),
        (lambda: clahe(GRAY, limit=-1), "limit must be at least 0"),
        (lambda: match(GRAY, reference=COLOR), "both be gray or both RGB"),
        (lambda: match(GRAY, reference=COLOR[:0]), "reference must be"),
        (lambda: plot_histogram(GRAY, mask=np.zeros_like(GRAY)), "there is no pixel to count"),
        (lambda: plot_histogram(GRAY.astype(np.uint16)), "uint8 to be plotted"),
    ],
)
def test_mistakes(work, message):
    with pytest.raises(ImageError, match=message):
        work()


def test_all_back_ends_agree_on_every_level_in_bins_of_every_width():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for width in range(1, 257):
        expected = np.add.reduceat(np.ones(256, int), np.arange(0, 256, width))
        for backend in BACKENDS:
            np.testing.assert_array_equal(histogram(ramp, width=width, backend=backend), expected)
