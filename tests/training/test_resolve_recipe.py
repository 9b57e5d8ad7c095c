"""What a user types after `train` becomes the recipe that was meant."""

import numpy as np
import pytest

from kanjian.errors import DatasetError, RecipeError
from kanjian.images import write_image
from kanjian.models.registry import model_names
from kanjian.recipes.codec import read_recipe, write_recipe
from kanjian.recipes.shipped import shipped, shipped_names
from kanjian.training.auto_backbone import recipe_on
from kanjian.training.auto_recipe import (
    DatasetSummary,
    name_of,
    recipe_for_pictures,
    suited,
    summarize_dataset,
)
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.run_data import place_for, write_place


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KANJIAN_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


def make_folder(folder, n=12, shape=(20, 30, 3)):
    rng = np.random.default_rng(0)
    for number in range(n):
        pixels = rng.integers(0, 255, shape).astype(np.uint8)
        write_image(folder / f"类 {number % 2}" / f"{number}.png", pixels)
    return folder


@pytest.mark.parametrize("name", [name for name in shipped_names() if shipped(name).data.source])
def test_a_shipped_name_is_that_recipe(name):
    assert recipe_for(name) == shipped(name)


def test_a_file_is_read(tmp_path):
    (tmp_path / "我 的.toml").write_text('name = "x"\n[data]\nsource = "digits"', encoding="utf-8")
    assert recipe_for("我 的.toml").name == "x"


def test_a_run_folder_is_its_recipe(tmp_path):
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    (run / "recipe.toml").write_text(write_recipe(shipped("mnist-lenet")), encoding="utf-8")
    assert recipe_for(run) == shipped("mnist-lenet")


@pytest.mark.parametrize("what", ["run", "recipe.toml", "variant"])
def test_the_recipe_of_a_run_finds_its_pictures_from_any_folder(tmp_path, monkeypatch, what):
    folder = make_folder(tmp_path / "mine")
    recipe = recipe_for("mnist-tutorial", on="mine")
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    write_place(run, place_for(run, "mine", None))
    home = run
    if what == "variant":
        home = run / "variants" / "01-sgd"
        (run / "study.json").touch()
        home.mkdir(parents=True)
    (home / "recipe.toml").write_text(write_recipe(recipe), encoding="utf-8")
    assert recipe_for(home).data.source == "mine"
    make_folder(tmp_path / "elsewhere" / "mine")
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = recipe_for(home if what == "run" else home / "recipe.toml")
    assert found.data.source == str(folder)
    assert recipe_for(home, on="mine").data.source == "mine"
    folder.rename(tmp_path / "gone")
    with pytest.raises(DatasetError, match=f"were in {folder}, which is not there"):
        recipe_for(home)
    assert recipe_for(home, on="mine").data.source == "mine"


def test_overrides_reach_a_chosen_recipe_too(tmp_path):
    folder = make_folder(tmp_path / "我的 照片")
    recipe = recipe_for(folder, overrides={"training.epochs": "3", "name": "other"})
    assert (recipe.training.epochs, recipe.name) == (3, "other")
    assert recipe.data.source == str(folder)


def test_epochs_at_a_small_size_shrink_with_all_epochs():
    whole = recipe_for("cifar10-fast").training
    for epochs in (1, 3, 100):
        short = recipe_for("cifar10-fast", overrides={"training.epochs": epochs}).training
        assert short.small_epochs == whole.small_epochs * epochs // whole.epochs
    given = {"training.epochs": 3, "training.small_epochs": 0}
    assert recipe_for("cifar10-fast", overrides=given).training.small_epochs == 0


def test_on_puts_other_pictures_under_a_recipe(tmp_path):
    folder = make_folder(tmp_path / "mine")
    recipe = recipe_for("mnist-tutorial", on=folder)
    assert recipe.data.source == str(folder)
    # 5 000 pictures from the front are of no use to 12
    assert (recipe.data.validation, recipe.data.split) == (0.2, "stratified")
    assert recipe.model == shipped("mnist-tutorial").model


def test_on_and_set_go_together():
    recipe = recipe_for("face-cnn", on="digits", overrides={"data.validation": 0.3})
    assert (recipe.data.source, recipe.data.validation) == ("digits", 0.3)


