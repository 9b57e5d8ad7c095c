"""Networks that clean: parameters, what they take, how far they look, every form alike."""

import numpy as np
import pytest

from kanjian.backend.gradients import input_gradients
from kanjian.errors import RecipeError
from kanjian.models.denoisers import DENOISERS, build_denoiser, spec_of

NAMES = [record.name for record in DENOISERS]
SMALL = {"fast": {"width": 8, "deep_blocks": 1}, "dncnn": {"depth": 4, "width": 8}}


@pytest.mark.parametrize("record", DENOISERS, ids=NAMES)
def test_the_catalog_counts_parameters_rightly(record):
    assert build_denoiser(record.name).count_params() == record.parameters


def test_the_autoencoder_is_the_source_layer_by_layer():
    network = build_denoiser("autoencoder")
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == [
        "InputLayer", "Rescaling", "Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D",
        "Conv2D", "UpSampling2D", "Conv2D", "UpSampling2D", "Conv2D", "Rescaling",
    ]  # fmt: skip
    assert network.count_params() == 28_353
    assert network.layers[-2].activation.__name__ == "sigmoid"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("channels", "noise_map"), [(1, False), (3, True)])
def test_any_size_goes_in_and_the_same_size_comes_out(name, channels, noise_map):
    network = build_denoiser(name, channels=channels, noise_map=noise_map, **SMALL.get(name, {}))
    assert network.input_shape == (None, None, None, channels + noise_map)
    for height, width in ((8, 12), (20, 4)):
        batch = np.full((2, height, width, channels + noise_map), 9, np.float32)
        assert network.predict_on_batch(batch).shape == (2, height, width, channels)


@pytest.mark.parametrize("noise_map", [False, True])
def test_the_untrained_fast_network_gives_the_picture_back(noise_map):
    batch = np.random.default_rng(0).uniform(-40, 300, (1, 8, 8, 1 + noise_map)).astype(np.float32)
    answer = build_denoiser("fast", noise_map=noise_map, **SMALL["fast"]).predict_on_batch(batch)
    np.testing.assert_array_equal(answer, batch[..., :1])


def test_another_precision_takes_the_same_weights():
    fast, exact = (
        build_denoiser("dncnn", policy=policy, seed=3, **SMALL["dncnn"])
        for policy in ("mixed_bfloat16", "float32")
    )
    batch = np.random.default_rng(0).uniform(0, 255, (1, 16, 16, 1)).astype(np.float32)
    exact.set_weights(fast.get_weights())
    answers = [np.asarray(network.predict_on_batch(batch)) for network in (fast, exact)]
    assert answers[0].dtype == np.float32
    # what is rounded to 8 bits is the noise, not the picture
    np.testing.assert_allclose(*answers, atol=2.0)


@pytest.mark.parametrize("name", NAMES)
def test_no_pixel_looks_further_than_the_margin_says(name):
    options = SMALL.get(name, {})
    network, traits = build_denoiser(name, **options), spec_of(name, **options)
    # alike and positive: every ReLU lets through, every way counts
    network.set_weights(
        [np.full_like(w, 1 / max(w[..., 0].size, 1)) for w in network.get_weights()]
    )
    side, margin, multiple = 96, traits["margin"], traits["multiple"]
    picture = np.random.default_rng(0).uniform(100, 101, (1, side, side, 1))
    furthest = 0
    for place in range(48, 48 + multiple):
        _, slopes = input_gradients(
            lambda x, at=place: network(x, training=False)[:, at, at, 0], picture
        )
        rows, columns = np.nonzero(slopes[0, :, :, 0])
        furthest = max(furthest, np.abs(rows - place).max(), np.abs(columns - place).max())
    assert furthest <= margin
    # a pool hands the slope to one of four only
    assert furthest >= margin - (multiple - 1) - 3 * (name == "autoencoder")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("fsat", {}, "unknown network 'fsat'. Did you mean 'fast'?"),
        ("fast", {"wide": 3}, "network 'fast': "),
    ],
)
def test_what_does_not_exist_is_refused(name, options, message):
    for refusing in (build_denoiser, spec_of):
        with pytest.raises(RecipeError) as caught:
            refusing(name, **options)
        assert str(caught.value).startswith(message)
