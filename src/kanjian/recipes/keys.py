"""The keys of a recipe, each with what it means, its default and what it may be."""

import difflib
import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from kanjian.errors import RecipeError
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.recipes.docstrings import explained
from kanjian.recipes.former_keys import todays_key
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.section import Section, sections

AnyKind = type[Section]
KINDS: tuple[AnyKind, ...] = (Recipe, DenoiseRecipe)
# In the place of a default
UNSET, REQUIRED = "not set", "none, must be given"


@dataclass(frozen=True)
class Key:
    """One key of a recipe.

    Args:
        name: As `--set` takes it: "optimizer.learning_rate".
        about: What it means, in a sentence or two.
        default: As TOML spells it.
        may_be: What a value may be, in words.
    """

    name: str
    about: str
    default: str
    may_be: str


def keys(kind: AnyKind = Recipe, *, within: str = "") -> Iterator[Key]:
    """Every key of a recipe, or of one section of it.

    Args:
        kind: The recipe, or the section.
        within: What names the section; "" for the recipe.

    Example:
        >>> [key.name for key in keys()][:3]
        ['name', 'about', 'data.source']
    """
    inner, about = {} if within else sections(kind), explained(kind)
    for name, field in kind.model_fields.items():
        if name in inner:
            yield from keys(inner[name], within=name)
        else:
            meaning = " ".join(about.get(name, "").split())
            full = f"{within}.{name}" if within else name
            yield Key(full, meaning, default_of(field), may_be(field.annotation, field.metadata))


def explain(name: str) -> tuple[Key, ...]:
    """What a key means; the name of a section explains all of its keys.

    Args:
        name: "optimizer.learning_rate", "optimizer", or "learning_rate" alone. What no recipe of
            a recognizer has is looked for in that of a denoiser.

    Raises:
        RecipeError: If there is no such key; names the nearest ones.

    Example:
        >>> (key,) = explain("training.batch_size")
        >>> key.default, key.about
        ('128', 'How many pictures make one step.')
        >>> explain("optimizer.learning_rat")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: unknown key 'optimizer.learning_rat'. Nearest:
            optimizer.learning_rate. See 'kanjian recipes --explain optimizer'.
    """
    wanted = name.strip("[]. ").replace("-", "_").casefold()
    for kind in KINDS:
        known = tuple(keys(kind))
        names = {name for key in known for name in (key.name, key.name.rpartition(".")[2])}
        now = todays_key(wanted, names)
        for found in (
            [key for key in known if key.name == now],
            [key for key in known if key.name.startswith(f"{now}.")],
            [key for key in known if key.name.endswith(f".{now}")],
        ):
            if found:
                return tuple(found)
    raise RecipeError(_unknown(name, wanted))


def _unknown(name: str, wanted: str) -> str:
    inner = {section: found for kind in KINDS for section, found in sections(kind).items()}
    section, _, last = wanted.rpartition(".")
    own = inner[section].model_fields if section in inner else ()
    close = [f"{section}.{each}" for each in difflib.get_close_matches(last, own, cutoff=0.7)]
    if own and not close and inner[section].model_config.get("extra") == "allow":
        return (
            f"kanjian has no key {name!r} of its own, but [{section}] also takes every parameter "
            "of the optimizer that its name says: see that one in Keras."
        )
    close = close or _alike(wanted, last)
    if not close:
        return f"unknown key {name!r}. Sections: {', '.join(inner)}."
    first = close[0].partition(".")[0]
    return (
        f"unknown key {name!r}. Nearest: {', '.join(close)}. "
        f"See 'kanjian recipes --explain {first}'."
    )


def _alike(wanted: str, last: str) -> list[str]:
    """Keys whose whole name is like it, or else their last word."""
    known = {key.name: key.name.rpartition(".")[2] for kind in KINDS for key in keys(kind)}
    words = difflib.get_close_matches(last, known.values())
    found = difflib.get_close_matches(wanted, known, cutoff=0.75)
    return found or [name for name, word in known.items() if word in words][:3]


def default_of(field: FieldInfo) -> str:
    """The default as TOML spells it.

    Example:
        >>> default_of(Recipe.model_fields["name"])
        '"recipe"'
    """
    if field.is_required():
        return REQUIRED
    value = field.get_default(call_default_factory=True)
    if value is None:
        return UNSET
    return in_toml(value)


def in_toml(value: Any) -> str:
    """A value on one line, as TOML spells it.

    Example:
        >>> in_toml({"name": "sgd", "nesterov": True, "milestones": (0.5, 1)})
        '{ name = "sgd", nesterov = true, milestones = [0.5, 1] }'
    """
    if isinstance(value, Section):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {in_toml(each)}" for name, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(in_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


_WORDS: dict[Any, str] = {int: "whole number", float: "number", str: "text", bool: "true, false"}


def may_be(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """What a value of this type may be, in words.

    Example:
        >>> may_be(Literal["a", "b"] | None), may_be(tuple[int, int])
        ('"a", "b"', '[whole number, whole number]')
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return may_be(arguments[0], annotation.__metadata__)
    if origin is Literal:
        return ", ".join(f'"{choice}"' if isinstance(choice, str) else str(choice)
                         for choice in arguments)  # fmt: skip
    if origin in {Union, types.UnionType}:
        return " or ".join(may_be(one) for one in arguments if one is not types.NoneType)
    if origin is tuple:
        listed = [may_be(one) for one in arguments if one is not Ellipsis]
        return f"list of: {listed[0]}" if Ellipsis in arguments else f"[{', '.join(listed)}]"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return f"table, as [{annotation.__name__.lower()}]"
    return "table" if origin is dict else f"{_WORDS[annotation]} {_bounds(metadata)}".strip()


_SIGNS: dict[type, str] = {
    annotated_types.Gt: ">",
    annotated_types.Ge: "≥",
    annotated_types.Lt: "<",
    annotated_types.Le: "≤",
}


def _bounds(metadata: list[Any] | tuple[Any, ...]) -> str:
    """The limits a field sets."""
    return " and ".join(
        f"{sign} {getattr(limit, kind.__name__.lower()):g}"
        for item in metadata
        for limit in getattr(item, "metadata", [item])
        for kind, sign in _SIGNS.items()
        if isinstance(limit, kind)
    )
