"""What reaches stdout: harmless, encodable, aligned, and whole or an error."""

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.cli import output, progress
from kanjian.errors import OutputError

anything = st.text(st.characters() | st.characters(categories=["Cs", "Cc"]), max_size=30)
ENCODINGS = ["utf-8", "ascii", "latin-1", "cp1252", "gbk", "utf-16-le"]


def on_a_terminal(encoding, work):
    """The bytes that some work writes to a stdout of this encoding."""
    raw = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, newline=""))
        work()
        sys.stdout.flush()
        sys.stdout.detach()
    return raw.getvalue()


@given(anything, st.sampled_from(ENCODINGS))
def test_any_text_can_be_said_in_any_code(text, encoding):
    said = on_a_terminal(encoding, lambda: output.say(text)).decode(encoding)
    assert not any(unicodedata.category(letter) == "Cc" for letter in said.replace("\n", ""))
    assert said.count("\n") == text.count("\n") + 1


@given(anything, anything, st.sampled_from(ENCODINGS))
def test_json_is_utf8_in_any_code_and_says_what_it_was_given(key, value, encoding):
    def work():
        output.say_json({"a" + key: value})

    said = on_a_terminal(encoding, work).decode()
    assert not any(unicodedata.category(letter) == "Cc" for letter in said.replace("\n", ""))
    (found,) = json.loads(said).items()
    if not any("\ud800" <= letter <= "\udfff" for letter in key + value):
        assert found == ("a" + key, value)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tables_stay_aligned_where_letters_are_spelled_out(encoding):
    rows = [["猫\x1b[2J", 1, "–"], ["naïve", 22, None]]
    said = on_a_terminal(
        encoding, lambda: output.say(output.table(["class", "pictures", "–"], rows))
    ).decode(encoding)
    lines = said.splitlines()
    assert len(lines) == 3
    ends = {output.width_of(line[: line.index(number) + len(number)])
            for line, number in zip(lines, ["pictures", "  1", " 22"], strict=True)}  # fmt: skip
    assert len(ends) == 1


def test_a_name_in_a_table_cannot_make_lines_of_its_own():
    assert output.table(["a", "b"], [["x\ny", "1"]]).count("\n") == 1
    assert output.facts([("a\r", "x\ny")]) == "a\\r  x\\ny"


@given(st.lists(st.text("ab猫狗", min_size=1, max_size=9), min_size=1), st.integers(20, 80))
def test_lines_are_as_full_as_their_columns_allow(words, columns):
    lines = output.wrapped(" ".join(words), columns)
    assert " ".join(lines) == " ".join(words)
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        assert output.width_of(line) <= columns
        if after is not None:
            assert output.width_of(f"{line} {after.split()[0]}") > columns


class Full(io.TextIOBase):
    encoding = "utf-8"

    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_full_or_closed_stdout_is_the_users_to_mend(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OutputError, match="output: No space left on device"):
        output.say("x")
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="stdout is closed"):
        output.say_json({})


@pytest.mark.parametrize("name", ["[red]cat", "[/]", "a[b]c", "x\x1b[2J"])
def test_a_bar_shows_a_name_as_it_is(name):
    from rich.console import Console

    console = Console(file=io.StringIO(), width=80)
    console.print(progress.plain_task(name))
    assert console.file.getvalue().strip() == name.replace("\x1b", "\\x1b")
