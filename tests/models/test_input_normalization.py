import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import DatasetError, RecipeError
from kanjian.models.input_normalization import Preparation, fit_preparation
from kanjian.recipes.recipe import Input

PICTURES = np.random.default_rng(3).integers(0, 256, (300, 4, 5, 3), np.uint8)
SHAPE = (4, 5, 3)
AXES = {"pixel": 0, "channel": (0, 1, 2), "whole": None}


def prepared(preparation, pictures=PICTURES):
    x = pictures
    for layer in preparation.layers():
        x = layer(x)
    return load_keras().ops.convert_to_numpy(x)


def fit(pictures=PICTURES, **settings):
    return fit_preparation(Input(**settings), [pictures], shape_hwc=pictures.shape[1:])


def test_nothing_to_fit_reads_no_pictures():
    def never():
        raise AssertionError("read")
        yield

    fitted = fit_preparation(Input(scale=(-0.5, 0.5)), never(), shape_hwc=SHAPE)
    out = prepared(fitted, np.array([0, 51, 255], np.uint8).reshape(1, 3, 1, 1)).ravel()
    np.testing.assert_allclose(out, [-0.5, -0.3, 0.5], atol=1e-7)


@pytest.mark.backends
@pytest.mark.parametrize("per", ["pixel", "channel", "whole"])
def test_center_and_standardize_bring_mean_to_zero_and_spread_to_one(per):
    out = prepared(fit(center=per, standardize=per)).astype(np.float64)
    np.testing.assert_allclose(out.mean(axis=AXES[per]), 0, atol=1e-6)
    np.testing.assert_allclose(out.std(axis=AXES[per]), 1, rtol=1e-5)


@pytest.mark.backends
@pytest.mark.parametrize("sample", ["center", "standardize"])
def test_each_picture_by_itself(sample):
    dimmed = (PICTURES * np.linspace(0.1, 1, 300)[:, None, None, None]).astype(np.uint8)
    out = prepared(fit(dimmed, sample=sample), dimmed).astype(np.float64)
    np.testing.assert_allclose(out.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    spread = out.std(axis=(1, 2, 3))
    expected = 1 if sample == "standardize" else dimmed.std(axis=(1, 2, 3)) / 255
    np.testing.assert_allclose(spread, expected, rtol=1e-2)


def test_sample_goes_without_what_is_fitted_on_the_set():
    with pytest.raises(ValueError, match="sample goes without"):
        Input(sample="center", center="whole")


@pytest.mark.parametrize("center", ["none", "pixel", "channel", "whole"])
@pytest.mark.parametrize("standardize", ["pixel", "channel", "whole"])
def test_spread_is_one_whatever_was_taken_off_before(center, standardize):
    # uneven brightness, so that the means between pixels spread as well
    pictures = (PICTURES * np.linspace(0.2, 1, 60).reshape(SHAPE)).astype(np.uint8)
    out = prepared(fit(pictures, center=center, standardize=standardize), pictures)
    np.testing.assert_allclose(out.astype(np.float64).std(axis=AXES[standardize]), 1, rtol=1e-5)


def test_batches_of_any_size_and_order_give_the_same_bits():
    settings = Input(center="pixel", standardize="channel", zca=0.1)
    whole = fit_preparation(settings, [PICTURES], shape_hwc=SHAPE)
    parts = [PICTURES[250:], PICTURES[:1], PICTURES[1:250]]
    parted = fit_preparation(settings, iter(parts), shape_hwc=SHAPE)
    for name in ("mean", "deviation", "zca_matrix", "zca_bias"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parted, name))


def test_a_pixel_that_never_changed_is_not_blown_up():
    pictures = PICTURES.copy()
    pictures[:, 0, 0] = 0
    fitted = fit(pictures, center="pixel", standardize="pixel")
    speck = np.zeros((1, *SHAPE), np.uint8)
    speck[0, 0, 0] = 7
    np.testing.assert_allclose(prepared(fitted, speck)[0, 0, 0], 7, rtol=1e-5)  # gray levels


