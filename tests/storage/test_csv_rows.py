"""Tables that hold names of strangers."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.names import printable
from kanjian.storage.csv_rows import cell_of, csv_line, csv_text


def cells(line):
    return next(csv.reader(io.StringIO(line)))


@given(st.lists(st.text() | st.text("=+-@\t\r\n'\"1"), min_size=1))
def test_no_cell_is_a_formula_and_all_are_read_back(texts):
    found = cells(csv_line(["first", *texts]))[1:]
    assert [cell_of(cell) for cell in found] == [cell_of(printable(text)) for text in texts]
    for cell in found:
        if cell[:1] in {"=", "+", "-", "@"}:
            float(cell)


@pytest.mark.parametrize("name", ["=cmd|calc!A1", "@SUM(A1)", "+1+1", "-2+3", "=", "-x"])
def test_a_name_that_a_spreadsheet_would_run_is_marked(name):
    assert cells(csv_line([name])) == [f"'{name}"]
    assert cells(csv_line([name], as_is=True)) == [name]


@pytest.mark.parametrize("value", [-0.5, 3, "-1", "+2.5", "-1e-9", "cat", "a-b", "'tis", True])
def test_numbers_and_other_names_stay_as_they_are(value):
    assert cells(csv_line([value, "x"])) == [str(value), "x"]


def test_a_name_with_a_tab_or_a_line_break_is_one_cell_on_one_line():
    assert csv_line(["\t=1+1", "a\nb"]) == "\\t=1+1,a\\nb\n"


def test_names_that_are_no_utf8_are_written():
    assert csv_text([["name"], ["caf\udce9"]]).encode().decode() == "name\ncaf�\n"
