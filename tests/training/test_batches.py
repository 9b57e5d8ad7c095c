"""Batches depend on (seed, epoch, step) alone, and say which picture failed."""

import os
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import ImageError, TrainingError
from kanjian.images.write import write_image
from kanjian.pipeline.decoded_cache import held
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.augmentation import preset
from kanjian.recipes.recipe import Training
from kanjian.training.batches import Batches, balanced_order
from kanjian.training.checkpoint import Progress
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import StepDone

STRONG = preset("strong")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve pictures of many sizes in two classes."""
    place, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number in range(12):
        size = (20 + 5 * number, 60 - 3 * number, 3)
        picture = rng.integers(0, 256, size).astype(np.uint8)
        write_image(place / "ab"[number % 2] / f"{number}.jpg", picture)
    return place


def batches_of(dataset, *, workers=None, **changes):
    given = {"batch_size": 5, "augmentation": STRONG, "seed": 3} | changes
    targets = np.eye(2, dtype=np.float32)[dataset.labels]
    made = Batches(dataset, InputShape((24, 24), 3), targets, **given)
    if workers:
        made._pool = ThreadPoolExecutor(workers)
    return made


def test_content_depends_neither_on_workers_nor_on_what_was_asked_before(folder):
    train = open_dataset(folder).train
    alone, many = batches_of(train, workers=1), batches_of(train, workers=4)
    alone.begin(2)
    many.begin(2, first_step=1)
    for step in (1, 0):
        for one, other in zip(alone[step + 1], many[step], strict=True):
            np.testing.assert_array_equal(one, other)


def test_every_batch_is_made_once_and_those_after_it_meanwhile(folder):
    made, asked = batches_of(open_dataset(folder).train, batch_size=2), []
    make = made.make
    made.make = lambda number: (asked.append(number), make(number))[1]
    made.begin(0, first_step=1, last_step=5)
    made[0]
    wait(made._coming.values())
    assert sorted(asked) == [1, 2, 3]
    for step in range(1, len(made)):
        made[step]
    assert sorted(asked) == [1, 2, 3, 4]


def test_the_first_batch_is_looked_at_without_being_made_twice(folder):
    made, asked = batches_of(open_dataset(folder).train), []
    make = made.make
    made.make = lambda number: (asked.append(number), make(number))[1]
    first = made.first()
    for ours, theirs in zip(first, made[0], strict=True):
        assert ours is theirs
    assert asked.count(0) == 1


def test_what_was_made_ahead_is_forgotten_when_another_epoch_begins(folder):
    train = open_dataset(folder).train
    turned, straight = batches_of(train), batches_of(train)
    turned[0]
    turned.begin(1)
    straight.begin(1)
    for step in range(len(straight)):
        np.testing.assert_array_equal(turned[step][0], straight[step][0])


def test_what_fails_ahead_is_said_when_its_turn_comes(folder):
    made = batches_of(open_dataset(folder).train)
    made.dataset.images.paths[made._order[5]].rename(folder / "away")
    try:
        made[0]
        assert made.failure is None
        with pytest.raises(ImageError):
            made[1]
        assert isinstance(made.failure, ImageError)
    finally:
        (folder / "away").rename(made.dataset.images.paths[made._order[5]])


@pytest.mark.parametrize("channels", [1, 3])
def test_small_epochs_show_the_same_pictures_shrunk(channels):
    rng = np.random.default_rng(0)
    data = Dataset(
        ArrayImages.of(rng.integers(0, 256, (9, 24, 20, channels)).astype(np.uint8).squeeze()),
        np.arange(9) % 2,
        ("a", "b"),
    )
    light, targets = preset("light"), np.eye(2, dtype=np.float32)[data.labels]

    def made(**more):
        shape = InputShape((24, 20), channels)
        return Batches(data, shape, targets, batch_size=4, augmentation=light, seed=1, **more)

    small, whole = made(small=((12, 10), 2)), made()
    for epoch, factor in ((0, 2), (1, 2), (2, 1)):
        small.begin(epoch)
        whole.begin(epoch)
        images, answers = small[1]
        wanted = whole[1][0].reshape(4, 24 // factor, factor, 20 // factor, factor, channels)
        assert images.shape == (4, 24 // factor, 20 // factor, channels)
        np.testing.assert_allclose(images, wanted.mean((2, 4)), atol=0.51)
        np.testing.assert_array_equal(answers, whole[1][1])
        assert small.work(epoch) == 1 / factor**2


def test_another_epoch_or_seed_gives_other_batches(folder):
    train = open_dataset(folder).train
    first, second, other = (batches_of(train, seed=seed) for seed in (3, 3, 4))
    second.begin(1)
    assert (first[0][0] != second[0][0]).any()
    assert (first[0][0] != other[0][0]).any()


def test_mixed_answers_sum_to_one_and_weights_are_mixed_with_them(folder):
    train = open_dataset(folder).train
    mixing = STRONG.model_copy(update={"mixup_alpha": 1.0})
    made = batches_of(train, augmentation=mixing, weights=np.arange(12, dtype=np.float32))
    images, targets, weights = made[0]
    np.testing.assert_allclose(targets.sum(1), 1, atol=1e-6)
    assert images.dtype == np.uint8
    assert (weights % 1 != 0).any()


@pytest.mark.parametrize("cache", ["auto", "disk"])
def test_kept_pictures_make_the_same_batches_as_decoded_ones_but_for_interpolation(
    folder, cache, tmp_path, monkeypatch
):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path))
    train, shape = open_dataset(folder).train, InputShape((24, 24), 3)
    kept = held(train, shape, cache=cache, augmentation=STRONG)
    assert kept.names == train.names
    assert kept.images.read(0).shape == (36, 36, 3), "large enough to zoom into"
    plain = preset("none")
    live, from_kept = batches_of(train, augmentation=plain), batches_of(kept, augmentation=plain)
    difference = np.abs(live[0][0].astype(int) - from_kept[0][0].astype(int))
    assert difference.mean() < 12


def test_a_cache_on_disk_is_made_once_and_found_again(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path))
    train, shape = open_dataset(folder).train, InputShape((16, 16), 1)
    first = held(train, shape, cache="disk")
    (file,) = (tmp_path / "cache" / "fitted").iterdir()
    made = file.stat().st_ino
    second = held(open_dataset(folder).train, shape, cache="disk")
    assert file.stat().st_ino == made
    for index in range(12):
        np.testing.assert_array_equal(first.images.read(index), second.images.read(index))
    os.utime(train.images.paths[0], (1, 1))
    held(open_dataset(folder).train, shape, cache="disk")
    assert len(list(file.parent.iterdir())) == 2, "a changed picture makes another cache"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 99))
def test_balanced_order_shows_every_class_as_often(labels, seed):
    labels = np.array(labels)
    order = balanced_order(labels, np.random.default_rng(seed))
    counts = np.bincount(labels[order])[np.unique(labels)]
    assert len(order) == len(labels)
    assert np.ptp(counts) <= 1
    for label in np.unique(labels):
        times = np.bincount(order[labels[order] == label], minlength=len(labels))
        members = times[labels == label]
        assert np.ptp(members) <= 1, "a class goes round before a picture comes again"


def test_balanced_batches_vary_a_repeated_picture_anew():
    images = np.random.default_rng(0).integers(0, 256, (9, 24, 24, 3)).astype(np.uint8)
    labels = np.array([0] * 8 + [1])
    data = Dataset(ArrayImages.of(images), labels, ("many", "one"))
    light = preset("light")
    made = batches_of(data, sampling="balanced", augmentation=light, batch_size=9)
    pictures, targets = made[0]
    rare = pictures[targets[:, 1] == 1]
    assert len(rare) in {4, 5}
    assert len(np.unique(rare.reshape(len(rare), -1), axis=0)) == len(rare)


class Ending:
    """A picture that vanishes after a while."""

    def __init__(self, path, after):
        self.path, self.left = path, after

    def __call__(self, event):
        if isinstance(event, StepDone):
            self.left -= 1
            if self.left == 0:
                self.path.unlink()


def test_a_picture_that_vanishes_is_one_clear_error_and_the_state_is_kept(tmp_path):
    from kanjian.backend import load_keras

    rng, keras = np.random.default_rng(0), load_keras()
    for number in range(12):
        picture = rng.integers(0, 256, (24, 24, 3)).astype(np.uint8)
        write_image(tmp_path / "photos" / "ab"[number % 2] / f"{number}.png", picture)
    train = open_dataset(tmp_path / "photos").train
    made = batches_of(train, augmentation=preset("light"), batch_size=4)
    model = keras.Sequential(
        [keras.Input((24, 24, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    gone = train.images.paths[5]
    loop = EpochLoop(
        model, made, None, Training(epochs=9),
        progress=Progress(), folder=tmp_path / "state", callback=Ending(gone, after=3),
    )  # fmt: skip
    with pytest.raises(TrainingError, match=rf"{gone.name}.*kanjian resume") as caught:
        loop.run()
    assert "\n" not in str(caught.value)
    assert any((tmp_path / "state").iterdir())
