"""`recipes`: what comes with kanjian."""

import re
from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import say, say_json, table


def recipes(
    name: Annotated[
        str | None, typer.Argument(help="Print this recipe as TOML.", metavar="NAME")
    ] = None,
    json: options.Json = False,
) -> None:
    """List the shipped recipes, or print one of them.

    'kanjian recipes mnist-lenet > mine.toml' is a good start for a recipe of your own.
    """
    from kanjian.recipes.shipped import shipped, shipped_names, shipped_text

    if name is not None:
        recipe = shipped(name)
        if json:
            say_json(recipe)
        else:
            say(shipped_text(name).rstrip(), as_it_is=True)
        return
    rows = [
        {"name": name, "about": shipped(name).about, "data": shipped(name).data.source}
        | {"figures": header_figures(shipped_text(name))}
        for name in shipped_names()
    ]
    if json:
        say_json(rows)
        return
    lines = [
        (row["name"], row["data"], ". ".join(filter(None, (row["about"], row["figures"]))))
        for row in rows
    ]
    say(table(("recipe", "data", "what it is and what it reaches"), lines))


def header_figures(text: str) -> str:
    r"""What the header of a recipe says about its source and what was measured here.

    Example:
        >>> header_figures("# kanjian train a\n#\n# source: 99 %\n# measured: 98 %\n\nname = 'a'")
        'source: 99 %; measured: 98 %'
    """
    from kanjian.recipes.shipped import shipped_header

    header = shipped_header(text)
    said = {"source": header.source, "measured": header.measured}
    # files of bench/ do not come with the package
    said = {word: re.sub(r" \(bench/[^)]*\)|see bench/.*", "", what) for word, what in said.items()}
    return "; ".join(f"{word}: {what}" for word, what in said.items() if what)
