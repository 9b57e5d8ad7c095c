"""Help in the language of the reader, wrapped by columns: a Chinese letter takes two."""

import re
from collections.abc import Sequence

import typer

from kanjian.cli.output import padded, width_of, wrapped
from kanjian.i18n import catalog_here, gettext_noop
from kanjian.spoken import heading, spoken

# What Typer itself says in a help
USAGE = gettext_noop("Usage: ")
PLAIN = (
    gettext_noop("Options"),
    gettext_noop("Arguments"),
    gettext_noop("Commands"),
    gettext_noop("required"),
    gettext_noop("default: {default}"),
    gettext_noop("env var: {name}"),
)
_EXTRA = re.compile(r"^(?P<help>.*?)(?:  )?(?P<extra>\[[^\[\]]*\])?$", re.DOTALL)


class SpokenHelp(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    """Typer's own help in English; elsewhere the same lines, translated."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that begins a help."""
        super().write_usage(prog, args, prefix or heading(USAGE))

    def write_heading(self, title: str) -> None:
        """The title of a section."""
        super().write_heading(_exact(title))

    def write_text(self, text: str) -> None:
        """Paragraphs of a help."""
        if catalog_here() is None:
            super().write_text(text)
            return
        indent = " " * self.current_indent
        lines = [
            "\n".join(f"{indent}{line}" for line in wrapped(_exact(each), self.width - len(indent)))
            for each in paragraphs(text)
        ]
        self.write("\n\n".join(lines) + "\n")

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Options or commands, each with its help beside or below it."""
        if catalog_here() is None:
            super().write_dl(rows, col_max, col_spacing)
            return
        indent = " " * self.current_indent
        first = min(max(width_of(name) for name, _ in rows), col_max) + col_spacing
        for name, help_text in rows:
            lines = wrapped(row_help(help_text), max(self.width - first - len(indent), 10))
            fits = width_of(name) <= first - col_spacing
            names = [name, *[""] * (len(lines) - 1)] if fits else [name, *[""] * len(lines)]
            for left, right in zip(names, lines if fits else ["", *lines], strict=True):
                self.write(f"{indent}{padded(left, first)}{right}".rstrip() + "\n")


def paragraphs(text: str) -> list[str]:
    r"""The paragraphs of a help, each as one message.

    Example:
        >>> paragraphs("One.\n\nTwo goes\non.")
        ['One.', 'Two goes on.']
    """
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", text.strip())]


def row_help(text: str) -> str:
    """The help of an option, and what Typer adds to it, in the language of the reader.

    Example:
        >>> row_help("Pictures per step.  [default: 32]")
        'Pictures per step.  [default: 32]'
    """
    found = _EXTRA.match(text)
    assert found is not None
    help_, extra = _exact(" ".join(found["help"].split())), found["extra"]
    if extra is None:
        return help_
    added = "; ".join(spoken(each) if " " in each else _exact(each)
                      for each in extra[1:-1].split("; "))  # fmt: skip
    return f"{help_}  [{added}]" if help_ else f"[{added}]"


def _exact(words: str) -> str:
    catalog = catalog_here()
    return words if catalog is None else catalog.gettext(words)
