"""One picture in many variants of its own size."""

import numpy as np
import pytest

from kanjian.errors import RecipeError
from kanjian.experiments.one_picture import (
    augment_picture,
    is_one_picture,
    picture_recipe,
    write_picture_variants,
)
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.recipe import Recipe


@pytest.fixture
def photo(tmp_path):
    """A bright picture, wider than high."""
    image = np.random.default_rng(0).integers(120, 256, (40, 60, 3)).astype(np.uint8)
    path = tmp_path / "猫.png"
    write_image(path, image)
    return path


def test_variants_have_the_pictures_own_size_and_no_border_but_its_own(photo):
    variants = list(augment_picture(photo))
    assert len(variants) == 20
    assert {each.shape for each in variants} == {(40, 60, 3)}
    assert len({each.tobytes() for each in variants}) == 20
    assert min(each.min() for each in variants) >= 120, "filled up from the picture"


def test_the_same_seed_gives_the_same_variants_and_another_others(photo):
    recipe = picture_recipe(photo)
    training = recipe.training.model_copy(update={"seed": 7})
    once, again, others = (
        np.stack([*augment_picture(photo, given, variants=3)])
        for given in (recipe, None, recipe.model_copy(update={"training": training}))
    )
    np.testing.assert_array_equal(once, again)
    assert (once != others).any()


def test_without_variation_it_is_the_picture_itself(photo):
    for each in augment_picture(photo, Recipe(augmentation=Augmentation()), variants=2):
        np.testing.assert_array_equal(each, read_image(photo))


@pytest.mark.parametrize("strength", [None, "light", "standard", "strong"])
def test_gray_pictures_are_not_mirrored_and_none_is_mixed(strength, photo):
    gray = picture_recipe(np.zeros((5, 5), np.uint8), strength)
    assert gray.input.channels == 1
    assert not gray.augmentation.flip_horizontal
    assert picture_recipe(photo, strength).augmentation.flip_horizontal
    assert not picture_recipe(photo, strength).augmentation.mixes
    assert next(augment_picture(np.zeros((1, 1), np.uint8), gray)).shape == (5, 5)


def test_files_or_one_sheet_and_nothing_is_written_over(photo, tmp_path):
    folder, sheet = tmp_path / "many", tmp_path / "sheet.png"
    assert write_picture_variants(photo, folder, variants=12, suffix=".jpg") == 12
    names = sorted(path.name for path in folder.iterdir())
    assert (names[0], names[-1]) == ("猫-00.jpg", "猫-11.jpg")
    write_picture_variants(photo, sheet, variants=12)
    assert read_image(sheet).shape[1] > 7 * 60
    for taken in (folder, sheet):
        before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
        with pytest.raises(RecipeError, match="Name a new f"):
            write_picture_variants(photo, taken, variants=2)
        assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_what_is_one_picture_is_told_by_name_or_content(photo, tmp_path):
    bare = tmp_path / "001"
    bare.write_bytes(photo.read_bytes())
    assert is_one_picture(photo)
    assert is_one_picture(bare)
    assert not is_one_picture(tmp_path)
    assert not is_one_picture("mnist")
    assert not is_one_picture("x" * 5000)
