"""Cosine similarity: symmetric, blind to length, exact however rows are cut into chunks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.search import nearest
from kanjian.search.nearest import cosine_similarities, largest

MATRIX = arrays(
    np.float32, st.tuples(st.integers(1, 7), st.just(3)), elements=st.integers(-9, 9).map(float)
)


def cosines(rows, asked):
    return cosine_similarities(lambda numbers: rows[numbers], len(rows), asked)


@given(MATRIX)
def test_a_row_is_like_itself_and_each_as_like_the_other_as_the_other_is_like_it(rows):
    found = cosines(rows, rows)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), rows.any(axis=1).astype(float))
    assert np.abs(found).max() <= 1


@given(MATRIX, st.sampled_from([2.0**-60, 0.5, 3.0, 2.0**60]))
def test_lengths_do_not_matter(rows, scale):
    np.testing.assert_allclose(cosines(rows * scale, rows), cosines(rows, rows), atol=2e-9)


def test_by_hand():
    rows = np.array([[3, 4], [-6, -8], [4, -3], [0, 0]], np.float16)
    assert cosines(rows, np.array([[0, 2]])).tolist() == [[0.8, -0.8, -0.6, 0.0]]


def test_chunks_and_feature_maps_change_nothing(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(11, 2, 3))
    whole = cosines(rows, rows[:2])
    monkeypatch.setattr(nearest, "_TOGETHER", 4)
    np.testing.assert_array_equal(cosines(rows.reshape(11, 6), rows[:2]), whole)


@given(arrays(np.float64, st.integers(1, 9), elements=st.integers(0, 3).map(float)),
       st.integers(1, 12))  # fmt: skip
def test_no_value_left_out_is_as_large_as_one_that_is_taken(values, count):
    taken = largest(values, count)
    left = np.setdiff1d(np.arange(len(values)), taken)
    assert len(taken) >= min(count, len(values))
    assert not len(left) or values[left].max() < values[taken].min()


@pytest.mark.parametrize("rows", [np.zeros((1, 0)), np.zeros((2, 3))])
def test_rows_without_a_direction_are_like_nothing(rows):
    assert not cosines(rows, rows).any()
