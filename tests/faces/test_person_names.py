"""Any name that people write is taken; one that only looks like another is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import FaceError
from kanjian.faces.names import check_name, looks, numbered, spelled
from kanjian.faces.unseen import hidden, without_hidden

PEOPLE_WRITE = [
    "Mia 👩🏽‍🚀", "👨‍👩‍👧‍👦", "Zoë 🏳️‍🌈", "Jack 🏴‍☠️", "Ann 🇩🇪", "Rob 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "I ❤️ Bo", "Ana 1️⃣", "🙂‍↔️",
    "Lee ✌🏿", "🐻‍❄️", "🫩 Kai", "علی‌رضا", "شفيق", "ශ්‍රී", "क्‍षमा", "葛󠄀城", "渡邉", "𰻝", "Nguyễn",
    "O'Neil-Śmith", "李·明", "ΑΒΓ", "Анна", "1st", "a'b (c)", "ㄱㄴ", "שָׁלוֹם", "สมศรี",
]  # fmt: skip
DECEIVING = {
    "zero width space": "An\u200bna", "lone joiner": "Anna\u200d", "joiner in Latin": "An\u200dna",
    "non-joiner in Latin": "An\u200cna", "joiner first": "\u200dAnna", "override": "\u202eannA",
    "isolate": "\u2066Anna\u2069", "mark of direction": "Anna\u200e", "soft hyphen": "An\u00adna",
    "filler": "Anna\u3164", "braille blank": "Anna\u2800", "selector on Latin": "Anna\ufe0f",
    "ideographic selector on Latin": "Anna\U000e0100", "lone tag": "Anna\U000e0061",
    "grapheme joiner": "An\u034fna", "byte order mark": "\ufeffAnna", "control": "An\x07na",
    "delete": "An\x7fna", "line separator": "An\u2028na", "private": "Anna\ue000",
    "surrogate": "Anna\udc80", "joiner after emoji": "👩\u200d", "two joiners": "👩\u200d\u200d🚀",
    "joiner between letter and emoji": "a\u200d🚀", "mark without letter": "\u0301Anna",
    "open flag": "\U0001f3f4\U000e0067", "unassigned": "Anna\u0378",
    "two selectors": "❤\ufe0f\ufe0f",
}  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE_WRITE)
def test_what_people_are_called_is_a_name(name):
    assert looks(check_name(name)) == looks(name)
    assert check_name(check_name(name)) == check_name(name)


@pytest.mark.parametrize("name", DECEIVING.values(), ids=DECEIVING)
def test_what_cannot_be_seen_is_refused_where_it_deceives(name):
    with pytest.raises(FaceError, match="cannot be a name") as refused:
        check_name(name)
    assert "\n" not in str(refused.value)


PIECES = [*"Anabo❤👩🚀1 éاलل葛", "\u200d", "\u200c", "\ufe0f", "🏽", "\u00a0", "\u0301", "\u094d",
          "\U000e0100"]  # fmt: skip
SPICED = st.lists(st.sampled_from(PIECES)).map("".join)


@given(SPICED)
def test_of_names_that_look_the_same_only_one_is_enrolled(text):
    try:
        name = check_name(text)
    except FaceError:
        return
    assert check_name(name) == name
    assert hidden(name) is None
    seen = check_or_none(without_hidden(name))
    if seen:
        assert spelled(seen, [name]) == name
    assert spelled(f" {name}\u3000", [name]) == name


def check_or_none(name):
    try:
        return check_name(name)
    except FaceError:
        return None


@given(SPICED.filter(check_or_none), st.integers(1, 4))
def test_another_of_a_name_gets_the_next_number(text, more):
    known = [check_name(text)]
    for number in range(2, 2 + more):
        known.append(numbered(known[-1], known))
        assert known[-1] == f"{known[0]} {number}"
    assert len({looks(name) for name in known}) == len(known)


def test_blanks_of_any_kind_are_one_blank():
    assert check_name("\u3000Anna\u00a0 Maria\u2009") == "Anna Maria"


def test_a_name_fits_into_the_name_of_a_folder():
    assert check_name("明" * 66)
    with pytest.raises(FaceError, match="201 bytes long, at most 200"):
        check_name("明" * 67)
