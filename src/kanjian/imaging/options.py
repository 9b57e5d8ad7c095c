"""The options of an operation, read from its signature, and their values, read from words."""

import importlib
import inspect
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from kanjian.checks import unknown_name
from kanjian.errors import ImageError
from kanjian.imaging.operations import Operation, function_of

ReadImage = Callable[[str], np.ndarray]
# What a chain fills in by itself
_OURS = ("on",)
# Pairs that are no size
_PAIRS = {"origin": "ROW,COLUMN", "center_xy": "X,Y"}
_YES = {"yes": True, "true": True, "on": True, "1": True,
        "no": False, "false": False, "off": False, "0": False}  # fmt: skip


@dataclass(frozen=True)
class Option:
    """One option of an operation.

    Args:
        name: As a user writes it, with dashes.
        parameter: As the function has it.
        kinds: The types its value may have.
        default: `inspect.Parameter.empty` where it must be given.
        about: Its line in the docstring.
    """

    name: str
    parameter: str
    kinds: tuple[Any, ...]
    default: Any
    about: str = ""

    @property
    def is_flag(self) -> bool:
        """Whether it is on or off, and its bare name says on."""
        return self.kinds == (bool,)

    @property
    def is_required(self) -> bool:
        """Whether the operation does not run without it."""
        return self.default is inspect.Parameter.empty

    @property
    def wanted(self) -> str:
        """What values it takes, in few words.

        Example:
            >>> Option("box", "box", (tuple[int, int],), None).wanted
            'HEIGHTxWIDTH'
        """
        kinds = [kind for kind in self.kinds if kind is not types.NoneType]
        pair = _PAIRS.get(self.parameter, "HEIGHTxWIDTH")
        words = dict.fromkeys(_wanted(kind, pair) for kind in kinds)
        return " or ".join(words)

    @property
    def shown_default(self) -> str:
        """The default as a user would write it; nothing where there is none."""
        if self.is_required or self.default is None:
            return ""
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        if isinstance(self.default, tuple):
            return ("x" if len(self.default) == 2 else ",").join(map(str, self.default))
        return str(self.default)


@cache
def options_of(operation: Operation) -> tuple[Option, ...]:
    """All options of an operation, in the order of its signature.

    Example:
        >>> from kanjian.imaging.operations import operation_named
        >>> [(each.name, each.wanted) for each in options_of(operation_named("rotate"))][:2]
        [('angle', 'a number'), ('canvas', 'keep, grow, zoom')]
    """
    function = function_of(operation)
    hints = get_type_hints(function)
    _, *parameters = inspect.signature(function).parameters.values()
    found = []
    for each in parameters:
        kinds = _kinds(hints[each.name])
        if each.name not in _OURS and kinds:
            name = each.name.replace("_", "-")
            about = _without_names(_told(function, each.name))
            found.append(Option(name, each.name, kinds, each.default, about))
    return tuple(found)


def value_of(option: Option, text: str, *, where: str, read: ReadImage) -> Any:
    """What a word means as the value of an option.

    Args:
        option: Whose value.
        text: The word.
        where: Operation and option, for the message.
        read: Reads a picture file, for options that are pictures.

    Raises:
        ImageError: If the word is no such value.

    Example:
        >>> size = Option("size", "size", (tuple[int, int],), None)
        >>> value_of(size, "20x30", where="resize size", read=None)
        (20, 30)
        >>> value_of(size, "large", where="resize size", read=None)
        Traceback (most recent call last):
        kanjian.errors.ImageError: resize size must be HEIGHTxWIDTH, got 'large'.
    """
    for kind in option.kinds:
        try:
            return _parsed(kind, text, read)
        except ValueError:
            continue
    known = [str(name) for kind in option.kinds if get_origin(kind) is Literal
             for name in get_args(kind)]  # fmt: skip
    if len(option.kinds) == 1 and known and re.fullmatch(r"[a-z-]+", "".join(known)):
        raise ImageError(unknown_name("value", text, known, where=where))
    raise ImageError(f"{where} must be {option.wanted}, got {text!r}.")


