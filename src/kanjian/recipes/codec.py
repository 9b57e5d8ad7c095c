"""Recipes as TOML: read, write, change single keys. Every mistake is one line that says where."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, overload

import tomli_w
from pydantic import ValidationError

from kanjian.checks import nearest, unknown_name
from kanjian.errors import RecipeError
from kanjian.guard.text import parse_toml
from kanjian.json_types import JsonObject
from kanjian.names import storable, stored
from kanjian.recipes.former_keys import in_todays_keys
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.section import Section, sections

Kind = TypeVar("Kind", bound=Section)
AnyKind = type[Section]

_LARGEST = 1_000_000  # bytes; a long network spelled out takes some thousands

# Naming another one of these starts its section anew: the momentum of one optimizer means
# nothing to the next, and options of one network are unknown to another.
_STARTS_ANEW = {
    "optimizer": ("name",),
    "model": ("name", "layers", "function", "file"),
    "network": ("name",),
}


@overload
def read_recipe(source: Path | str) -> Recipe: ...
@overload
def read_recipe(source: Path | str, *, kind: type[Kind]) -> Kind: ...
def read_recipe(source: Path | str, *, kind: AnyKind = Recipe) -> Section:
    r"""The recipe in a TOML file, or in a TOML text.

    Args:
        source: A `Path` is a file to read; a string is the text itself.
        kind: Other recipes than those of recognizers, made of sections as well.

    Raises:
        RecipeError: If there is no such file, it is not TOML, or a key or value is wrong;
            says where, what was expected and what came.

    Example:
        >>> read_recipe('name = "mine"\n[training]\nepochs = 3').training.epochs
        3
        >>> read_recipe("[training]\nseeds = 3")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: recipe: unknown key 'seeds' in [training]. Did you mean 'seed'?
    """
    place = str(source) if isinstance(source, Path) else "recipe"
    text = _read_text(source) if isinstance(source, Path) else source
    tables = parse_toml(text, place, error=RecipeError)
    for section in tables.values():
        if isinstance(section, dict) and isinstance(section.get("source"), str):
            section["source"] = stored(section["source"])
    return recipe_of(tables, place=place, kind=kind)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise RecipeError(
            f"cannot read the recipe {path}: {error.strerror}. "
            "See 'kanjian recipes' for the shipped ones."
        ) from error
    if len(content) > _LARGEST:
        raise RecipeError(f"{path} is no recipe: it is larger than {_LARGEST // 1000} kB.")
    try:
        # Windows editors put a mark before UTF-8
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error


@overload
def recipe_of(tables: Mapping[str, Any], *, place: str = "recipe") -> Recipe: ...
@overload
def recipe_of(tables: Mapping[str, Any], *, place: str = "recipe", kind: type[Kind]) -> Kind: ...
def recipe_of(
    tables: Mapping[str, Any], *, place: str = "recipe", kind: AnyKind = Recipe
) -> Section:
    """The recipe that nested tables spell.

    Args:
        tables: Sections as dictionaries, as TOML gives them.
        place: What to call them in messages.
        kind: As for `read_recipe`.

    Raises:
        RecipeError: If a key is unknown or a value is wrong.

    Example:
        >>> recipe_of({"data": {"source": "mnist"}}).data.source
        'mnist'
    """
    try:
        return kind.model_validate(dict(tables))
    except ValidationError as error:
        raise RecipeError(f"{place}: {_one_line(error, kind)}") from error


def _one_line(error: ValidationError, kind: AnyKind) -> str:
    """The first thing that is wrong."""
    first = error.errors(include_url=False)[0]
    # what a union tried appears once for each of its members, with the member's name in it
    keys = _keys(first["loc"])
    for each in error.errors(include_url=False):
        # the member that got furthest is the one that was meant
        if _keys(each["loc"])[: len(keys)] == keys and len(_keys(each["loc"])) > len(keys):
            first, keys = each, _keys(each["loc"])
    tried = [each for each in error.errors(include_url=False) if _keys(each["loc"]) == keys]
    if first["type"] == "extra_forbidden":
        return _unknown_key(keys, kind)
    where = _where(keys, kind)
    got = f", got {first['input']!r}"
    if first["type"] == "value_error":
        return f"{where + ': ' if keys else ''}{first['ctx']['error']}."
    if first["type"] == "missing":
        return f"{where} is missing."
    if first["type"] in {"model_type", "model_attributes_type", "dict_type"}:
        return f"{where} must be a table{got}."
    wanted = " or ".join(dict.fromkeys(_wanted(each["msg"]) for each in tried))
    choices = _choices(keys, kind)
    close = nearest(str(first["input"]), choices)
    return f"{where} must be {wanted}{got}." + (f" Did you mean {close!r}?" if close else "")


def _keys(place: tuple[int | str, ...]) -> list[int | str]:
    return [key for key in place if not _names_a_member(key)]


def _names_a_member(key: int | str) -> bool:
    return isinstance(key, str) and (
        "constrained" in key or "[" in key or key in {"int", "float", "str", "tuple", "list"}
    )


# What pydantic says in its own words, in those of a TOML file
_IN_TOML = {
    "valid integer": "a whole number",
    "valid number": "a number",
    "valid string": "text in quotes",
    "valid tuple": "a list",
    "valid boolean": "true or false",
    "valid dictionary": "a table",
    "finite number": "a finite number",
}


def _wanted(message: str) -> str:
    for words, ours in _IN_TOML.items():
        if words in message:
            return ours
    return message.removeprefix("Input should be ").replace("greater than or equal to", "at least")


def _where(keys: list[int | str], kind: AnyKind) -> str:
    if len(keys) == 1 and keys[0] in sections(kind):
        return f"[{keys[0]}]"
    if keys and keys[0] in sections(kind):
        section, *rest = keys
        return f"[{section}] " + "".join(
            f"[{key}]" if isinstance(key, int) else f"{'.' if n else ''}{key}"
            for n, key in enumerate(rest)
        )
    return ".".join(map(str, keys)) or "it"


def _unknown_key(keys: list[int | str], kind: AnyKind) -> str:
    if len(keys) == 1:
        owners = [
            name for name, section in sections(kind).items() if keys[0] in section.model_fields
        ]
        if owners:
            return f"{keys[0]!r} stands outside its section. Write it below [{owners[0]}]."
        return unknown_name("section or key", str(keys[0]), kind.model_fields)
    section, key = keys[0], keys[1]
    known = sections(kind)[str(section)].model_fields
    return unknown_name("key", str(key), known, where=f"[{section}]")


def _choices(keys: list[int | str], kind: AnyKind) -> tuple[str, ...]:
    """The words a key may take, where it takes words."""
    if len(keys) < 2 or keys[0] not in sections(kind):
        return ()
    field = sections(kind)[str(keys[0])].model_fields.get(str(keys[1]))
    words = get_args(field.annotation) if field else ()
    return tuple(word for word in words if isinstance(word, str))


def write_recipe(recipe: Section) -> str:
    """A recipe as TOML with every default written out; `read_recipe` gives the same recipe back.

    TOML has no word for "none": keys that are not set stand in a comment above their section.

    Raises:
        RecipeError: If an option holds something TOML cannot write.

    Example:
        >>> print(write_recipe(Recipe(name="mine"))[:80])
        name = "mine"
        about = ""
        <BLANKLINE>
        # not set: group_by, weights, limit
        [data]
        source = ""
        >>> read_recipe(write_recipe(Recipe(name="mine"))) == Recipe(name="mine")
        True
    """
    tables = {name: value for name, value in recipe.model_dump().items() if value is not None}
    of_its_own = sections(type(recipe))
    inner = [name for name in tables if name in of_its_own]
    head = {name: value for name, value in tables.items() if name not in inner}
    try:
        text = "".join(_section_text(name, tables[name]) for name in inner)
        return storable(tomli_w.dumps(head) + text)
    except (TypeError, ValueError) as error:
        name = head.get("name")
        raise RecipeError(f"recipe {name!r} cannot be written as TOML: {error}.") from error


def _section_text(name: str, values: JsonObject) -> str:
    unset = [key for key, value in values.items() if value is None]
    kept = {key: value for key, value in values.items() if value is not None}
    comment = f"# not set: {', '.join(unset)}\n" if unset else ""
    text = tomli_w.dumps({name: kept})
    # lists of numbers on one line, as a person writes them
    text = re.sub(r"\[\n((?:\s+[-+.\deinf]+,\n)+)\s*\]", _on_one_line, text)
    return "\n" + comment + text


def _on_one_line(numbers: re.Match[str]) -> str:
    return f"[{' '.join(numbers[1].split()).rstrip(',')}]"


def override(recipe: Kind, changes: Mapping[str, Any]) -> Kind:
    """The recipe with single keys changed, as `--set section.key=value` does.

    Naming another optimizer or network starts that section anew, with the new one's
    defaults: learning rate and parameters of the old one do not fit it.

    Args:
        recipe: Stays as it is.
        changes: "section.key" (or a key outside sections, or deeper: "model.options.width")
            to its value. A string is read as TOML, or taken as it is where it is no TOML:
            "3" is a number, "sgd" a word. "none" unsets a key that may be unset.

    Raises:
        RecipeError: If a key is unknown or a value does not fit it.

    Example:
        >>> changed = override(Recipe(), {"optimizer.name": "sgd", "optimizer.momentum": "0.9"})
        >>> changed.optimizer.name, changed.optimizer.learning_rate, changed.optimizer.momentum
        ('sgd', 0.01, 0.9)
    """
    tables = recipe.model_dump()
    values = {
        key: _set_value(key, value, type(recipe)) if isinstance(value, str) else value
        for key, value in _in_todays_keys(changes, type(recipe)).items()
    }
    for key, value in values.items():
        section, _, name = key.partition(".")
        if name in _STARTS_ANEW.get(section, ()) and (tables[section] or {}).get(name) != value:
            tables[section] = {}
    for key, value in values.items():
        _put(tables, key.split("."), value, key)
    return recipe_of(tables, place="--set", kind=type(recipe))


def _in_todays_keys(changes: Mapping[str, Any], kind: AnyKind) -> JsonObject:
    try:
        return in_todays_keys(changes, set(_dotted(kind)))
    except ValueError as error:
        raise RecipeError(f"--set: {error}.") from error


def _dotted(kind: AnyKind, within: str = "") -> Iterator[str]:
    yield from (within + name for name in kind.model_fields)
    for name, section in sections(kind).items():
        yield from _dotted(section, f"{within}{name}.")


def _set_value(key: str, text: str, kind: AnyKind) -> Any:
    """What a text of the command line means for this key."""
    section, _, name = key.partition(".")
    inner = sections(kind)
    fields = inner[section].model_fields if section in inner else kind.model_fields
    field = fields.get(name or section)
    wanted = field.annotation if field else None
    kinds = get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)
    if text == "none" and type(None) in kinds:
        return None
    try:
        value = parse_toml(f"value = {text}", "--set", error=RecipeError)["value"]
    except RecipeError:
        return text
    # a folder may be called 2024; the layers to unfreeze may be a number, or a list
    meant = {list if get_origin(each) is tuple else each for each in kinds}
    return text if str in kinds and type(value) not in meant else value


def _put(tables: JsonObject, path: list[str], value: Any, key: str) -> None:
    for part in path[:-1]:
        if tables.get(part) in (None, "none"):  # a section or a table that was left out
            tables[part] = {}
        tables = tables[part]
        if not isinstance(tables, dict):
            raise RecipeError(f"--set {key}: {part} is no table. Write section.key=value.")
    tables[path[-1]] = value