@pytest.mark.backends
@pytest.mark.parametrize("settings", [{}, {"center": "pixel", "standardize": "whole"}])
def test_zca_leaves_no_correlation(settings):
    fitted = fit(zca=1e-6, **settings)
    flat = prepared(fitted).reshape(len(PICTURES), -1).astype(np.float64)
    np.testing.assert_allclose(np.cov(flat.T, bias=True), np.eye(60), atol=2e-3)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-4)
    assert fitted.count_params() == 60 * 60 + 60


def test_zca_keeps_pictures_close_to_themselves():
    # the symmetric root is the whitening that changes pictures least: ZCA, not PCA
    matrix = fit(zca=0.1).zca_matrix
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)


SMOOTH = np.random.default_rng(5).integers(0, 200, (200, 9, 8, 1)) // np.array([1, 2, 3])
SMOOTH = (SMOOTH + np.random.default_rng(6).integers(0, 20, (200, 9, 8, 3))).astype(np.uint8)


@pytest.mark.backends
@pytest.mark.parametrize("settings", [{}, {"center": "channel", "standardize": "whole"}])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_patches_come_out_uncorrelated_the_strongest_direction_first(size, settings):
    fitted = fit(SMOOTH, patch_whitening_px=size, **settings)
    out = prepared(fitted, SMOOTH)
    assert out.shape == (200, 10 - size, 9 - size, 3 * size**2)
    flat = out.reshape(-1, out.shape[-1]).astype(np.float64)
    covariance = np.cov(flat.T, bias=True)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(covariance - np.diag(covariance.diagonal()), 0, atol=1e-3)
    # what little there is of is left small: noise is not blown up
    assert covariance.max() <= 1
    assert (np.diff(covariance.diagonal()) <= 1e-6).all()
    assert fitted.count_params() == out.shape[-1] * (3 * size**2 + 1)


def test_patches_are_fitted_alike_whatever_the_batches():
    whole = fit(SMOOTH, patch_whitening_px=2)
    parted = fit_preparation(
        Input(patch_whitening_px=2),
        iter([SMOOTH[150:], SMOOTH[:1], SMOOTH[1:150]]),
        shape_hwc=(9, 8, 3),
    )
    np.testing.assert_array_equal(whole.patch_kernel, parted.patch_kernel)
    np.testing.assert_array_equal(whole.patch_bias, parted.patch_bias)


def test_patches_of_pictures_of_one_color_stay_numbers():
    out = prepared(
        fit(np.full((3, 4, 4, 3), 7, np.uint8), patch_whitening_px=2), PICTURES[:, :4, :4]
    )
    assert np.isfinite(out).all()


def test_patches_go_without_what_differs_within_a_picture_and_fit_into_it():
    with pytest.raises(ValueError, match="patch_whitening_px is the same everywhere"):
        Input(patch_whitening_px=2, center="pixel")
    with pytest.raises(ValueError, match="sample goes without"):
        Input(patch_whitening_px=2, sample="center")
    with pytest.raises(RecipeError, match=r"patch_whitening_px must be at most .*4×5, got 5"):
        fit(patch_whitening_px=5)


def test_zca_of_large_pictures_is_refused():
    with pytest.raises(RecipeError, match=r"up to 3072 numbers .*got 64×64×3. Set a smaller"):
        fit_preparation(Input(zca=0.1), [], shape_hwc=(64, 64, 3))


def test_no_pictures_and_wrong_pictures_are_refused():
    with pytest.raises(DatasetError, match="no training pictures"):
        fit_preparation(Input(center="whole"), [], shape_hwc=SHAPE)
    with pytest.raises(DatasetError, match=r"\(n, 4, 5, 3\) uint8 pictures, got \(2, 4, 5\) uint8"):
        fit_preparation(Input(center="whole"), [PICTURES[:2, ..., 0]], shape_hwc=SHAPE)


def test_layers_stay_in_float32_under_another_policy():
    from kanjian.backend.mixed_precision import precision

    with precision("mixed_bfloat16"):
        layers = fit(center="pixel", zca=0.1).layers()
    assert {layer.compute_dtype for layer in layers} == {"float32"}
    assert not any(weight.trainable for layer in layers for weight in layer.weights)


def test_default_has_no_weights():
    assert Preparation(SHAPE).count_params() == 0
