"""Letters that cannot be seen: where a script or an emoji needs one, and where it only deceives.

Joiners and selectors belong to Persian and Sinhala names, to Japanese ones and to emoji. Anywhere
else two names would look the same; marks that turn the order of letters around never belong.
"""

import re
import unicodedata

# Default_Ignorable_Code_Point of Unicode, the ends of lines and the empty pattern of Braille
_IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_IGNORED}]")
# The flags of England, Scotland and their like: a black flag, letters as tags, an end
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
_NOT_JOINED, _JOINERS = "\u200c", "\u200c\u200d"
_MONGOLIAN = "\u180b\u180c\u180d\u180f"
# Digits and signs that an emoji begins with: 1️⃣, ‼️, ↔️
_ALSO_PICTURED = set("#*0123456789\u203c\u2049\u2194\u3030")
_CURSIVE = ("ARABIC ", "SYRIAC ", "MONGOLIAN ", "NKO ", "MANDAIC ", "PHAGS-PA ", "ADLAM ")
_VIRAMA = 9  # the combining class of what takes the vowel off a letter


def hidden(text: str) -> str | None:
    r"""The first letter that cannot be seen and does not belong where it stands, or None.

    Example:
        >>> hidden("a\u200bb"), hidden("👨\u200d👩\u200d👧"), hidden("علی\u200cرضا")
        ('\u200b', None, None)
        >>> hidden("Anna\u200d"), hidden("\u202eannA"), hidden("❤\ufe0f")
        ('\u200d', '\u202e', None)
    """
    plain = _FLAG.sub("\U0001f3f4", text)
    for at, letter in enumerate(plain):
        if _HIDDEN.match(letter):
            if not _belongs(plain, at):
                return letter
        elif unicodedata.category(letter)[0] == "C" and not _newer(letter):
            return letter
    return None


def without_hidden(text: str) -> str:
    r"""The text without what cannot be seen.

    Example:
        >>> without_hidden("a\u200db")
        'ab'
    """
    return _HIDDEN.sub("", text)


def _belongs(text: str, at: int) -> bool:
    letter, before, after = text[at], _base_before(text, at), text[at + 1 : at + 2]
    if letter in _JOINERS:
        return bool(before and after) and _joins(letter, text[at - 1], before, after)
    if text[at - 1 : at] != before or not before:  # a selector stands right after its letter
        return False
    if letter in "\ufe0e\ufe0f":
        return _is_pictured(before) or before in _ALSO_PICTURED
    if letter in _MONGOLIAN:
        return unicodedata.name(before, "").startswith("MONGOLIAN ")
    variant = "\ufe00" <= letter <= "\ufe02" or "\U000e0100" <= letter <= "\U000e01ef"
    return variant and _is_ideograph(before)


def _joins(joiner: str, mark: str, before: str, after: str) -> bool:
    """Whether a joiner stands after a virama, in an emoji, or between letters that are joined."""
    if unicodedata.combining(mark) == _VIRAMA:
        return unicodedata.category(after)[0] == "L"
    kind = _is_cursive if joiner == _NOT_JOINED else _is_pictured
    return kind(before) and kind(after)


def _base_before(text: str, at: int) -> str:
    """The letter or emoji before a place, under its marks and the color of its skin; or ""."""
    for letter in reversed(text[:at]):
        if letter in "\ufe0e\ufe0f" or unicodedata.category(letter) == "Mn":
            continue
        if not "\U0001f3fb" <= letter <= "\U0001f3ff":
            return "" if _HIDDEN.match(letter) else letter
    return ""


def _is_pictured(letter: str) -> bool:
    # Unicode keeps all of this range for emoji, also what this Python does not know yet
    kept = "\U0001f000" <= letter <= "\U0001faff"
    return kept or letter == "\u2194" or unicodedata.category(letter) == "So"


def _newer(letter: str) -> bool:
    """Whether a letter that this Python does not know can be an emoji or an ideograph."""
    unknown = unicodedata.category(letter) == "Cn"
    return unknown and (_is_pictured(letter) or "\U00020000" <= letter <= "\U0003fffd")


def _is_ideograph(letter: str) -> bool:
    return letter >= "\U00020000" or unicodedata.name(letter, "").startswith("CJK ")


def _is_cursive(letter: str) -> bool:
    joined = unicodedata.name(letter, "").startswith(_CURSIVE)
    return joined and unicodedata.category(letter)[0] == "L"
