"""Recipes of kanjian 0.1.0 open: every key by its former name, with a word on the one of today."""

import warnings

import pytest

from kanjian.cli.app import run
from kanjian.errors import RecipeError
from kanjian.recipes.codec import override, read_recipe, write_recipe
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.recipes.former_keys import FORMER, FormerKey
from kanjian.recipes.keys import KINDS, explain, keys
from kanjian.recipes.recipe import Recipe

OF_0_1_0 = """
[input]
whiten_px = 2
[backbone]
name = "mobilenet-v2"
[optimizer]
offset_rate = 64.0
[training]
small_share = 0.5
[fine_tune]
unfreeze = 3
train_norm = true
only_below = 0.98
[fine_tune.optimizer]
name = "sgd"
offset_rate = 2.0
"""


def test_a_recipe_of_0_1_0_reads_with_a_word_on_each_key():
    with pytest.warns(FormerKey) as told:
        recipe = read_recipe(OF_0_1_0)
    assert {f"the recipe key {old!r} is now {FORMER[old]!r}: write that." for old in (
        "whiten_px", "offset_rate", "small_share", "train_norm", "only_below",
    )} == {str(each.message) for each in told}  # fmt: skip
    assert recipe.input.patch_whitening_px == 2
    assert recipe.optimizer.bn_bias_lr_factor == 64
    assert recipe.optimizer.parameters == {}
    assert recipe.training.small_scale == 0.5
    assert recipe.fine_tune.train_batchnorm
    assert recipe.fine_tune.skip_if_val_accuracy == 0.98
    assert recipe.fine_tune.optimizer.bn_bias_lr_factor == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_recipe(write_recipe(recipe)) == recipe


def test_a_denoiser_recipe_of_0_1_0_reads():
    with pytest.warns(FormerKey, match="'told' is now 'noise_map'"):
        recipe = read_recipe("[noise]\ntold = true", kind=DenoiseRecipe)
    assert recipe.noise.noise_map


@pytest.mark.parametrize("kind", KINDS)
def test_every_former_key_may_be_set(kind):
    now = {key.name: key for key in keys(kind)}
    for old, new in FORMER.items():
        for name in (name for name in now if name.endswith(f".{new}")):
            if name.startswith(("fine_tune.", "all_layers.")):
                continue  # the first does not stand alone, the second wants a backbone
            value = now[name].default
            former = f"{name.rpartition('.')[0]}.{old}"
            with pytest.warns(FormerKey):
                assert override(kind(), {former: value}) == override(kind(), {name: value})


def test_a_key_of_a_phases_optimizer_may_be_set_by_its_former_name():
    start = read_recipe('[backbone]\nname = "mobilenet-v2"\n[fine_tune]\nunfreeze = 3')
    with pytest.warns(FormerKey):
        changed = override(start, {"fine_tune.optimizer.offset_rate": "4"})
    assert changed.fine_tune.optimizer.bn_bias_lr_factor == 4


@pytest.mark.parametrize(
    "ask",
    [
        lambda: read_recipe("[training]\nsmall_share = 0.5\nsmall_scale = 0.6"),
        lambda: override(Recipe(), {"training.small_share": 0.5, "training.small_scale": 0.6}),
    ],
)
def test_both_names_at_once_are_refused(ask):
    with pytest.raises(RecipeError, match="its former name, not both") as caught:
        ask()
    assert "\n" not in str(caught.value)


def test_every_former_key_has_a_key_of_today_and_is_none_itself():
    names = {key.name.rpartition(".")[2] for kind in KINDS for key in keys(kind)}
    assert set(FORMER.values()) <= names
    assert not set(FORMER) & names


def test_a_former_key_is_explained():
    assert [key.name for key in explain("whiten_px")] == ["input.patch_whitening_px"]
    assert [key.name for key in explain("noise.told")] == ["noise.noise_map"]


def test_the_command_says_it_in_one_line(tmp_path, capsys):
    (tmp_path / "old.toml").write_text('[data]\nsource = "digits"\n[training]\nsmall_share = 0.5')
    assert run(["train", str(tmp_path / "old.toml"), "--set", "training.batch_sice=3"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "kanjian: the recipe key 'small_share' is now 'small_scale': write that."
    assert "batch_sice" in lines[1]
