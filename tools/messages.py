"""Bring the catalogs of messages up to date, and list what has no translation yet.

Three kinds of messages: what `_` and `ngettext` mark in code and templates; the help of all
commands, found by walking them; and what errors, notes and tables say, see templates.py.

`make messages` after a change of what people read; translate what it lists in
src/kanjian/locale/LANGUAGE/LC_MESSAGES/kanjian.po, and run it again.
"""

import ast
import io
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import typer
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

sys.path.insert(0, str(Path(__file__).parent))  # also where a test loads this file

from kanjian.cli import app
from kanjian.cli.app import COMMANDS
from kanjian.cli.recipes import told_header
from kanjian.cli.spoken_help import paragraphs
from kanjian.imaging.operations import OPERATIONS
from kanjian.imaging.options import options_of
from kanjian.recipes.keys import KINDS, keys
from kanjian.recipes.shipped import shipped, shipped_names, shipped_text
from kanjian.serve.app import described
from kanjian.serve.openapi import texts
from pages.cli import walked
from templates import templates

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kanjian"
KEYWORDS = {"_": None, "ngettext": (1, 2), "gettext_noop": None}
# Of no use in a file that lies in a repository
_HEADER = (b"-Date: ", b"Generated-By", b"Report-Msgid", b"Last-Translator", b"Language-Team")


def of_python(
    stream: IO[bytes], *_: object, **__: object
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The messages of a module, as Babel asks for them; one that is no literal is an error.

    `_(NAME)` is right: NAME holds what `gettext_noop` marked.
    """
    for node in ast.walk(ast.parse(stream.read())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if (name := node.func.id) not in KEYWORDS:
            continue
        said = node.args[: 2 if name == "ngettext" else 1]
        if any(isinstance(each, ast.JoinedStr | ast.BinOp) for each in said):
            raise SystemExit(
                f"{stream.name}:{node.lineno}: {name}() takes a literal with {{places}}"
            )
        literal = [each.value for each in said if isinstance(each, ast.Constant)]
        if len(literal) == len(said):
            yield node.lineno, name, literal[0] if len(literal) == 1 else tuple(literal), []


# Only what is raised or said counts here: the rest is for machines, or for files in English
_QUIET = (
    *("guard/sqlite", "serve/", "reporting/", "augmentation/", "export/readme"),
    *("export/formats", "export/keras_forms", "export/legacy", "weights/known"),
    *("faces/board", "faces/gallery_file", "models/layers", "explain/diagram", "video/edl"),
)
HELP = "cli"  # where the help of commands is noted to be from
TABLES = "recipes, operations and the server"


def of_commands() -> Iterator[str]:
    """The help of every command: paragraphs, options, headings."""
    yield from (each for entry in COMMANDS.values() for each in (entry.section, entry.help))
    for _, command in walked(app.command([])):
        for entry in getattr(command, "table", {}).values():
            yield from (entry.section, entry.help)
        for text in (command.help, command.epilog):
            yield from paragraphs(text or "")
        # a command remembers its option of help as it was first made
        with typer.Context(command, help_option_names=["-h", "--help"]) as context:
            yield from (" ".join(each.help.split()) for each in command.get_params(context))


def of_tables() -> Iterator[str]:
    """What recipes, their keys, the operations on pictures and the server say of themselves."""
    for operation in OPERATIONS:
        yield from (operation.about, operation.group)
        yield from (each.about for each in options_of(operation))
    for name in shipped_names():
        header = told_header(shipped_text(name))
        yield from (shipped(name).about, header.source, header.measured)
    yield from (key.about for kind in KINDS for key in keys(kind))
    yield from texts(described())


def of_code() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """(file, message) of what is raised and said unmarked."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        titled = name.startswith(("cli/", "doctor"))
        for _, message in templates(tree, titled=titled, loose=not name.startswith(_QUIET)):
            yield name, message


METHODS: list[tuple[str, Any]] = [
    ("**.py", of_python),
    ("reporting/templates/**.html", "jinja2"),
]


def extracted() -> Catalog:
    """Every message of code and templates, in the order of their files."""
    found = Catalog(fuzzy=False)
    for name, _, message, *_ in extract_from_dir(SOURCE, METHODS, keywords=KEYWORDS):
        found.add(message, locations=[(name, None)])
    for told in of_commands():
        if told:
            found.add(told, locations=[(HELP, None)])
    for told in of_tables():
        if told:
            found.add(told, locations=[(TABLES, None)])
    for name, unmarked in of_code():
        known = found.get(unmarked if isinstance(unmarked, str) else unmarked[0])
        if known is None or (name, None) not in known.locations:
            found.add(unmarked, locations=[(name, None)])
    for message in found:
        message.locations.sort()
    return found


def sources() -> list[Path]:
    """The catalogs that people edit."""
    return sorted(SOURCE.glob("locale/*/LC_MESSAGES/kanjian.po"))


def read(path: Path) -> Catalog:
    """A catalog as it lies there."""
    with path.open("rb") as stream:
        catalog = read_po(stream, locale=path.parts[-3], domain="kanjian")
    # a file made again tomorrow must be the same
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """The file that people edit; without line numbers and dates, which every change would move."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=100, omit_header=False, include_lineno=False, sort_by_file=True,
             ignore_obsolete=True)  # fmt: skip
    lines = stream.getvalue().split(b"\n")
    return b"\n".join(line for line in lines if not any(each in line for each in _HEADER))


def as_mo(catalog: Catalog) -> bytes:
    """The file that is read at run time."""
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def place_of(message: Message) -> str:
    """The first file that has it."""
    return str(message.locations[0][0]) if message.locations else ""


def missing(catalog: Catalog) -> list[tuple[str, str]]:
    """(file, message) of each message without a translation."""
    return [
        (place_of(each), str(each.id))
        for each in catalog
        if each.id and not all(each.string if each.pluralizable else [each.string])
    ]


def main() -> None:
    """Update and compile every catalog."""
    found = extracted()
    for path in sources():
        catalog = read(path)
        catalog.update(found, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path.write_bytes(as_po(catalog))
        # from the file, so that the test that reads it gets the same bytes
        path.with_suffix(".mo").write_bytes(as_mo(read(path)))
        for line in told(path.parts[-3], catalog):
            sys.stdout.write(f"{line}\n")


def told(language: str, catalog: Catalog) -> Iterator[str]:
    """What is missing, the share of each file, and that of the whole."""
    left = missing(catalog)
    yield from (f"{place}: {message}" for place, message in left)
    whole = Counter(place_of(each) for each in catalog if each.id)
    lacking = Counter(place for place, _ in left)
    for place, number in sorted(whole.items()):
        if lacking[place]:
            yield f"{language} {place}: {share(number - lacking[place], number)}"
    yield f"{language}: {share(whole.total() - lacking.total(), whole.total())}"


def share(done: int, number: int) -> str:
    """How much is translated.

    Example:
        >>> share(3, 4)
        '3 of 4 messages, 75 %'
    """
    return f"{done} of {number} messages, {100 * done // max(number, 1)} %"


if __name__ == "__main__":
    main()
