"""Argument checks that speak in one form: what was expected, what came, what to do."""

import difflib
import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from kanjian.errors import KanjianError


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when nothing is close.

    Example:
        >>> nearest("lenett", ["lenet", "vgg16"])
        'lenet'
        >>> nearest("zebra", ["lenet", "vgg16"]) is None
        True
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> str:
    """One line that says a name is unknown and which one was probably meant.

    Args:
        kind: What the name should name, as in "model".
        name: What came.
        known: The names there are.
        where: Where it stood, as in "[model] name"; optional.

    Example:
        >>> unknown_name("model", "lenett", ["lenet", "vgg16"], where="[model] name")
        "unknown model 'lenett' in [model] name. Did you mean 'lenet'?"
        >>> unknown_name("model", "zebra", ["lenet", "vgg16"])
        "unknown model 'zebra'. Known: lenet, vgg16."
        >>> unknown_name("run", "r", [])
        "unknown run 'r'."
    """
    known = sorted(known)
    line = f"unknown {kind} {name!r}" + (f" in {where}" if where else "")
    if not known:
        return f"{line}."
    close = nearest(name, known)
    return f"{line}. Did you mean {close!r}?" if close else f"{line}. Known: {', '.join(known)}."


def check_choice(
    kind: str, name: str, known: Iterable[str], *, error: type[KanjianError], where: str = ""
) -> str:
    """Give `name` back if it is known, else raise `error` with the nearest known name.

    Example:
        >>> check_choice("fit", "crop", ["crop", "stretch"], error=KanjianError)
        'crop'
    """
    known = list(known)
    if name not in known:
        raise error(unknown_name(kind, name, known, where=where))
    return name


def quoted(path: Path | str) -> str:
    """A path as it can be typed into a shell.

    Example:
        >>> quoted("my runs/猫")
        "'my runs/猫'"
    """
    if os.name == "nt":
        text = str(path)
        return f'"{text}"' if set(text) & set(" &()[]{}^=;!'+,`~<>|") else text
    return shlex.quote(str(path))


def plural(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Args:
        number: How many.
        one: The noun.
        many: Its plural, where that is not the noun with an s.

    Example:
        >>> plural(1, "epoch"), plural(2, "class", "classes"), plural(1200, "picture")
        ('1 epoch', '2 classes', '1 200 pictures')
    """
    return f"{number:,}".replace(",", " ") + f" {one if number == 1 else many or f'{one}s'}"
