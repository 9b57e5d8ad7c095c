"""The recipes that come with kanjian."""

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
