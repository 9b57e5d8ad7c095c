"""Recipes of denoisers: written and read again they are the same; mistakes are told."""

import pytest

from kanjian.errors import RecipeError
from kanjian.recipes.codec import override, read_recipe, recipe_of, write_recipe
from kanjian.recipes.denoising import DenoiseRecipe, suited


@pytest.mark.parametrize("network", ["fast", "dncnn", "autoencoder"])
def test_a_written_recipe_reads_as_the_same(network):
    recipe = recipe_of(suited(network) | {"network": {"name": network}}, kind=DenoiseRecipe)
    assert read_recipe(write_recipe(recipe), kind=DenoiseRecipe) == recipe


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("pictures.patches", 3, "unknown key 'patches' in [pictures]. Did you mean 'patch'?"),
        ("noise.kind", "gausian", "Did you mean 'gaussian'?"),
        ("noise.amount", [5, 2], "amount must go from low to high, got [5.0, 2.0]"),
        ("noise.amount", [-1, 2], "[noise] amount[0] must be at least 0, got -1"),
        ("learning.epochs", 0, "[learning] epochs must be greater than 0, got 0"),
        ("training.epochs", 3, "unknown section or key 'training'. Did you mean 'learning'?"),
    ],
)
def test_mistakes_are_told_in_one_line(key, value, message):
    with pytest.raises(RecipeError) as caught:
        override(DenoiseRecipe(), {key: value})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise.kind": "salt-pepper"}, "amount of salt-pepper is at most 1, got 25"),
        ({"noise.kind": "speckle", "noise.noise_map": True}, "only gaussian noise has a sigma"),
        ({"pictures.learn_from": "noisy", "noise.noise_map": True}, "noise_map needs added noise"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, message):
    with pytest.raises(RecipeError) as caught:
        override(DenoiseRecipe(), changes)
    assert message in str(caught.value)
