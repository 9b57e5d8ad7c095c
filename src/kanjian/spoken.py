"""English messages in the language of the reader, at the edge where people read them.

Errors and notes of the library are English, for programs and logs: they are f-strings raised all
over it. `make messages` reads each from the source as a template with named places, and
`spoken` finds the template that made a message and says its translation with the same values.
Nothing of this is built before a message is shown in another language than English.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from string import Formatter

from kanjian.i18n import Catalog, catalog_here, gettext_noop

_DEEPEST = 4  # a cause in a cause in a cause
_MOST_PARTS = 10  # a list of a hundred names is no message of ours
_LIGHT = 8  # letters: a template with fewer fits much that it did not make
_LEAST = 3  # and with fewer than these, everything
_WORDS = {
    "kind",
    "wanted",
    "part",
    "role",
    "noun",
    "steps",
    "scripts",
}  # places that hold a word of ours
_ENDS = re.compile(r"(?<=[.?!;:…])\s+|\s{2,}|, (?=\w)")
_FULL_STOP = re.compile(r"(?<=[.?!]) +(?=[A-Z])")
_SENTENCE = re.compile(r"[.?!] +[A-Z]|[:;] |\s{2,}")
_WORD = re.compile(r"[A-Za-z]{2,}")
_QUOTED = re.compile(r"'[^']*'|`[^`]*`")
_PHRASE = re.compile(r"(?<![\w/.-])(?:[A-Za-z][a-z]+ ){2,}[a-z]+(?![\w/.])")
_ASIDE = re.compile(r"(.+?) \((.+)\)")
# Chinese has no blank after its own marks and between its own letters
_NO_BLANK = re.compile(r"(?<=[。；：，？！、]) +(?=\S)|(?<=[一-鿿]) (?=[一-鿿])")
_WIDE = {".": "。", ";": "；", ":": "：", ",": "，", "?": "？", "!": "！"}
# 98.1 %, 3e-07, 2 min 10 s, 3 damaged pictures
_AMOUNT = r"[-+]?\d[\d.]*(?:e[-+]?\d+)?(?:[%\s][^,;:()]*?)?"
_FITTING = {"n": r"[\d.,  ]*\d", "kind": "[^'\"]*"}
# What the system says of a file
OF_SYSTEM = (
    gettext_noop("No such file or directory"),
    gettext_noop("Permission denied"),
    gettext_noop("Is a directory"),
    gettext_noop("Not a directory"),
    gettext_noop("No space left on device"),
    gettext_noop("Read-only file system"),
)


@dataclass(frozen=True)
class Template:
    """A message with its places, and what it is in another language.

    Args:
        english: With places in braces.
        translated: The same places, elsewhere.
    """

    english: str
    translated: str

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """What stands around the places, in its order."""
        return tuple(literal for literal, *_ in Formatter().parse(self.english) if literal)

    @cached_property
    def weight(self) -> int:
        """How much of it is given: the heavier of two that fit is the right one."""
        return sum(map(str.isalpha, "".join(self.literals))) + 2 * len(self._numbers)

    @cached_property
    def _numbers(self) -> set[str]:
        """Places that hold a number, by which a template is known as well as by words."""
        return {name for name in _places(self.english) if name == "n" or name.startswith("n_")}

    @cached_property
    def is_light(self) -> bool:
        """Whether it says so little that it fits what it did not make."""
        return self.weight < (_LIGHT if self.english.startswith("{") else _LIGHT // 2)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Fits the messages it makes, with a group for each place."""
        parsed = [(literal, name) for literal, name, *_ in Formatter().parse(self.english)]
        parts: list[str] = []
        seen: set[str] = set()
        for number, (literal, name) in enumerate(parsed, 1):
            parts.append(re.escape(literal))
            if name is None:
                continue
            # "see a.html. Go on" ends its first sentence at the second full stop
            gap = r"(?=\s|$)" if literal[-1:] in _WIDE else ""
            # the last mark of a message is not of the value before it
            usual = "|.*?[^.;:,?!]" if number == len(parsed) else ".*?"
            fitting = _AMOUNT if name.startswith("n_") else _FITTING.get(name, usual)
            parts.append(f"(?P={name})" if name in seen else f"{gap}(?P<{name}>{fitting})")
            seen.add(name)
        return re.compile("".join(parts), re.DOTALL)

    def values(self, message: str) -> dict[str, str] | None:
        """What stands in the places of a message; None if it made another.

        Example:
            >>> Template("no {kind} in {path}.", "").values("no picture in runs.")
            {'kind': 'picture', 'path': 'runs'}
        """
        start = 0
        for literal in self.literals:
            start = message.find(literal, start)
            if start < 0:
                return None
            start += len(literal)
        found = self.pattern.fullmatch(message)
        return None if found is None else found.groupdict()


