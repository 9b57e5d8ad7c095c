"""What a search varies, how users spell it, and what recipe a trial is."""

import pytest

from kanjian.errors import KanjianError, RecipeError
from kanjian.experiments import search_space
from kanjian.experiments.search_axes import Axis, axis_of
from kanjian.experiments.search_head import dropout_of, hidden_of
from kanjian.experiments.search_space import first_values, recipe_with, space_for, usual_space
from kanjian.recipes.augmentation import PRESETS
from kanjian.recipes.shipped import shipped, shipped_names
from toy_studies import toy_recipe


@pytest.mark.parametrize("name", shipped_names())
def test_the_first_values_are_the_recipe_itself(name):
    recipe = shipped(name)
    space = usual_space(recipe)
    assert first_values(space).keys() == space.keys()
    assert recipe_with(recipe, first_values(space)) == recipe
    for key, axis in space.items():
        assert axis.holds(axis.own), key


@pytest.mark.parametrize("name", ["mnist-lenet", "photos-lite0", "cifar10-fast", "mnist-demo"])
def test_every_usual_value_makes_a_recipe(name):
    recipe = shipped(name)
    for key, axis in usual_space(recipe).items():
        for value in axis.ends():
            made = recipe_with(recipe, {key: value})
            if value != axis.own and key != "fine_tune":
                assert made != recipe, (key, value)


def test_a_backbone_brings_its_own_keys():
    space = usual_space(shipped("photos-lite0"))
    assert {"input.size", "fine_tune", "hidden", "dropout", "augment"} <= space.keys()
    assert not {"schedule.name", "training.batch_size"} & space.keys()
    assert "fine_tune" not in usual_space(shipped("mnist-lenet"))


def test_the_values_of_a_trial_arrive_in_its_recipe():
    recipe = shipped("photos-lite0")
    values = {"augment": "strong", "hidden": 64, "dropout": 0.4, "fine_tune": "deep",
              "input.size": "[192, 192]", "optimizer.learning_rate": 1e-3,
              "fine_tune.optimizer.learning_rate": 2e-4}  # fmt: skip
    made = recipe_with(recipe, values, mirror=False)
    assert made.augmentation == PRESETS["strong"].unmixed().model_copy(
        update={"flip_horizontal": False}
    )
    assert (hidden_of(made.model.layers), dropout_of(made.model.layers)) == (64, 0.4)
    assert made.fine_tune.unfreeze == "block5"
    assert made.fine_tune.optimizer.learning_rate == 2e-4
    assert (made.input.size, made.optimizer.learning_rate) == ((192, 192), 1e-3)
    without = recipe_with(recipe, values | {"fine_tune": "none"})
    assert without.fine_tune is None


def test_another_backbone_comes_with_what_belongs_to_it():
    made = recipe_with(shipped("photos-lite0"), {"backbone.name": "efficientnet-lite2"})
    assert (made.backbone.name, made.input.size) == ("efficientnet-lite2", None)


def test_few_pictures_are_tried_on_a_backbone_in_place_of_a_network(monkeypatch):
    monkeypatch.setattr(search_space, "at_hand", lambda name: name.startswith("efficientnet-lite"))
    recipe = toy_recipe()
    axis = usual_space(recipe, pictures=300)["backbone.name"]
    assert axis.own == "none"
    assert axis.choices[:2] == ("none", "efficientnet-lite0")
    assert "backbone.name" not in usual_space(recipe, pictures=50_000)
    first = first_values(usual_space(recipe, pictures=300))
    assert recipe_with(recipe, first) == recipe
    template = shipped("photos-lite0")
    made = recipe_with(recipe, first | {"backbone.name": "efficientnet-lite0"})
    assert (made.optimizer, made.model) == (template.optimizer, template.model)
    faster = {"backbone.name": "efficientnet-lite0", "optimizer.learning_rate": 0.1}
    assert recipe_with(recipe, faster).optimizer.learning_rate == pytest.approx(6e-4)


def test_a_user_restricts_adds_and_fixes():
    recipe = toy_recipe()
    over = {"optimizer.learning_rate": "0.01..0.1", "training.epochs": ["1", "2"]}
    space = space_for(recipe, over, fixed={"augment", "training.batch_size"})
    assert space["optimizer.learning_rate"] == Axis(low=0.01, high=0.1, log=True, own=0.05)
    assert space["training.epochs"] == Axis(("1", "2"), own="2")
    assert not {"augment", "training.batch_size"} & space.keys()
    far = space_for(recipe, {"optimizer.learning_rate": "1e-4..1e-3"})
    assert "optimizer.learning_rate" not in first_values(far)


def test_ranges_are_read_as_they_are_typed():
    assert axis_of("a.b", ["16..64"]) == Axis(low=16, high=64)
    assert axis_of("a.b", "16..64").whole
    assert axis_of("a.b", "0..0.5") == Axis(low=0, high=0.5)
    assert not axis_of("a.b", "0..0.5").whole
    assert axis_of("a.b", [[1, 2], None, True]).choices == ("[1, 2]", "none", "true")
    assert Axis.from_dict(axis_of("a.b", "1..2").to_dict()) == axis_of("a.b", "1..2")


@pytest.mark.parametrize(
    ("over", "line"),
    [
        ({"optimizer.learning_rate": ["0.1"]}, "two values or more of optimizer.learning_rate"),
        ({"optimizer.learning_rate": "1..0.1"}, "from low to high"),
        ({"optimizer.learning_rate": "a..b"}, "one number to another"),
        ({"optimizer.learning_rte": "1e-3..1e-2"}, "learning_rte"),
        ({"optimizer.name": ["adam", "adamm"]}, "Did you mean 'Adam'"),
        ({"augment": ["light", "strng"]}, "augment must be one of own, none, light"),
        ({"fine_tune": ["none", "all"]}, "fine_tune must be one of"),
        ({"dropout": ["0.1", "2"]}, "dropout must be 0 to 1"),
        ({"dropout": ["0.1", "much"]}, "dropout must be a number, got 'much'"),
        ({"training.epochs": ["1", "-1"]}, "epochs"),
    ],
)
def test_a_mistake_is_one_line(over, line):
    with pytest.raises(KanjianError, match=line) as caught:
        space_for(toy_recipe(), over)
    assert "\n" not in str(caught.value)


def test_dropout_needs_layers():
    with pytest.raises(RecipeError, match="Leave dropout out"):
        space_for(shipped("mnist-lenet"), {"dropout": "0.1..0.5"})
