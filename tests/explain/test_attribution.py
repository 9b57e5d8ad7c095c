"""Reasons: laws that hold for any network, sums where a method promises them."""

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError
from kanjian.explain.attribution import METHODS, Attribution
from kanjian.explain.cam import grad_cam, grad_cam_plus_plus, strongest
from kanjian.explain.colors import colored, overlaid, spread01
from kanjian.explain.flatten_model import on_pixels
from kanjian.explain.inspected_model import InspectedModel
from kanjian.explain.last_map import last_map
from kanjian.explain.occlusion import occlusion, score_cam
from kanjian.explain.saliency import integrated_gradients, saliency, smooth_grad


def bright_corner(*, outputs=3, channels=3, pooled=True):
    """Its class 1 is told by how bright the upper left quarter is, through two convolutions."""
    keras = load_keras()
    layers = keras.layers
    x = keras.Input((16, 16, channels), dtype="uint8")
    y = layers.Rescaling(1 / 255)(x)
    y = layers.Conv2D(2, 3, padding="same", activation="relu", name="one")(y)
    y = layers.Conv2D(2, 1, activation="relu", name="two")(y)
    y = layers.AveragePooling2D(8)(y) if pooled else y
    y = layers.Flatten()(y)
    ending = "softmax" if outputs > 1 else "sigmoid"
    network = keras.Model(x, layers.Dense(outputs, activation=ending, name="answer")(y))
    one = np.zeros((3, 3, channels, 2), np.float32)
    one[1, 1] = 1
    network.get_layer("one").set_weights([one, np.zeros(2, np.float32)])
    network.get_layer("two").set_weights([np.eye(2, dtype=np.float32)[None, None], np.zeros(2)])
    shape = network.get_layer("answer").kernel.shape
    dense = np.zeros(shape, np.float32)
    dense[:2, -1 if outputs == 1 else 1] = 2  # the first place of the pooled map, both channels
    network.get_layer("answer").set_weights([dense, np.zeros(outputs, np.float32)])
    return InspectedModel("corner", on_pixels(network))


def picture(channels=3, seed=0):
    """Noise on a dark ground, its upper left quarter bright."""
    image = np.random.default_rng(seed).integers(0, 20, (16, 16, channels), np.uint8)
    image[:8, :8] += 200
    return image


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("outputs", "channels"), [(3, 3), (1, 1)])
def test_every_method_finds_the_corner_the_answer_rests_on(method, outputs, channels):
    inspected = bright_corner(outputs=outputs, channels=channels)
    reason = Attribution(inspected).explain(picture(channels), method=method, label=1)
    assert reason.heat.shape == (16, 16)
    assert reason.heat.dtype == np.float32
    assert 0 <= reason.heat.min() <= reason.heat.max() <= 1
    inside = reason.heat[:8, :8].mean()
    outside = (reason.heat.sum() - reason.heat[:8, :8].sum()) / (256 - 64)
    assert inside > 3 * outside, (inside, outside)
    assert reason.over(picture(channels)[..., 0]).shape == (16, 16, 3)


@pytest.mark.backends
def test_reasons_are_for_the_answer_unless_a_class_is_named():
    why = Attribution(bright_corner())
    probabilities = why.probabilities(picture())
    reason = why.explain(picture())
    assert reason.label == probabilities.argmax() == 1
    assert reason.probability == pytest.approx(probabilities[1], abs=1e-6)
    assert reason.name == "class 1"
    np.testing.assert_allclose(probabilities.sum(), 1, rtol=1e-5)
    other = why.explain(picture(), label=2)
    assert other.probability == pytest.approx(probabilities[2], abs=1e-6)
    assert other.values.max() == 0, "nothing speaks for a class without weights"


@pytest.mark.backends
def test_integrated_gradients_add_up_to_the_rise_of_the_score():
    reason = Attribution(bright_corner()).explain(picture(), method="integrated", steps=64)
    inspected = bright_corner()
    ends = np.stack([np.full((16, 16, 3), 127.5), picture()]).astype(np.float32)
    gray, whole = inspected.scores.predict_on_batch(ends)[:, 1]
    assert reason.values.sum() == pytest.approx(whole - gray, abs=1e-3)
    assert "adds up to" in reason.note


def test_integrated_gradients_give_nothing_to_what_does_not_differ():
    start = np.zeros((2, 2, 1), np.float32)
    end = start.copy()
    end[0, 0] = 3
    parts, whole = integrated_gradients(end, start, lambda x: ((x**3).sum((1, 2, 3)), 3 * x**2))
    assert np.count_nonzero(parts) == 1
    assert whole == 27
    assert parts.sum() == pytest.approx(27, rel=1e-3)


def linear(weights):
    return lambda x: ((x * weights).sum((1, 2, 3)), np.broadcast_to(weights, x.shape))


def test_on_a_linear_network_all_methods_of_pixels_give_its_weights():
    weights = np.random.default_rng(1).normal(size=(6, 5, 3)).astype(np.float32)
    x = np.random.default_rng(2).uniform(0, 255, (6, 5, 3)).astype(np.float32)
    wanted = np.abs(weights).max(axis=-1)
    np.testing.assert_allclose(saliency(x, linear(weights)), wanted)
    np.testing.assert_allclose(smooth_grad(x, linear(weights), samples=5), wanted, rtol=1e-5)
    parts, whole = integrated_gradients(x, np.zeros_like(x), linear(weights), steps=3)
    np.testing.assert_allclose(parts, x * weights, rtol=1e-4)
    assert parts.sum() == pytest.approx(whole, rel=1e-4)


