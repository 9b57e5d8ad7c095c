"""Every key of a recipe says what it means, on the command line and to an editor."""

import json
import tomllib

import jsonschema
import pytest

from kanjian.cli.app import run
from kanjian.errors import RecipeError
from kanjian.recipes.codec import override, write_recipe
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.recipes.docstrings import explained
from kanjian.recipes.keys import KINDS, explain, keys
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.schema import DIALECT, schema
from kanjian.recipes.section import Section, sections
from kanjian.recipes.shipped import shipped, shipped_names, shipped_text


def every_section(kind=Section):
    for found in kind.__subclasses__():
        yield found
        yield from every_section(found)


@pytest.mark.parametrize("section", list(every_section()), ids=lambda section: section.__name__)
def test_every_key_has_a_sentence_of_its_own(section):
    assert section.__doc__.strip()
    inner = sections(section) if section in KINDS else {}
    told = explained(section)
    said = {name: told.get(name) for name in section.model_fields if name not in inner}
    for name, sentence in said.items():
        assert sentence, f"{section.__name__}.{name} has no docstring below it"
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert sentence.rstrip().endswith("."), f"{section.__name__}.{name}: {sentence!r}"
    assert len(set(said.values())) == len(said), "two keys say the same"


@pytest.mark.parametrize("kind", KINDS)
def test_every_default_is_spelled_so_that_it_can_be_set(kind):
    start = kind()
    for key in keys(kind):
        value = "none" if key.default == "not set" else key.default
        # sections that may be left out do not stand alone
        section = key.name.partition(".")[0]
        if section not in {"backbone", "choice", "probe", "fine_tune", "all_layers"}:
            assert override(start, {key.name: value}) == start, key.name


def test_a_section_is_explained_key_by_key_and_a_key_by_its_last_word():
    assert [key.name for key in explain("[answer]")] == [
        "answer.abstain",
        "answer.open_set",
        "answer.views",
    ]
    assert {key.name for key in explain("epochs")} == {
        "training.epochs", "fine_tune.epochs", "all_layers.epochs",
    }  # fmt: skip
    assert explain("noise.kind")[0].default == '"gaussian"'


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("augmentation.rotate", "Nearest: augmentation.rotate_deg"),
        ("lerning_rate", "Nearest: optimizer.learning_rate"),
        ("zebra", "unknown key 'zebra'. Sections: data, input"),
        ("optimizer.momentum", "every parameter of the optimizer"),
    ],
)
def test_an_unknown_key_says_which_are_near(name, message):
    with pytest.raises(RecipeError) as told:
        explain(name)
    assert message in str(told.value)


def test_the_command_explains_one_key_and_many(capsys):
    assert run(["recipes", "--explain", "training.keep"]) == 0
    one = capsys.readouterr().out
    assert one.startswith("training.keep: Which weights")
    assert 'default  "last"' in one
    assert run(["recipes", "--explain", "training", "--json"]) == 0
    assert {"training.keep", "training.seed"} < {
        key["name"] for key in json.loads(capsys.readouterr().out)
    }
    assert run(["recipes", "mnist-lenet", "--schema"]) == 2
    assert "give one of NAME, --explain and --schema" in capsys.readouterr().err


def test_the_schema_that_is_printed_is_one(capsys):
    assert run(["recipes", "--schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == schema()
    assert printed["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(printed)
    assert "null" not in json.dumps(printed)


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_recipe_is_valid_by_the_schema(name):
    validator = jsonschema.Draft202012Validator(schema())
    validator.validate(tomllib.loads(shipped_text(name)))
    validator.validate(tomllib.loads(write_recipe(shipped(name))))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("[training]\nepoch = 3", ["training"]),
        ("[training]\nepochs = -1", ["training", "epochs"]),
        ('[schedule]\nname = "cosin"', ["schedule", "name"]),
        ("[input]\nsize = 28", ["input", "size"]),
        ("[backbone]\npool = 'max'", ["backbone"]),
    ],
)
def test_the_schema_refuses_what_the_recipe_refuses(wrong, path):
    (error,) = jsonschema.Draft202012Validator(schema()).iter_errors(tomllib.loads(wrong))
    assert list(error.absolute_path) == path


def test_a_denoiser_has_a_schema_too():
    validator = jsonschema.Draft202012Validator(schema(DenoiseRecipe))
    validator.validate(tomllib.loads(write_recipe(DenoiseRecipe())))


def test_no_sentence_is_lost_between_the_field_and_the_schema():
    made = schema()
    for name, section in sections(Recipe).items():
        properties = made["$defs"][section.__name__]["properties"]
        assert properties.keys() == section.model_fields.keys()
        assert all(each.get("description") for each in properties.values()), name
