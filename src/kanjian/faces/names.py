"""Names of people, as they may stand in a gallery, in a file name and on a picture."""

import re
import unicodedata
from collections.abc import Collection

from kanjian.checks import unknown_name
from kanjian.errors import FaceError
from kanjian.faces.unseen import hidden, without_hidden

UNKNOWN = "unknown"
LONGEST = 100
# File systems take 255 bytes in a name; the rest is room for numbers and suffixes
_LONGEST_BYTES = 200
# What some system does not take in the name of a folder; a slash would lead out of it
_REFUSED = set('/\\:*?"<>|')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in "123")}
# Every blank that Unicode has: two names that differ in theirs would look the same
_BLANKS = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")


def check_name(name: str) -> str:
    r"""Give the name back, composed and without blanks at its ends, if it can be one.

    Any script, emoji, blanks and apostrophes inside; no slashes, no control characters. What
    cannot be seen (joiners, selectors of variants) may stand only where a script or an emoji
    needs it.

    Raises:
        FaceError: If it cannot; says why.

    Example:
        >>> check_name(" 小明 "), check_name("Anne-Marie O'Neil"), check_name("Bo ❤\ufe0f")
        ('小明', "Anne-Marie O'Neil", 'Bo ❤️')
        >>> check_name("../etc")
        Traceback (most recent call last):
        kanjian.errors.FaceError: '../etc' cannot be a name of a person: it holds '/'. Use letters
            of any script, digits, emoji, blanks, hyphens.
    """
    composed = tidied(name)
    fault = _fault(composed)
    if fault:
        shown = composed if len(composed) <= LONGEST else composed[:20] + "…"
        raise FaceError(
            f"{shown!r} cannot be a name of a person: {fault}. Use letters of any script, digits, "
            "emoji, blanks, hyphens."
        )
    return composed


def tidied(name: str) -> str:
    r"""The name composed, with plain single blanks and none at its ends.

    Example:
        >>> tidied("  Anna\u00a0 Bo ")
        'Anna Bo'
    """
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", name)).strip()


def looks(name: str) -> str:
    r"""The same text for names that look the same: what cannot be seen taken out.

    Example:
        >>> looks("Ａnna") == looks("Anna"), looks("❤\ufe0f") == looks("❤"), looks("anna")
        (True, True, 'anna')
    """
    return unicodedata.normalize("NFKC", without_hidden(tidied(name)))


def spelled(name: str, known: Collection[str]) -> str | None:
    """The known name that looks like this one, as it is spelled there; None: there is none.

    Example:
        >>> spelled(" Anna ", ["Anna", "Bo"]), spelled("Ann", ["Anna"]) is None
        ('Anna', True)
    """
    plain = tidied(name)
    if plain in known:
        return plain
    return next((each for each in known if looks(each) == looks(plain)), None)


def person_called(name: str, known: Collection[str]) -> str:
    """The enrolled person that someone names.

    Raises:
        FaceError: If nobody is called so; says who nearly is.

    Example:
        >>> person_called("Ana", ["Anna", "Bo"])
        Traceback (most recent call last):
        kanjian.errors.FaceError: unknown person 'Ana'. Did you mean 'Anna'?
    """
    found = spelled(name, known)
    if found is None:
        raise FaceError(unknown_name("person", tidied(name), known or ("nobody",)))
    return found


def numbered(name: str, known: Collection[str]) -> str:
    """The name with the next free number: another person of that name.

    Example:
        >>> numbered("Anna", ["Anna"]), numbered("Anna 2", ["Anna", "Anna 2"])
        ('Anna 2', 'Anna 3')
    """
    base, _, last = name.rpartition(" ")
    if not (last.isdecimal() and spelled(base, known)):
        base = name
    number = 2
    while spelled(f"{base} {number}", known):
        number += 1
    return check_name(f"{base} {number}")


def _fault(name: str) -> str | None:
    refused = sorted(_REFUSED & set(name))
    unseen = hidden(name)
    size = len(name.encode(errors="replace"))
    taken = name.casefold() == UNKNOWN or name.partition(".")[0].casefold() in _DEVICES
    faults = {
        "it is empty": not name,
        f"it has {len(name)} letters, at most {LONGEST} fit": len(name) > LONGEST,
        f"it is {size} bytes long, at most {_LONGEST_BYTES} fit": size > _LONGEST_BYTES,
        f"it holds {''.join(refused[:1])!r}": bool(refused),
        f"it holds a character that cannot be seen, U+{ord(unseen or ' '):04X}": bool(unseen),
        "it begins with a mark that belongs on a letter":
            bool(name) and unicodedata.category(name[0])[0] == "M",
        "it begins or ends with a dot": name != name.strip("."),
        "this word has a meaning of its own": taken,
    }  # fmt: skip
    return next((fault for fault, found in faults.items() if found), None)
