"""What is counted of the code, and that none of it gets worse."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SMALL = {
    "src/kanjian/a.py": '''
from kanjian.b import thing

def told(name: str, extra: dict[str, Any]) -> int:
    """Say it."""
    raise ValueError(f"no {name}")

def _own():
    raise ValueError("fixed words")
''',
    "src/kanjian/b.py": """
class thing:
    fields: dict[str, Any]
    def work(self): f(1, 2, 3, 4, 5, 6, 7, 8, 9)
""",
}  # fmt: skip


@pytest.fixture(scope="module")
def count():
    spec = importlib.util.spec_from_file_location("kanjian_count", ROOT / "tools" / "count.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_small_tree_is_counted_by_hand(count):
    assert count.counted(SMALL) == {
        "files": 2,
        "lines": 13,
        "longest_file": 9,
        "functions": 3,
        "median_function": 2,
        "longest_function": 2,
        "public_names": 3,
        "documented": 1,
        "raises": 2,
        "raises_with_value": 1,
        "import_levels": 2,
        "import_circles": 0,
        "many_positional": 1,
        "loose_dictionaries": 2,
    }


def test_a_circle_is_seen_and_what_lies_above_it_is_none(count):
    graph = {"a": {"b"}, "b": {"a"}, "above": {"a"}, "below": set()}
    assert count.levels(graph) == ({"below": 0}, 2)


def test_nothing_got_worse(count):
    before = json.loads((ROOT / "bench/results/code.json").read_text())["before"]
    now = count.counted(count.sources_here())
    assert now["many_positional"] == 0
    for key in ("longest_file", "median_function", "import_circles", "loose_dictionaries"):
        assert now[key] <= before[key], f"{count.WORDS[key]}: {now[key]}, was {before[key]}"
    for part, whole in (("documented", "public_names"), ("raises_with_value", "raises")):
        # a share of names may not fall by more than a hundredth of it
        assert now[part] / now[whole] >= before[part] / before[whole] - 0.01, part


def test_the_table_names_every_figure(count):
    counted = count.counted(SMALL)
    assert list(counted) == list(count.WORDS)
    assert count.table({"here": counted}).count("\n") == 1 + len(counted)
