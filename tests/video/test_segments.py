"""From answers to segments: exact, no shorter than told, borders between samples."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.errors import VideoError
from kanjian.video.samples import Samples
from kanjian.video.segments import best_parting, segments_of
from kanjian.video.tag import voted


def samples(labels, *, sure=0.9, step=0.5, threshold=None, k=2):
    """Answers that name these labels; None: no class is likely."""
    scores = np.full((len(labels), k), (1 - sure) / (k - 1), np.float32)
    for row, label in zip(scores, labels, strict=True):
        if label is None:
            row[:] = 1 / k
        else:
            row[label] = sure
    times = np.arange(len(labels)) * step
    names = ("cat", "dog", "fox")[:k]
    return Samples(names, threshold, times, scores, 0.0, len(labels) * step, {}, None)


def value(gains, labels, least):
    runs = [len(list(run)) for _, run in itertools.groupby(labels)]
    if min(runs) < least:
        return -np.inf
    return sum(gains[at, label] for at, label in enumerate(labels))


@given(
    st.integers(1, 3).flatmap(
        lambda k: arrays(
            float, st.tuples(st.integers(1, 7), st.just(k)), elements=st.integers(-9, 9)
        )
    ),
    st.integers(1, 3),
)
def test_the_parting_is_the_best_of_all(gains, least):
    got = best_parting(gains, least)
    if len(gains) < 2 * least:
        assert len(set(got)) == 1
        return
    every = itertools.product(range(gains.shape[1]), repeat=len(gains))
    best = max(value(gains, labels, least) for labels in every)
    assert value(gains, got, least) == best


def test_segments_follow_the_labels_and_leave_no_gap():
    found = segments_of(samples([0, 0, 0, 1, 1, 1, 1, 0, 0]))
    assert [(each.label, each.from_s, each.to_s) for each in found] == [
        ("cat", 0.0, 1.25), ("dog", 1.25, 3.25), ("cat", 3.25, 4.5),
    ]  # fmt: skip
    assert [each.confidence for each in found] == pytest.approx([0.9] * 3)


def test_one_answer_aside_is_passed_over_and_kept_where_nothing_is_smoothed():
    told = samples([0, 0, 0, 1, 0, 0, 0])
    assert [each.label for each in segments_of(told)] == ["cat"]
    assert [each.label for each in segments_of(told, shortest_s=0)] == ["cat", "dog", "cat"]


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.floats(0, 4))
def test_no_segment_is_shorter_than_told_and_all_of_the_clip_is_covered(labels, shortest):
    found = segments_of(samples(labels, k=3), shortest_s=shortest)
    assert found[0].from_s == 0
    assert found[-1].to_s == len(labels) * 0.5
    assert all(a.to_s == b.from_s for a, b in itertools.pairwise(found))
    if len(found) > 1:  # the first border lies half a sample before the sample it belongs to
        assert min(each.seconds for each in found) >= shortest - 0.26


def test_where_nothing_is_likely_it_is_unknown():
    found = segments_of(samples([0, 0, None, None, None], threshold=0.7))
    assert [(each.label, each.known) for each in found] == [("cat", True), ("unknown", False)]
    shares = voted(samples([0, 0, None, None, None], threshold=0.7), vote="count")
    assert shares == pytest.approx([0.4, 0, 0.6])


def test_votes_by_hand():
    told = samples([0, 0, 0, 1], sure=0.8)
    assert voted(told, vote="count", shortest_s=0) == pytest.approx([0.75, 0.25, 0])
    assert voted(told, vote="mean") == pytest.approx([0.65, 0.35, 0])
    mixed = samples([0, 0, 1, 1])
    mixed.scores[:2] = [0.6, 0.4]
    wanted = [1.2 / 3.0, 1.8 / 3.0, 0]
    assert voted(mixed, vote="confidence", shortest_s=0) == pytest.approx(wanted)


def test_a_single_sample_is_one_segment():
    (only,) = segments_of(samples([1]))
    assert (only.label, only.from_s, only.to_s) == ("dog", 0.0, 0.5)


def test_a_negative_length_is_refused():
    with pytest.raises(VideoError, match="shortest_s must not be negative"):
        segments_of(samples([0]), shortest_s=-1)


def test_frames_unlike_the_training_pictures_are_unknown_however_sure():
    # cars that a recognizer of cats and dogs calls dog at 99 %: a threshold lets them pass
    seen = replace(samples([1] * 8, sure=0.99, threshold=0.98), unlike=np.ones(8, bool))
    assert [(each.label, each.known) for each in segments_of(seen)] == [("unknown", False)]
    for vote in ("count", "mean", "confidence"):
        assert voted(seen, vote=vote)[-1] >= 0.95


def test_a_single_frame_that_is_unlike_is_passed_over():
    unlike = np.zeros(8, bool)
    unlike[3] = True
    seen = replace(samples([1] * 8, sure=0.9), unlike=unlike)
    assert [each.label for each in segments_of(seen)] == ["dog"]
