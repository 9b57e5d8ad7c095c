"""Keras objects by name, with their arguments checked before Keras sees them."""

import inspect
import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from kanjian.checks import unknown_name
from kanjian.errors import RecipeError

# How Keras says that something does not fit; its bugs and ours look different
REFUSALS = (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError)

_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def classes_of(module: ModuleType, *, without: Iterable[str] = ()) -> dict[str, type]:
    """The classes a Keras module offers, by class name.

    Args:
        module: `keras.initializers`, say.
        without: Names to leave out: base classes and what cannot be used from a recipe.

    Example:
        >>> from kanjian.backend import load_keras
        >>> classes_of(load_keras().constraints, without=["Constraint"])["UnitNorm"].__name__
        'UnitNorm'
    """
    left_out = set(without)
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and name not in left_out
    }


def find_class(
    kind: str,
    name: Any,
    classes: Mapping[str, type],
    *,
    where: str,
    also: Mapping[str, str] | None = None,
) -> type:
    """The class meant by a name, in Keras' spelling or any mix of case, `-` and `_`.

    Args:
        kind: What the name should name, for the message.
        name: What the recipe says.
        classes: The classes there are, by class name.
        where: Where it stands, for the message.
        also: Further names, each with the class name it means.

    Raises:
        RecipeError: If there is no such class; names the nearest one.

    Example:
        >>> find_class("number", "Ordered-Dict", {"OrderedDict": dict}, where="[a] b").__name__
        'dict'
    """
    if not isinstance(name, str):
        raise RecipeError(f"{where} must be a name as Keras spells it, got {name!r}.")
    by_key = {key_of(known): found for known, found in classes.items()}
    by_key |= {key_of(alias): classes[known] for alias, known in (also or {}).items()}
    if key_of(name) not in by_key:
        raise RecipeError(unknown_name(kind, name, [*classes, *(also or {})], where=where))
    return by_key[key_of(name)]


def key_of(name: str) -> str:
    """What is left of a name when spelling habits are taken off.

    Example:
        >>> key_of("leaky_relu") == key_of("LeakyReLU")
        True
    """
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def construct(
    cls: type, arguments: Mapping[str, Any], *, where: str, more: Iterable[str] = ()
) -> Any:
    """Make an object after checking its arguments' names against the constructor.

    Args:
        cls: What to make.
        arguments: By the names of the constructor.
        where: Where they stand, for the message.
        more: Names that the constructor takes through its `**kwargs`.

    Raises:
        RecipeError: If a name is unknown, a required one is missing, or Keras refuses a value.

    Example:
        >>> from kanjian.backend import load_keras
        >>> construct(load_keras().constraints.MaxNorm, {"max_value": 3}, where="[a] b").max_value
        3
    """
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(cls.__init__).parameters.items()  # type: ignore[misc]
        if name != "self" and parameter.kind not in _REST
    }
    for name in arguments:
        if name not in parameters and name not in set(more):
            raise RecipeError(
                unknown_name(f"argument of {cls.__name__}", name, {*parameters, *more}, where=where)
            )
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and name not in arguments
    ]
    if missing:
        raise RecipeError(f"{where}: {cls.__name__} needs {' and '.join(missing)}.")
    try:
        return cls(**arguments)
    except REFUSALS as error:
        raise RecipeError(f"{where}: {cls.__name__} refuses: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    r"""What Keras says, without line breaks, colors and trace.

    Example:
        >>> one_line(ValueError("units must be\n   positive\n\nArguments received: …"))
        'units must be positive'
    """
    text = str(error).partition("Arguments received")[0]
    text = re.sub(r"\x1b\[\d+m|Exception encountered when calling \S+\s", "", text)
    return " ".join(text.split()) or type(error).__name__
