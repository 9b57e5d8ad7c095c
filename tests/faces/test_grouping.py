"""Faces are put together by person, the most alike first, and never against what is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.faces.grouping import by_size, cluster
from kanjian.faces.threshold import calibrate, level_among
from kanjian.faces.unit import unit


def rows(n, seed=0, k=4):
    return unit(np.random.default_rng(seed).normal(size=(n, k)))


def one_after_the_other(faces, level, apart=()):
    """The same, looking at every pair again after each step."""
    groups = [[at] for at in range(len(faces))]
    forbidden = {frozenset(pair) for clique in apart for pair in zip(clique, clique[1:])}  # noqa: B905, RUF007
    while len(groups) > 1:
        means = np.array([faces[group].mean(0) for group in groups])
        pairs = [
            (float(means[a] @ means[b] / min(np.linalg.norm(means[[a, b]], axis=1))), a, b)
            for a in range(len(groups))
            for b in range(a)
            if not any(frozenset((i, j)) in forbidden for i in groups[a] for j in groups[b])
        ]
        alike, one, other = max(pairs, default=(-2, 0, 0))
        if alike < level(len(groups)):
            break
        groups[other] += groups.pop(one)
    return {frozenset(group) for group in groups}


def as_sets(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@given(st.integers(2, 25), st.integers(0, 50), st.booleans())
def test_it_gives_what_looking_at_every_pair_again_gives(n, seed, parted):
    faces = rows(n, seed)
    apart = [[0, 1], [1, n - 1]] if parted and n > 2 else []

    def level(people):
        return 0.5 + people / 100

    assert as_sets(cluster(faces, level, apart=apart)) == one_after_the_other(faces, level, apart)


@given(st.integers(3, 20), st.integers(0, 30))
def test_who_is_seen_side_by_side_is_never_one_person(n, seed):
    faces = rows(n, seed)
    pictures = np.random.default_rng(seed).integers(0, 4, n)
    apart = [np.flatnonzero(pictures == each).tolist() for each in range(4)]
    labels = cluster(faces, lambda people: -1.0, apart=apart)
    for members in apart:
        assert len(set(labels[members])) == len(members)


def test_who_is_known_to_be_one_person_stays_so_and_two_known_people_stay_two():
    faces = unit(np.array([[1, 0], [0, 1], [1, 0.1], [0.1, 1.0]]))
    labels = cluster(faces, lambda people: 0.9, together=[[0, 1]], apart=[[0, 2]])
    assert labels[0] == labels[1]
    assert labels[2] not in labels[[0, 1]]


def test_a_face_alone_is_a_group_and_none_is_none():
    assert cluster(np.empty((0, 3), np.float32), lambda people: 0.5).tolist() == []
    assert cluster(rows(1), lambda people: 0.5).tolist() == [0]


@given(st.lists(st.integers(0, 5), max_size=20))
def test_groups_are_numbered_by_their_size(labels):
    made = by_size(np.array(labels, np.int64))
    counts = np.bincount(made) if len(labels) else np.empty(0)
    assert (np.diff(counts) <= 0).all()
    assert len(set(zip(labels, made.tolist(), strict=True))) == len(set(labels))


@pytest.mark.parametrize("embedder", ["mobilefacenet", "sface"])
def test_more_people_need_more_likeness_and_one_needs_what_an_empty_gallery_does(embedder):
    levels = [level_among(people, embedder=embedder) for people in (1, 2, 10, 100, 1000)]
    assert levels == sorted(levels)
    assert levels[-1] < 0.8
    empty = calibrate(np.empty((0, 0)), np.empty(0, np.int64), embedder=embedder)
    assert round(levels[0], 3) == empty.threshold
