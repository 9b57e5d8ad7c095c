"""Features are computed once, for exactly these pictures, this network and these variations."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import ImageError, KanjianError, TrainingError
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine
from kanjian.features.features import features_of
from kanjian.features.one_pass import AugmentedVariant
from kanjian.inference.views import view_images, views_of
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.augmentation import preset
from kanjian.storage.cache import CARD
from kanjian.training.batches import Batches
from kanjian.training.feature_batches import FeatureBatches
from small_backbone import backbone

SHAPE = InputShape((12, 20), 3)


@pytest.fixture(scope="module")
def network():
    return backbone()


def test_features_are_those_of_the_fitted_pictures_in_order(dataset, network):
    features = features_of(dataset, network, SHAPE, precision="f32")
    batch = fitted_batch(dataset, np.arange(11), SHAPE)
    wanted = np.asarray(network(batch, training=False))
    np.testing.assert_allclose(features.array, wanted, atol=1e-5)
    assert (len(features), features.array.dtype, features.precision) == (11, np.float32, "f32")
    assert 0 <= features.relative_error < 1e-5
    assert features.images_per_second == pytest.approx(11 / features.pass_seconds)


def test_they_are_found_again_by_content(dataset, folder, network, tmp_path, monkeypatch):
    first = features_of(dataset, network, SHAPE, about={"backbone": "small"})
    shutil.copytree(folder, tmp_path / "copy")
    again = open_dataset(tmp_path / "copy").train
    monkeypatch.setattr(FeatureEngine, "run", None)  # whoever runs it fails
    second = features_of(replace(again, labels=again.labels * 0), backbone(), SHAPE)
    assert (first.from_cache, second.from_cache) == (False, True)
    np.testing.assert_array_equal(first.array, second.array)
    assert second.relative_error == first.relative_error
    assert second.pass_seconds == first.pass_seconds
    assert second.about["backbone"] == "small"


def test_anything_that_changes_them_makes_others(dataset, network):
    kwargs = [
        {},
        {"precision": "f32"},
        {"precision": "bf16"},
        {"shape": replace(SHAPE, fit="crop")},
        {"network": backbone(seed=3)},
        {"dataset": dataset.subset(np.arange(10))},
        {"augmenter": AugmentedVariant(preset("light"), seed=0)},
        {"augmenter": AugmentedVariant(preset("light"), seed=0, epoch=1)},
        {"augmenter": AugmentedVariant(preset("light"), seed=1)},
        {"augmenter": AugmentedVariant(preset("strong"), seed=0)},
    ]
    made = []
    for changed in kwargs[1:]:
        args = {"dataset": dataset, "network": network, "shape": SHAPE} | changed
        made.append(features_of(**args))
    assert not any(features.from_cache for features in made)
    assert len(FeatureCache().entries()) == len(made)
    assert features_of(dataset, network, SHAPE).from_cache


def test_varied_pictures_are_those_that_training_would_show(dataset, network):
    augmentation = preset("standard")
    batches = Batches(
        dataset, SHAPE, dataset.labels, batch_size=11, augmentation=augmentation, seed=5,
        sampling="in-order",
    )  # fmt: skip
    batches.begin(3)
    wanted = np.asarray(network(batches[0][0], training=False))
    varied = AugmentedVariant(augmentation, seed=5, epoch=3)
    features = features_of(dataset, network, SHAPE, precision="f32", augmenter=varied)
    np.testing.assert_allclose(features.array, wanted, atol=1e-5)
    batches.close()


def test_features_of_a_view_are_those_of_what_a_recognizer_sees(dataset, network):
    still = features_of(dataset, network, SHAPE, precision="f32")
    for view in views_of(3, mirror=True)[1:]:
        features = features_of(dataset, network, SHAPE, precision="f32", view=view)
        batch = view_images(fitted_batch(dataset, np.arange(11), SHAPE), (view,))[0]
        wanted = np.asarray(network(batch, training=False))
        np.testing.assert_allclose(features.array, wanted, atol=1e-5)
        assert not features.from_cache
        assert not np.allclose(features.array, still.array)


def test_batches_that_are_made_at_once_ask_for_the_features_one_after_the_other(dataset, network):
    features, asked = features_of(dataset, network, SHAPE), []

    def slowly(epoch):
        asked.append("begins")
        time.sleep(0.05)
        asked.append("ends")
        return features

    batches = FeatureBatches(
        dataset, SHAPE, dataset.labels, features=slowly, batch_size=11, seed=5, sampling="in-order"
    )
    np.testing.assert_array_equal(batches[0][0], features.array[:11])
    batches.close()
    assert asked == ["begins", "ends"] * (len(asked) // 2)


def test_a_damaged_file_of_features_is_computed_anew(dataset, network):
    first = features_of(dataset, network, SHAPE)
    wanted, path = np.array(first.array), Path(first.array.filename)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    second = features_of(dataset, network, SHAPE)
    assert not second.from_cache
    np.testing.assert_array_equal(second.array, wanted)


def test_half_precision_is_kept_where_it_has_the_range(dataset):
    def kept(**changes):
        return features_of(dataset, backbone(**changes), SHAPE, precision="bf16")

    middle, large, small = kept(), kept(gain=1e6), kept(gain=1e-9)
    kinds = [features.array.dtype.name for features in (middle, large, small)]
    assert kinds == ["float16", "float32", "float32"]
    assert np.isfinite(large.array).all()
    assert np.abs(small.array).max() > 0


def test_one_late_value_too_large_for_half_precision_starts_again(dataset, folder):
    pixels = np.zeros((40, 12, 20, 3), np.uint8)
    pixels[39] = 255
    late = from_arrays(pixels, np.arange(40) % 2).train
    features = features_of(late, backbone(scale=1, offset=0, gain=1e5), SHAPE, precision="bf16")
    assert features.array.dtype == np.float32
    assert np.abs(features.array[39]).max() > 65504
    assert features.notes == ("some features are too large for float16; float32 is kept",)


def test_features_that_are_no_numbers_are_refused_by_name(dataset):
    network = backbone()
    network.set_weights([np.full_like(weight, 3e38) for weight in network.get_weights()])
    with pytest.raises(TrainingError, match=r"features"):
        features_of(dataset, network, SHAPE, precision="f32")
    assert FeatureCache().entries() == []


def test_a_picture_that_cannot_be_read_is_one_line_and_nothing_is_kept(dataset, network, home):
    dataset.images.paths[10].write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"09\.png"):
        features_of(dataset, network, SHAPE)
    assert FeatureCache().entries() == []
    assert list(home.glob("cache/features/.*")) == []


def test_no_pictures_and_no_room_are_one_line(dataset, network, tmp_path):
    with pytest.raises(TrainingError, match="no pictures to take features of"):
        features_of(dataset.subset(np.arange(0)), network, SHAPE)
    with pytest.raises(KanjianError, match="KANJIAN_CACHE_GB"):
        features_of(dataset, network, SHAPE, cache=FeatureCache(tmp_path / "c", limit_gb=1e-6))


def test_one_engine_serves_several_sets_and_progress_is_told(dataset, network):
    engine, told = FeatureEngine(network, precision="f32"), []
    for part in (np.arange(9), np.arange(9, 11)):
        features_of(
            dataset.subset(part), network, SHAPE, engine=lambda: engine, about={"layer": "last"},
            progress=lambda done, total: told.append((done, total)),
        )  # fmt: skip
    assert told == [(8, 9), (9, 9), (2, 2)]
    assert {entry.about["layer"] for entry in FeatureCache().entries()} == {"last"}


def test_rows_are_those_of_the_array(dataset, network):
    features = features_of(dataset, network, SHAPE)
    for indices in ([3, 4, 5, 5, 0, 10], [10], [], [0, 1, 2], [7, 6]):
        np.testing.assert_array_equal(
            features.rows(np.array(indices, int)), features.array[np.array(indices, int)]
        )
    for wrong in (-1, 11):
        with pytest.raises(IndexError, match="0 to 10"):
            features.rows(np.array([0, wrong]))


EPOCH = """
import sys
import time
import numpy as np
from kanjian.features.rows import RowReader
array = np.load(sys.argv[1], mmap_mode="r")
read = RowReader(array).rows if sys.argv[2] == "rows" else array.__getitem__
def peak_kb():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
before = peak_kb()
order = np.random.default_rng(0).permutation(len(array))
total = sum(int(read(order[start : start + 64]).sum()) for start in range(0, len(order), 64))
print(total, (peak_kb() - before) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="told by Linux only")
def test_an_epoch_over_rows_takes_no_memory(tmp_path):
    array = np.ones((4000, 32, 1024), np.uint8)
    np.save(tmp_path / "a.npy", array)

    def epoch(how):
        command = [sys.executable, "-c", EPOCH, str(tmp_path / "a.npy"), how]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        total, grown_mb = map(int, done.stdout.split())
        assert total == array.size
        return grown_mb

    assert epoch("rows") < 30
    assert epoch("map") > 100


def test_the_card_says_what_it_is(dataset, network):
    features_of(dataset, network, SHAPE, about={"backbone": "small", "layer": "conv"})
    (entry,) = FeatureCache().entries()
    assert {"backbone", "layer", "data", "pictures", "pass_seconds", "relative_error"} <= set(
        entry.about
    )
    assert (entry.folder / CARD).exists()
