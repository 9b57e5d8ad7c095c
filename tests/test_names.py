"""Names out of data are text, one part of a path, and harmless in print, whatever they hold."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kanjian.names import (
    LONGEST,
    fault_of_part,
    file_name,
    file_names,
    printable,
    printable_lines,
    readable,
)

# lone surrogates are what a file name that is no UTF-8 looks like
anything = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf", "Po"]))
hostile = st.lists(
    st.sampled_from(["..", "/", "\\", ":", "\0", "\x1b[2J", " ", ".", "con", "猫", "é", "é",
                     "\udce9", "\u202e", "a" * 150, "\n", "LPT9", "nul."])
).map("".join)  # fmt: skip
names = anything | hostile


@given(names, st.sampled_from(["", ".png", "-2.json"]))
@example("..", "")
@example("con.tar.gz", "")
@example("a" * 500, ".png")
def test_a_file_name_is_one_part_of_a_path_on_every_system(text, suffix):
    name = file_name(text, suffix=suffix)
    folder = Path("somewhere")
    assert (folder / name).resolve().parent == folder.resolve()
    assert not set('/\\<>:"|?*') & set(name)
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in name)
    assert 0 < len(name.encode()) <= LONGEST
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert name.partition(".")[0].casefold() not in {"con", "nul", "aux", "prn", "com1", "lpt9"}


@given(names)
def test_a_file_name_of_a_file_name_is_itself(text):
    assert file_name(file_name(text)) == file_name(text)


@pytest.mark.parametrize(
    "name", ["cat", "猫 1", "a-b_c.d", "-1", "=x", "Ärger", "O'Neil", "50 %", "#1 (copy)"]
)
def test_a_name_that_is_fine_stays_as_it_is(name):
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../evil", "_.._evil"),
        ("/tmp/abs", "_tmp_abs"),
        ("C:\\Windows", "C__Windows"),
        ("CON", "_CON"),
        ("aux .txt", "_aux .txt"),
        ("a\x1b[31m\x00", "a_[31m_"),
        ("caf\udce9", "caf�"),
        (" . ", "unnamed"),
        ("trailing. ", "trailing"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_a_file_name_worked_by_hand(text, name):
    assert file_name(text) == name


@given(st.lists(names))
def test_different_names_get_different_files_also_where_case_makes_no_difference(texts):
    named = file_names(texts)
    assert set(named) == set(texts)
    files = [name.casefold() for name in named.values()]
    assert len(set(files)) == len(files)
    assert all(file_name(name) == name for name in named.values())


@given(names)
def test_what_is_printable_holds_nothing_that_a_terminal_obeys(text):
    shown = printable(text)
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert printable(shown) == shown
    shown.encode()


@given(names)
def test_lines_stay_lines(text):
    assert len(printable_lines(text).split("\n")) == len(text.split("\n"))


@pytest.mark.parametrize("text", ["猫", "naïve", "👩‍👩‍👧", "می‌خواهم", "\\x1b", "100 %"])
def test_what_people_write_is_printed_as_it_is(text):
    assert printable(text) == text


@given(names)
def test_readable_text_can_be_encoded_and_stays_what_it_was_if_it_could_be(text):
    plain = readable(text)
    assert plain.encode().decode() == plain
    try:
        text.encode()
    except UnicodeEncodeError:
        assert plain != text
    else:
        assert plain == text


@given(st.text())
def test_names_of_a_system_that_speaks_ascii_are_read_as_the_utf8_they_are(text):
    heard = text.encode().decode("ascii", "surrogateescape")
    assert readable(heard) == text


@given(names)
def test_a_name_without_fault_is_its_own_folder(text):
    if fault_of_part(text) is None:
        assert (Path("here") / text).parent == Path("here")
        assert text not in {"", ".", ".."}


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/b", "a\\b", "..", ".", "", " ", "a\0b",
                                  "a\x1b[2J", "a" * 300])  # fmt: skip
def test_a_name_that_is_no_part_of_a_path_has_a_fault(name):
    assert fault_of_part(name)
