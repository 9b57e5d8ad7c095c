"""A recipe that names a source is that source, but for what its header says is otherwise."""

import math
import sys

import numpy as np
import pytest

from harness import built
from kanjian import backend
from kanjian.datasets.dataset import ArrayImages, Dataset, Splits
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.codec import override
from kanjian.recipes.recipe import Model
from kanjian.recipes.shipped import shipped, shipped_header, shipped_names, shipped_text
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import prepare
from source_recipes import SOURCES

NOT_SETTINGS = {
    "batch_shape", "build_config", "dtype", "module", "name", "registered_name", "seed",
    "shared_object_id", "trainable",
}  # fmt: skip
STEPS = (1, 1000, 100_000)
SAME_LOSS = {"sparse_categorical_crossentropy": "categorical_crossentropy"}
# what Keras' ImageDataGenerator calls what [augmentation] says
GENERATOR = {
    "flip_horizontal": ("horizontal_flip",),
    "rotate_deg": ("rotation_range",),
    "shift_frac": ("width_shift_range", "height_shift_range"),
    "fill": ("fill_mode",),
}


def test_every_recipe_that_names_a_source_has_it_here_in_plain_keras():
    named = {name for name in shipped_names() if shipped_header(shipped_text(name)).source}
    assert named == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_recipe_is_its_source_but_for_what_its_header_says(name):
    found, said = differences(name), shipped_header(shipped_text(name)).differs
    unsaid = {key: found[key] for key in found if not any(covers(line, key) for line in said)}
    assert not unsaid, "no line '# differs: KEY: …' in the header for this"
    idle = [line for line in said if not any(covers(line, key) for key in found)]
    assert not idle, "a line '# differs: …' without a difference"
    for key in found.keys() & said.keys():
        values = [value for value in found[key] if isinstance(value, int | float | str)]
        missing = [value for value in map(written, values) if value not in said[key]]
        assert not missing, f"the line on {key} does not name both values"


def covers(line, key):
    return key == line or key.startswith(f"{line}.")


def written(value):
    """A value as a header spells it."""
    return value if isinstance(value, str) else f"{value:,g}".replace(",", " ")


def differences(name):
    """Key to (theirs, ours), wherever the two differ."""
    source = SOURCES[name]()
    theirs, ours = facts_of_source(source), facts_of_recipe(name, source)
    return {
        key: (theirs.get(key), ours.get(key))
        for key in sorted({*theirs, *ours})
        if not same(theirs.get(key), ours.get(key))
    }


def same(one, other):
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and np.allclose(one, other, atol=1e-6)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6)
    return type(one) is type(other) and one == other


def facts_of_source(source):
    network = source.network()
    facts = {
        "network": settings(network),
        "network.parameters": network.count_params(),
        "training.loss": source.loss,
        "phases": [phase.section for phase in source.phases],
        "data.training": source.learned,
        "data.validation": source.watched,
        "data.test": source.tested,
        "input.fit": source.fit,
        "input.pixels": source.pixels and source.pixels(a_picture(network).astype("float32")),
        "training.seed": source.seed,
    }
    for phase in source.phases:
        for number, layer in enumerate(network.layers):
            layer.trainable = number >= phase.rest
        facts |= of_phase(phase.section, network, network, phase.optimizer)
        facts |= of_fit(phase.section, phase.epochs, phase.batch_size)
        facts |= {f"augmentation.{key}": value for key, value in phase.generator.items()}
    return facts


def facts_of_recipe(name, source):
    """The same of what the recipe builds; what no source can say is taken from it."""
    recipe = override(shipped(name), {"training.precision": "float32"})
    if recipe.backbone is not None:
        recipe = override(recipe, {"backbone.weights": "none"})
    ready = prepared(recipe, source)
    learned, watched, tested = parts(recipe, source)
    facts = {
        "network": settings(ready.model),
        "network.parameters": ready.parameters,
        "data.training": learned,
        "data.validation": watched,
        "data.test": tested,
        "input.fit": source.fit and recipe.input.fit,
        "input.pixels": pixels_of(ready.model),
        "training.seed": source.seed and recipe.training.seed,
        **{f"augmentation.{key}": value for key, value in generator(recipe).items()},
    }
    later = [part for part in ("fine_tune", "all_layers") if getattr(recipe, part) is not None]
    facts["phases"] = ["", *later]
    for phase, section in zip(phases_of(recipe), facts["phases"], strict=True):
        if section not in {each.section for each in source.phases}:
            continue
        setup = set_up_phase(ready, phase)
        facts |= of_phase(section, ready.model, setup.model, setup.model.optimizer)
        facts |= of_fit(section, phase.training.epochs, phase.training.batch_size)
        facts["training.loss"] = SAME_LOSS.get(setup.model.loss.name, setup.model.loss.name)
        setup.close()
    return facts


def of_fit(section, epochs, batch_size):
    where = section or "training"
    return {f"{where}.epochs": epochs, f"{where}.batch_size": batch_size}


