import re

import pytest

from harness import built
from kanjian.errors import RecipeError
from kanjian.recipes.codec import read_recipe, write_recipe
from kanjian.recipes.shipped import shipped, shipped_header, shipped_names, shipped_text
from kanjian.training.losses import build_loss
from kanjian.training.optimizers import build_optimizer
from kanjian.training.schedules import build_schedule

# pictures and classes of each source, and the parameters worked out by hand from its network
SIZES = {
    "mnist-cnn": ((28, 28, 1), 10, 1_199_882),
    "mnist-lenet": ((28, 28, 1), 10, 1_256_080),
    "mnist-tutorial": ((28, 28, 1), 10, 1_663_370),
    "mnist-deep": ((28, 28, 1), 10, 675_370),
    "mnist-demo": ((28, 28, 1), 10, 1_256_080),
    "mnist-fast": ((28, 28, 1), 10, 215_898),
    # 16·25 + 48·16·25 + 64·48·9 + 7·7·64·128 + 128·10 + 10, and 4 for each normalized channel
    "mnist-best": ((28, 28, 1), 10, 450_970),
    # on the 12 directions of 2×2 patches: 24·13 + 9·(24·64 + 64·64 + 64·192 + 192·192 +
    # 192·256 + 256·256) + 256·10, and 3 for each normalized channel
    "cifar10-fast": ((31, 31, 12), 10, 1_531_192),
    "cifar10-best": ((31, 31, 12), 10, 1_973_944),
    "cifar10-simple": ((32, 32, 3), 10, 4_200_842),
    "cifar10-deep": ((32, 32, 3), 10, 1_676_842),
    "cifar10-augmented": ((32, 32, 3), 10, 1_250_858),
    "face-cnn": ((64, 64, 3), 2, 6_489_634),
}
# those that go on from a trained network; what they build: test_shipped_transfer.py
TRANSFER = (
    "mnist-vgg16-frozen-224", "mnist-vgg16-frozen-224-source", "mnist-vgg16-head-224",
    "mnist-vgg16-head-48", "photos-inception", "photos-lite0", "photos-vgg16-cats-dogs",
)  # fmt: skip
NAMES = sorted({*SIZES, *TRANSFER})
SOURCES = [name for name in NAMES if shipped_header(shipped_text(name)).source]


def test_every_shipped_recipe_is_tested_here():
    assert set(shipped_names()) == set(NAMES)


@pytest.mark.backends
@pytest.mark.parametrize("name", SIZES)
def test_a_shipped_recipe_builds_what_its_source_states(name):
    recipe = shipped(name).quick()
    shape_hwc, classes, parameters = SIZES[name]
    network = built(recipe.model, shape_hwc, classes)
    assert network.count_params() == parameters
    schedule = build_schedule(
        recipe.schedule, recipe.optimizer.learning_rate, total_steps=2, steps_per_epoch=2
    )
    network.compile(
        build_optimizer(recipe.optimizer, schedule),
        build_loss(recipe.training.loss, n_classes=classes).keras_loss,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_file_opens_with_its_command_and_says_what_was_measured(name):
    text = shipped_text(name)
    assert text.startswith(f"# kanjian train {name}")
    header = text.partition("\n\n")[0]
    assert "# measured: " in header
    assert all(line.startswith("#") for line in header.splitlines())
    words = re.findall(r"^#\s*([a-z]+):.*", header, re.MULTILINE)
    assert set(words) <= {"source", "differs", "weights", "measured"}
    assert words == re.findall(r"^# ([a-z]+): \S", header, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_recipe_carries_its_name_and_survives_writing(name):
    recipe = shipped(name)
    assert recipe.name == name
    assert recipe.about
    assert read_recipe(write_recipe(recipe)) == recipe


@pytest.mark.parametrize("name", SOURCES)
def test_a_recipe_that_follows_a_source_sets_its_optimizer_explicitly(name):
    text = shipped_text(name)
    assert "learning_rate = " in text
    wanted = {
        "adam": {"beta_1", "beta_2", "epsilon"},
        "rmsprop": {"rho", "epsilon", "momentum"},
        "adadelta": {"rho", "epsilon"},
        "sgd": {"momentum"},
        "adagrad": {"initial_accumulator_value", "epsilon"},
    }
    recipe = shipped(name)
    for section in (recipe, recipe.fine_tune, recipe.all_layers):
        if section is not None:
            assert set(section.optimizer.parameters) >= wanted[section.optimizer.name]


@pytest.mark.parametrize("name", ["mnist-lent", "../recipe", ""])
def test_an_unknown_recipe_is_refused(name):
    with pytest.raises(RecipeError, match="unknown recipe"):
        shipped(name)
