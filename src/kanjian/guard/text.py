"""TOML and JSON from a stranger: bounded in length, in depth and in what they make of it."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from kanjian.errors import KanjianError
from kanjian.json_types import JsonObject

LIMIT_TOML, LIMIT_JSON, LIMIT_TEXT = 2 << 20, 64 << 20, 16 << 20
DEEPEST = 100
# tomllib takes the square of the parts of a dotted key: 100 000 of them take hours
_MOST_DOTS = 32
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_BETWEEN = re.compile(r"[,=\[\]{}\n#]")


def read_toml(path: Path, *, error: type[KanjianError], limit: int = LIMIT_TOML) -> JsonObject:
    """What a TOML file holds.

    Args:
        path: The file.
        error: What to raise where it is no TOML, too long or nested too deeply.
        limit: Most bytes of it.

    Raises:
        OSError: If it cannot be read; who asks knows what to do about it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.toml"
        >>> _ = path.write_text("a = " + "[" * 5000)
        >>> read_toml(path, error=KanjianError)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: ...a.toml is nested too deeply, more than 100 levels.
    """
    return parse_toml(read_text(path, error=error, limit=limit), str(path), error=error)


def parse_toml(text: str, place: str, *, error: type[KanjianError]) -> JsonObject:
    """What a TOML text holds; `place` begins the message where it is refused."""
    if any(part.count(".") > _MOST_DOTS for part in _BETWEEN.split(_QUOTED.sub("", text))):
        raise error(f"{place} has a dotted key of more than {_MOST_DOTS} parts.")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as caught:
        raise error(f"{place} is not TOML: {caught}.") from caught
    except RecursionError as caught:
        raise error(_deep(place)) from caught
    check_depth(value, place, error=error)
    return value


def read_json(path: Path, *, error: type[KanjianError], limit: int = LIMIT_JSON) -> Any:
    """What a JSON file holds; errors as for `read_toml`."""
    return parse_json(read_text(path, error=error, limit=limit), str(path), error=error)


def parse_json(text: str, place: str, *, error: type[KanjianError]) -> Any:
    """What a JSON text holds; `place` begins the message where it is refused.

    Example:
        >>> parse_json('{"a": [1]}', "a.json", error=KanjianError)
        {'a': [1]}
        >>> parse_json("[" * 10**6, "a.json", error=KanjianError)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: a.json is nested too deeply, more than 100 levels.
    """
    try:
        value = json.loads(text)
    except RecursionError as caught:
        raise error(_deep(place)) from caught
    except ValueError as caught:
        raise error(f"{place} is not JSON: {caught}.") from caught
    check_depth(value, place, error=error)
    return value


def read_text(path: Path, *, error: type[KanjianError], limit: int = LIMIT_TEXT) -> str:
    """A text file, if it is in UTF-8 and no longer than `limit` bytes.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise error(f"{path} is longer than {limit >> 10} kB, which no such file is.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as caught:
        raise error(f"{path} is not text in UTF-8: {caught}.") from caught


def check_depth(value: Any, place: str, *, error: type[KanjianError]) -> None:
    """Refuse what would overflow the stack of whoever walks through it later."""
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise error(_deep(place))
        depth += 1
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += [part for part in each.values() if isinstance(part, dict | list)]
            elif isinstance(each, list):
                inner += [part for part in each if isinstance(part, dict | list)]
        level = inner


def _deep(place: str) -> str:
    return f"{place} is nested too deeply, more than {DEEPEST} levels."