@cache
def templates(catalog: Catalog) -> tuple[Template, ...]:
    """The templates of a catalog that have a translation and words to be known by."""
    return tuple(
        sorted(
            (
                template
                for english, translated in catalog.pairs
                if "{" in english
                and english != translated
                and _places(english) >= _places(translated)
                and all(map(str.isidentifier, _places(english)))
                if (template := Template(english, translated)).weight >= _LEAST
            ),
            key=lambda template: -template.weight,
        )
    )


def _places(text: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(text) if name is not None}


def spoken(message: str) -> str:
    """A message for people, in their language; as it is where that has no words for it.

    A message of several sentences, or with a cause in it, is said part by part; a line keeps
    the blanks around it.

    Args:
        message: English, whole lines.

    Example:
        >>> from kanjian.i18n import speaking
        >>> spoken("unknown model 'lenett'. Did you mean 'lenet'?")
        "unknown model 'lenett'. Did you mean 'lenet'?"
        >>> with speaking("zh"):
        ...     print(spoken("unknown model 'lenett'. Did you mean 'lenet'?"))
        未知的模型 'lenett'。您是否想用 'lenet'？
    """
    catalog = catalog_here()
    if catalog is None:
        return message
    return "\n".join(_line(catalog, line) for line in message.split("\n"))


def heading(words: str) -> str:
    """A name that stands alone, as over a column; a single word is no sentence and no data here.

    Example:
        >>> heading("accuracy")
        'accuracy'
    """
    catalog = catalog_here()
    return words if catalog is None else catalog.exact.get(words, words)


def together(*sentences: str) -> str:
    """Sentences of `_` one after the other; Chinese has no blank between them.

    Example:
        >>> together("One.", "Two."), together("一。", "二。")
        ('One. Two.', '一。二。')
    """
    return _NO_BLANK.sub("", " ".join(sentences))


def _line(catalog: Catalog, line: str) -> str:
    inner = line.strip()
    if not inner:
        return line
    lead = line[: len(line) - len(line.lstrip())]
    return lead + _said(catalog, inner, 0) + line[len(line.rstrip()) :]


def _said(catalog: Catalog, text: str, depth: int) -> str:
    """The surest way first: as a whole, by sentences, with sentences in its values, by parts."""
    if depth > _DEEPEST or not _WORD.search(text) or " " not in text:
        return text
    for way in (_strict, _by_sentences, _whole, _by_parts, _by_rest):
        said = way(catalog, text, depth)
        if said is not None:
            return said
    return text


def _by_sentences(catalog: Catalog, text: str, depth: int) -> str | None:
    return _split(catalog, text, depth, _FULL_STOP)


def _by_parts(catalog: Catalog, text: str, depth: int) -> str | None:
    aside = _ASIDE.fullmatch(text)
    if aside and not _WORD.search(aside[1]):  # a number, and what it means
        said = _said(catalog, aside[2], depth + 1)
        return None if said == aside[2] else f"{aside[1]}（{said}）"
    if aside and (head := _strict(catalog, aside[1], depth)) is not None:
        return f"{head}（{_said(catalog, aside[2], depth + 1)}）"
    return _split(catalog, text, depth, _ENDS)


