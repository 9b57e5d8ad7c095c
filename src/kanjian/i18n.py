"""What people read, in their language: pages and reports pass through `_` or `ngettext`.

A message is a whole sentence in English with named places, and that sentence is its key:

    from kanjian.i18n import _, ngettext
    _("Best on the validation pictures: {name}.", name=variant.name)
    ngettext("{n} picture", "{n} pictures", n)

Never build a message of pieces or with an f-string: another language orders them otherwise, and
`make messages` could not find it. Templates have the same two functions. What a machine reads
(keys of JSON, heads of CSV, names of classes and files) is no message.

What the library raises and notes is English, for programs; `kanjian.spoken` says it in the language
of the reader at the command line, from templates that `make messages` takes from the source.

The catalogs lie in `locale/LANGUAGE/LC_MESSAGES/`: kanjian.po is the source, kanjian.mo what is
read here. `make messages` brings both up to date and lists what has no translation yet.
"""

import gettext as catalogs
import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from pathlib import Path
from typing import IO

from kanjian.errors import KanjianError

DOMAIN = "kanjian"
VARIABLE = "KANJIAN_LANG"
_LOCALE = Path(__file__).with_name("locale")
_ENGLISH = "en"

# What `set_language` asked of the whole process, and what a `with speaking(…)` asks here alone
_process: list[str] = []
_here: ContextVar["tuple[str, catalogs.NullTranslations] | None"] = ContextVar("i18n", default=None)


def _(message: str, /, **values: object) -> str:
    """A message in the language of the reader.

    Args:
        message: English, a literal.
        values: What stands in its places.

    Example:
        >>> _("{n} of {total}", n=1, total=3)
        '1 of 3'
    """
    said = _catalog().gettext(message)
    return said.format(**values) if values else said


def ngettext(one: str, many: str, n: float, /, **values: object) -> str:
    """A message about a number of things.

    Args:
        one: English for one thing.
        many: English for any other number.
        n: The number; it is the value of {n} too, unless `values` has one written otherwise.
        values: What stands in the other places.

    Example:
        >>> ngettext("{n} epoch", "{n} epochs", 1), ngettext("{n} epoch", "{n} epochs", 3)
        ('1 epoch', '3 epochs')
    """
    said = _catalog().ngettext(one, many, int(n))
    return said.format(**{"n": n, **values})


def gettext_noop(message: str) -> str:
    """A message of a table made at import: found by `make messages`, said later by `_`.

    Example:
        >>> TITLES = {"loss": gettext_noop("loss over the epochs")}
        >>> _(TITLES["loss"])
        'loss over the epochs'
    """
    return message


@cache
def languages() -> tuple[str, ...]:
    """The languages there are: English, and those with a catalog.

    Example:
        >>> languages()
        ('en', 'zh')
    """
    there = _LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return (_ENGLISH, *sorted(path.parts[-3] for path in there))


def language() -> str:
    """The language of messages here: asked for, else $KANJIAN_LANG, else the system's.

    Example:
        >>> with speaking("zh"):
        ...     language()
        'zh'
    """
    here = _here.get()
    if here is not None:
        return here[0]
    return _process[0] if _process else _of_system()


def set_language(asked: str) -> None:
    """Speak a language from now on, in all threads; what `--lang` calls.

    Args:
        asked: As in `languages`, or a locale of it such as "zh_CN.UTF-8" or "zh-Hans".

    Raises:
        KanjianError: If there is no catalog for it.
    """
    _process[:] = [_known(asked)]


@contextmanager
def speaking(asked: str, catalog: "catalogs.NullTranslations | None" = None) -> Iterator[None]:
    """Speak a language within a block, in this thread.

    Args:
        asked: As `set_language` takes it.
        catalog: Take this one in place of the language's own; for tests.

    Raises:
        KanjianError: If there is no catalog for it.

    Example:
        >>> with speaking("zh"):
        ...     print(_("confidence"))
        置信度
    """
    known = _known(asked)
    token = _here.set((known, catalog or _read(known)))
    try:
        yield
    finally:
        _here.reset(token)


@contextmanager
def language_kept() -> Iterator[None]:
    """After the block the process speaks as before it, whatever `set_language` asked within."""
    before = list(_process)
    try:
        yield
    finally:
        _process[:] = before


def _catalog() -> catalogs.NullTranslations:
    here = _here.get()
    return _read(language()) if here is None else here[1]


class Catalog(catalogs.GNUTranslations):
    """A compiled catalog that can be read from beginning to end, too."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._data = stream.read()
        super().__init__(io.BytesIO(self._data))

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each message with its translation; a plural counts as two, English has two forms."""
        count, ids, said = struct.unpack_from("<3I", self._data, 8)
        entries = [(self._text(ids + 8 * i), self._text(said + 8 * i)) for i in range(count)]
        return tuple(
            (form, translated.split("\0")[-1])
            for english, translated in entries
            for form in english.split("\0")
            if english
        )

    @cached_property
    def exact(self) -> dict[str, str]:
        """The messages without places."""
        return {english: said for english, said in self.pairs if "{" not in english}

    def _text(self, at: int) -> str:
        length, start = struct.unpack_from("<2I", self._data, at)
        return self._data[start : start + length].decode()


def catalog_here() -> Catalog | None:
    """The catalog of the language of messages here; None for English."""
    catalog = _catalog()
    return catalog if isinstance(catalog, Catalog) else None


@cache
def _read(known: str) -> catalogs.NullTranslations:
    if known == _ENGLISH:
        return catalogs.NullTranslations()
    with (_LOCALE / known / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as stream:
        return Catalog(stream)


def _plain(name: str) -> str:
    """The language of a locale.

    Example:
        >>> _plain("zh_CN.UTF-8"), _plain("zh-Hans"), _plain("C.UTF-8"), _plain("Chinese_China")
        ('zh', 'zh', 'c', 'zh')
    """
    first = name.replace("-", "_").partition(".")[0].partition("_")[0].partition(" ")[0].lower()
    # Windows writes names of languages in full
    return {"chinese": "zh", "english": _ENGLISH}.get(first, first)


def _known(asked: str) -> str:
    plain = _plain(asked)
    if plain not in languages():
        raise KanjianError(
            f"there are no messages in the language {asked!r}. There are: {', '.join(languages())}."
        )
    return plain


def _of_system() -> str:
    """The first language the environment names; English where there is no catalog for it."""
    for variable in (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable):
            named = os.environ[variable]
            break
    else:
        import locale

        named = locale.getlocale()[0] or ""
    plain = _plain(named)
    return plain if plain in languages() else _ENGLISH
