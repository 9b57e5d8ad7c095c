"""The variants of a recipe: every combination of some keys' values."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kanjian.errors import RecipeError
from kanjian.json_types import JsonObject
from kanjian.names import file_name
from kanjian.recipes.recipe import Recipe
from kanjian.training.resolve_recipe import with_changes


@dataclass(frozen=True)
class Variant:
    """One recipe of a comparison.

    Args:
        name: What tells it from the others, as in "sgd, batch_size=32".
        changed: The keys that were set, with their values.
        recipe: With these keys set.
    """

    name: str
    changed: JsonObject
    recipe: Recipe

    @property
    def folder_name(self) -> str:
        """The name with what a file system might not take replaced."""
        return file_name(re.sub(r"[^\w.=+-]+", "_", self.name).strip("._")[:80] or "variant")


def parse_over(options: Sequence[str]) -> dict[str, list[Any]]:
    """Read `--over section.key=value,value…` as often as it was given.

    Commas part values, but not within brackets or quotes.

    Raises:
        RecipeError: If one has not this form, or a key comes twice.

    Example:
        >>> parse_over(["optimizer.name=sgd,adam", "input.size=[28,28],[32,32]"])
        {'optimizer.name': ['sgd', 'adam'], 'input.size': ['[28,28]', '[32,32]']}
    """
    over: dict[str, list[Any]] = {}
    for option in options:
        key, sign, text = option.partition("=")
        values = [value.strip() for value in _parted(text)]
        if not (sign and key.strip() and all(values)):
            raise RecipeError(
                f"--over wants section.key=value,value…, got {option!r}. "
                "An example: --over optimizer.name=sgd,adam."
            )
        if key.strip() in over:
            raise RecipeError(f"--over {key.strip()} comes twice. Put its values in one list.")
        over[key.strip()] = values
    return over


def _parted(text: str) -> list[str]:
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign in "[{") - (sign in "]}")
        if sign == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def make_variants(recipe: Recipe, over: Mapping[str, Sequence[Any]]) -> list[Variant]:
    """Every combination of the values, in the order given; the last key changes fastest.

    Another optimizer or network than the recipe's starts with its own defaults, as
    `override` says: with its own usual learning rate, and without the recipe's momentum. Another
    "backbone.name" is what `--backbone` is.

    Args:
        recipe: Where all other keys come from.
        over: Keys, each with the values to try.

    Raises:
        RecipeError: If a key or value is none, or there are fewer than two variants.

    Example:
        >>> pairs = make_variants(Recipe(), {"optimizer.name": ["sgd", "adam"],
        ...                                  "training.batch_size": [32, 64]})
        >>> [variant.name for variant in pairs]
        ['sgd, batch_size=32', 'sgd, batch_size=64', 'adam, batch_size=32', 'adam, batch_size=64']
        >>> pairs[0].recipe.optimizer.learning_rate
        0.01
    """
    variants = [
        _variant(recipe, dict(zip(over, values, strict=True)))
        for values in itertools.product(*over.values())
    ]
    if len(variants) < 2:
        raise RecipeError(
            f"a comparison needs two variants or more, got {len(variants)}. "
            "Give several values, as in --over optimizer.name=sgd,adam."
        )
    _number_twins(variants)
    return variants


def _variant(recipe: Recipe, changed: JsonObject) -> Variant:
    made = with_changes(recipe, changed)
    name = ", ".join(_said(key, value) for key, value in changed.items())
    named = made.model_copy(update={"name": f"{recipe.name} {name}"})
    return Variant(name, changed, named)


def _said(key: str, value: Any) -> str:
    last = key.rpartition(".")[2]
    # "optimizer.name=sgd" tells no more than "sgd"
    return str(value) if last in {"name", "source"} else f"{last}={value}"


def _number_twins(variants: list[Variant]) -> None:
    """Tell equal names apart: the same value twice, or keys that end alike."""
    seen: dict[str, int] = {}
    for place, variant in enumerate(variants):
        count = seen[variant.name] = seen.get(variant.name, 0) + 1
        if count > 1:
            variants[place] = Variant(f"{variant.name} ({count})", variant.changed, variant.recipe)
