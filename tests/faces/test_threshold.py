"""Scores and thresholds: what they are by hand, and where the threshold must lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import FaceError
from kanjian.faces.identify import best_match
from kanjian.faces.threshold import calibrate, person_scores
from kanjian.faces.unit import unit


def people(count, each, *, noise, seed=0, length=64):
    """Faces around a random direction for each person."""
    rng = np.random.default_rng(seed)
    middles = unit(rng.normal(size=(count, length)))
    person_of = np.repeat(np.arange(count), each)
    faces = unit(middles[person_of] + noise * rng.normal(size=(len(person_of), length)))
    return faces, person_of


def test_the_score_is_the_cosine_with_the_mean():
    enrolled = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    scores = person_scores(enrolled[:1], enrolled, np.array([0, 0, 1]))
    np.testing.assert_allclose(scores, [[0.5**0.5, -1]], atol=1e-6)


@given(st.integers(2, 12), st.integers(2, 6), st.integers(0, 99))
def test_the_threshold_lies_between_strangers_and_selves(count, each, seed):
    faces, person_of = people(count, each, noise=0.05, seed=seed)
    made = calibrate(faces, person_of)
    assert made.other[0] < made.threshold < made.same[0]
    assert (made.people, made.faces, made.measured) == (count, count * each, True)


@given(st.integers(0, 30))
def test_a_higher_threshold_accepts_fewer_and_rejects_more(seed):
    made = calibrate(*people(5, 4, noise=0.1, seed=seed))
    grid = np.linspace(-0.5, 1, 31)
    assert (np.diff([made.false_accepts(at) for at in grid]) <= 0).all()
    assert (np.diff([made.false_rejects(at) for at in grid]) >= 0).all()


def test_the_share_of_strangers_gives_back_its_threshold():
    made = calibrate(*people(5, 4, noise=0.1))
    assert made.false_accepts(made.at_false_accepts(0.02)) == pytest.approx(0.02, abs=1e-6)
    with pytest.raises(FaceError, match="between 0 and 1"):
        made.at_false_accepts(0)


@pytest.mark.parametrize(("count", "each"), [(0, 0), (1, 1), (1, 5), (2, 1)])
def test_few_faces_lean_on_what_is_known_of_the_network(count, each):
    faces, person_of = people(count, each, noise=0.05) if count else (np.empty((0, 0)), np.empty(0))
    made = calibrate(faces, person_of.astype(int), embedder="mobilefacenet")
    assert not made.measured
    assert 0.3 < made.threshold < 0.65


def test_on_made_people_known_ones_are_named_and_strangers_are_not():
    faces, person_of = people(30, 10, noise=0.12, seed=3)
    known = person_of < 20
    first = np.tile(np.arange(10) < 5, 30)
    enrolled, of = faces[known & first], person_of[known & first]
    made = calibrate(enrolled, of)
    names = [str(number) for number in range(20)]

    def named(which):
        scores = person_scores(faces[which], enrolled, of)
        return [best_match(row, names, made.threshold) for row in scores]

    asked = known & ~first
    right = [m.name == str(p) for m, p in zip(named(asked), person_of[asked], strict=True)]
    assert np.mean(right) > 0.98
    assert np.mean([m.known for m in named(~known)]) < 0.05


def test_nobody_else_no_margin():
    match = best_match(np.array([0.9]), ["Ann"], 0.5)
    assert (match.name, match.margin, match.known) == ("Ann", None, True)
