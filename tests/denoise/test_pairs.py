"""What a denoiser learns from depends on (seed, epoch, index), and is what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.denoise.image_sets import Parts, open_parts
from kanjian.denoise.losses import build_loss, psnr
from kanjian.denoise.pairs import PairBatches, blind_spots, cut, made_noise, noisy
from kanjian.errors import DatasetError
from kanjian.images.write import write_image
from kanjian.recipes.denoising import NOISES, DenoiseRecipe, Noise


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Ten gray pictures of different sizes."""
    folder, rng = tmp_path_factory.mktemp("照片"), np.random.default_rng(0)
    for number in range(10):
        size = (20 + number, 40 - number)
        write_image(folder / f"{number}.png", rng.integers(0, 256, size, dtype=np.uint8))
    return folder


def recipe_of(source, *, noise=None, seed=5, batch_size=4, **pictures):
    pictures = {"patch": 16, "per_picture": 2, "validation": 0.2} | pictures
    return DenoiseRecipe(
        pictures={"source": str(source)} | pictures,
        noise=noise or {},
        learning={"seed": seed, "batch_size": batch_size},
    )


def batches_of(source, **more):
    recipe = recipe_of(source, **more)
    return PairBatches(open_parts(recipe).train, recipe)


def all_of(batches, epoch):
    batches.begin(epoch)
    return [batches[step] for step in range(len(batches))]


def same(one, other):
    return all(
        np.array_equal(a, b)
        for pair in zip(one, other, strict=True)
        for a, b in zip(*pair, strict=True)
    )


def test_an_epoch_is_the_same_whenever_it_comes(photos):
    batches = batches_of(photos)
    first = all_of(batches, 3)
    assert not same(first, all_of(batches, 4))
    assert same(first, all_of(batches, 3))
    assert same(first, all_of(batches_of(photos), 3))
    assert not same(first, all_of(batches_of(photos, seed=6), 3))


def test_the_rest_of_an_epoch_is_what_was_left(photos):
    batches = batches_of(photos)
    whole = all_of(batches, 2)
    batches.begin(2, first_step=1)
    assert same(whole[1:], [batches[step] for step in range(len(batches))])


def test_a_pair_does_not_depend_on_the_size_of_the_batch(photos):
    by_four, by_three = (batches_of(photos, batch_size=size) for size in (4, 3))
    for batches in (by_four, by_three):
        batches.begin(1)
    np.testing.assert_array_equal(by_four.pair(7)[0], by_three.pair(7)[0])


def test_validation_is_the_same_in_every_epoch_and_held_out(photos):
    recipe = recipe_of(photos)
    parts = open_parts(recipe)
    assert (len(parts.train), len(parts.validation)) == (8, 2)
    assert not set(parts.train.rows) & set(parts.validation.rows)
    judged = PairBatches(parts.validation, recipe, validating=True)
    assert same(all_of(judged, 0), all_of(judged, 9))


@given(st.integers(0, 2**20), st.booleans())
def test_a_cut_is_a_part_of_the_picture_and_of_its_twin(seed, turns):
    picture = np.arange(7 * 9, dtype=np.uint8).reshape(7, 9, 1)
    part = cut(picture, np.random.default_rng(seed), side=4, turns=turns)
    square = part(picture)
    assert (square.shape, square.dtype) == ((4, 4, 1), np.float32)
    np.testing.assert_array_equal(part(picture + 100), square + 100)
    # neighbors stay neighbors: all steps along an axis are alike, one axis goes by 1, one by 9
    steps = {
        abs(float(step)) for axis in (0, 1) for step in np.diff(square[..., 0], axis=axis).ravel()
    }
    assert steps == {1, 9}


def test_whole_pictures_are_not_cut():
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    part = cut(picture, np.random.default_rng(0), side=0, turns=False)
    np.testing.assert_array_equal(part(picture), picture)


def test_gaussian_noise_goes_beyond_black_and_white_unless_clipped():
    clean, rng = np.zeros((200, 200, 1), np.float32), np.random.default_rng(0)
    into, out = made_noise(clean, Noise(amount=(25, 25)), rng)
    assert out is clean
    assert into.std() == pytest.approx(25, rel=0.02)
    assert abs(into.mean()) < 0.5
    clipped, _ = made_noise(clean, Noise(amount=(25, 25), clip=True), rng)
    assert clipped.min() == 0


