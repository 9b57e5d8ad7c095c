"""Shipped recipes that go on from a trained network: what is frozen, what learns, a short run."""

import numpy as np
import pytest

from kanjian import backend
from kanjian.datasets.dataset import ArrayImages, Dataset, Splits
from kanjian.images.write import write_image
from kanjian.recipes.codec import override
from kanjian.recipes.shipped import shipped
from kanjian.training.optimizers import build_optimizer
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import prepare
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train

VGG16, INCEPTION = 14_714_688, 21_802_784
# 512·4096 + 4096, 4096·4096 + 4096, 4096·10 + 10; at 224 the first is 25088·4096 + 4096
WIDE_HEAD, WIDER_HEAD = 18_923_530, 119_586_826
# 4·4·512·256 + 256 + 256 + 1
CATS_DOGS_HEAD = 2_097_665
# 2048·1024 + 1024, 1024·200 + 200
BIRDS_HEAD = 2_303_176


def prepared(name, classes):
    """The recipe with random weights, on a picture of each class."""
    recipe = override(shipped(name), {"backbone.weights": "none", "training.precision": "float32"})
    pictures = ArrayImages.of(np.zeros((classes, 8, 8), np.uint8))
    names = tuple(f"class {number}" for number in range(classes))
    one_each = Dataset(pictures, np.arange(classes), names)
    return prepare(recipe, Splits(one_each, one_each, None))


def learned(ready):
    """Numbers that learn in each phase."""
    counts = []
    for phase in phases_of(ready.recipe):
        setup = set_up_phase(ready, phase)
        counts.append(setup.learned)
        setup.close()
    return counts


@pytest.mark.parametrize(
    ("name", "classes", "frozen", "counts"),
    [
        ("mnist-vgg16-frozen-224", 10, VGG16, [250_890]),
        ("mnist-vgg16-frozen-224-source", 10, VGG16, [250_890]),
        ("mnist-vgg16-head-224", 10, VGG16, [WIDER_HEAD]),
        ("mnist-vgg16-head-48", 10, VGG16, [WIDE_HEAD, VGG16 + WIDE_HEAD]),
        # block5: three times 512·512·9 + 512
        ("photos-vgg16-cats-dogs", 2, VGG16, [CATS_DOGS_HEAD, 7_079_424 + CATS_DOGS_HEAD]),
    ],
)
def test_as_many_numbers_are_frozen_and_learn_as_their_networks_have(name, classes, frozen, counts):
    ready = prepared(name, classes)
    assert ready.parameters - counts[0] == frozen
    assert learned(ready) == counts


@pytest.mark.slow
def test_behind_the_first_172_layers_inception_learns_what_it_does_in_plain_keras():
    keras = backend.load_keras()
    plain = keras.applications.InceptionV3(weights=None, include_top=False)
    behind = [layer for layer in plain.layers[172:] if "batch_normalization" not in layer.name]
    top = sum(layer.count_params() for layer in behind)
    keras.backend.clear_session()  # what is numbered by Keras starts anew
    ready = prepared("photos-inception", 200)
    assert ready.parameters - BIRDS_HEAD == INCEPTION
    assert learned(ready) == [BIRDS_HEAD, top + BIRDS_HEAD]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    for name, low in (("cat", 0), ("dog", 90)):
        for number in range(16):
            image = rng.integers(low, low + 160, (60, 50, 3), dtype=np.uint8)
            write_image(tmp_path / "photos" / name / f"{number}.png", image)
    return tmp_path / "photos"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist-vgg16-head-48", "photos-vgg16-cats-dogs"])
def test_a_recipe_runs_from_features_to_fine_tuning(name, photos, tmp_path):
    small = {"input.size": [48, 48]}  # 150×150 takes VGG16 ten times as long
    recipe = recipe_for(name, overrides=small, on=photos, weights="none").quick()
    run = train(recipe, out=tmp_path / "runs")
    phases = run.report.phases
    assert [phase.name for phase in phases] == [phase.name for phase in phases_of(recipe)]
    assert len(phases) == 2
    assert all(phase.epochs == 1 for phase in phases)
    assert 0 <= run.report.validation.accuracy <= 1


def test_binary_answers_of_the_cats_and_dogs_recipe_have_two_classes():
    recipe = shipped("photos-vgg16-cats-dogs")
    assert recipe.model.layers[-1] == {"type": "Dense", "units": 1, "activation": "sigmoid"}
    assert recipe.training.loss == "binary_crossentropy"


def test_adagrad_begins_as_in_keras_1_and_2():
    """The first step of every number is the learning rate, whatever its gradient."""
    keras = backend.load_keras()
    section = shipped("mnist-vgg16-head-48").all_layers.optimizer
    variable = keras.Variable([1.0, 1.0, 1.0])
    gradient = keras.ops.convert_to_tensor([5.0, 0.002, 0.0])
    build_optimizer(section).apply([gradient], [variable])
    np.testing.assert_allclose(np.array(variable), [0.99, 0.99, 1.0], rtol=1e-4)
