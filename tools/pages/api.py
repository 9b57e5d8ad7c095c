"""docs/api.md: every public name of the library with what it says of itself."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

import kanjian
from pages import code, page

# The rooms that users import from, each as far as it lists its public names
NAMESPACES = ("imaging", "faces", "explain", "denoise", "video", "datasets", "models")
ABOUT = """\
Everything that `import kanjian` offers. Pictures are `uint8` arrays, RGB (height, width, 3) or gray
(height, width); wherever a picture is wanted, an array, a path, bytes or a PIL image will do.
Mistakes raise a child of `KanjianError`, whose message says what was expected and what to do."""
_HEADING = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example|Reference):$", re.M)
_ENTRY = re.compile(r"^(\*{0,2}\w[\w., ]*): ", re.M)


def made() -> str:
    """The page."""
    parts = []
    for space, names in public().items():
        parts.append(f"## {space}\n\n{inspect.getdoc(importlib.import_module(space))}")
        parts += [
            told(f"{space}.{name}", found) + borrowed(name, found, names)
            for name, found in names.items()
        ]
    return page("Python", ABOUT, *parts)


def public() -> dict[str, dict[str, Any]]:
    """The public names: of kanjian, then of every room that lists some."""
    spaces: dict[str, dict[str, Any]] = {"kanjian": {}}
    for name in sorted(kanjian.__all__, key=lambda name: (name[0].islower(), name.casefold())):
        found = getattr(kanjian, name)
        if not inspect.ismodule(found) and not name.startswith("__"):
            spaces["kanjian"][name] = found
    for name in NAMESPACES:
        module = importlib.import_module(f"kanjian.{name}")
        listed = [each for each in getattr(module, "__all__", ()) if not each.startswith("__")]
        if listed:
            spaces[f"kanjian.{name}"] = {each: getattr(module, each) for each in sorted(listed)}
    return spaces


def told(name: str, found: Any) -> str:
    """One name: its signature, its docstring, and the methods of a class."""
    if inspect.ismodule(found):
        return f"### {name}\n\n{inspect.getdoc(found)}"
    if not callable(found):
        return f"### {name}\n\n{code(repr(found))}"
    parts = [f"### {name}", signature(name, found), docstring(found)]
    if inspect.isclass(found):
        parts += [
            f"#### {name.rpartition('.')[2]}.{each}\n\n{method}"
            for each, method in methods(name.rpartition(".")[2], found)
        ]
    return "\n\n".join(part for part in parts if part)


def borrowed(name: str, found: Any, names: dict[str, Any]) -> str:
    """For a class without an example, that of a function which gives one of it."""
    if not inspect.isclass(found) or ">>> " in told(name, found):
        return ""
    examples = {
        giver: _HEADING.split(inspect.getdoc(function) or "")[-1]
        for giver, function in names.items()
        if getattr(function, "__annotations__", {}).get("return") in {found, name}
    }
    if not examples:
        return ""
    giver = min(examples, key=lambda giver: "Traceback" in examples[giver])
    return f"\n\nFrom `{giver}`:\n\n```pycon\n{textwrap.dedent(examples[giver]).strip()}\n```"


def methods(owner: str, found: type) -> Iterator[tuple[str, str]]:
    """The public methods and properties of a class that say what they do."""
    for name, member in vars(found).items():
        inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if name.startswith("_") or not inspect.getdoc(inner):
            continue
        if isinstance(inner, property):
            yield name, docstring(inner)
        elif inspect.isfunction(inner):
            yield name, f"{signature(f'{owner}.{name}', inner)}\n\n{docstring(inner)}"


def signature(name: str, found: Any) -> str:
    """How it is called, with the types as the source spells them."""
    try:
        (node, *_) = ast.parse(textwrap.dedent(inspect.getsource(found))).body
    except (OSError, TypeError):
        return ""
    if isinstance(node, ast.ClassDef):
        fields = [ast.unparse(line) for line in node.body if is_field(line)]
        # errors and others without fields are not made by users
        return block(name, fields) if fields and is_dataclass(found) else ""
    assert isinstance(node, ast.FunctionDef)
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return block(name, parameters(node.args), result)


def is_field(line: ast.stmt) -> bool:
    """Whether a line of a class is a public field of a dataclass."""
    return (
        isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and not line.target.id.startswith("_")
    )


def parameters(given: ast.arguments) -> list[str]:
    """The parameters as the source spells them, without self."""
    text = ast.unparse(given)
    plain = ast.parse(f"def f({text}): ...").body[0]
    assert isinstance(plain, ast.FunctionDef)
    args = plain.args
    spelled = []
    defaults = [None] * (len(args.args) - len(args.defaults)) + list(args.defaults)
    spelled += [each(one, default) for one, default in zip(args.args, defaults, strict=True)]
    if args.vararg:
        spelled.append(f"*{each(args.vararg, None)}")
    elif args.kwonlyargs:
        spelled.append("*")
    spelled += [each(*both) for both in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    if args.kwarg:
        spelled.append(f"**{each(args.kwarg, None)}")
    return [one for one in spelled if one not in {"self", "cls"}]


def each(one: ast.arg, default: ast.expr | None) -> str:
    """One parameter: name, type, default."""
    typed = f"{one.arg}: {ast.unparse(one.annotation)}" if one.annotation else one.arg
    if default is None:
        return typed
    return f"{typed}{' = ' if one.annotation else '='}{ast.unparse(default)}"


def block(name: str, given: list[str], result: str = "") -> str:
    """A signature as code, one parameter a line where it is long."""
    line = f"{name}({', '.join(given)}){result}"
    if len(line) > 100:
        line = f"{name}(\n    " + ",\n    ".join(given) + f",\n){result}"
    return f"```python\n{line}\n```"


def docstring(found: Any) -> str:
    """A docstring in Google's form as Markdown."""
    text, *rest = _HEADING.split(inspect.getdoc(found) or "")
    parts = [text.strip()]
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        inner = textwrap.dedent(body.strip("\n")).rstrip()
        if heading == "Example":
            parts.append(f"```pycon\n{inner}\n```")
        elif heading in {"Args", "Attributes", "Raises"}:
            parts.append(f"**{heading}**\n\n{entries(inner)}")
        else:
            parts.append(f"**{heading}**: {' '.join(inner.split())}")
    return "\n\n".join(part for part in parts if part)


def entries(text: str) -> str:
    """Arguments or errors as a list."""
    lines = []
    for line in text.splitlines():
        if line.startswith(" ") or not line.strip():
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(_ENTRY.sub(lambda told: f"- `{told[1]}`: ", line, count=1))
    return "\n".join(line.rstrip() for line in lines)
