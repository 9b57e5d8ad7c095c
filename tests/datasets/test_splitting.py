import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.prepare_splits import cut, k_folds, prepare_splits, take_stratified
from kanjian.errors import DatasetError
from kanjian.recipes.recipe import Data
from labeled_sets import labeled, rows

LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=60)
SEEDS = st.integers(0, 2**32)
SPLITS = st.sampled_from(["stratified", "random"])


def test_a_cut_worked_by_hand():
    rest, held_out = cut(labeled([0] * 8 + [1] * 4), 3, split="stratified", seed=0)
    assert rest.class_counts() == {"c0": 6, "c1": 3}
    assert held_out.class_counts() == {"c0": 2, "c1": 1}


@given(LABELS, st.floats(0.01, 0.99), SPLITS, SEEDS)
def test_parts_share_no_picture_and_lose_none(labels, share, split, seed):
    try:
        rest, held_out = cut(labeled(labels), share, split=split, seed=seed)
    except DatasetError:
        assert max(np.bincount(labels)) < 2 or round(share * len(labels)) >= len(labels) - 1
        return
    assert sorted(rows(rest) + rows(held_out)) == list(range(len(labels)))
    assert len(rest)
    assert len(held_out)
    assert rows(rest) == sorted(rows(rest))


@given(LABELS, st.floats(0.1, 0.9), SEEDS)
def test_stratified_shares_are_within_one_picture(labels, share, seed):
    counts = np.bincount(labels)
    if counts.max() < 2:
        return
    try:
        rest, held_out = cut(labeled(labels), share, split="stratified", seed=seed)
    except DatasetError:  # the share rounds up to all
        assert int(share * len(labels) + 0.5) == len(labels)
        return
    size = max(1, int(share * len(labels) + 0.5))
    cut_counts = np.bincount(held_out.labels, minlength=len(counts))
    left = np.bincount(rest.labels, minlength=len(counts))
    assert (np.abs(cut_counts - counts * size / len(labels)) <= 1).all()
    assert (cut_counts[counts >= 2] >= 1).all()
    assert (left[counts >= 1] >= 1).all()


@given(LABELS, SEEDS)
def test_the_same_seed_cuts_alike(labels, seed):
    data = labeled([*labels, *labels])
    first, second = (cut(data, 0.4, split="stratified", seed=seed)[1] for _ in range(2))
    assert rows(first) == rows(second)


def test_seeds_matter_and_stay_what_they_are():
    data = labeled([0, 1] * 10)
    cuts = [rows(cut(data, 4, split="stratified", seed=seed)[1]) for seed in (0, 1)]
    # these numbers come from PCG64's raw stream: any platform, any NumPy
    assert cuts == [[2, 3, 11, 18], [2, 9, 16, 19]]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=4, max_size=60),
    st.floats(0.05, 0.6),
    SEEDS,
)
def test_groups_are_never_parted(pairs, share, seed):
    labels, groups = zip(*pairs, strict=True)
    data = labeled(labels, groups=groups)
    try:
        rest, held_out = cut(data, share, split="grouped", seed=seed)
    except DatasetError as error:
        assert "group" in str(error) or "cannot split" in str(error)
        return
    assert not set(rest.groups) & set(held_out.groups)
    assert sorted(rows(rest) + rows(held_out)) == list(range(len(pairs)))
    assert set(rest.labels) == set(labels)
    assert len(held_out)


def test_a_grouped_cut_is_near_its_size():
    groups = np.repeat(np.arange(50), 4)
    data = labeled(np.tile([0, 0, 1, 2], 50), groups=groups)
    _, held_out = cut(data, 0.2, split="grouped", seed=3)
    assert held_out.class_counts() == {"c0": 20, "c1": 10, "c2": 10}


def test_groups_are_kept_together_by_a_stratified_cut_too():
    data = labeled([0, 1] * 20, groups=np.repeat(np.arange(10), 4))
    rest, held_out = cut(data, 0.2, split="stratified", seed=0)
    assert not set(rest.groups) & set(held_out.groups)


def test_where_a_person_is_a_class_no_group_can_be_held_out():
    with pytest.raises(DatasetError, match="Every class needs two groups"):
        cut(labeled([0, 0, 1, 1], groups=[0, 0, 1, 1]), 0.5, split="grouped", seed=0)


@pytest.mark.parametrize(("split", "expected"), [("first", [0, 1]), ("last", [4, 5])])
def test_ends_are_taken_as_they_lie(split, expected):
    assert rows(cut(labeled([0, 1] * 3), 2, split=split, seed=0)[1]) == expected


@pytest.mark.parametrize(("split", "size"), [("first", 20), ("first", 10), ("last", 12)])
def test_an_end_of_pictures_in_order_of_class_is_refused(split, size):
    with pytest.raises(DatasetError, match=r"lie in order of class. Use split 'stratified'"):
        cut(labeled([0] * 20 + [1] * 20), size, split=split, seed=0)


