import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import RecipeError
from kanjian.names import fault_of_part
from kanjian.recipes.codec import override, read_recipe, recipe_of, write_recipe
from kanjian.recipes.recipe import Recipe

shares = st.floats(0, 0.99)
numbers = st.integers(1, 10**9)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
recipes = st.builds(
    lambda **tables: recipe_of(tables),
    name=words.filter(lambda name: fault_of_part(name) is None),
    about=words,
    data=st.fixed_dictionaries(
        {},
        optional={
            "source": words,
            "validation": shares | numbers,
            "split": st.sampled_from(["grouped", "first"]),
            "group_by": st.none() | words,
            "limit": st.none() | numbers,
        },
    ),
    input=st.fixed_dictionaries(
        {},
        optional={
            "size": st.none() | st.tuples(numbers, numbers),
            "scale": st.tuples(st.floats(-9, -1), st.floats(0, 9)),
            "zca": st.none() | st.floats(1e-6, 1),
        },
    ),
    model=st.fixed_dictionaries({"options": st.dictionaries(words, values, max_size=3)})
    | st.fixed_dictionaries({"layers": st.lists(st.dictionaries(words, values), max_size=3)}),
    optimizer=st.fixed_dictionaries(
        {"name": words}, optional={"learning_rate": st.floats(1e-9, 1e3), "momentum": values}
    ),
    schedule=st.fixed_dictionaries({}, optional={"milestones": st.lists(shares, max_size=4)}),
)  # fmt: skip


@given(recipes)
def test_what_is_written_reads_as_the_same_recipe(recipe):
    assert read_recipe(write_recipe(recipe)) == recipe


def test_tuples_given_in_python_come_back_as_the_same_recipe():
    layers = [{"type": "Conv2D", "filters": 1, "kernel_size": (3, 3)}]
    recipe = Recipe(model={"layers": layers}, optimizer={"name": "muon", "x": ((1, 2),)})
    assert read_recipe(write_recipe(recipe)) == recipe


def test_every_default_is_written_out():
    written = tomllib.loads(write_recipe(Recipe()))
    for section, field in Recipe.model_fields.items():
        keys = getattr(field.annotation, "model_fields", {})
        unset = {key for key, each in keys.items() if each.default is None}
        if keys:
            assert set(written[section]) == set(keys) - unset
            comment = write_recipe(Recipe()).partition(f"\n[{section}")[0].splitlines()[-1]
            assert set(comment.removeprefix("# not set: ").split(", ")) >= unset


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[training]\nseeds = 3", "unknown key 'seeds' in [training]. Did you mean 'seed'?"),
        ("[trainin]\nx = 3", "unknown section or key 'trainin'. Did you mean 'training'?"),
        ("epochs = 3", "'epochs' stands outside its section. Write it below [training]."),
        ("[training]\nepochs = 2.5", "[training] epochs must be a whole number, got 2.5."),
        ("[training]\nepochs = 0", "[training] epochs = 0 leaves nothing to train."),
        ("[data]\nvalidation = 1.5",
         "[data] validation must be less than 1 or a whole number, got 1.5."),
        ("data = 3", "[data] must be a table, got 3."),
        ('[schedule]\nname = "cosin"',
         "[schedule] name must be 'constant', 'cosine', 'linear', 'step', 'exponential' or "
         "'inverse-time', got 'cosin'. Did you mean 'cosine'?"),
        ('[model]\nname = "a"\nfunction = "b:c"',
         "[model]: give one of name, layers, function and file, not name and function."),
        ("[model]\nlayers = 3", "[model] layers must be a list, got 3."),
        ("[model]\nlayers = [{type = 'Flatten'}, 3]", "[model] layers[1] must be a table, got 3."),
        ("[input]\nscale = [1, 0]", "[input]: scale must go from low to high, got [1.0, 0.0]."),
        ("[input]\nscale = [1]", "[input] scale[1] is missing."),
        ("[optimizer]\nlearning_rate = nan",
         "[optimizer] learning_rate must be a finite number, got nan."),
        ("name = 3", "name must be text in quotes, got 3."),
        ("[training]\nclass_weights = 'balancd'",
         "[training] class_weights must be 'none' or 'balanced' or a table, got 'balancd'."),
        ("[training]\nclass_weights = {cat = -1}",
         "[training] class_weights.cat must be at least 0, got -1."),
        ("[training]\nmetrics = 'precision'",
         "[training] metrics must be a list, got 'precision'."),
        ("[training]\nmetrics = [3]",
         "[training] metrics[0] must be text in quotes or a table, got 3."),
        ('name = "../../x"', "name: '../../x' cannot be a name: it holds '/'. "
         "The run folder is called after it; --out says where it goes."),
        ('name = ""', "name: '' cannot be a name: nothing of it can be seen. "
         "The run folder is called after it; --out says where it goes."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_where(text, message):
    with pytest.raises(RecipeError) as caught:
        read_recipe(text)
    assert str(caught.value) == f"recipe: {message}"


def test_what_is_not_toml_is_said(tmp_path):
    path = tmp_path / "配方.toml"
    path.write_text("epochs: 3\n")
    with pytest.raises(RecipeError, match=r"配方\.toml is not TOML: Expected '=' .*line 1"):
        read_recipe(path)
    with pytest.raises(RecipeError, match="is nested too deeply, more than 100 levels"):
        read_recipe("x = " + "[" * 10_000)


def test_a_file_that_is_no_recipe_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"cannot read the recipe .*nope\.toml: No such file"):
        read_recipe(tmp_path / "nope.toml")
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"a\.toml is not UTF-8 text"):
        read_recipe(path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(RecipeError, match=r"a\.toml is no recipe: it is larger than 1000 kB"):
        read_recipe(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes('\ufeffname = "看"'.encode())
    assert read_recipe(path).name == "看"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("training.epochs", "3", 3),
        ("data.limit", "none", None),
        ("input.center", "none", "none"),
        ("input.center", '"pixel"', "pixel"),
        ("input.size", "[32, 48]", (32, 48)),
        ("data.source", "2024", "2024"),
        ("data.source", "C:\\pictures\\看 见", "C:\\pictures\\看 见"),
        ("augmentation.flip_horizontal", "true", True),
        ("model.options", "{width = 2}", {"width": 2}),
    ],
)
def test_set_reads_toml_and_words(key, text, value):
    section, _, name = key.partition(".")
    assert getattr(getattr(override(Recipe(), {key: text}), section), name) == value