def test_a_told_network_is_told_the_noise_it_gets():
    rng, clean = np.random.default_rng(1), np.zeros((100, 100, 1), np.float32)
    for _ in range(5):
        into, _ = made_noise(clean, Noise(amount=(5, 50), noise_map=True), rng)
        sigma = into[0, 0, 1]
        assert (into[..., 1] == sigma).all()
        assert into[..., 0].std() == pytest.approx(sigma, rel=0.05)


@given(st.integers(0, 2**20), st.tuples(st.integers(1, 12), st.integers(2, 12)))
def test_a_blind_spot_shows_a_neighbor_and_never_itself(seed, size):
    part = np.arange(np.prod(size), dtype=np.float32).reshape(*size, 1)
    into, out = blind_spots(part, np.random.default_rng(seed), share=0.2)
    blind = out[..., 1] == 1
    np.testing.assert_array_equal(out[..., :1], part)
    assert blind.sum() == max(1, round(0.2 * part.size))
    np.testing.assert_array_equal((into != part)[..., 0], blind)
    rows, columns = np.divmod(into[blind][:, 0].astype(int), size[1])
    at = np.argwhere(blind)
    # a window of 5, moved inside at the border
    assert (np.abs(rows - at[:, 0]) <= 4).all()
    assert (np.abs(columns - at[:, 1]) <= 4).all()


def test_only_blind_spots_count_in_the_loss():
    right = np.zeros((1, 2, 2, 2), np.float32)
    right[0, 1, 1, 1] = 1
    cleaned = np.full((1, 2, 2, 1), 100, np.float32)
    cleaned[0, 1, 1] = 3
    assert float(np.asarray(build_loss("mse", masked=True)(right, cleaned))[0]) == 9


@pytest.mark.parametrize(
    ("name", "loss"),
    [("mse", 9), ("mae", 3), ("charbonnier", 10**0.5), ("binary-crossentropy", -np.log(0.8))],
)
def test_losses_by_hand(name, loss):
    right = np.full((1, 1, 1, 1), 255, np.float32)
    cleaned = right - (51 if name == "binary-crossentropy" else 3)
    assert float(np.asarray(build_loss(name)(right, cleaned))[0]) == pytest.approx(loss, rel=1e-5)


def test_psnr_by_hand():
    right = np.zeros((2, 3, 3, 1), np.float32)
    cleaned = right + np.array([25.5, 2.55], np.float32)[:, None, None, None]
    np.testing.assert_allclose(np.asarray(psnr(right, cleaned)), [20, 40], atol=1e-3)


@pytest.fixture
def twins(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.png", "c.png"):
        for folder, low in (("one", 0), ("two", 100)):
            pixels = rng.integers(low, low + 100, (20, 20), dtype=np.uint8)
            write_image(tmp_path / folder / name, pixels)
    return tmp_path


def test_pairs_come_from_the_same_place_of_both(twins):
    batches = batches_of(twins, learn_from="pairs", validation=0)
    into, out = (np.concatenate(part) for part in zip(*all_of(batches, 0), strict=True))
    dark_first = into.mean(axis=(1, 2, 3)) < out.mean(axis=(1, 2, 3))
    assert 0 < dark_first.sum() < len(into)  # each is learned from the other
    ends = np.sort([into.mean(axis=(1, 2, 3)), out.mean(axis=(1, 2, 3))], axis=0)
    assert (ends[0] < 100).all()
    assert (ends[1] > 100).all()


def test_pairs_that_do_not_match_are_named(twins):
    (twins / "two" / "b.png").unlink()
    with pytest.raises(DatasetError, match=r"1 picture has no twin, the first is b\.png"):
        batches_of(twins, learn_from="pairs")
    (twins / "three").mkdir()
    with pytest.raises(DatasetError, match="found 3 folders"):
        batches_of(twins, learn_from="pairs")


def test_small_pictures_are_left_out_and_damaged_ones_named(photos, tmp_path):
    assert len(batches_of(photos, patch=26, validation=0).images) == 4
    with pytest.raises(DatasetError, match="no picture is as large as 64×64"):
        batches_of(photos, patch=64)
    with pytest.raises(DatasetError, match="different sizes"):
        batches_of(photos, patch=0)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DatasetError, match=r"damaged.*broken\.png"):
        batches_of(tmp_path)


