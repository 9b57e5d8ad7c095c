"""The pages of docs/ that are made from the code: python tools/docs.py [--check]."""

import contextlib
import inspect
import io
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from kanjian.cli import app, cache, datasets, weights
from kanjian.recipes.recipe import Recipe, Section
from kanjian.recipes.shipped import shipped, shipped_names

FOLDER = Path(__file__).resolve().parents[1] / "docs"
MADE = "<!-- Made by tools/docs.py from the code; change it there and run 'make docs'. -->"


def cli_page() -> str:
    """Every command with what `--help` says."""
    words = [[], *([name] for name in app.COMMANDS)]
    groups = {"datasets": datasets, "weights": weights, "cache": cache}
    for group, module in groups.items():
        for name in module.COMMANDS:
            words.insert(words.index([group]) + 1, [group, name])
    parts = [MADE, "# The command line"]
    for command in words:
        title = " ".join(["kanjian", *command])
        parts.append(f"## {title}\n\n```text\n{help_of(command)}\n```")
    return "\n\n".join(parts) + "\n"


def help_of(words: list[str]) -> str:
    """What a command prints when asked for help in a terminal of 80 columns."""
    with contextlib.redirect_stdout(io.StringIO()) as said, _columns(80):
        app.run([*words, "--help"])
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


@contextlib.contextmanager
def _columns(number: int) -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(number)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def recipes_page() -> str:
    """Every key of a recipe with its default and what it may be, then the shipped recipes."""
    parts = [
        MADE,
        "# Recipes",
        "A recipe is a TOML file that decides a training run. `kanjian recipes NAME` prints a "
        "shipped one to start from; on the command line any key is `--set section.key=value`.",
    ]
    for name, field in Recipe.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            parts.append(section_text(name, field.annotation))
    rows = [f"| `{name}` | `{shipped(name).data.source or '–'}` | {shipped(name).about} |"
            for name in shipped_names()]  # fmt: skip
    parts.append(
        "## Shipped recipes\n\n| name | pictures | what it is |\n|---|---|---|\n" + "\n".join(rows)
    )
    return "\n\n".join(parts) + "\n"


def section_text(name: str, section: type[Section]) -> str:
    """One section: its docstring and a table of its keys."""
    rows = [
        f"| `{key}` | {default_of(field)} | {may_be(field.annotation, field.metadata)} |"
        for key, field in section.model_fields.items()
    ]
    table = "| key | default | may be |\n|---|---|---|\n" + "\n".join(rows)
    return f"## [{name}]\n\n{inspect.getdoc(section)}\n\n{table}"


def default_of(field: FieldInfo) -> str:
    """The default as TOML spells it."""
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value)}`" if isinstance(value, tuple) else f"`{value!r}`".replace("'", '"')


_WORDS = {int: "whole number", float: "number", str: "text", bool: "true, false"}


def may_be(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """What a value of this type may be, in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return may_be(arguments[0], annotation.__metadata__)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if origin in {Union, types.UnionType}:
        return " or ".join(may_be(one) for one in arguments if one is not types.NoneType)
    if origin is tuple and Ellipsis not in arguments:
        return f"[{', '.join(may_be(one) for one in arguments)}]"
    if origin in {tuple, dict}:
        return "list" if origin is tuple else "table"
    return (_WORDS.get(annotation, str(annotation)) + " " + bounds(metadata)).strip()


def bounds(metadata: list[Any] | tuple[Any, ...]) -> str:
    """The limits a field sets."""
    found = []
    for item in metadata:
        for limit in getattr(item, "metadata", [item]):
            for kind, sign in _SIGNS.items():
                if isinstance(limit, kind):
                    found.append(f"{sign} {getattr(limit, kind.__name__.lower()):g}")
    return " and ".join(found)


_SIGNS: dict[type, str] = {
    annotated_types.Gt: ">",
    annotated_types.Ge: "≥",
    annotated_types.Lt: "<",
    annotated_types.Le: "≤",
}
PAGES = {"cli.md": cli_page, "recipes.md": recipes_page}


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check say which differ."""
    stale = []
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                FOLDER.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"docs differ from the code: {', '.join(stale)}. Run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