def test_set_reaches_into_options_and_top_level_keys():
    changed = override(Recipe(), {"model.options.width": "2", "name": "7"})
    assert (changed.model.options, changed.name) == ({"width": 2}, "7")
    for key, text in (("", '{ "猫" = 2, dog = 1 }'), (".猫", "2"), (".dog", "1")):
        changed = override(changed, {f"training.class_weights{key}": text})
        assert changed.training.class_weights == {"猫": 2.0, "dog": 1.0}
    assert read_recipe(write_recipe(changed)) == changed


def test_another_optimizer_starts_anew_and_the_same_one_stays():
    recipe = Recipe(optimizer={"name": "sgd", "learning_rate": 0.5, "momentum": 0.9})
    assert override(recipe, {"optimizer.name": "sgd"}) == recipe
    other = override(recipe, {"optimizer.name": "adam", "optimizer.beta_1": 0.8}).optimizer
    assert (other.learning_rate, other.parameters) == (1e-3, {"beta_1": 0.8})


def test_another_network_takes_the_place_of_layers():
    recipe = Recipe(model={"layers": [{"type": "Flatten"}]})
    assert override(recipe, {"model.name": "lenet"}).model.layers is None


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("training.epoch", "3", "--set: unknown key 'epoch' in [training]. Did you mean 'epochs'?"),
        ("name.x", "3", "--set name.x: name is no table. Write section.key=value."),
        ("training.epochs", "few", "--set: [training] epochs must be a whole number, got 'few'."),
        ("training", "3", "--set: [training] must be a table, got 3."),
    ],
)
def test_a_wrong_set_is_one_line(key, text, message):
    with pytest.raises(RecipeError) as caught:
        override(Recipe(), {key: text})
    assert str(caught.value) == message


@given(st.text(max_size=40))
def test_no_text_makes_anything_but_a_recipe_or_a_recipe_error(text):
    try:
        read_recipe(text)
    except RecipeError as error:
        assert "\n" not in str(error)


def test_usual_learning_rates():
    rates = {name: Recipe(optimizer={"name": name}).optimizer.learning_rate
             for name in ("sgd", "SGD", "adam", "adadelta", "adagrad")}  # fmt: skip
    assert rates == {"sgd": 0.01, "SGD": 0.01, "adam": 1e-3, "adadelta": 1.0, "adagrad": 0.01}


def test_a_folder_whose_name_is_no_utf8_is_found_again():
    recipe = Recipe(data={"source": "/data/caf\udce9/猫"})
    text = write_recipe(recipe)
    assert text.encode().decode() == text
    assert read_recipe(text) == recipe
