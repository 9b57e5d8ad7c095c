"""The table of a network: shapes, parameters, arithmetic, and what a number sees."""

import math

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.explain.diagram import as_picture, as_svg, brief, draw_network, steps_of
from kanjian.explain.summary import structure_of, total_flops
from kanjian.models.backbones import build_backbone


def rows_of(*layers, shape=(16, 12, 3)):
    keras = load_keras()
    return structure_of(keras.Sequential([keras.Input(shape), *layers]))[1:]


@pytest.mark.slow
def test_vgg16_has_the_figures_of_its_paper_and_of_others_who_counted():
    rows = structure_of(build_backbone("vgg16", size_hw=(224, 224), weights=None, seed=0, top=True))
    assert sum(row.parameters for row in rows) == 138357544
    flops, unknown = total_flops(rows)
    assert unknown == 0
    assert flops == pytest.approx(2 * 15.47e9, rel=0.003)  # multiply-adds as torchvision lists them
    field = {row.name: row.field for row in rows}
    assert [field[f"block{n}_pool"] for n in range(1, 6)] == ["6", "16", "44", "100", "212"]
    assert field["predictions"] == "all"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet-lite0", "mobilenet-v2", "inception-v3"])
def test_every_layer_of_the_networks_we_ship_is_counted_and_seen_through(name):
    network = build_backbone(name, size_hw=(96, 96), weights=None, seed=0)
    rows = structure_of(network)
    assert total_flops(rows)[1] == 0
    assert all(row.field_hw is not None for row in rows)
    assert sum(row.parameters for row in rows) == network.count_params()


def test_flops_by_hand():
    layers = load_keras().layers
    rows = rows_of(
        layers.Conv2D(8, (3, 5), use_bias=False),
        layers.Conv2D(8, 3, groups=4, activation="relu"),
        layers.DepthwiseConv2D(3, depth_multiplier=2),
        layers.SeparableConv2D(5, 3, use_bias=False),
        layers.MaxPooling2D(2),
        layers.Conv2DTranspose(4, 3, strides=2, use_bias=False),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax"),
    )
    assert [row.output for row in rows[:2]] == ["14×8×8", "12×6×8"]
    assert [row.flops for row in rows] == [
        2 * 14 * 8 * 3 * 5 * 3 * 8,
        2 * 12 * 6 * 3 * 3 * 2 * 8 + 2 * 12 * 6 * 8,  # two of eight channels, bias, relu
        2 * 10 * 4 * 3 * 3 * 16 + 10 * 4 * 16,
        2 * 8 * 2 * (3 * 3 * 16 + 16 * 5),
        4 * 1 * 5 * 4,
        2 * 4 * 1 * 3 * 3 * 5 * 4,
        9 * 3 * 4,
        2 * 4 * 3 + 3 + 3,
    ]


def test_receptive_fields_are_what_a_changed_pixel_reaches():
    keras = load_keras()
    layers = keras.layers
    ones = keras.initializers.Ones()
    network = keras.Sequential([
        keras.Input((41, 41, 1)),
        layers.Conv2D(1, 3, strides=2, padding="same", kernel_initializer=ones),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.Conv2D(1, 3, dilation_rate=2, padding="same", kernel_initializer=ones),
        layers.DepthwiseConv2D((1, 3), padding="same", depthwise_initializer=ones),
    ])  # fmt: skip
    # one picture for each pixel, with only that one lit: which of them does the middle see?
    pixels = np.eye(41 * 41, dtype=np.float32).reshape(-1, 41, 41, 1)
    for row, layer in zip(structure_of(network)[1:], network.layers, strict=True):
        answers = keras.Model(network.inputs[0], layer.output).predict(pixels, verbose=0)
        middle = answers[:, answers.shape[1] // 2, answers.shape[2] // 2, 0].reshape(41, 41)
        seen = tuple(len(np.unique(axis)) for axis in np.nonzero(middle))
        assert row.field_hw == seen, row.name


def test_a_sum_sees_as_far_as_the_farther_of_its_two_sides():
    keras = load_keras()
    x = keras.Input((9, 9, 2))
    y = keras.layers.Conv2D(2, 5, padding="same", name="far")(x)
    network = keras.Model(x, keras.layers.Add(name="sum")([x, y]))
    *_, last = structure_of(network)
    assert (last.field, last.inputs, last.flops) == ("5", (0, 1), 9 * 9 * 2)


def test_a_network_inside_is_opened_and_an_unknown_layer_says_so():
    keras = load_keras()
    inside = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="deep")])
    rows = rows_of(inside, keras.layers.RandomFlip(), keras.layers.ReLU(), shape=(8, 8, 1))
    assert rows[0].name == "deep"
    assert [(row.field, row.flops) for row in rows] == [
        ("3", 2 * 36 * 9 * 2 + 36 * 2), ("–", None), ("–", 72)
    ]  # fmt: skip
    assert rows[-1].to_dict()["field_hw"] is None


