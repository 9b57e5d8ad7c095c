"""A Keras network of one's own: what it takes, what it answers, and what is refused."""

import keras
import numpy as np
import pytest

from kanjian.errors import RecipeError
from kanjian.models.input_normalization import Preparation
from kanjian.models.own import build_own, check_own, copied, input_of, keep_own, load_own
from kanjian.models.own import with_input_of as fitted
from kanjian.recipes.recipe import Input

LAYERS = keras.layers


def network(*layers, shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), *layers])


def ending(*last):
    return network(LAYERS.Conv2D(4, 3, activation="relu"), LAYERS.Flatten(), *last)


def built(own, *, n_classes, policy="float32", scale=(0.0, 1.0)):
    preparation = Preparation((8, 8, 1), scale)
    return build_own(
        own, shape_hwc=(8, 8, 1), n_classes=n_classes, preparation=preparation, seed=0,
        policy=policy,
    )  # fmt: skip


PIXELS = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), dtype=np.uint8)


def softmax(x):
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_answers_as_it_did_with_a_softmax_where_it_had_none(policy):
    for last, finish in (
        ([LAYERS.Dense(3, activation="softmax")], lambda x: x),
        ([LAYERS.Dense(3)], softmax),
        ([LAYERS.Dense(3), LAYERS.Softmax()], lambda x: x),
        ([LAYERS.Dense(1, activation="sigmoid")], lambda x: x),
        ([LAYERS.Dense(1)], lambda x: 1 / (1 + np.exp(-x))),
    ):
        own = ending(*last)
        expected = finish(own.predict(PIXELS / 255, verbose=0))
        made = built(own, n_classes=max(2, expected.shape[1]), policy=policy)
        answers = made.predict(PIXELS, verbose=0)
        assert answers.dtype == np.float32
        np.testing.assert_allclose(answers, expected, atol=1e-5 if policy == "float32" else 0.02)


def test_nested_networks_branches_and_own_scaling_are_taken_as_they_are():
    pixels = keras.Input((8, 8, 1))
    x = LAYERS.Rescaling(1 / 127.5, offset=-1)(pixels)
    inner = network(LAYERS.Conv2D(4, 3, padding="same"), LAYERS.BatchNormalization())
    joined = LAYERS.Concatenate()([inner(x), LAYERS.Conv2D(2, 1)(x)])
    answer = LAYERS.Dense(2, activation="softmax")(LAYERS.GlobalMaxPooling2D()(joined))
    own = keras.Model(pixels, answer)
    taken = fitted(Input(), own)
    assert (taken.size, taken.channels, taken.scale) == ((8, 8), 1, (0.0, 255.0))
    made = built(own, n_classes=2, scale=taken.scale)
    np.testing.assert_allclose(
        made.predict(PIXELS, verbose=0),
        own.predict(PIXELS.astype(np.float32), verbose=0),
        atol=1e-5,
    )


def test_pixels_in_a_row_and_pictures_without_channel_are_shaped():
    for shape in ((64,), (8, 8)):
        own = network(LAYERS.Flatten(), LAYERS.Dense(2, activation="softmax"), shape=shape)
        expected = own.predict(PIXELS.reshape(-1, *shape) / 255, verbose=0)
        answers = built(own, n_classes=2).predict(PIXELS, verbose=0)
        np.testing.assert_allclose(answers, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("first", "raw"),
    [
        ([LAYERS.Rescaling(1 / 255)], True),
        ([LAYERS.Resizing(4, 4), LAYERS.Rescaling(1 / 127.5, offset=-1)], True),
        ([LAYERS.Rescaling(2.0, offset=-1)], False),
        ([LAYERS.Normalization(mean=[127.0], variance=[64.0**2])], True),
        ([LAYERS.Normalization(mean=[0.5], variance=[0.3])], False),
        ([LAYERS.Conv2D(3, 3), LAYERS.Rescaling(1 / 255)], False),
        ([], False),
    ],
)
def test_who_scales_the_pixels_is_told_from_the_first_layers(first, raw):
    assert input_of(network(*first, LAYERS.Flatten())).raw is raw


