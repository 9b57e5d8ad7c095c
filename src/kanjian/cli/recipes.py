"""`recipes`: what comes with kanjian, and what each key of a recipe means."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import facts, fitted_table, say, say_document, say_json, table
from kanjian.i18n import _
from kanjian.spoken import heading

if TYPE_CHECKING:
    from kanjian.recipes.shipped import Header


def recipes(
    name: Annotated[
        str | None, typer.Argument(help="Print this recipe as TOML.", metavar="NAME")
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", help="Say what a key means, or every key of a section: "
                     "optimizer.learning_rate, augmentation.", metavar="KEY"),
    ] = None,
    schema: Annotated[
        bool,
        typer.Option("--schema", help="Print the JSON Schema, by which editors complete and "
                     "check a recipe."),
    ] = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """List the shipped recipes, or print one of them.

    'kanjian recipes mnist-lenet > mine.toml' is a good start for a recipe of your own. With
    'kanjian recipes --schema > recipe.schema.json' beside it and '#:schema
    ./recipe.schema.json' as its first line, editors with TOML support complete its keys.
    """
    if sum((name is not None, explain is not None, schema)) > 1:
        from kanjian.errors import RecipeError

        raise RecipeError("give one of NAME, --explain and --schema: each prints another thing.")
    if schema:
        _schema()
    elif explain is not None:
        _explain(explain, json=json)
    elif name is not None:
        _one(name, json=json)
    else:
        _list(json=json)


def _schema() -> None:
    import json

    from kanjian.recipes.schema import schema

    say_document(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")


def _explain(name: str, *, json: bool) -> None:
    from dataclasses import asdict

    from kanjian.recipes.keys import explain

    found = explain(name)
    if json:
        say_json([asdict(key) for key in found])
        return
    if len(found) > 1:
        rows = [(key.name, key.default, _(key.about)) for key in found]
        say(fitted_table(("key", "default", "what it means"), rows))
        return
    (key,) = found
    say(_("{name}: {about}", name=key.name, about=_(key.about)))
    say(facts([("default", key.default), ("may be", key.may_be)]))


def _one(name: str, *, json: bool) -> None:
    from kanjian.recipes.shipped import shipped, shipped_text

    recipe = shipped(name)
    if json:
        say_json(recipe)
    else:
        say(shipped_text(name).rstrip(), as_it_is=True)


def _list(*, json: bool) -> None:
    from kanjian.recipes.shipped import shipped, shipped_names, shipped_text

    rows = [
        {"name": name, "about": shipped(name).about, "data": shipped(name).data.source}
        | {"figures": header_figures(shipped_text(name))}
        for name in shipped_names()
    ]
    if json:
        say_json(rows)
        return
    lines = [
        (row["name"], row["data"],
         _(". ").join(filter(None, (heading(row["about"]), row["figures"]))))
        for row in rows
    ]  # fmt: skip
    say(table(("recipe", "data", "what it is and what it reaches"), lines))


def header_figures(text: str) -> str:
    r"""What the header of a recipe says about its source and what was measured here.

    Example:
        >>> header_figures("# kanjian train a\n#\n# source: 99 %\n# measured: 98 %\n\nname = 'a'")
        'source: 99 %; measured: 98 %'
    """
    header = told_header(text)
    said = (
        _("source: {figures}", figures=heading(header.source)) if header.source else "",
        _("measured: {figures}", figures=heading(header.measured)) if header.measured else "",
    )
    return _("; ").join(filter(None, said))


def told_header(text: str) -> "Header":
    """The header of a recipe without the files of bench/, which do not come with the package."""
    from kanjian.recipes.shipped import shipped_header

    header = shipped_header(text)
    source, measured = (
        re.sub(r" \(bench/[^)]*\)|see bench/.*", "", said).strip(" ;")
        for said in (header.source, header.measured)
    )
    return replace(header, source=source, measured=measured)