def test_two_inputs_are_refused_in_a_sentence():
    keras = load_keras()
    a, b = keras.Input((4,)), keras.Input((4,))
    with pytest.raises(RecipeError, match="one input and one output, got 2"):
        structure_of(keras.Model([a, b], keras.layers.Add()([a, b])))


def test_layers_called_twice_are_counted_once():
    keras = load_keras()
    dense, x = keras.layers.Dense(4, use_bias=False), keras.Input((4,))
    network = keras.Model(x, dense(dense(x)))
    rows = structure_of(network)
    assert [row.parameters for row in rows] == [0, 16, 0]
    assert sum(row.flops for row in rows) == 64


def residual():
    keras = load_keras()
    layers = keras.layers
    x = keras.Input((8, 8, 1), name="in")
    y = layers.Conv2D(4, 3, name="one")(layers.ZeroPadding2D(1)(x))
    y = layers.ReLU()(layers.BatchNormalization()(y))
    z = layers.Conv2D(4, 3, padding="same", name="two")(y)
    return keras.Model(x, layers.Add(name="sum")([y, z]))


def test_steps_bring_together_a_layer_and_what_dresses_it():
    steps = steps_of(structure_of(residual()))
    assert [step.row.name for step in steps] == ["in", "one", "two", "sum"]
    assert steps[1].dressed == ["norm", "relu"]
    assert steps[1].parameters == 4 * 9 + 4 + 16
    assert [step.sources for step in steps] == [(), (0,), (1,), (1, 2)]


def test_the_drawing_shows_every_step_once_and_every_way_past_a_box():
    drawing = draw_network(structure_of(residual()))
    svg = as_svg(drawing)
    for name in ("in", "one", "two", "sum"):
        assert svg.count(f"· {name}") == 1
    assert svg.count("<rect") == 4
    assert svg.count("<polyline") == 4, "three ways down, one past a box"
    for shape in drawing.shapes:
        if shape.kind == "box":
            x, y, width, height = shape.numbers
            assert x >= 0
            assert x + width <= drawing.width
            assert y + height <= drawing.height
    picture = as_picture(drawing)
    assert picture.dtype == np.uint8
    assert (picture < 128).any(), "letters are dark"


def test_a_long_drawing_is_wrapped_and_none_of_it_lost():
    keras = load_keras()
    layers = [keras.layers.Conv2D(1, 1, name=f"step{n}") for n in range(60)]
    network = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    drawing = draw_network(structure_of(network))
    picture = as_picture(drawing, scale=1)
    assert picture.shape[1] >= 2 * drawing.width - 2
    assert 0.5 < picture.shape[0] / picture.shape[1] < 2
    fill = np.array([0xB9, 0xD7, 0xEE])
    plain = as_picture(drawing, scale=1).reshape(-1, 3)
    blue = int((plain == fill).all(axis=1).sum())
    boxes = [shape for shape in drawing.shapes if shape.fill == "#b9d7ee"]
    assert len(boxes) == 60
    area = sum(shape.numbers[2] * shape.numbers[3] for shape in boxes)
    assert 0.6 * area < blue < area, "all but letters and edges"


def test_counts_are_brief_to_three_digits():
    assert [brief(n) for n in (0, 999, 1000, 9_994, 99_960, 999_400, 1e6)] == [
        "0", "999", "1.00 k", "9.99 k", "100 k", "999 k", "1.00 M"
    ]  # fmt: skip
    assert math.isfinite(float(brief(1e12).split()[0]))
