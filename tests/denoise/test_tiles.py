"""Tiles leave no trace: the answer is that of the whole picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.denoise.folder import Denoiser, save_denoiser
from kanjian.denoise.tiles import clean, spans
from kanjian.errors import DenoiserError, ImageError
from stand_in_denoiser import stand_in


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 200, shape, dtype=np.uint8)


@given(
    length=st.integers(1, 400),
    multiple=st.sampled_from([1, 2, 4, 8]),
    margin=st.integers(0, 20),
    more=st.integers(1, 100),
)
def test_spans_cover_a_side_once_with_their_margins(length, multiple, margin, more):
    rounded = -(-margin // multiple) * multiple
    tile = 2 * rounded + multiple + more
    parts = spans(length, tile=tile, margin=margin, multiple=multiple)
    assert [part.keep_from for part in parts] == [0, *(part.keep_to for part in parts[:-1])]
    assert parts[-1].keep_to == length
    for part in parts:
        assert 0 <= part.start <= part.keep_from < part.keep_to <= part.stop <= length
        assert part.start % multiple == 0
        assert part.stop - part.start <= tile
        assert part.start == 0 or part.keep_from - part.start >= margin
        assert part.stop == length or part.stop - part.keep_to >= margin
    padded = {-(-(part.stop - part.start) // multiple) for part in parts}
    assert len(padded) == 1  # one shape: a network is prepared once


@given(
    height=st.integers(1, 60), width=st.integers(1, 60), tile=st.integers(12, 40),
    color=st.booleans(), noise_map=st.booleans(),
)  # fmt: skip
def test_tiled_is_whole(height, width, tile, color, noise_map):
    denoiser = stand_in(noise_map=noise_map)
    image = noise((height, width, 3) if color else (height, width))
    before = image.copy()
    tiled = clean(denoiser, image, sigma=5, tile=tile)
    whole = clean(stand_in(noise_map=noise_map), image, sigma=5, tile=1000)
    assert (tiled.shape, tiled.dtype) == (image.shape, np.uint8)
    np.testing.assert_array_equal(tiled, whole)
    np.testing.assert_array_equal(image, before)
    assert denoiser._engine.largest <= tile


def test_a_margin_too_small_would_show():
    image = noise((60, 60))
    whole = clean(stand_in(), image, tile=100)
    assert (clean(stand_in(margin=0), image, tile=24) != whole).any()


def test_a_gray_network_cleans_each_channel():
    image = noise((20, 30, 3))
    together = clean(stand_in(), image)
    for channel in range(3):
        alone = clean(stand_in(), np.ascontiguousarray(image[..., channel]))
        np.testing.assert_array_equal(together[..., channel], alone)


def test_a_color_network_takes_gray_pictures():
    image = noise((20, 30))
    np.testing.assert_array_equal(clean(stand_in(channels=3), image), clean(stand_in(), image))
    floats = image.astype(np.float64) - 20.5
    np.testing.assert_allclose(
        clean(stand_in(channels=3), floats), clean(stand_in(), floats), atol=1e-3
    )


def test_floats_stay_floats_beyond_the_range():
    image = np.full((9, 9), -30.0)
    cleaned = clean(stand_in(), image)
    assert cleaned.dtype == np.float32
    assert cleaned[4, 4] == -30  # row 4 and column 4 have no pattern
    assert clean(stand_in(), image + 30)[4, 4] == 0


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 4), np.uint8), np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2), np.uint16),
     np.zeros((3, 0, 3)), [[1]]],
)  # fmt: skip
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(ImageError, match="image must be"):
        clean(stand_in(), image)


def test_a_tile_must_be_larger_than_its_margins():
    with pytest.raises(DenoiserError, match="tile must be more than 16 pixels"):
        clean(stand_in(margin=5), noise((40, 40)), tile=16)


def test_a_told_network_must_be_told():
    with pytest.raises(DenoiserError, match="takes a noise map"):
        clean(stand_in(noise_map=True), noise((8, 8)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fast", "dncnn", "autoencoder"])
@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_real_networks_leave_no_seam(tmp_path, name, precision):
    from kanjian.denoise.card import NetworkSpec
    from kanjian.models.denoisers import build_denoiser, spec_of

    network = build_denoiser(name, **({"depth": 5} if name == "dncnn" else {}))
    rng = np.random.default_rng(0)
    network.set_weights([w + rng.normal(0, 0.03, w.shape) for w in network.get_weights()])
    spec = NetworkSpec(**spec_of(name, **({"depth": 5} if name == "dncnn" else {})))
    save_denoiser(tmp_path / "denoiser", network, facts={}, spec=spec)
    denoiser = Denoiser.load(tmp_path, precision=precision)
    image = noise((203, 331))
    whole, tiled = (clean(denoiser, image, tile=tile) for tile in (1000, 120))
    assert whole.std() > 0.5
    assert np.abs(whole.astype(int) - tiled).max() <= 1
