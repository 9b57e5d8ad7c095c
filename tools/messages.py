"""Bring the catalogs of messages up to date, and list what has no translation yet.

`make messages` after a change of what people read; translate what it lists in
src/kanjian/locale/LANGUAGE/LC_MESSAGES/kanjian.po, and run it again.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

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


METHODS: list[tuple[str, Any]] = [
    ("**.py", of_python),
    ("reporting/templates/**.html", "jinja2"),
]


def extracted() -> Catalog:
    """Every message of code and templates, in the order of their files."""
    found = Catalog(fuzzy=False)
    for name, _, message, *_ in extract_from_dir(SOURCE, METHODS, keywords=KEYWORDS):
        found.add(message, locations=[(name, None)])
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


def missing(catalog: Catalog) -> list[tuple[str, str]]:
    """(file, message) of each message without a translation."""
    return [
        (each.locations[0][0] if each.locations else "", str(each.id))
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
        left = missing(catalog)
        for place, message in left:
            sys.stdout.write(f"{place}: {message}\n")
        language, all_of_them = path.parts[-3], len(catalog)
        sys.stdout.write(f"{language}: {all_of_them - len(left)} of {all_of_them} messages\n")


if __name__ == "__main__":
    main()
