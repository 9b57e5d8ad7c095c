"""Count what the code is made of: python tools/count.py [--at [NAME=]COMMIT]... [--write FILE].

Without --at the working tree is counted. Two commits stand side by side:
python tools/count.py --at before=8797f87 --at after=HEAD --write bench/results/code.json
"""

import argparse
import ast
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Container, Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "src/kanjian"
MANY = 9  # positional arguments that nobody can tell apart
Function = ast.FunctionDef | ast.AsyncFunctionDef
Public = Function | ast.ClassDef
WORDS = {
    "files": "files",
    "lines": "lines",
    "longest_file": "lines of the longest file",
    "functions": "functions",
    "median_function": "lines of a function without its docstring, median",
    "longest_function": "lines of the longest function",
    "public_names": "public functions, classes and methods",
    "documented": "of them with a docstring",
    "raises": "raises that give a message",
    "raises_with_value": "of them that show a value",
    "import_levels": "levels of imports",
    "import_circles": "modules in an import circle",
    "many_positional": f"calls with {MANY} or more positional arguments",
    "loose_dictionaries": "`dict[str, Any]` in public signatures and fields",
}


def sources_here(root: Path = ROOT) -> dict[str, str]:
    """The modules of a working tree, by path."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((root / PACKAGE).rglob("*.py"))
    }


def sources_at(commit: str) -> dict[str, str]:
    """The modules as a commit has them."""
    done = subprocess.run(  # noqa: S603 - a commit that a developer names
        ["git", "archive", commit, PACKAGE],  # noqa: S607
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"no commit {commit!r} with {PACKAGE}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        files = {each.name: archive.extractfile(each) for each in archive.getmembers()}
        return {name: file.read().decode() for name, file in sorted(files.items())
                if file is not None and name.endswith(".py")}  # fmt: skip


def counted(sources: dict[str, str]) -> dict[str, float]:
    """Everything that is counted, of one tree."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    functions = [node for node in nodes if isinstance(node, Function)]
    lengths = [lines_of(node) for node in functions]
    public = [name for tree in trees.values() for name in public_names(tree)]
    raises = [node.exc for node in nodes if isinstance(node, ast.Raise) and gives_message(node)]
    level_of, circles = levels(imports(trees))
    lines = [len(text.splitlines()) for text in sources.values()]
    return {
        "files": len(sources),
        "lines": sum(lines),
        "longest_file": max(lines),
        "functions": len(functions),
        "median_function": median(lengths),
        "longest_function": max(lengths),
        "public_names": len(public),
        "documented": sum(ast.get_docstring(name) is not None for name in public),
        "raises": len(raises),
        "raises_with_value": sum(map(shows_value, raises)),
        "import_levels": 1 + max(level_of.values()),
        "import_circles": circles,
        "many_positional": sum(
            isinstance(node, ast.Call) and len(node.args) >= MANY for node in nodes
        ),
        "loose_dictionaries": sum(
            ast.unparse(note).count("dict[str, Any]") for name in public for note in seam(name)
        ),
    }


def lines_of(function: Function) -> int:
    """The lines of a function without its docstring."""
    start, *body = function.body
    spoken = 0
    if ast.get_docstring(function) is not None and body:
        spoken = body[0].lineno - start.lineno
    return (function.end_lineno or function.lineno) - function.lineno + 1 - spoken


def public_names(tree: ast.Module | ast.ClassDef) -> Iterator[Public]:
    """The functions and classes without an underscore, and the methods of these classes."""
    for node in tree.body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_names(node)


def gives_message(node: ast.Raise) -> bool:
    """Whether an error is made here, with something to say."""
    return isinstance(node.exc, ast.Call) and bool(node.exc.args)


def shows_value(error: ast.expr | None) -> bool:
    """Whether the message holds more than fixed words: a value, or what a function says of one."""
    assert isinstance(error, ast.Call)
    return any(
        isinstance(part, ast.FormattedValue | ast.Call | ast.Name)
        for argument in error.args
        for part in ast.walk(argument)
    )


def seam(name: Public) -> Iterator[ast.expr]:
    """The types a public name shows: of arguments, of the result, of fields."""
    if isinstance(name, ast.ClassDef):
        yield from (node.annotation for node in name.body if isinstance(node, ast.AnnAssign))
        return
    given = name.args
    for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if each is not None and each.annotation is not None:
            yield each.annotation
    if name.returns is not None:
        yield name.returns


def imports(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Which modules of the package each imports as it is imported itself."""
    named = {module_of(path): tree for path, tree in trees.items()}
    return {
        module: {found for node in tree.body for found in imported(node, named)} - {module}
        for module, tree in named.items()
    }


def module_of(path: str) -> str:
    """A path as the dotted name of its module."""
    dotted = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
    return dotted.removesuffix(".__init__")


def imported(node: ast.stmt, known: Container[str]) -> Iterator[str]:
    """The modules of ours that one line imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inside = f"{node.module}.{alias.name}"
            yield from [name for name in (inside, node.module) if name in known][:1]


def levels(graph: dict[str, set[str]]) -> tuple[dict[str, int], int]:
    """How many imports lie below each module, and how many modules lie in or between circles."""
    level_of: dict[str, int] = {}
    left = dict(graph)
    while ready := [name for name, below in left.items() if below <= level_of.keys()]:
        for name in ready:
            level_of[name] = 1 + max((level_of[each] for each in left[name]), default=-1)
        left = {name: below for name, below in left.items() if name not in level_of}
    while free := left.keys() - set().union(*left.values()):  # only above a circle
        left = {name: below for name, below in left.items() if name not in free}
    return level_of, len(left)


def table(columns: dict[str, dict[str, float]]) -> str:
    """What was counted as Markdown, one tree per column."""
    lines = [f"| | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    lines += [
        f"| {words} | {' | '.join(f'{column[key]:g}' for column in columns.values())} |"
        for key, words in WORDS.items()
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the table; keep it where --write says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at", action="append", default=[], metavar="[NAME=]COMMIT")
    parser.add_argument("--write", type=Path, metavar="FILE")
    told = parser.parse_args(arguments)
    columns = {at.partition("=")[0]: counted(sources_at(at.rpartition("=")[2])) for at in told.at}
    columns = columns or {"here": counted(sources_here())}
    sys.stdout.write(table(columns) + "\n")
    if told.write:
        told.write.write_text(json.dumps(columns, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
