"""The pages made from the code say what the code says, and leave nothing of it out.

What must occur is found here by other ways than the pages are made by: in the source, in the
commands themselves, in the folders.
"""

import ast
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

import kanjian
from kanjian.cli import app as cli_app
from kanjian.datasets.builtin import BUILTIN
from kanjian.export.formats import FORMS
from kanjian.imaging.operations import OPERATIONS
from kanjian.models.backbone_registry import BACKBONES
from kanjian.models.denoisers import DENOISERS
from kanjian.models.registry import CATALOG
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.recipes.recipe import Recipe

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kanjian"
SCRIPT = ROOT / "tools" / "docs.py"
MADE = ("api.md", "catalog.md", "cli.md", "denoise.schema.json", "imaging.md",
        "recipe.schema.json", "recipes.md")  # fmt: skip
READMES = ("README.md", "README.zh-CN.md")
PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", *READMES, "examples/README.md",
         *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))  # fmt: skip


@pytest.fixture(scope="module")
def docs():
    spec = importlib.util.spec_from_file_location("kanjian_docs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def section(text, heading):
    """What stands below a heading, up to the next of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"no heading {heading!r}"
    return re.split(rf"\n#{{1,{level}}} ", rest)[0]


@pytest.mark.parametrize("name", MADE)
def test_page_is_fresh(docs, name, monkeypatch):
    monkeypatch.delenv("KANJIAN_DEBUG", raising=False)
    assert text_of(f"docs/{name}") == docs.PAGES[name](), "run: make docs"


def test_every_made_page_is_looked_at(docs):
    assert set(docs.PAGES) == set(MADE)


def test_a_stale_page_fails_the_check(docs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    monkeypatch.setattr(docs, "PAGES", {"a.md": lambda: "a", "b.md": lambda: "b"})
    assert docs.main(["--check"]) == 1
    assert "a.md, b.md" in capsys.readouterr().err
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_pages_show_what_the_results_say():
    done = subprocess.run(
        [sys.executable, SCRIPT.with_name("results.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def commands(command, words=("kanjian",)):
    yield words, command
    with typer.Context(command) as context:
        for name in getattr(command, "list_commands", lambda _: ())(context):
            yield from commands(command.get_command(context, name), (*words, name))


EVERY_COMMAND = list(commands(typer.main.get_command(cli_app.app)))


def entries():
    """How many commands the source files name."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("cli/**/*.py")]
    return sum(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Entry"
        for tree in trees
        for node in ast.walk(tree)
    )


def test_every_command_that_a_file_names_is_found():
    assert len(EVERY_COMMAND) == 1 + entries()


@pytest.mark.parametrize(("words", "command"), EVERY_COMMAND, ids=lambda value: str(value)[:40])
def test_every_command_and_each_of_its_options_is_in_the_page(words, command):
    said = section(text_of("docs/cli.md"), f"## {' '.join(words)}")
    for parameter in command.params:
        for name in getattr(parameter, "opts", []):
            if name.startswith("-"):
                assert re.search(rf"(^|[\s,]){re.escape(name)}\b", said), f"{words}: {name}"


@pytest.mark.parametrize("page", READMES)
def test_every_command_is_in_the_readme(page):
    said = text_of(page)
    for name in cli_app.COMMANDS:
        assert re.search(rf"`kanjian {name}\b|[、,] `{name}\b|`、`{name}\b", said), name


def recipe_sections(kind):
    """Sections of a recipe and the file's own names of their keys, from the JSON Schema."""
    made = kind.model_json_schema()
    for name, part in made["properties"].items():
        references = re.findall(r"#/\$defs/(\w+)", json.dumps(part))
        for reference in references:
            yield name, made["$defs"][reference]["properties"]


SECTIONS = [*recipe_sections(Recipe), *recipe_sections(DenoiseRecipe)]


@pytest.mark.parametrize(("name", "keys"), SECTIONS, ids=lambda value: str(value)[:20])
def test_every_key_of_a_recipe_is_in_the_page_with_its_meaning(name, keys):
    said = section(text_of("docs/recipes.md"), f"## [{name}]")
    for key in keys:
        (row,) = re.findall(rf"^\| `{key}` \|(.*)\|$", said, re.M)
        meaning = re.split(r"(?<!\\)\|", row)[-1].strip()
        assert meaning.endswith("."), f"[{name}] {key}: {meaning!r}"


def test_every_section_that_may_be_left_out_is_there():
    assert {"backbone", "fine_tune", "all_layers"} <= {name for name, _ in SECTIONS}


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("docs/catalog.md", [record.name for record in (*CATALOG, *BACKBONES, *DENOISERS)]),
        ("docs/catalog.md", [*BUILTIN, *FORMS]),
        ("docs/catalog.md",
         tomllib.loads(text_of("pyproject.toml"))["project"]["optional-dependencies"]),
        ("docs/recipes.md", [path.stem for path in SOURCE.glob("recipes/shipped/*.toml")]),
    ],
)  # fmt: skip
def test_everything_that_has_a_name_is_in_the_page(page, names):
    said = text_of(page)
    assert len(list(names)) > 4
    for name in names:
        assert f"\n| `{name}` |" in said, f"{name} is not in {page}"