@pytest.mark.parametrize(
    ("what", "options", "said"),
    [
        ("mnist-lenett", {}, "Did you mean 'mnist-lenet'?"),
        ("fashion-mnst", {}, "Did you mean 'fashion-mnist'?"),
        ("qqqq", {}, "See 'kanjian recipes' and 'kanjian datasets'"),
        ("digits", {"on": "digits"}, "goes with a recipe, but digits is pictures"),
        ("face-cnn", {}, "brings no pictures. Say on which to train it: --on FOLDER"),
        ("digits", {"overrides": {"training.epoch": 3}}, "Did you mean 'epochs'?"),
    ],
)
def test_what_cannot_be_is_refused(what, options, said):
    with pytest.raises(RecipeError) as refused:
        recipe_for(what, **options)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_pictures_are_said_at_once():
    with pytest.raises(DatasetError, match="no data set 'nowhere'"):
        recipe_for("mnist-lenet", on="nowhere")


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("sides", [(8, 8), (12, 12), (28, 28), (32, 32), (64, 48), (92, 112), None])
@pytest.mark.parametrize("n", [4, 60, 300, 5000, 60_000, 2_000_000])
def test_every_look_gives_a_recipe_that_survives_its_file(n, sides, color):
    recipe = suited(DatasetSummary(n, 2, sides, 112, color=color), source="x", name="x")
    assert read_recipe(write_recipe(recipe)) == recipe
    assert recipe.model.name is None or recipe.model.name in model_names()
    assert 8 <= recipe.training.epochs <= 60
    assert max(recipe.input.size) <= 96
    assert recipe.augmentation.flip_horizontal == color
    assert str(n) in recipe.about


@pytest.mark.parametrize(
    ("backbone", "longest_px", "size"),
    [("efficientnet-lite0", 300, (256, 256)), ("efficientnet-lite0", 112, None),
     ("mobilenet-v2", 300, None)],
)  # fmt: skip
def test_photos_are_seen_larger_where_they_have_the_pixels(backbone, longest_px, size):
    look = DatasetSummary(100, 2, None, longest_px, color=True)
    recipe = recipe_on(look, suited(look, source="x", name="x"), backbone)
    assert recipe.input.size == size
    assert backbone in recipe.about


def test_small_sets_keep_all_they_can_to_learn_from():
    few = suited(DatasetSummary(100, 5, None, 300, color=True), source="x", name="x").data
    many = suited(DatasetSummary(1000, 5, None, 300, color=True), source="x", name="x").data
    assert (few.validation, few.test) == (0.25, 0.0)
    assert (many.validation, many.test) == (0.15, 0.15)


def test_parts_that_are_there_are_not_cut_again():
    look = DatasetSummary(1000, 5, None, 300, color=True, has_validation=True, has_test=True)
    data = suited(look, source="x", name="x").data
    assert (data.validation, data.test) == (0.0, 0.0)


def test_a_look_sees_sizes_and_color(tmp_path):
    from kanjian.datasets.open_dataset import open_dataset

    folder = make_folder(tmp_path / "a")
    assert summarize_dataset(open_dataset(folder).train) == DatasetSummary(
        12, 2, (20, 30), 30, color=True
    )
    write_image(folder / "类 0" / "big.png", np.zeros((50, 40, 3), np.uint8))
    assert summarize_dataset(open_dataset(folder).train).sides is None


def test_a_damaged_picture_does_not_stop_the_look(tmp_path):
    folder = make_folder(tmp_path / "a", n=4)
    (folder / "类 0" / "0.png").write_bytes(b"nothing")
    assert recipe_for_pictures(folder, backbone="none").input.size == (20, 30)


def test_a_limit_counts(tmp_path):
    assert (
        recipe_for("digits").training.epochs
        < recipe_for("digits", overrides={"data.limit": 100}).training.epochs
    )


@pytest.mark.parametrize(
    ("source", "name"),
    [("a/b c.zip", "b-c"), ("x.tar.gz", "x"), ("..", "pictures"), ("v1.2", "v1.2"), ("猫/", "猫")],
)
def test_names_suit_a_folder(source, name):
    assert name_of(source) == name
