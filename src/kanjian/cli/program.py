"""The commands this program tells people to type, as they can be typed here."""

import re
import shutil
import sys
from pathlib import Path

from kanjian.checks import quoted


def program() -> str:
    """What to type for `kanjian` in this shell: its name where that is found, else its path.

    Example:
        >>> program()
        'kanjian'
    """
    called = Path(sys.argv[0])
    if called.name == "__main__.py" and called.parent.name == "kanjian":
        return f"{_known(sys.executable)} -m kanjian"
    return _known(sys.argv[0]) if called.stem == "kanjian" else "kanjian"


def _known(path: str) -> str:
    """The bare name of a program where the shell finds this very one by it, else its path."""
    place = Path(path)
    found = shutil.which(place.stem)
    if found and Path(found).absolute() == place.absolute().with_name(Path(found).name):
        return place.stem
    try:
        return quoted(place.relative_to(Path.cwd()))
    except (ValueError, OSError):  # not below the folder we are in, or that is gone
        return quoted(path)


def typed(text: str) -> str:
    """A text whose commands of ours can be pasted as they are.

    Example:
        >>> typed("Make one: kanjian train FOLDER")
        'Make one: kanjian train FOLDER'
    """
    name = program()
    if name == "kanjian" or "kanjian " not in text:
        return text
    from kanjian.cli.app import COMMANDS

    command = rf"(?<![\w./\\-])kanjian(?= (?:{'|'.join(COMMANDS)}|COMMAND|--help)\b)"
    return re.sub(command, lambda _: name, text)
