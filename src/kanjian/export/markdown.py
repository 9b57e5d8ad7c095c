r"""Names of strangers inside Markdown: text, never markup, HTML or a link."""

import re

from kanjian.names import printable

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "\\": "&#92;", "`": "&#96;"}
# An underscore within a word is one; the others would turn what follows into markup
_MARKS = re.compile(r"[&<>|\\`*\[\]~]|(?<!\w)_|_(?!\w)|^[-+#=]")


def plain(text: object) -> str:
    r"""Text as it stands in a sentence, a heading or the cell of a table.

    Example:
        >>> print(plain("<img src=x> a|b [x](y) my_run *b*"))
        &lt;img src=x&gt; a&#124;b \[x\](y) my_run \*b\*
    """
    return _MARKS.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), printable(text))


def code(text: object) -> str:
    r"""Text as code in a sentence; backticks in it do not end it.

    Example:
        >>> print(code("cat"), code("a`b"), code("`x"))
        `cat` ``a`b`` `` `x ``
    """
    shown = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    gap = " " if shown[:1] in {"`", ""} or shown[-1:] == "`" else ""
    return f"{fence}{gap}{shown}{gap}{fence}"