def _parsed(kind: Any, text: str, read: ReadImage) -> Any:
    """The value, or a ValueError."""
    origin = get_origin(kind)
    if kind is types.NoneType:
        return _one_of({"none": None}, text)
    if kind is bool:
        return _one_of(_YES, text)
    if origin is Literal:
        return _one_of({str(name): name for name in get_args(kind)}, text)
    if kind is np.ndarray:
        return read(text)
    if origin in (tuple, Sequence):
        return _several(kind, text)
    return kind(text)  # int, float or str


def _one_of(known: dict[str, Any], text: str) -> Any:
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _several(kind: Any, text: str) -> tuple[Any, ...]:
    """Values parted by "x" or commas; a single one counts for both sides of a size."""
    of = get_args(kind)[0]
    values = tuple(of(part) for part in re.split(r"[x×,;]", text))
    count = None if get_origin(kind) is Sequence else len(get_args(kind))
    if count == 2 and len(values) == 1:
        values *= 2
    if count is not None and len(values) != count:
        raise ValueError(text)
    return values


def _kinds(hint: Any) -> tuple[Any, ...]:
    """The types of a hint that a word can be read as, the pickiest first."""
    origin = get_origin(hint)
    each = get_args(hint) if origin in (Union, types.UnionType) else (hint,)
    order = [kind for kind in (types.NoneType, bool, int, float) if kind in each]
    order += [kind for kind in each if get_origin(kind) in (Literal, tuple, Sequence)]
    named = any(kind is str for kind in each)
    # "str | Path | array" is the name of a file or a shape: the function reads it itself
    return tuple([*order, str] if named else [*order, *(k for k in each if k is np.ndarray)])


def _wanted(kind: Any, pair: str) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return ", ".join(map(str, get_args(kind)))
    if origin is Sequence:
        return "NUMBER,NUMBER,…"
    if origin is tuple:
        count = len(get_args(kind))
        return pair if count == 2 else ",".join(["NUMBER"] * count)
    words = {bool: "yes or no", int: "a whole number", float: "a number", np.ndarray: "PICTURE"}
    return words.get(kind, "text")


def _described(doc: str) -> dict[str, str]:
    """What the Args section of a docstring says of each argument, in one line each."""
    section = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", doc, re.MULTILINE | re.DOTALL)
    if section is None:
        return {}
    entries = re.findall(
        r"^ {4}(\w+): (.*?)(?=^ {4}\w+: |\Z)", section[1], re.MULTILINE | re.DOTALL
    )
    return {name: " ".join(text.split()) for name, text in entries}


def _told(function: Callable[..., Any], parameter: str) -> str:
    """What a docstring says of a parameter; "as in `other`" is looked up there."""
    text = _described(inspect.getdoc(function) or "").get(parameter, "")
    found = re.search(r"\b[Aa]s in `([\w.]+)`", text)
    if found is None:
        return text
    there = _told(_found_as(found[1], function), parameter)
    return f"{text[: found.start()]}{there.rstrip('.')}{text[found.end() :]}" if there else text


def _found_as(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """What a name in a docstring means: in the function's own module, or in one beside it."""
    module, _, last = name.rpartition(".")
    if not module:
        other: Callable[..., Any] = inspect.unwrap(function).__globals__[name]
        return other
    package = function.__module__.rpartition(".")[0]
    beside: Callable[..., Any] = getattr(importlib.import_module(f"{package}.{module}"), last)
    return beside


def _without_names(text: str) -> str:
    """For people who do not read code: no marks of it, and nothing to look up in it."""
    return re.sub(r"\s*\([Ss]ee `[\w.]+`\)|\s*See `[\w.]+`\.", "", text).replace("`", "")
