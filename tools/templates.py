"""The messages that code makes without marking them: f-strings of errors, notes and tables.

Each is a template: `f"no run in {run.folder}."` is the message "no run in {folder}.".
"""

import ast
import itertools
import re
from collections.abc import Iterator

Message = str | tuple[str, str]

# What these say is read by people, wherever they are called
_SAYS = {
    "say",
    "complain",
    "_say",
    "on_message",
    "note",
    "counting",
    "unknown_name",
    "check_choice",
}
_KINDS = {
    "unknown_name",
    "check_choice",
    "Finding",
}  # whose first argument says what a name should name
_TITLES = {"table", "fitted_table", "facts"}
# What stands in these is told by another rule or is not for people
_NOT_HERE = {"_", "ngettext", "gettext_noop", "Option", "Argument", "Entry", "lazy_group",
             "cast", "TypeVar", "TextColumn"}  # fmt: skip
_METHODS = {"compile", "removeprefix", "removesuffix", "replace", "split", "startswith", "endswith",
            "partition", "sub", "getLogger"}  # fmt: skip
_TABLES = {"_SAME", "_SETTINGS", "_HELP", "_EPILOG", "__all__"}
_NUMBERS = {"plural", "span", "percent", "thousands", "len", "sum", "round"}
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:.]? +['\"({\[]*\w|^[a-z]+[:.,]? \{|\} [a-z]{2,}")
_AFTER = re.compile(r"^\{\w+\}\.? (?=[A-Z][a-z])")  # a sentence is known without the one before it
# Logs, HTTP, what a debugger shows, and commands of a system
_NO_TEXT = re.compile(r"%[srd]\b|^Content-|^[a-z]+/[a-z-]+;|^<\w+ |^(apt|dnf|apk) |^\w+: str\b")
_TITLE = re.compile(r"[A-Za-z][a-z0-9 %]*")
_MOST = 4  # forms of one message


def templates(tree: ast.AST, *, loose: bool, titled: bool) -> Iterator[tuple[int, Message]]:
    """The messages of a module, each with its line.

    Args:
        tree: The module.
        loose: Whether whatever reads like a sentence counts, not only what is raised or said.
        titled: Whether the first of two is the name of a fact, as `facts` shows it.
    """
    skipped = set(_not_for_people(tree))
    for root, is_said in _roots(tree, skipped, said=loose):
        if isinstance(root, ast.Call):
            yield root.lineno, _plural(root)
        elif is_said:
            lines = [
                _AFTER.sub("", line.strip()) for form in _forms(root) for line in form.split("\n")
            ]
            yield from (
                (root.lineno, line)
                for line in lines
                if _SENTENCE.search(line) and not _NO_TEXT.search(line)
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _TITLES:
            yield from _titles(node)
        if isinstance(node, ast.Call) and _name(node.func) in _KINDS and node.args:
            yield from _title(node.args[0])
        if titled and isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "head":
            yield from (title for each in ast.walk(node.value) for title in _title(each))
        if titled and isinstance(node, ast.Tuple) and len(node.elts) == 2:
            yield from _title(node.elts[0])


def _titles(node: ast.Call) -> Iterator[tuple[int, Message]]:
    """Heads of columns, and names of facts."""
    for each in node.args[:1]:
        for part in ast.walk(each):
            if isinstance(part, ast.List | ast.Tuple):
                for inner in part.elts[:1] if _name(node.func) == "facts" else part.elts:
                    yield from _title(inner)


def _title(node: ast.AST) -> Iterator[tuple[int, Message]]:
    match node:
        case ast.Constant(value=str() as text) if _TITLE.fullmatch(text):
            yield node.lineno, text


def _roots(node: ast.AST, skipped: set[ast.AST], *, said: bool) -> Iterator[tuple[ast.expr, bool]]:
    """Whole texts (not the parts they are made of), and calls of `plural`."""
    if node in skipped:
        return
    if _is_text(node):
        yield node, said  # type: ignore[misc]
        for inner in _inside(node):
            yield from _roots(inner, skipped, said=said)
        return
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name == "plural":
            if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                yield node, True
            return
        said = said or name in _SAYS or name.endswith("Error")
    for child in ast.iter_child_nodes(node):
        yield from _roots(child, skipped, said=said)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in the places of a text, and in its variants that are said as a whole."""
    for part in ast.walk(node):
        if isinstance(part, ast.FormattedValue) and not _literal_choice(part.value):
            yield part.value


def _is_text(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr():
            return True
        case ast.Constant(value=str()):
            return True
        case ast.BinOp(op=ast.Add()):
            return _is_text(node.left) or _is_text(node.right)
        case _:
            return False


def _not_for_people(tree: ast.AST) -> Iterator[ast.AST]:
    """Documentation, keys, annotations, what is compared or looked up."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Compare():
                yield node
            case ast.Dict(keys=keys):
                yield from filter(None, keys)
            case ast.Subscript(slice=told) | ast.AnnAssign(annotation=told):
                yield told
            case ast.Assign(targets=[ast.Name(id=name)]) if name in _TABLES:
                yield node.value
            case ast.Call():
                yield from _call_not_for_people(node)
            case ast.FunctionDef() | ast.arg():
                yield from _annotations(node)


def _call_not_for_people(node: ast.Call) -> Iterator[ast.AST]:
    match node.func:
        case ast.Name(id=name) if name in _NOT_HERE:
            yield node
        case ast.Attribute(attr=name) if name in _METHODS | _NOT_HERE:
            yield from node.args


def _annotations(node: ast.FunctionDef | ast.arg) -> Iterator[ast.AST]:
    told = [node.annotation] if isinstance(node, ast.arg) else [*node.decorator_list, node.returns]
    yield from filter(None, told)


def _forms(node: ast.AST) -> list[str]:
    """What a text may be, with {places}."""
    match node:
        case ast.Constant(value=str() as text):
            return [text.replace("{", "{{").replace("}", "}}")]
        case ast.JoinedStr():
            return _together([_forms(part) for part in node.values])
        case ast.FormattedValue():
            return _place(node.value, number=_is_number(node))
        case ast.BinOp(op=ast.Add()):
            return _together([_forms(node.left), _forms(node.right)])
        case _:
            return _place(node)


def _together(parts: list[list[str]]) -> list[str]:
    made = ["".join(each) for each in itertools.islice(itertools.product(*parts), _MOST)]
    return [_distinct(form) for form in made]


def _is_number(node: ast.FormattedValue) -> bool:
    """Whether what it shows begins with a digit, as `spoken` then knows."""
    if isinstance(node.value, ast.Call) and _name(node.value.func) in _NUMBERS:
        return True
    spec = node.format_spec
    told = spec.values[-1] if isinstance(spec, ast.JoinedStr) and spec.values else None
    return isinstance(told, ast.Constant) and str(told.value)[-1] in "dfg%,"


def _place(node: ast.AST, *, number: bool = False) -> list[str]:
    if _literal_choice(node):
        assert isinstance(node, ast.IfExp)
        return [form for each in (node.body, node.orelse) for form in _forms(each)]
    name = _place_name(node)
    return [f"{{n_{name}}}" if number and name != "n" else f"{{{name}}}"]


def _literal_choice(node: ast.AST) -> bool:
    """A choice between two texts that stand there."""
    return isinstance(node, ast.IfExp) and _is_text(node.body) and _is_text(node.orelse)


def _place_name(node: ast.AST) -> str:  # noqa: PLR0911 - a table of forms
    match node:
        case ast.Name():
            return node.id.strip("_")
        case ast.Attribute():
            return node.attr.strip("_")
        case ast.Subscript(slice=ast.Constant(value=str() as key)) if key.isidentifier():
            return key
        case ast.Subscript() | ast.Starred() | ast.Await():
            return _place_name(node.value)
        case ast.Call() if _name(node.func) == "plural" and len(node.args) > 1:
            return re.sub(r"\W+", "_", str(getattr(node.args[-1], "value", "number"))) + (
                "s" if len(node.args) == 2 else "")  # fmt: skip
        case ast.Call(args=[first, *_]) if _place_name(first) != "value":
            return _place_name(first)
        case ast.Call(func=ast.Attribute() as function):
            return _place_name(function.value)
        case ast.BinOp():
            return _place_name(node.left)
        case _:
            return "value"


def _distinct(form: str) -> str:
    """Two places of one name may hold two things: the second gets a number."""
    seen: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        name = found[1]
        seen[name] = seen.get(name, 0) + 1
        return f"{{{name}{seen[name] if seen[name] > 1 else ''}}}"

    return re.sub(
        r"(?<!\{)\{(\w+)\}(?!\})", numbered, re.sub(r"(?<!\{)\{(\w+?)\d*\}", r"{\1}", form)
    )


def _plural(node: ast.Call) -> Message:
    one = str(node.args[1].value)  # type: ignore[attr-defined]
    many = str(node.args[2].value) if len(node.args) > 2 else f"{one}s"  # type: ignore[attr-defined]
    return f"{{n}} {one}", f"{{n}} {many}"


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
