"""New printers and writers of names are found: each goes through the one rule for it."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import kanjian

SOURCE = Path(kanjian.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
# The only modules that write to a stream of the process
PRINTING = {"print", "typer.echo", "sys.stdout.write", "sys.stderr.write"}
PRINTERS = {"cli/output.py", "cli/errors.py", "cli/streams.py"}
# They speak to the process that started them, which reads what they say
CHILDREN = {"inference/convert.py", "export/convert.py"}
# The only module that writes lines of CSV
TABLES = {"storage/csv_rows.py"}


def inside(path):
    return path.relative_to(SOURCE).as_posix()


@cache
def every(path):
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def nodes(path, kind):
    return [node for node in every(path) if isinstance(node, kind)]


def calls(path):
    return [(ast.unparse(node.func), node) for node in nodes(path, ast.Call)]


def test_only_the_modules_for_output_print():
    for path in FILES:
        if inside(path) not in PRINTERS | CHILDREN:
            for name, node in calls(path):
                assert name not in {
                    "print",
                    "typer.echo",
                    "sys.stdout.write",
                    "sys.stderr.write",
                }, f"{path}:{node.lineno}: {name}; use cli.output.say or cli.edge.tell"


def test_only_one_module_writes_csv():
    for path in FILES:
        if inside(path) not in TABLES:
            for name, node in calls(path):
                assert name not in {"csv.writer", "csv.DictWriter"}, (
                    f"{path}:{node.lineno}: a name may be a formula; use csv_rows.csv_line"
                )


def test_what_rich_shows_is_no_markup():
    for path in FILES:
        for name, node in calls(path):
            if name.endswith(".add_task") and not isinstance(node.args[0], ast.Constant):
                assert ast.unparse(node.args[0]).startswith("plain_task("), f"{path}:{node.lineno}"
            if name.endswith("console.print"):
                assert "markup=False" in ast.unparse(node), f"{path}:{node.lineno}"


OF_DATA = {"label", "classes", "class_name", "title", "person", "who"}
NAMED = {"recipe", "recognizer", "card", "subject", "study", "mistake", "evaluation"}


def named_from_data(node):
    """Whether an expression is text of a stranger: a class, the name of a recipe or recognizer."""
    if isinstance(node, ast.JoinedStr):
        parts = (part.value for part in node.values if isinstance(part, ast.FormattedValue))
        return any(map(named_from_data, parts))
    if isinstance(node, ast.Subscript):
        return named_from_data(node.value)
    if not isinstance(node, ast.Attribute):
        return False
    owner = ast.unparse(node.value).rpartition(".")[2]
    return node.attr in OF_DATA or (node.attr == "name" and owner in NAMED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("out / train.classes[label]", True),
        ("out / f'{self.recipe.name}.png'", True),
        ("out / file_name(recipe.name)", False),
        ("out / path.name", False),
        ("out / 'report.html'", False),
    ],
)
def test_a_name_of_data_in_a_path_is_seen(text, found):
    assert named_from_data(ast.parse(text, mode="eval").body.right) == found


def test_no_path_is_joined_from_a_name_of_data():
    for path in FILES:
        for node in nodes(path, ast.BinOp):
            assert not (isinstance(node.op, ast.Div) and named_from_data(node.right)), (
                f"{path}:{node.lineno}: {ast.unparse(node)}; use names.file_name"
            )


COUNTED = {"epochs", "pictures", "faces", "cuts", "frames", "layers", "clips"}
MANY = {
    "run.planned",
    "len(found)",
    "len(clips)",
    "result.pictures",
}  # said where there are several


def test_one_thing_is_not_called_many():
    for path in FILES:
        if not inside(path).startswith("cli/"):
            continue
        for text in nodes(path, ast.JoinedStr):
            for value, after in pairwise(text.values):
                if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                    rate = r" \w+/"  # as in pictures/s
                    word = "" if re.match(rate, after.value) else after.value[1:].partition(" ")[0]
                    counted = after.value[:1] == " " and word.strip(".,;:)") in COUNTED
                    assert not counted or ast.unparse(value.value) in MANY, (
                        f"{path}:{text.lineno}: 1 {word}; use checks.plural"
                    )