def test_a_few_pictures_at_an_end_may_lack_a_class():
    # a quick try of a recipe with split "first" cuts 8 pictures of 10 classes
    assert len(cut(labeled([0, 0, 1, 1, 1]), 2, split="first", seed=0)[1]) == 2


def test_a_class_with_one_picture_keeps_it_for_learning():
    rest, _ = cut(labeled([0] * 9 + [1]), 0.9, split="stratified", seed=0)
    assert rest.class_counts() == {"c0": 1, "c1": 1}


@pytest.mark.parametrize("size", [0, -1, 6, 7, 0.99])
def test_sizes_that_leave_nothing_are_refused(size):
    with pytest.raises(DatasetError, match="share between 0 and 1 or a number from 1 to 5"):
        cut(labeled([0, 0, 0, 1, 1, 1]), size, split="random", seed=0)


def test_other_mistakes_are_named():
    with pytest.raises(DatasetError, match="Did you mean 'stratified'"):
        cut(labeled([0, 1]), 1, split="stratifyed", seed=0)
    with pytest.raises(DatasetError, match="no groups to keep together"):
        cut(labeled([0, 1]), 1, split="grouped", seed=0)
    with pytest.raises(DatasetError, match="no class of dataset has two pictures"):
        cut(labeled([0, 1, 2]), 1, split="stratified", seed=0)
    with pytest.raises(DatasetError, match="2 or more folds"):
        k_folds(labeled([0, 0]), 1, seed=0)
    with pytest.raises(DatasetError, match="too few pictures for 3 folds"):
        k_folds(labeled([0, 0]), 3, seed=0)


@given(LABELS, st.integers(2, 5), SEEDS)
def test_every_picture_lies_in_one_fold(labels, k, seed):
    counts = np.bincount(labels)
    try:
        folds = k_folds(labeled(labels), k, seed=seed)
    except DatasetError:
        assert counts[counts >= 2].sum() < k
        return
    dealt = [row for _, fold in folds for row in rows(fold)]
    assert sorted(dealt) == [i for i, label in enumerate(labels) if counts[label] >= 2]
    for rest, fold in folds:
        assert sorted(rows(rest) + rows(fold)) == list(range(len(labels)))
        assert set(fold.labels) <= set(rest.labels)
    shares = [np.bincount(fold.labels, minlength=len(counts)) for _, fold in folds]
    assert np.ptp(shares, axis=0).max() <= 1


def test_folds_keep_groups_and_every_class_to_learn_from():
    groups = np.repeat(np.arange(12), 5)
    labels = np.repeat(np.arange(12) % 3, 5)
    folds = k_folds(labeled(labels, groups=groups), 4, split="grouped", seed=1)
    for rest, fold in folds:
        assert not set(rest.groups) & set(fold.groups)
        assert fold.class_counts() == {"c0": 5, "c1": 5, "c2": 5}


@pytest.mark.parametrize("split", ["random", "first", "last"])
def test_other_folds_cover_too(split):
    folds = k_folds(labeled([0, 1] * 5), 3, split=split, seed=0)
    assert sorted(row for _, fold in folds for row in rows(fold)) == list(range(10))
    assert {len(fold) for _, fold in folds} == {3, 4}


@given(LABELS, st.integers(2, 70), SEEDS)
def test_a_limited_part_is_no_larger_and_keeps_pairs(labels, n, seed):
    counts = np.bincount(labels)
    part = take_stratified(labeled(labels), n, seed)
    kept = np.bincount(part.labels, minlength=len(counts))
    assert len(part) <= n
    assert len(set(rows(part))) == len(part)
    if n >= np.minimum(counts, 2).sum():
        assert len(part) == min(n, len(labels))
        assert (kept >= np.minimum(counts, 2)).all()


def test_a_small_part_of_many_classes_can_still_be_cut():
    # recipe.quick() takes 32 pictures, whatever the number of classes
    part = take_stratified(labeled(np.repeat(np.arange(100), 5)), 32, seed=0)
    assert sorted(np.bincount(part.labels)[np.unique(part.labels)]) == [2] * 16
    rest, held_out = cut(part, 0.25, split="stratified", seed=0)
    assert set(rest.labels) == set(held_out.labels)


def test_a_limit_of_one_is_refused():
    with pytest.raises(DatasetError, match="needs 2 or more pictures, got 1"):
        take_stratified(labeled([0, 1]), 1, 0)


def test_numbers_of_pictures_shrink_with_a_limit_that_leaves_too_few():
    x, y = np.zeros((400, 4, 4), np.uint8), np.arange(400) % 2
    parts = prepare_splits(Data(validation=40, limit=40), seed=0, opened=from_arrays(x, y))
    assert (len(parts.train), len(parts.validation)) == (36, 4)
    assert parts.notes[-2] == "the parts shrink with the limit: validation 40 to 4"
    enough = prepare_splits(Data(validation=40, limit=100), seed=0, opened=from_arrays(x, y))
    assert len(enough.validation) == 40
