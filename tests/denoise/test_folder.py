"""A denoiser is saved, loaded and run: any size, any dtype it claims, nothing else."""

import numpy as np
import pytest

from kanjian import backend
from kanjian.denoise.card import CARD, NetworkSpec, read_card
from kanjian.denoise.folder import Denoiser, save_denoiser
from kanjian.errors import DenoiserError
from kanjian.models.denoisers import build_denoiser, spec_of


def saved(folder, name="fast", *, channels=1, noise_map=False, seed=0, **options):
    """A network with random weights everywhere, saved."""
    network = build_denoiser(name, channels=channels, noise_map=noise_map, **options)
    rng = np.random.default_rng(seed)
    network.set_weights([w + rng.normal(0, 0.05, w.shape) for w in network.get_weights()])
    spec = NetworkSpec(channels=channels, noise_map=noise_map, **spec_of(name, **options))
    save_denoiser(folder, network, facts={"seed": seed}, spec=spec)
    return network


@pytest.fixture(scope="module")
def gray(tmp_path_factory):
    folder = tmp_path_factory.mktemp("去噪 ü") / "denoiser"
    return folder, saved(folder, width=8, deep_blocks=1)


@pytest.mark.parametrize("engine", ["openvino", "keras"])
def test_every_engine_gives_the_answers_of_the_network(gray, engine):
    folder, network = gray
    batch = np.random.default_rng(1).normal(128, 60, (3, 24, 16, 1)).astype(np.float32)
    denoiser = Denoiser.load(folder, engine=engine)
    assert denoiser.engine == engine
    np.testing.assert_allclose(denoiser.run(batch), network.predict_on_batch(batch), atol=0.01)


def test_a_run_folder_is_as_good_as_the_denoiser_in_it(gray):
    assert Denoiser.load(gray[0].parent).card == Denoiser.load(gray[0]).card


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (13, 40)])
def test_every_size_keeps_its_size(gray, size):
    batch = np.random.default_rng(2).integers(0, 256, (2, *size, 1), dtype=np.uint8)
    before = batch.copy()
    cleaned = Denoiser.load(gray[0]).run(batch)
    assert (cleaned.shape, cleaned.dtype) == (batch.shape, np.uint8)
    np.testing.assert_array_equal(batch, before)


def test_bytes_are_rounded_floats(gray):
    denoiser = Denoiser.load(gray[0])
    batch = np.random.default_rng(3).integers(0, 256, (1, 12, 12, 1), dtype=np.uint8)
    exact = denoiser.run(batch.astype(np.float64))
    assert exact.dtype == np.float32
    np.testing.assert_array_equal(denoiser.run(batch), np.rint(exact.clip(0, 255)))


def test_many_small_pictures_are_cleaned_as_each_alone(gray):
    denoiser = Denoiser.load(gray[0])
    batch = np.random.default_rng(4).uniform(0, 255, (5, 200, 300, 1)).astype(np.float32)
    alone = np.concatenate([denoiser.run(picture[None]) for picture in batch])
    np.testing.assert_allclose(denoiser.run(batch), alone, atol=0.01)


def test_an_empty_batch_comes_back_empty(gray):
    assert Denoiser.load(gray[0]).run(np.zeros((0, 4, 4, 1), np.uint8)).shape == (0, 4, 4, 1)


def test_a_told_network_wants_to_be_told_and_heeds_it(tmp_path):
    network = saved(tmp_path / "d", noise_map=True, channels=3, width=8, deep_blocks=1)
    denoiser = Denoiser.load(tmp_path / "d")
    batch = np.full((1, 8, 8, 3), 77.0)
    with pytest.raises(DenoiserError, match="takes a noise map, so it needs how strong"):
        denoiser.run(batch)
    by_hand = np.concatenate([batch, np.full((1, 8, 8, 1), 30.0)], axis=3).astype(np.float32)
    np.testing.assert_allclose(
        denoiser.run(batch, sigma=30), network.predict_on_batch(by_hand), atol=0.01
    )
    assert np.abs(denoiser.run(batch, sigma=5) - denoiser.run(batch, sigma=30)).max() > 1e-3


def test_the_saved_network_opens_in_plain_keras(gray):
    network = backend.load_keras().saving.load_model(gray[0] / "model.keras")
    assert all(type(layer).__module__.startswith("keras") for layer in network.layers)


@pytest.mark.parametrize(
    "batch",
    [np.zeros((4, 4), np.uint8), np.zeros((1, 4, 4, 3), np.uint8), np.zeros((1, 4, 4, 1), int)],
    ids=["no batch", "color", "int64"],
)
def test_other_batches_are_refused(gray, batch):
    with pytest.raises(DenoiserError, match=r"batch must be \(n, height, width, 1\)"):
        Denoiser.load(gray[0]).run(batch)


def test_a_network_of_one_size_is_no_denoiser(tmp_path):
    keras = backend.load_keras()
    pixels = keras.Input((8, 8, 1))
    network = keras.Model(pixels, keras.layers.Conv2D(1, 3, padding="same")(pixels))
    with pytest.raises(DenoiserError, match="pictures of any size"):
        save_denoiser(tmp_path / "d", network, facts={})
    assert not (tmp_path / "d").exists()


def test_a_changed_file_is_told(tmp_path):
    saved(tmp_path / "d", width=8, deep_blocks=1)
    (tmp_path / "d" / "model.bin").write_bytes(b"other")
    with pytest.raises(DenoiserError, match="is not the file that was saved"):
        Denoiser.load(tmp_path / "d")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("format = 1", "format = 2", "this kanjian reads up to 1"),
        ("format = 1", "format = 0", "format must be 1, got 0"),
        ("channels = 1", "channels = 2", "channels must be 1 (gray) or 3 (RGB), got 2"),
        ("margin = ", "margins = ", "is damaged"),
        ("[network]", "[networks]", "key 'network' is missing"),
        ("[network]", "[network", "is not TOML"),
    ],
)
def test_a_damaged_card_is_told_in_one_line(gray, tmp_path, before, after, message):
    text = (gray[0] / CARD).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / CARD).write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(DenoiserError) as caught:
        read_card(tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_denoiser_of_0_1_0_opens(tmp_path):
    saved(tmp_path / "d", noise_map=True, width=8, deep_blocks=1)
    card = tmp_path / "d" / "denoiser.toml"
    card.write_text(card.read_text().replace("noise_map", "told"))
    assert Denoiser.load(tmp_path / "d").spec.noise_map