def test_a_size_that_is_asked_for_and_another_that_is_taken_is_refused():
    with pytest.raises(RecipeError, match=r"size = \(9, 9\), but model .* takes \(8, 8\)"):
        fitted(Input(size=(9, 9)), ending(LAYERS.Dense(2)))
    # who decides on the scale in the recipe has decided
    scaled = network(LAYERS.Rescaling(1 / 255), LAYERS.Flatten())
    assert fitted(Input(scale=(-1.0, 1.0)), scaled).scale == (-1.0, 1.0)


def test_training_a_copy_leaves_the_original_alone():
    own = ending(LAYERS.Dense(2))
    before = own.get_weights()
    copy = copied(own)
    copy.set_weights([weight + 1 for weight in before])
    for now, was in zip(own.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, was)


def test_a_file_of_it_gives_it_back(tmp_path):
    own = ending(LAYERS.Dense(2))
    own.compile("adam", "mse")
    keep_own(own, tmp_path / "n.keras")
    again = load_own(tmp_path / "n.keras")
    np.testing.assert_array_equal(again.predict(PIXELS / 255, verbose=0),
                                  own.predict(PIXELS / 255, verbose=0))  # fmt: skip
    assert not again.compiled


class Doubling(LAYERS.Layer):
    def call(self, x):
        return 2 * x


@keras.saving.register_keras_serializable()
class Tripling(LAYERS.Layer):
    def call(self, x):
        return 3 * x


class Subclassed(keras.Model):
    def call(self, x):
        return x


def halved(x, dtype=None):
    return keras.ops.ones(x, dtype) if isinstance(x, tuple) else x / 2


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (3, "functional or Sequential, got int"),
        (Subclassed(), "functional or Sequential, got Subclassed"),
        (keras.Sequential([LAYERS.Dense(2)]), "does not know its input. Begin it"),
        (ending(Doubling()), "is a Doubling of your own: whoever opens the recognizer"),
        (ending(Tripling()), "is a Tripling of your own"),
        (ending(LAYERS.Dense(2, activation=halved)), "uses the function 'halved'"),
        (ending(LAYERS.Dense(2, kernel_initializer=halved)), "uses the function 'halved'"),
        (ending(LAYERS.Lambda(lambda x: x)), "has a layer 'Lambda', which runs code"),
        (keras.Model([a := keras.Input((2,)), b := keras.Input((2,))], LAYERS.Add()([a, b])),
         "has 2 inputs and 1 outputs"),
    ],
)  # fmt: skip
def test_what_others_could_not_open_is_refused_in_one_line(own, message):
    with pytest.raises(RecipeError, match=message) as caught:
        check_own(own)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("own", "classes", "message"),
    [
        (ending(LAYERS.Dense(4)), 3, r"ends in \(4,\), but there are 3 classes"),
        (ending(LAYERS.Dense(1)), 3, r"ends in \(1,\), but there are 3 classes"),
        (ending(LAYERS.Dense(3, activation="relu")), 3, "with activation relu. Use softmax"),
        (ending(LAYERS.Dense(3, activation="sigmoid")), 3, "activation sigmoid. Use softmax"),
        (network(LAYERS.Dense(3), shape=(50,)), 3, "takes 50 numbers, but the pictures have 8×8×1"),
        (network(LAYERS.Flatten(), LAYERS.Dense(3), shape=(8, 8, 3)), 3, "does not fit the pict"),
        (network(LAYERS.Flatten(name="pixels"), LAYERS.Dense(3)), 3, "does not fit the pictures"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_for_the_classes_is_refused_in_one_line(own, classes, message):
    with pytest.raises(RecipeError, match=message) as caught:
        built(own, n_classes=classes)
    assert "\n" not in str(caught.value)