def test_occlusion_of_a_linear_network_is_what_the_patch_held():
    weights = np.random.default_rng(1).normal(size=(6, 6, 1)).astype(np.float32)
    x = np.random.default_rng(2).uniform(0, 255, (6, 6, 1)).astype(np.float32)
    drop = occlusion(x, lambda batch: linear(weights)(batch)[0], patch=1, stride=1)
    np.testing.assert_allclose(drop, ((x - x.mean()) * weights)[..., 0], rtol=1e-3, atol=1e-2)


def test_occlusion_covers_every_place_whatever_patch_and_stride():
    x = np.zeros((7, 5, 1), np.float32)
    for patch, stride in ((3, 2), (2, 2), (9, 4), (5, 1)):
        assert np.isfinite(occlusion(x, lambda b: b[:, 0, 0, 0], patch=patch, stride=stride)).all()


def test_noise_of_smooth_grad_repeats_with_its_seed():
    x = np.random.default_rng(2).uniform(0, 255, (4, 4, 1)).astype(np.float32)

    def square(batch):
        return (batch**2).sum((1, 2, 3)), 2 * batch

    first, again, other = (smooth_grad(x, square, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_grad_cam_scales_with_maps_and_ignores_what_speaks_against():
    draw = np.random.default_rng(0)
    maps, gradients = draw.random((4, 5, 6)), draw.normal(size=(4, 5, 6))
    cam = grad_cam(maps, gradients)
    assert (cam >= 0).all()
    np.testing.assert_allclose(grad_cam(3 * maps, gradients), 3 * cam)
    assert grad_cam(maps, -np.abs(gradients)).max() == 0
    assert grad_cam_plus_plus(maps, -np.abs(gradients)).max() == 0


def test_grad_cam_plus_plus_counts_two_like_things_alike():
    maps = np.zeros((4, 4, 2))
    maps[0, 0, 0], maps[3, :3, 1] = 1, 1  # the second thing is three times as large
    gradients = (maps > 0) * 4.0
    cam = grad_cam(maps, gradients)
    even = grad_cam_plus_plus(maps, gradients)
    assert cam[3, 0] == pytest.approx(3 * cam[0, 0]), "Grad-CAM prefers the larger one"
    assert even[3, 0] < 2 * even[0, 0]


def test_score_cam_weights_a_map_by_what_it_shows():
    x = np.zeros((4, 4, 1), np.float32)
    x[0, 0] = 16
    maps = np.stack([np.pad([[1.0]], ((0, 3), (0, 3))), np.pad([[1.0]], ((3, 0), (3, 0)))], axis=-1)
    cam = score_cam(x, maps, lambda batch: batch[:, 0, 0, 0] / 16)
    assert cam[0, 0] == pytest.approx(15 / 16)
    assert cam[3, 3] == 0


def test_a_network_without_maps_says_so_and_can_still_be_asked():
    keras = load_keras()
    x = keras.Input((4, 4, 1))
    network = keras.Model(x, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(x)))
    why = Attribution(InspectedModel("flat", on_pixels(network)))
    with pytest.raises(RecognizerError, match="no layer that gives maps"):
        why.explain(np.zeros((4, 4, 1), np.uint8))
    reason = why.explain(np.zeros((4, 4, 1), np.uint8), method="saliency")
    assert reason.heat.shape == (4, 4)


def test_mistakes_are_told_in_a_sentence():
    inspected = bright_corner()
    with pytest.raises(RecognizerError, match="Did you mean 'two'"):
        Attribution(inspected, layer="twoo")
    with pytest.raises(RecognizerError, match="no map with height and width"):
        Attribution(
            inspected, layer="flatten" if "flatten" in inspected.flat else [*inspected.flat][-2]
        )
    with pytest.raises(RecognizerError, match="Did you mean 'grad-cam'"):
        Attribution(inspected).explain(picture(), method="gradcam")
    with pytest.raises(RecognizerError, match="from 0 to 2, got 3"):
        Attribution(inspected).explain(picture(), label=3)


def test_the_last_map_is_one_no_branch_passes_by():
    keras = load_keras()
    x = keras.Input((8, 8, 2), name="in")
    y = keras.layers.Conv2D(2, 3, padding="same", name="branch")(x)
    y = keras.layers.Add(name="sum")([x, y])
    y = keras.layers.GlobalAveragePooling2D(keepdims=True)(y)
    assert last_map(keras.Model(x, keras.layers.Flatten()(y))) == "sum"


def test_the_strongest_maps_vary_most():
    maps = np.random.default_rng(0).normal(size=(5, 5, 4)) * [1, 8, 0, 4]
    assert strongest(maps, 3).tolist() == [1, 3, 0]


def test_colors_run_evenly_from_dark_to_bright_and_stay_inside():
    ramp = colored(np.linspace(-1, 2, 300), name="magma").astype(int)
    luma = ramp @ [299, 587, 114]
    assert (np.diff(luma) >= -1500).all(), "never darker by more than rounding"
    assert colored(np.array([np.nan])).tolist() == [[68, 1, 84]]
    assert spread01(np.arange(11.0), cut=10).max() == 1


def test_a_picture_under_no_heat_is_gray_and_under_heat_glows():
    color = np.full((6, 6, 3), (200, 30, 30), np.uint8)
    heat = np.zeros((6, 6))
    heat[:, 3:] = 1
    made = overlaid(color, heat)
    assert np.ptp(made[0, 0].astype(int)) < np.ptp(made[0, 5].astype(int))
    assert made[0, 5].sum() > made[0, 0].sum()
