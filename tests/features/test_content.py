"""Two sets have one key when they show the same pictures in the same order."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from kanjian.datasets.dataset import ArrayImages
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import ImageError
from kanjian.features.content import content_key
from kanjian.features.identity import network_key
from kanjian.images.write import write_image
from small_backbone import backbone


def test_names_places_times_and_labels_do_not_count(dataset, folder, tmp_path):
    key = content_key(dataset)
    shutil.copytree(folder, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*.png"):
        os.utime(path, (1, 1))
    (tmp_path / "copy" / "dog").rename(tmp_path / "copy" / "fox")
    assert content_key(open_dataset(tmp_path / "copy").train) == key
    assert content_key(replace(dataset, labels=1 - dataset.labels)) == key


def test_order_number_and_every_byte_count(dataset):
    everything = np.arange(len(dataset))
    keys = {content_key(dataset.subset(part)) for part in
            (everything, everything[::-1], everything[:-1], everything[:0])}  # fmt: skip
    assert len(keys) == 4
    before = content_key(dataset)
    path = dataset.images.paths[3]
    times = path.stat()
    write_image(path, np.zeros((4, 4), np.uint8))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert content_key(dataset) != before


def test_arrays_count_by_pixels_and_shape(dataset):
    def key(array):
        return content_key(
            replace(dataset, images=ArrayImages.of(array), labels=np.zeros(len(array), np.int64))
        )

    pixels = np.random.default_rng(0).integers(0, 256, (200, 6, 8), np.uint8)
    assert key(pixels) == key(pixels[..., None]) == key(pixels.copy(order="F"))
    assert key(pixels) != key(pixels.reshape(200, 8, 6))
    changed = pixels.copy()
    changed[199, 5, 7] ^= 1
    assert key(pixels) != key(changed)


def test_a_file_that_is_gone_is_one_line(dataset):
    dataset.images.paths[4].unlink()
    with pytest.raises(ImageError, match=r"cannot read .*\.png: No such file"):
        content_key(dataset)


def test_networks_count_by_layers_and_weights_not_by_names():
    key = network_key(backbone())
    second = backbone()
    second.trainable = False
    assert network_key(second) == key
    assert network_key(backbone(seed=1)) != key
    assert network_key(backbone(scale=1 / 128)) != key
    weights = second.get_weights()
    weights[0][0, 0, 0, 0] += 1
    second.set_weights(weights)
    assert network_key(second) != key


def test_a_layer_called_like_its_activation_is_not_taken_for_another():
    from kanjian.backend import load_keras

    keras = load_keras()

    def network(activation):
        x = keras.Input((3,))
        return keras.Model(x, keras.layers.Activation(activation, name=activation)(x))

    assert network_key(network("relu")) != network_key(network("tanh"))