def of_phase(section, network, learner, optimizer):
    """Which layers learn, and by what optimizer at what rates."""
    where = f"{section}." if section else ""
    learned = {id(weight) for weight in learner.trainable_weights}
    rates = optimizer._learning_rate
    rate = rates if callable(rates) else lambda step: rates
    peak = float(rate(0))
    config = {key: value for key, value in optimizer.get_config().items() if value is not None}
    return {
        f"{where}learns": [
            any(id(weight) in learned for weight in layer.weights)
            for layer in own_layers(network) if layer.weights
        ],
        f"{where}schedule": np.array([float(rate(step)) / peak for step in STEPS]),
        **{f"{where}optimizer.{key}": value for key, value in config.items()},
        f"{where}optimizer.name": type(optimizer).__name__,
        f"{where}optimizer.learning_rate": peak,
    }  # fmt: skip


def own_layers(network):
    """The layers of a network behind its input and what prepares pixels."""
    pixels = [n for n, layer in enumerate(network.layers) if layer.name.endswith("pixels")]
    behind = network.layers[max(pixels, default=-1) + 1 :]
    return [layer for layer in behind if type(layer).__name__ != "InputLayer"]


def settings(network):
    """Class and settings of every layer; an activation of a layer is a layer behind it."""
    found = []
    for layer in own_layers(network):
        config = cleaned(layer.get_config())
        activation = config.pop("activation", "linear")
        if type(layer).__name__ != "Activation":
            found.append((type(layer).__name__, config))
        if activation != "linear":
            found.append(("Activation", activation))
    return found


def cleaned(config):
    """Without names, dtypes and the seeds that layers draw for themselves."""
    if isinstance(config, dict):
        return {key: cleaned(v) for key, v in config.items() if key not in NOT_SETTINGS}
    return [cleaned(item) for item in config] if isinstance(config, list | tuple) else config


def a_picture(network):
    shape = tuple(size or 8 for size in network.input_shape[1:])
    return np.random.default_rng(0).integers(0, 256, (1, *shape), np.uint8)


def pixels_of(network):
    """What a picture is when it comes to the first layer of its own."""
    last = [layer for layer in network.layers if layer.name.endswith("pixels")][-1]
    keras = backend.load_keras()
    before = keras.Model(network.inputs, last.output)
    return np.asarray(before(keras.ops.convert_to_tensor(a_picture(network))))


def generator(recipe):
    """[augmentation] in the words of Keras' ImageDataGenerator."""
    still = Augmentation().model_dump()
    found = {}
    for key, value in recipe.augmentation.model_dump().items():
        if value != still[key]:
            found |= dict.fromkeys(GENERATOR.get(key, (key,)), value)
    return found


def prepared(recipe, source):
    """The recipe on one picture of each class, like those its source has."""
    color = 1 if recipe.data.source == "mnist" else 3
    size_hw = recipe.input.size or {1: (28, 28), 3: (32, 32)}[color]
    n_classes = max(2, source.network().output_shape[-1])
    pictures = np.random.default_rng(0).integers(0, 256, (n_classes, *size_hw, color), np.uint8)
    names = tuple(f"class {number}" for number in range(n_classes))
    one_each = Dataset(ArrayImages.of(pictures.squeeze(-1) if color == 1 else pictures),
                       np.arange(n_classes), names)  # fmt: skip
    return prepare(recipe, Splits(one_each, one_each, None))


def parts(recipe, source):
    """How the recipe parts as many pictures as its source has."""

    def part(count):
        pictures = ArrayImages.of(np.zeros((count, 1, 1), np.uint8))
        return Dataset(pictures, np.arange(count) % 10, tuple("0123456789")) if count else None

    train, validation, test = map(part, source.pictures)
    opened = Splits(train, validation, test)
    splits = prepare_splits(recipe.data, seed=recipe.training.seed, opened=opened)
    how = recipe.data.split if validation is None else "validation"
    return (
        len(splits.train),
        splits.validation and (len(splits.validation), how),
        splits.test and (len(splits.test), "test"),
    )


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"optimizer.rho": 0.8}, "optimizer.rho"),
        ({"training.batch_size": 64}, "training.batch_size"),
        ({"model.options": {"second_padding": ["valid", "valid"]}}, "network"),
        ({"data.split": "first"}, "data.validation"),
        ({"schedule.name": "cosine"}, "schedule"),
        ({"input.scale": [-1, 1]}, "input.pixels"),
        ({"augmentation.flip_vertical": True}, "augmentation.flip_vertical"),
    ],
)
def test_a_change_of_a_recipe_is_a_difference(change, key, monkeypatch):
    changed = override(shipped("cifar10-deep"), change)
    monkeypatch.setattr(sys.modules[__name__], "shipped", lambda name: changed)
    assert key in differences("cifar10-deep")


def test_every_setting_of_a_layer_is_compared():
    """A network without one of them is another, unless it is what Keras takes anyhow."""
    tables = shipped("mnist-tutorial").model.layers
    theirs = settings(SOURCES["mnist-tutorial"]().network())
    for number, table in enumerate(tables):
        for key in table.keys() - {"type", "units", "filters", "kernel_size", "rate"}:
            if (number, key) == (len(tables) - 1, "activation"):
                continue  # refused: no probabilities
            without = {name: value for name, value in table.items() if name != key}
            layers = (*tables[:number], without, *tables[number + 1 :])
            ours = settings(built(Model(layers=layers), (28, 28, 1), 10))
            assert (ours == theirs) == (table[key] == "zeros"), (number, key)
