import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.errors import ImageError
from kanjian.imaging.heatmap import density, heatmap, read_points

GRAY = np.full((80, 100), 120, np.uint8)


@given(arrays(np.float64, st.tuples(st.integers(0, 30), st.just(2)), elements=st.floats(-3, 12)))
def test_without_smoothing_it_is_numpys_histogram(points):
    counts = density(points, (8, 9), sigma=0)
    # cells are closed on the left, as rounding half up has it
    rounded = np.floor(points + 0.5)
    theirs, _, _ = np.histogram2d(
        rounded[:, 1], rounded[:, 0], bins=(np.arange(9) - 0.25, np.arange(10) - 0.25)
    )
    assert np.array_equal(counts, theirs)


@pytest.mark.parametrize("sigma", [0.5, 3, 12])
def test_smoothing_keeps_the_sum_and_the_place(sigma):
    cloud = density(np.array([[100, 80]]), (161, 201), sigma=sigma)
    assert cloud.sum() == pytest.approx(1, rel=1e-3)
    assert divmod(int(cloud.argmax()), 201) == (80, 100)
    assert np.allclose(cloud, cloud[::-1, ::-1], atol=1e-9)
    # a Gaussian of two dimensions is 1 / (2 pi sigma²) high, where pixels are fine enough
    if sigma >= 3:
        assert cloud.max() == pytest.approx(1 / (2 * np.pi * sigma**2), rel=0.01)


def test_weights_count_and_the_border_reflects_nothing():
    points = np.array([[0, 0], [50, 40]])
    cloud = density(points, (81, 101), sigma=4, weights=np.array([0, 2.5]))
    assert cloud.sum() == pytest.approx(2.5, rel=1e-3)
    corner = density(points[:1], (81, 101), sigma=4)
    assert 0.25 < corner.sum() < 0.35


def test_the_picture_is_as_it_was_where_no_points_lie():
    shown = heatmap(GRAY, points=np.array([[20, 20]]), sigma=3, bar=False)
    assert shown.picture.shape == (80, 100, 3)
    assert (shown.picture[60:, 60:] == 120).all()
    assert (shown.picture[20, 20] != 120).any()
    assert (GRAY == 120).all()
    none = heatmap(GRAY, points=np.array([[20, 20]]), alpha=0, bar=False)
    assert (none.picture == 120).all()


def test_the_bar_stands_beside_the_picture():
    shown = heatmap(GRAY, points=np.array([[20, 20]]))
    assert shown.picture.shape[0] == 80
    assert shown.picture.shape[1] > 120
    assert np.array_equal(
        shown.picture[:, :100], heatmap(GRAY, points=np.array([[20, 20]]), bar=False).picture
    )


def test_facts_tell_what_lay_outside():
    points = np.array([[0, 0], [99.4, 79.4], [99.5, 0], [-1, 5]])
    shown = heatmap(GRAY, points=points, sigma=0)
    assert shown.facts == {"inside": 2, "outside": 2, "most_per_100x100": 10000.0}
    empty = heatmap(GRAY, points=np.empty((0, 2)), bar=False)
    assert empty.facts["inside"] == 0
    assert (empty.picture == 120).all()
    assert heatmap(np.zeros((1, 1), np.uint8), points=np.array([[0, 0]])).facts["inside"] == 1


def test_points_are_read_from_a_file(tmp_path):
    path = tmp_path / "Punkte 点.csv"
    path.write_text("x,y,weight\n20,20,2\n\n30;30;1\n40\t40\t1\n", encoding="utf-8-sig")
    assert read_points(path).tolist() == [[20, 20, 2], [30, 30, 1], [40, 40, 1]]
    shown = heatmap(GRAY, points=str(path), sigma=2)
    assert shown.data["density"].sum() == pytest.approx(4, rel=1e-3)
    path.write_text("")
    assert read_points(path).shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n3\n", r"points.csv, line 3: expected x,y or x,y,weight, got '3'"),
        ("1,2\nthree,4\n", "line 2: expected"),
        ("1,2\n1,2,3\n", "line 2: expected"),
        ("1,2,3,4\n", "line 1: expected"),
        ("1,inf\n", "must be finite"),
        ("1,1,-2\n", "weights at least 0"),
    ],
)
def test_a_line_that_is_no_point_is_named(tmp_path, text, message):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(ImageError, match=message):
        heatmap(GRAY, points=path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"points": "no such file"}, "must be a text file with x,y in each line"),
        ({"points": np.zeros((3, 4))}, r"points must be \(n, 2\).* got \(3, 4\)"),
        ({"points": np.zeros((3, 2)), "sigma": -1}, "sigma must be at least 0, got -1"),
        ({"points": np.zeros((3, 2)), "alpha": 2}, "alpha must be from 0 to 1, got 2"),
        ({"points": np.zeros((3, 2)), "palette": "jett"}, "Did you mean 'jet'"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(ImageError, match=message):
        heatmap(GRAY, **options)
    with pytest.raises(ImageError, match="size_hw must be at least 1"):
        density(np.zeros((1, 2)), (0, 4))
    with pytest.raises(ImageError, match="weights must be one for each of 1"):
        density(np.zeros((1, 2)), (4, 4), weights=np.ones(2))
