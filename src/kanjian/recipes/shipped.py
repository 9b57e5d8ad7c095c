"""The recipes that come with kanjian."""

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from kanjian.checks import unknown_name
from kanjian.errors import RecipeError
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Recipe


def _folder() -> Traversable:
    return files("kanjian.recipes").joinpath("shipped")


def shipped_names() -> tuple[str, ...]:
    """The names of the shipped recipes, sorted.

    Example:
        >>> {"mnist-lenet", "cifar10-deep"} <= set(shipped_names())
        True
    """
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def shipped(name: str) -> Recipe:
    """A shipped recipe.

    Raises:
        RecipeError: If there is none of that name; names the nearest one.

    Example:
        >>> shipped("mnist-cnn").optimizer.name
        'adadelta'
        >>> shipped("mnist-cnm")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: unknown recipe 'mnist-cnm'. Did you mean 'mnist-cnn'?
    """
    return read_recipe(shipped_text(name))


def shipped_text(name: str) -> str:
    """The file of a shipped recipe: its header says command, source and what was measured.

    Raises:
        RecipeError: If there is none of that name.

    Example:
        >>> shipped_text("mnist-cnn").splitlines()[0]
        '# kanjian train mnist-cnn'
    """
    # looked up, not joined: a name with dots and slashes must not reach another file
    if name not in shipped_names():
        raise RecipeError(unknown_name("recipe", name, shipped_names()))
    return _folder().joinpath(f"{name}.toml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Header:
    """What the comment above a shipped recipe says of it.

    Args:
        source: What its source states; empty where the recipe is ours.
        differs: Key of the recipe to what is otherwise than in the source, and why.
        measured: What it reached here.
    """

    source: str
    differs: dict[str, str]
    measured: str


def shipped_header(text: str) -> Header:
    r"""Read the header of a recipe: lines `# word: text`, which go on where they are indented.

    Example:
        >>> shipped_header("# source: 99 %\n# differs: data.split: first\n#   or last\n\n# x: y")
        Header(source='99 %', differs={'data.split': 'first or last'}, measured='')
    """
    head = text.partition("\n\n")[0]
    whole = re.sub(r"\n#   +", " ", head)
    said = re.findall(r"^# (source|differs|measured): (.*)$", whole, re.MULTILINE)
    single = dict(said)
    differs = (line.partition(": ") for word, line in said if word == "differs")
    return Header(
        single.get("source", ""),
        {key: why for key, _, why in differs},
        single.get("measured", ""),
    )
