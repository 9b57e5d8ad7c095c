"""docs/imaging.md: every operation of `kanjian image` with its options."""

from kanjian.imaging.operations import OPERATIONS, Operation
from kanjian.imaging.options import options_of
from pages import code, page, table

ABOUT = """\
`kanjian image OP PICTURE` runs one operation on a picture, `kanjian image 'OP | OP | OP'` a chain
of them; options are `name=value`, and the first may stand without its name:

```console
$ kanjian image 'gray | blur sigma=2 | threshold otsu' photo.jpg --compare
```"""


def made() -> str:
    """The page."""
    parts = []
    for group in dict.fromkeys(operation.group for operation in OPERATIONS):
        parts.append(f"## {group.capitalize()}")
        parts += [told(operation) for operation in OPERATIONS if operation.group == group]
    return page("Operations on pictures", ABOUT, *parts)


def told(operation: Operation) -> str:
    """One operation: what it gives, and its options."""
    about = f"### {operation.name}\n\n{operation.about[0].upper()}{operation.about[1:]}."
    rows = [
        (code(each.name), each.wanted, code(each.shown_default), each.about)
        for each in options_of(operation)
    ]
    if not rows:
        return about
    return f"{about}\n\n{table(('option', 'values', 'default', 'what it does'), rows)}"