def test_every_operation_is_in_the_page_with_every_option():
    said = text_of("docs/imaging.md")
    for operation in OPERATIONS:
        told = section(said, f"### {operation.name}")
        module, _, name = operation.function.partition(":")
        arguments = importlib.import_module(module).__dict__[name].__annotations__
        for option in set(arguments) - {"image", "return", "on"}:
            if f"`{option.replace('_', '-')}`" not in told:
                # arrays and functions cannot be written on a command line
                assert "ndarray" in str(arguments[option]), f"{operation.name}: {option}"


def namespaces():
    """Every room whose public names a user may import, as far as it lists them."""
    for name in ("imaging", "faces", "explain", "denoise", "video", "datasets", "models"):
        module = importlib.import_module(f"kanjian.{name}")
        yield from (f"kanjian.{name}.{each}" for each in getattr(module, "__all__", ()))


def is_module(name):
    return importlib.util.find_spec(f"kanjian.{name}") is not None


TOP = [f"kanjian.{name}" for name in kanjian.__all__ if name[:2] != "__" and not is_module(name)]


@pytest.mark.parametrize("name", TOP)
def test_every_public_name_is_in_the_page_with_an_example(name):
    assert ">>> " in section(text_of("docs/api.md"), f"### {name}"), f"{name} has no example"


def test_every_name_of_a_namespace_is_in_the_page():
    said = text_of("docs/api.md")
    for name in namespaces():
        assert f"\n### {name}\n" in said, name


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_there(page):
    said = re.sub(r"```.*?```", "", text_of(page), flags=re.S)
    for place in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", said):
        if "://" not in place:
            assert (ROOT / page).parent.joinpath(place).exists(), f"{page}: {place}"


QUESTIONS = re.split(
    r"^### ", text_of("CONTRIBUTING.md").partition("## Six questions")[2], flags=re.M
)[1:]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.splitlines()[0])
def test_a_question_of_a_newcomer_is_answered_by_two_files(question):
    title, _, answer = question.partition("\n")
    steps = re.findall(r"^- \[`(.+?)`\]\((.+?)\):(.*?)(?=^- |\Z)", answer, re.M | re.S)
    assert 1 <= len(steps) <= 2
    for name, link, told in steps:
        path = ROOT / link
        assert link == f"src/kanjian/{name}"
        text = path.read_text(encoding="utf-8")
        # what is named in code is there to be found; keys of recipes are, too, by another name
        found = [word for word in re.findall(r"`(\w+)`", told) if word != "skip_damaged"]
        assert found, f"{title} does not say what to look for in {name}"
        for word in found:
            assert re.search(rf"\b{word}\b", text), f"{title}: {word} is not in {name}"


def test_there_are_six_questions():
    assert len(QUESTIONS) == 6


def test_every_file_that_the_architecture_names_is_there():
    named = re.findall(r"`([\w/]+\.py)`", text_of("docs/architecture.md"))
    assert len(named) > 30
    for name in named:
        # folders of the package, or of the repository
        places = (SOURCE / name, SOURCE.parent / name, ROOT / name)
        assert any(place.is_file() for place in places), name


def test_every_folder_is_in_the_architecture():
    said = section(text_of("docs/architecture.md"), "## The folders")
    for folder in SOURCE.iterdir():
        if (folder / "__init__.py").is_file():
            assert f"`{folder.name}`" in said, folder.name


def test_the_benchmarks_say_which_targets_are_missed():
    """Where target and figure are plain numbers, they are compared here once more."""
    kind = (
        r"^\| .+? \| ([≤≥]) ([\d. ]+?) ?(?:%|ms|s|GB|MB|images/s)? \| \[([\d.]+)[^|]*\| (.+?) \|$"
    )
    rows = re.findall(kind, text_of("docs/benchmarks.md"), re.M)
    assert len(rows) > 12
    for sign, wanted, measured, told in rows:
        limit, value = float(wanted.replace(" ", "")), float(measured)
        met = value >= limit if sign == "≥" else value <= limit
        assert told == ("yes" if met else "**no**"), (wanted, measured)