@pytest.mark.parametrize("source", ["", "nowhere"])
def test_no_pictures_are_told(source):
    with pytest.raises(DatasetError, match="no pictures"):
        batches_of(source)


def test_color_is_kept_only_where_there_is_color(photos, tmp_path):
    assert batches_of(photos).images.channels == 1
    assert batches_of(photos, color="rgb")[0][0].shape == (4, 16, 16, 3)
    write_image(tmp_path / "red.png", np.full((20, 20, 3), (255, 0, 0), np.uint8))
    assert batches_of(tmp_path, validation=0).images.channels == 3
    assert batches_of(tmp_path, validation=0, color="gray").images.read(0).max() == 76


def test_built_in_sets_bring_their_own_validation_part():
    parts = open_parts(recipe_of("digits", patch=8, limit=50))
    assert isinstance(parts, Parts)
    assert len(parts.train) == len(parts.validation) == 50


def test_a_changed_picture_changes_the_fingerprint(tmp_path):
    pixels = np.zeros((20, 20), np.uint8)
    write_image(tmp_path / "a.png", pixels)
    before = batches_of(tmp_path, validation=0).images.fingerprint()
    assert batches_of(tmp_path, validation=0).images.fingerprint() == before
    pixels[3, 3] = 1
    write_image(tmp_path / "a.png", pixels)
    assert batches_of(tmp_path, validation=0).images.fingerprint() != before


AMOUNTS = {"gaussian": 20, "speckle": 20, "poisson": 30, "salt-pepper": 0.2, "white": 0.2,
           "jpeg": 20}  # fmt: skip


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_draws_give_the_same_noise_and_leave_the_picture_alone(kind, channels):
    clean = np.random.default_rng(0).uniform(0, 255, (16, 24, channels)).astype(np.float32)
    before = clean.copy()
    one, again, other = (
        noisy(clean, kind, AMOUNTS[kind], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (one.shape, one.dtype) == (clean.shape, np.float32)
    np.testing.assert_array_equal(clean, before)
    np.testing.assert_array_equal(one, again)
    assert (one != clean).any()
    assert kind == "jpeg" or (one != other).any()


@pytest.mark.parametrize(
    ("kind", "amount", "level", "mean", "std"),
    [
        ("gaussian", 20, 100, 100, 20),
        ("speckle", 20, 255, 255, 20),
        ("speckle", 20, 51, 51, 4),
        # N photons scatter by the root of N: 30 of 255, 12 of 102
        ("poisson", 30, 255, 255, 255 / 30**0.5),
        ("poisson", 30, 102, 102, 12**0.5 * 8.5),
        ("salt-pepper", 0.2, 100, 100 + 0.2 * 27.5, (0.1 * 155**2 + 0.1 * 100**2 - 5.5**2) ** 0.5),
        ("white", 0.2, 55, 95, 80),
        ("jpeg", 90, 100, 100, 0),
    ],
)
def test_the_strength_is_what_it_says(kind, amount, level, mean, std):
    clean = np.full((256, 256, 1), level, np.float32)
    into = noisy(clean, kind, amount, np.random.default_rng(0))
    assert into.mean() == pytest.approx(mean, abs=0.6)
    assert into.std() == pytest.approx(std, abs=0.5)


@pytest.mark.parametrize("kind", ["gaussian", "speckle", "salt-pepper", "white"])
def test_no_noise_changes_nothing(kind):
    clean = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    np.testing.assert_array_equal(noisy(clean, kind, 0, np.random.default_rng(0)), clean)


def test_no_photons_no_picture():
    clean = np.full((2, 2, 1), 9, np.float32)
    assert not noisy(clean, "poisson", 0, np.random.default_rng(0)).any()