def _split(catalog: Catalog, text: str, depth: int, ends: re.Pattern[str]) -> str | None:
    """The longest beginning that is known, and what follows."""
    for end in reversed([*islice(ends.finditer(text), _MOST_PARTS)]):
        head = text[: end.start()]
        said = _strict(catalog, head, depth) if " " in head else None
        if said is not None:
            return _joined(said, end[0], _said(catalog, text[end.end() :], depth))
    return None


def _by_rest(catalog: Catalog, text: str, depth: int) -> str | None:
    """The first rest that is known, after a beginning that is not: a name and a colon."""
    for end in islice(_ENDS.finditer(text), _MOST_PARTS):
        rest = text[end.end() :]
        for way in (_strict, _by_sentences, _whole, _by_parts):
            said = way(catalog, rest, depth + 1)
            if said is not None:
                return _joined(text[: end.start()], end[0], said)
    return None


def _strict(catalog: Catalog, text: str, depth: int) -> str | None:
    return _whole(catalog, text, depth, strict=True)


def _joined(head: str, gap: str, rest: str) -> str:
    both = head + gap.replace(", ", "，") + rest
    return _NO_BLANK.sub("", both) if len(gap.strip(",")) == 1 else both


def _whole(catalog: Catalog, text: str, depth: int, *, strict: bool = False) -> str | None:
    """The translation of a text that one template made; its last mark may be another's."""
    said = _one(catalog, text, depth, strict=strict)
    if said is None and text[-1:] in _WIDE:
        said = _one(catalog, text[:-1], depth, strict=strict)
        return None if said is None else said + _WIDE[text[-1]]
    if said is None:
        said = _one(catalog, f"{text}.", depth, strict=True)
        return None if said is None else said.rstrip("。.")
    return said


def _one(catalog: Catalog, text: str, depth: int, *, strict: bool) -> str | None:
    if text in catalog.exact:
        return catalog.exact[text]
    for template, values in _fitting(catalog, text, strict=strict):
        quoted = {name for name in values if f"'{{{name}}}" in template.english}
        inner = {
            name: value if name in quoted else _value(catalog, name, value, depth)
            for name, value in values.items()
        }
        # half a sentence in English within one of ours: another template made this
        half = sum(map(_english, (inner[name] for name in inner.keys() - quoted)))
        if half <= (0 if template.is_light else template.weight):
            return _NO_BLANK.sub("", template.translated.format(**inner))
    return None


def _english(text: str) -> int:
    """How many letters of a text are English phrases, and neither names nor commands."""
    return sum(len(found[0]) for found in _PHRASE.finditer(_QUOTED.sub("", text)))


def _fitting(
    catalog: Catalog, text: str, *, strict: bool
) -> Iterator[tuple[Template, dict[str, str]]]:
    """Templates with their values, the heaviest first; last those with a sentence in a value."""
    second = []
    for template in templates(catalog):
        values = template.values(text)
        if values is None or any("  " in value for value in values.values()):
            continue
        if template.is_light and not all(
            _is_ours(catalog, value) if name in _WORDS else not _is_long(value)
            for name, value in values.items()
        ):
            continue
        if any(map(_SENTENCE.search, values.values())):
            second.append((template, values))
        else:
            yield template, values
    if not strict:
        yield from second


def _is_long(value: str) -> bool:
    """Whether a value is more than a name or a number: a part of a sentence."""
    return ", " in value or (value.count(" ") > 2 and not value[:1].isdigit())


def _is_ours(catalog: Catalog, value: str) -> bool:
    """Whether a value is a word of ours, or a list of them."""
    return value in catalog.exact or all(each in catalog.exact for each in value.split(", "))


def _value(catalog: Catalog, name: str, value: str, depth: int) -> str:
    """What stood in a place: a cause or a count is said, too; what is quoted is data."""
    inner = value.strip()
    if name in _WORDS and inner in catalog.exact:
        return catalog.exact[inner]
    if name in _WORDS and _is_ours(catalog, inner):
        return "、".join(catalog.exact[each] for each in inner.split(", "))
    if not inner or inner[0] in "/[" or (inner[0] in "'\"" and inner[0] in inner[-2:]):
        return value
    return value.replace(inner, _said(catalog, inner, depth + 1))
