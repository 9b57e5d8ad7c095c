"""Pages from templates: what is text is escaped, what a template lacks is an error.

Every page is one file that stands alone: the shell, the stylesheet and scripts are inside, and
nothing is loaded from anywhere. Templates lie in `templates/`: page.html is the shell, pieces.html
has what pages share (section, table, facts, figure, details), page.css is the one stylesheet.
"""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from kanjian import i18n
from kanjian.reporting import wording
from kanjian.spoken import spoken

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **facts: object) -> str:
    """A template filled with facts, in the language of the reader.

    Args:
        template: A file of `templates/`.
        facts: What it shows, by the names it uses.

    Example:
        >>> "<h1>A &amp; B</h1>" in render("figures.html", title="A & B", lead="", extra="",
        ...                                tables=[], sections=[])
        True
    """
    return environment().get_template(template).render(**facts)


def fragment(template: str, **facts: object) -> Markup:
    """A part of a page, from a template that is no whole page."""
    return Markup(render(template, **facts))  # noqa: S704 a template escapes what is text


@cache
def environment() -> "Environment":
    """The templates, and the functions they know beside Jinja's own."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("kanjian.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["tight"] = tight
    # for a script, which takes text and no markup
    made.filters["plain"] = Markup.unescape
    made.globals.update(
        _=_said,
        ngettext=_counted,
        language=i18n.language,
        spoken=_spoken,
        asset=asset,
        percent=wording.percent,
        count=wording.count,
        duration=wording.duration,
    )
    return made


def _spoken(line: str) -> str:
    """A note of the library in the language of the reader; markup is a finished piece."""
    return line if isinstance(line, Markup) else spoken(line)


def asset(name: str) -> Markup:
    """A stylesheet or script of ours, as it is."""
    text = resources.files("kanjian.reporting").joinpath("templates", name).read_text("utf-8")
    return Markup(text)  # noqa: S704 a file of this package


def tight(words: str) -> str:
    r"""Words in which a number stays on the line of its percent sign.

    Example:
        >>> ascii(tight("50 %"))
        "'50\\xa0%'"
    """
    return words.replace(" %", "\u00a0%")


def _said(message: str, /, **values: object) -> Markup:
    """A message in which what was put in its places is escaped, unless it is markup of ours."""
    said = escape(i18n._(message))
    return said.format(**values) if values else said


def _counted(one: str, many: str, n: float, /, **values: object) -> Markup:
    template = i18n.ngettext(one, many, n, **{name: f"{{{name}}}" for name in {"n", *values}})
    return escape(template).format(**{"n": n, **values})
