"""Told rates hold what is measured, and say so where they cannot promise it."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.faces.rates import OTHERS, false_match_rate
from kanjian.faces.threshold import calibrate, person_scores
from kanjian.faces.unit import unit

ROOT = Path(__file__).parents[2]
GRID = np.linspace(-0.5, 1, 31)


def crowd(people, each, *, seed, noise=0.6, length=60):
    """Faces of people who are as alike to each other as networks find strangers."""
    rng = np.random.default_rng(seed)
    middles = unit(rng.normal(size=(people, length)))
    person_of = np.repeat(np.arange(people), each)
    around = noise * rng.normal(size=(len(person_of), length)) / length**0.5
    return unit(middles[person_of] + around), person_of


@given(st.integers(1, 9), st.integers(1, 5), st.integers(0, 50))
def test_a_higher_threshold_names_fewer_strangers_and_fewer_known(people, each, seed):
    made = calibrate(*crowd(people, each, seed=seed), embedder="mobilefacenet")
    for rates, order in ((made.strangers_named, -1), (made.known_unnamed, 1)):
        told = [(rate.expected, *rate.interval) for rate in map(rates, GRID)]
        assert (order * np.diff(told, axis=0) >= -1e-9).all()
        assert all(0 <= low <= high <= 1 for _, low, high in told)
        assert all(low <= expected <= high for expected, low, high in told)


def test_told_intervals_hold_what_is_measured_19_times_of_20():
    held = {"strangers": [], "known": []}
    for seed in range(60):
        faces, person_of = crowd(20, 8, seed=seed)
        known, first = person_of < 8, np.tile(np.arange(8) < 4, 20)
        enrolled, of = faces[known & first], person_of[known & first]
        made = calibrate(enrolled, of, embedder="mobilefacenet")
        for at in (made.threshold, made.threshold - 0.1, 0.3):
            tops = person_scores(faces, enrolled, of).max(1)
            for side, rate, found in (
                ("strangers", made.strangers_named(at), (tops[~known] >= at).mean()),
                ("known", made.known_unnamed(at), (tops[known & ~first] < at).mean()),
            ):
                held[side].append(rate.interval[0] <= found <= rate.interval[1])
    assert {side: np.mean(each) >= 0.95 for side, each in held.items()} == dict.fromkeys(held, True)


def test_more_people_and_photos_narrow_what_is_told():
    def widths(people, each):
        made = calibrate(*crowd(people, each, seed=1), embedder="mobilefacenet")
        low, high = made.known_unnamed(0.4).interval
        return high - low

    assert widths(20, 6) < widths(5, 6) < widths(5, 2)


def test_look_alikes_in_the_gallery_are_in_what_is_told():
    faces, person_of = crowd(6, 4, seed=2)
    faces[person_of == 1] = faces[person_of == 0]  # twins
    assert calibrate(faces, person_of).strangers_named(0.6).interval[1] > 0.3


def test_too_few_photos_promise_nothing():
    single = calibrate(*crowd(4, 1, seed=0), embedder="mobilefacenet")
    assert single.known_unnamed().interval == (0, 1)
    assert not single.known_unnamed().promised
    assert single.strangers_named().promised
    assert not calibrate(*crowd(4, 3, seed=0), embedder="another").strangers_named().promised
    assert calibrate(*crowd(12, 3, seed=0), embedder="another").strangers_named().promised


def test_nobody_enrolled_nobody_named():
    nobody = calibrate(np.empty((0, 0), np.float32), np.empty(0, np.int64))
    assert nobody.strangers_named(0.3).interval == (0, 0)


def test_two_faces_as_alike_as_this_are_rarer_the_more_alike():
    rates = [false_match_rate(at, embedder="mobilefacenet") for at in GRID]
    assert (np.diff([(rate.expected, *rate.interval) for rate in rates], axis=0) <= 1e-12).all()
    assert all(low <= rate.expected for rate in rates for low in rate.interval[:1])
    assert not false_match_rate(0.5).promised


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_bundled_of_a_network_is_what_was_measured(name):
    found = json.loads((ROOT / "bench" / "results" / "face_strangers.json").read_text())
    kept = found["networks"][name]
    assert (OTHERS[name].mean, OTHERS[name].deviation) == (kept["mean"], kept["deviation"])
    assert OTHERS[name].people == found["people"]
