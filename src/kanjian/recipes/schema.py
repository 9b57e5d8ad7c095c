"""The JSON Schema of a recipe, by which an editor completes and checks a TOML file."""

from typing import Any

from kanjian.json_types import JsonObject
from kanjian.recipes.docstrings import explained
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.section import Section, sections

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: type[Section] = Recipe) -> JsonObject:
    """The schema; every key has its sentence, its default and its limits.

    Args:
        kind: The recipe of a recognizer or of a denoiser.

    Example:
        >>> schema()["$defs"]["Optimizer"]["properties"]["learning_rate"]["default"]
        0.001
    """
    made = kind.model_json_schema()
    parts = {each.__name__: each for each in sections(kind).values()}
    for name, part in made["$defs"].items():
        _explain(part, parts[name])
    _explain(made, kind)
    return {"$schema": DIALECT, **_in_toml(made)}


def _explain(part: JsonObject, section: type[Section]) -> None:
    """Put what a key means among what else is said of it, which stands by the alphabet."""
    keys = part["properties"]
    for name, about in explained(section).items():
        keys[name] = dict(sorted({**keys[name], "description": about}.items()))


def _in_toml(part: Any) -> Any:
    """A part of the schema without null, which TOML does not have, and with text on one line."""
    if isinstance(part, list):
        return [_in_toml(each) for each in part if each != {"type": "null"}]
    if not isinstance(part, dict):
        return part
    kept = {name: _in_toml(value) for name, value in part.items() if value is not None}
    if isinstance(kept.get("description"), str):
        # of a docstring the first paragraph: examples in Python help nobody who writes TOML
        kept["description"] = " ".join(kept["description"].partition("\n\n")[0].split())
    return kept
