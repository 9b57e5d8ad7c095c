"""Every method on the same noise, judged by the same numbers, on one sheet."""

import importlib.util

import numpy as np
import pytest

from kanjian.denoise.compare import FILTERS, compare
from kanjian.denoise.compare_sheet import busiest, duration, sheet
from kanjian.errors import DenoiserError, MissingExtraError
from kanjian.images.write import write_image
from kanjian.imaging.metrics import psnr, ssim
from kanjian.imaging.noise import gaussian
from stand_in_denoiser import stand_in

PLAIN = ["noisy", "gaussian", "median", "nl-means"]


def scene(seed=0, size_hw=(64, 96)):
    """Flat fields with hard edges: what every filter can clean."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(60, 200, (4, 4), dtype=np.uint8)
        .repeat(16, 0)
        .repeat(24, 1)[: size_hw[0], : size_hw[1]]
    )


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"{number} 猫.png" for number in range(2)]
    for number, path in enumerate(paths):
        write_image(path, scene(number))
    return paths


def test_the_noisy_picture_scores_what_its_noise_says(pictures):
    found = compare(pictures, sigma=25, methods=["noisy"])
    for number, (path, score) in enumerate(zip(pictures, found.scores, strict=True)):
        clean = scene(number).astype(np.float32)
        noisy = gaussian(clean, sigma=25, seed=number)
        assert score.picture == path
        assert score.psnr == psnr(clean, noisy) == pytest.approx(20.17, abs=0.2)
        assert score.ssim == ssim(clean, noisy)


def test_every_filter_is_better_than_nothing(pictures):
    means = compare(pictures, sigma=25, methods=PLAIN).means()
    assert list(means) == PLAIN
    assert all(means[name].psnr > means["noisy"].psnr + 4 for name in PLAIN[1:])
    assert all(means[name].ssim > means["noisy"].ssim for name in PLAIN[1:])
    assert all(0 < means[name].seconds < 60 for name in PLAIN[1:])


def test_a_filter_runs_at_its_best_strength(pictures):
    found = compare(pictures, sigma=50, methods=["gaussian"])
    clean = [scene(number).astype(np.float32) for number in range(2)]
    noisy = [gaussian(image, sigma=50, seed=number) for number, image in enumerate(clean)]
    blur = next(each for each in FILTERS if each.name == "gaussian")
    best = max(
        np.mean([psnr(a, blur.run(b, 50, strength)) for a, b in zip(clean, noisy, strict=True)])
        for strength in blur.strengths
    )
    assert found.means()["gaussian"].psnr == pytest.approx(best)
    assert "Gaussian filter at its best of 8 strengths" in found.notes[0]


def test_networks_stand_beside_the_filters_and_are_told(pictures):
    seen = []
    found = compare(
        pictures, methods=["noisy"],
        denoisers={"mine": stand_in(), "told": stand_in(noise_map=True)},
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert list(found.titles) == ["noisy", "mine", "told"]
    assert seen == [(number, 6) for number in range(1, 7)]
    inside = np.s_[8:-8, 8:-8]
    shift = found.example["told"][inside] - found.example["mine"][inside]
    np.testing.assert_allclose(shift, 25, atol=0.01)


def test_color_pictures_work_with_every_filter(tmp_path):
    write_image(tmp_path / "a.png", np.stack([scene(0), scene(1), scene(2)], axis=2))
    means = compare([tmp_path / "a.png"], methods=PLAIN, denoisers={"mine": stand_in()}).means()
    assert all(means[name].psnr > means["noisy"].psnr + 3 for name in PLAIN[1:])


def test_a_damaged_picture_does_not_stop_the_rest(tmp_path, pictures):
    (tmp_path / "hurt.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    write_image(tmp_path / "tiny.png", np.zeros((3, 3), np.uint8))
    asked = [tmp_path / "hurt.png", tmp_path / "tiny.png", *pictures]
    found = compare(asked, methods=["noisy"])
    assert [score.picture for score in found.scores] == pictures
    assert ["hurt.png" in note or "tiny.png" in note for note in found.notes] == [True, True]
    with pytest.raises(DenoiserError, match=r"hurt\.png"):
        compare(asked[:2], methods=["noisy"])


def test_bm3d_is_left_out_with_a_word_about_its_licence_where_it_is_not(pictures, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "bm3d" else find(name)
    )
    found = compare(pictures[:1])
    assert "bm3d" not in found.titles
    assert "non-commercial" in found.notes[0]
    with pytest.raises(MissingExtraError, match="pip install bm3d"):
        compare(pictures, methods=["bm3d"])


@pytest.mark.slow
def test_bm3d_beats_the_simple_filters(pictures):
    pytest.importorskip("bm3d")
    means = compare(pictures[:1], methods=["gaussian", "bm3d"]).means()
    assert means["bm3d"].psnr > means["gaussian"].psnr + 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"methods": ["medain"]}, "Did you mean 'median'"),
        ({"sigma": 0}, "sigma must be above 0"),
        ({"denoisers": {"noisy": stand_in()}}, "same name"),
    ],
)
def test_questions_that_make_no_sense(pictures, options, words):
    with pytest.raises(DenoiserError, match=words):
        compare(pictures, **({"methods": ["noisy"]} | options))


def test_the_sheet_has_a_tile_for_all(pictures):
    found = compare(pictures, methods=PLAIN)
    drawn = sheet(found, tile=96)
    assert drawn.dtype == np.uint8
    columns = (drawn.shape[1] - 6) // (96 + 6)
    assert columns == 4
    # whole, clean and four methods: two rows, the second half empty
    lower = drawn[drawn.shape[0] // 2 + 20 :]
    assert (lower[:, 3 * 102 :] == 255).all()
    assert not (lower[:96, :102] == 255).all()


def test_the_busiest_place_of_a_small_picture_is_all_of_it():
    assert busiest(np.zeros((5, 9), np.uint8), 96) == (0, 0, 5)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.00 ms"), (0.0042, "4.2 ms"), (0.5, "500 ms"), (61, "61 s")]
)
def test_times_in_two_or_three_digits(seconds, text):
    assert duration(seconds) == text
