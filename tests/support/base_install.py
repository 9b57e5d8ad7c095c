"""Run command lines in one process that sees the base installation alone; for tests.

Started as a script: reads a list of command lines as JSON from stdin and writes what became of
each. Packages outside of the base requirements look as if they were not installed.
"""

import contextlib
import importlib.metadata
import io
import json
import os
import re
import sys
from importlib.machinery import PathFinder


def plain(name):
    """A name of a package as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def base_distributions():
    """Names of what `pip install` of the project without extras brings."""
    found, waiting = set(), ["kanjian"]
    while waiting:
        name = plain(waiting.pop())
        if name in found:
            continue
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            lines = importlib.metadata.requires(name) or []
            found.add(name)
            wanted = (line for line in lines if "extra ==" not in line)
            waiting += [re.match(r"[\w.-]+", line)[0] for line in wanted]
    return found


class BaseOnly:
    """Finds what Python finds on its path, but no module of another package."""

    def __init__(self):
        base = base_distributions()
        owners = importlib.metadata.packages_distributions()
        self.hidden = {
            module for module, names in owners.items() if not base & {plain(name) for name in names}
        }
        self.base = base

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.hidden:
            return None
        return PathFinder.find_spec(name, path, target)

    def find_distributions(self, context):
        found = PathFinder.find_distributions(context)
        return [each for each in found if plain(each.metadata["Name"]) in self.base]

    def invalidate_caches(self):
        PathFinder.invalidate_caches()


def hide_extras():
    """From now on nothing but the base installation is found."""
    only = BaseOnly()
    sys.meta_path[:] = [only if finder is PathFinder else finder for finder in sys.meta_path]


def leaves(command, words=()):
    """Every command that is no group of others, as its words."""
    import typer

    if not hasattr(command, "list_commands"):
        return [words]
    with typer.Context(command) as context:
        return [
            leaf
            for name in command.list_commands(context)
            for leaf in leaves(command.get_command(context, name), (*words, name))
        ]


def outcome(run, line):
    out, err = io.StringIO(), io.StringIO()
    before = dict(os.environ)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(line)
    os.environ.clear()
    os.environ.update(before)  # a choice of this line must not be one for the next
    return {"line": line, "status": status, "err": err.getvalue(), "out": out.getvalue()}


def main():
    hide_extras()
    import typer

    from kanjian.cli.app import app, run

    lines = json.load(sys.stdin)
    told = {
        "commands": leaves(typer.main.get_command(app)),
        "outcomes": [outcome(run, line) for line in lines],
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
