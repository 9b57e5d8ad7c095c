"""How a network is chosen: by pictures that a probe has not seen, and within the time given."""

from types import MappingProxyType

import numpy as np
import pytest

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.errors import RecipeError, WeightsError
from kanjian.recipes.recipe import Recipe
from kanjian.training import choose_backbone
from kanjian.training.choose_backbone import (
    Candidate,
    Tried,
    best_of,
    candidates,
    with_choice_made,
)
from kanjian.training.dataset_summary import DatasetSummary
from kanjian.training.linear_probe import CrossValidated
from kanjian.training.resolve_recipe import recipe_for

NETWORKS = ("efficientnet-lite0", "efficientnet-lite2")
PHOTOS = DatasetSummary(300, 5, None, 500, color=True)


def tried(name, losses, *, side=224):
    found = CrossValidated(1e-4, np.asarray(losses, np.float64), np.eye(2))
    return Tried(Candidate(tuple(name.split("+")), side, "crop"), found, 0.9)


def photos(n=24, side=40):
    """Two classes that any features tell apart: dark and bright."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    pixels = rng.integers(0, 60, (n, side, side, 3)) + 190 * labels[:, None, None, None]
    return Dataset(ArrayImages.of(pixels.astype(np.uint8)), labels, ("dark", "bright"))


class Toy:
    """Stands for a network: its features are the label with more or less noise."""

    noise = MappingProxyType({"efficientnet-lite0": 3.0, "efficientnet-lite2": 0.1})

    def __init__(self, monkeypatch, seconds=0.0):
        self.asked, self.now, self.seconds = [], 0.0, seconds
        monkeypatch.setattr(choose_backbone, "at_hand", lambda name: name in self.noise)
        monkeypatch.setattr(
            choose_backbone, "known_backbone", lambda name, **more: (name, more["size_hw"])
        )
        monkeypatch.setattr(choose_backbone, "features_of", self.features_of)
        monkeypatch.setattr(choose_backbone.time, "perf_counter", lambda: self.now)

    def features_of(self, pictures, network, shape, **more):
        name, size_hw = network
        view = more["view"]
        self.asked.append((name, size_hw[0], shape.fit, len(pictures), view))
        self.now += self.seconds
        rng = np.random.default_rng(len(name) if view is None else int(100 * view.share))
        signal = (2.0 * pictures.labels - 1)[:, None]
        array = signal + self.noise[name] * rng.normal(size=(len(pictures), 8))
        return type("Features", (), {"array": array.astype(np.float32)})


AUTO = Recipe(name="a", backbone={"name": "auto"}, training={"epochs": 0}, probe={})


def test_what_predicts_pictures_best_that_it_has_not_seen_is_taken(monkeypatch):
    Toy(monkeypatch)
    made, reasons = with_choice_made(AUTO, photos())
    assert made.backbone.name == "efficientnet-lite2"
    assert made.input.size == (224, 224)
    assert made.choice is None
    assert "chosen by cross-validation on 24 training pictures: efficientnet-lite2" in reasons[0]
    assert "efficientnet-lite0 at 224×224, crop" in reasons[0]


def test_features_of_a_network_are_computed_once_for_all_candidates_that_have_it(monkeypatch):
    toy = Toy(monkeypatch)
    with_choice_made(AUTO, photos())
    assert len(toy.asked) == len(set(toy.asked)) == 2  # and not a third time for the joined


def test_where_there_is_one_candidate_nothing_is_computed_to_choose_it(monkeypatch):
    toy = Toy(monkeypatch)
    recipe = AUTO.model_copy(update={"choice": recipe_choice(quality="fast")})
    made, reasons = with_choice_made(recipe, photos())
    assert made.backbone.name == "efficientnet-lite0"
    assert (toy.asked, reasons) == ([], ())


def test_time_that_is_up_leaves_candidates_out_and_says_so(monkeypatch):
    toy = Toy(monkeypatch, seconds=50)
    recipe = AUTO.model_copy(update={"choice": recipe_choice(minutes=1)})
    made, reasons = with_choice_made(recipe, photos())
    assert [name for name, *_ in toy.asked] == ["efficientnet-lite0"]
    assert made.backbone.name == "efficientnet-lite0"
    assert "2 other candidates would have taken longer" in reasons[-1]
    assert "--minutes" in reasons[-1]


def recipe_choice(**keys):
    return Recipe(backbone={"name": "auto"}, choice=keys).choice


@pytest.mark.parametrize("noise", [0.1, 3.0])
def test_best_averages_over_views_where_they_win_beyond_chance(monkeypatch, noise):
    toy = Toy(monkeypatch)
    toy.noise = dict.fromkeys(NETWORKS[:1], noise)
    recipe = AUTO.model_copy(update={"choice": recipe_choice(quality="best")})
    made, reasons = with_choice_made(recipe, photos(n=60))
    assert {view.mirrored for *_, view in toy.asked if view} == {True, False}
    assert "cross-validation on 60 training pictures says 1 view" in reasons[-1]
    # each view has noise of its own: a mean over them is worth something where there is much
    assert (made.answer.views > 1) == (noise > 1)
    assert made.mirrors == (made.answer.views > 1)
    assert "win nothing beyond chance" in reasons[-1] or noise > 1


@pytest.mark.parametrize(
    ("quality", "answer"), [("good", {}), ("best", {"views": 4})], ids=["good", "given"]
)
def test_views_are_left_as_they_are_unless_best_is_asked(monkeypatch, quality, answer):
    toy = Toy(monkeypatch)
    recipe = Recipe.model_validate(
        AUTO.model_dump(exclude_none=True) | {"choice": {"quality": quality}, "answer": answer}
    )
    made, _ = with_choice_made(recipe, photos())
    assert made.answer == recipe.answer
    assert {view for *_, view in toy.asked} == {None}


def test_where_time_is_short_views_are_not_tried_and_that_is_said(monkeypatch):
    toy = Toy(monkeypatch, seconds=40)
    recipe = AUTO.model_copy(update={"choice": recipe_choice(quality="best", minutes=1)})
    _, reasons = with_choice_made(recipe, photos())
    assert {view for *_, view in toy.asked} == {None}
    assert "views at prediction were not tried" in reasons[-1]


def test_of_many_pictures_a_part_decides(monkeypatch):
    toy = Toy(monkeypatch)
    monkeypatch.setattr(choose_backbone, "MOST_PICTURES", 16)
    with_choice_made(AUTO, photos(n=60))
    assert {n for *_, n, _view in toy.asked} == {16}


def test_a_recipe_that_names_its_network_is_left_as_it_is():
    recipe = Recipe(backbone={"name": "vgg16"})
    assert with_choice_made(recipe, photos()) == (recipe, ())


def test_what_is_fine_tuned_later_is_not_joined(monkeypatch):
    Toy(monkeypatch)
    recipe = Recipe(backbone={"name": "auto"}, fine_tune={"unfreeze": "block6"})
    _, reasons = with_choice_made(recipe, photos())
    assert "+" not in reasons[0]


def test_without_weights_the_command_that_brings_them_is_told(monkeypatch):
    monkeypatch.setattr(choose_backbone, "at_hand", lambda _: False)
    with pytest.raises(WeightsError, match="kanjian weights get efficientnet-lite0"):
        with_choice_made(AUTO, photos())


@pytest.mark.parametrize("n", [1, 2, 3])
def test_pictures_too_few_for_folds_take_the_first(monkeypatch, n):
    Toy(monkeypatch)
    data = photos(n=4).subset(np.arange(n) if n < 3 else np.array([0, 1, 3]))
    made, _ = with_choice_made(AUTO, data)
    assert made.backbone.name in NETWORKS


def test_a_cheaper_one_is_taken_where_the_difference_is_chance():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=200)
    same = [tried("vgg16", 0.5 + 0.2 * noise), tried("vgg16+vgg19", 0.499 + 0.2 * noise[::-1])]
    assert best_of(same).candidate.name == "vgg16"
    better = [tried("vgg16", 0.5 + 0.2 * noise), tried("vgg16+vgg19", 0.3 + 0.2 * noise)]
    assert best_of(better).candidate.name == "vgg16+vgg19"


@pytest.mark.parametrize("quality", ["fast", "good", "best"])
@pytest.mark.parametrize("longest", [32, 500])
def test_more_quality_tries_all_that_less_does(quality, longest):
    look = DatasetSummary(300, 5, None, longest, color=True)
    found = candidates(look, quality, NETWORKS)
    assert len(set(found)) == len(found)
    assert found[0].networks == NETWORKS[:1]
    if quality != "fast":
        less = {"good": "fast", "best": "good"}[quality]
        assert set(candidates(look, less, NETWORKS)) <= set(found)


def test_square_pictures_lose_nothing_to_a_crop_and_are_tried_once():
    square = DatasetSummary(300, 5, None, 500, color=True, proportion=1.0)
    assert {each.fit for each in candidates(square, "best", NETWORKS)} == {"crop"}


def test_the_options_of_the_choice_are_refused_where_nothing_is_chosen():
    with pytest.raises(RecipeError, match="--backbone auto"):
        recipe_for("mnist-lenet", overrides={"choice.quality": "best"})
