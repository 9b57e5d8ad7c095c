"""Names of people, as they may stand in a gallery, in a file name and on a picture."""

import unicodedata

from kanjian.errors import FaceError

UNKNOWN = "unknown"
LONGEST = 100
# What some system does not take in the name of a folder; a slash would lead out of it
_REFUSED = set('/\\:*?"<>|')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in "123")}


def check_name(name: str) -> str:
    r"""Give the name back, composed and without blanks at its ends, if it can be one.

    Any script, blanks and apostrophes inside; no slashes, no control characters.

    Raises:
        FaceError: If it cannot; says why.

    Example:
        >>> check_name(" 小明 "), check_name("Anne-Marie O'Neil")
        ('小明', "Anne-Marie O'Neil")
        >>> check_name("../etc")
        Traceback (most recent call last):
        kanjian.errors.FaceError: '../etc' cannot be a name of a person: it holds '/'. Use letters
            of any script, digits, blanks, hyphens.
    """
    composed = unicodedata.normalize("NFC", name).strip()
    fault = _fault(composed)
    if fault:
        shown = composed if len(composed) <= LONGEST else composed[:20] + "…"
        raise FaceError(
            f"{shown!r} cannot be a name of a person: {fault}. Use letters of any script, digits, "
            "blanks, hyphens."
        )
    return composed


def _fault(name: str) -> str | None:
    refused = sorted(_REFUSED & set(name))
    # joiners and marks of direction belong to some scripts, but two names would look the same
    hidden = [letter for letter in name if unicodedata.category(letter)[0] == "C"]
    taken = name.casefold() == UNKNOWN or name.partition(".")[0].casefold() in _DEVICES
    faults = {
        "it is empty": not name,
        f"it has {len(name)} letters, at most {LONGEST} fit": len(name) > LONGEST,
        f"it holds {''.join(refused[:1])!r}": bool(refused),
        f"it holds a character that cannot be seen, {_code(hidden)}": bool(hidden),
        "it begins or ends with a dot": name != name.strip("."),
        "this word has a meaning of its own": taken,
    }
    return next((fault for fault, found in faults.items() if found), None)


def _code(letters: list[str]) -> str:
    return f"U+{ord(letters[0]):04X}" if letters else ""
