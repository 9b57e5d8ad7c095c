import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError
from kanjian.explain.filters import (
    Excitement,
    convolutions,
    filter_count,
    filters,
    first_kernels,
    mean_activations,
)
from kanjian.explain.flatten_model import on_pixels
from kanjian.explain.gradient_ascent import AscentConfig, gray_noise
from kanjian.explain.inspected_model import InspectedModel
from see_networks import functional, nested, seen, sequential

KINDS = {
    "gray": (sequential, "second"),
    "color": (lambda: sequential(channels=3), "first"),
    "functional": (functional, "sum"),
    "normalized": (functional, "norm"),
    "nested": (nested, "backbone_conv"),
    "beside the backbone": (nested, "conv"),
}


def subject_of(network):
    return InspectedModel("toy", on_pixels(network))


@pytest.mark.backends
@pytest.mark.parametrize("kind", KINDS)
def test_every_filter_is_excited_more_than_by_noise(kind):
    build, layer = KINDS[kind]
    found = filters(subject_of(build()), layer, ascent=AscentConfig(steps=10), precision="f32")
    assert found.pixels.shape[0] == len(found.indices) == len(found.reached)
    assert (found.reached >= found.before).all()
    assert found.reached.sum() > found.before.sum() + 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_the_slope_is_that_of_the_whole_network(kind):
    build, layer = KINDS[kind]
    inspected = subject_of(build())
    indices = np.array([1, 0, 1])
    images = gray_noise(np.arange(3), inspected.shape_hwc) * 1.5
    values, gradients = Excitement(inspected, layer, indices, "f32").gradient(images, np.arange(3))
    network, ops = inspected.up_to(layer), load_keras().ops

    def plain(x):
        means = ops.mean(network(x, training=False), axis=(1, 2))
        return ops.stack([means[row, index] for row, index in enumerate(indices)])

    from kanjian.backend.gradients import input_gradients

    wanted, ways = input_gradients(plain, images)
    spoken = wanted != 0
    assert values[spoken] == pytest.approx(wanted[spoken], rel=1e-4)
    assert gradients[spoken] == pytest.approx(ways[spoken], abs=1e-7)


def test_a_silent_filter_climbs_until_it_speaks():
    network = sequential(channels=3)
    layer = network.get_layer("first")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, bias - 0.6])  # on gray nothing comes through
    found = filters(
        subject_of(network), "first", ascent=AscentConfig(rate=8, steps=40), precision="f32"
    )
    assert not found.before.any()
    assert (found.reached > 0).all()


def test_a_filter_alone_gives_what_it_gives_among_others():
    inspected = subject_of(functional())
    ascent = AscentConfig(steps=5, jitter=2)
    every = filters(inspected, "conv", ascent=ascent, precision="f32")
    alone = filters(inspected, "conv", indices=[2], ascent=ascent, precision="f32")
    assert every.pixels[2] == pytest.approx(alone.pixels[0], abs=1e-2)


def test_the_same_picture_twice():
    inspected = subject_of(functional())
    one, two = (
        filters(inspected, "conv", ascent=AscentConfig(steps=3, octaves=2)) for _ in range(2)
    )
    assert (one.pixels == two.pixels).all()


def test_narrow_numbers_lead_as_high():
    inspected = subject_of(functional())
    reached = [
        filters(inspected, "conv", size_hw=(32, 32), precision=precision).reached.mean()
        for precision in ("f32", "bf16")
    ]
    assert reached[1] == pytest.approx(reached[0], rel=0.02)


def test_another_size_and_octaves():
    inspected = subject_of(nested())
    ascent = AscentConfig(steps=2, octaves=2)
    found = filters(inspected, "conv", indices=[0], size_hw=(30, 40), ascent=ascent)
    assert found.pixels.shape == (1, 30, 40, 3)
    assert found.pictures[0].dtype == np.uint8


def test_strongest_first():
    found = filters(subject_of(functional()), "conv", ascent=AscentConfig(steps=2))
    best = found.strongest(2)
    assert len(best.indices) == 2 and best.reached[0] >= best.reached[1]
    assert best.reached[0] == found.reached.max()
    assert found.indices[found.reached.argmax()] == best.indices[0]


def test_mean_activations_are_those_of_the_layer():
    inspected = subject_of(functional())
    images = gray_noise(np.arange(3), inspected.shape_hwc)
    maps = seen(inspected.up_to("conv")(images))
    found = mean_activations(inspected, "conv", images, np.array([0, 3, 1]), at_once=2)
    wanted = [maps[0, ..., 0].mean(), maps[1, ..., 3].mean(), maps[2, ..., 1].mean()]
    assert found == pytest.approx(wanted, rel=1e-4)


def test_layers_without_maps_say_so():
    inspected = subject_of(sequential())
    with pytest.raises(RecognizerError, match=r"gives \(3,\): no height and width.*'second'"):
        filter_count(inspected, "answer")
    with pytest.raises(RecognizerError, match="has filters 0 to 5, got 6"):
        filters(inspected, "second", indices=[6])
    with pytest.raises(RecognizerError, match="got none"):
        filters(inspected, "second", indices=[])


def test_convolutions_are_found_wherever_they_are():
    assert convolutions(subject_of(nested())) == ("backbone_conv", "conv")
    assert convolutions(subject_of(functional())) == ("conv", "side")


def test_first_kernels_are_their_weights_around_gray():
    network = functional()
    name, kernels = first_kernels(subject_of(network))
    weights = network.get_layer("conv").get_weights()[0]
    assert name == "conv" and kernels.shape == (4, 3, 3, 3)
    largest = np.abs(weights[..., 0]).max()
    wanted = np.round(127.5 + 127.5 * weights[..., 0] / largest)
    assert np.abs(kernels[0].astype(int) - wanted).max() <= 1
    assert 0 in kernels[0] or 255 in kernels[0]


def test_kernels_of_a_network_without_any():
    keras = load_keras()
    plain = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])
    with pytest.raises(RecognizerError, match="no convolution"):
        first_kernels(subject_of(plain))
