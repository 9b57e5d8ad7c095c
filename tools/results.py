"""Write what was measured into docs and READMEs, from bench/results alone.

`python tools/results.py` writes the pages; with `--check` it exits with 1 where one is not what
the results say.
"""

import argparse
import json
import sys
from pathlib import Path

import count
from pages import benchmarks

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- results: made by tools/results.py -->", "<!-- end of results -->"


def code_table() -> str:
    """What the code was made of, before and after."""
    return count.table(json.loads((benchmarks.RESULTS / "code.json").read_text(encoding="utf-8")))


def between(page: str, made: str) -> str:
    """A page with another text between its marks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"{page} has no place for results: {BEGIN}"
    assert end, f"{page} does not end its results: {END}"
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def pages() -> dict[str, str]:
    """Every page with results, as it should be."""
    return {
        "README.md": between("README.md", benchmarks.headlines("en")),
        "README.zh-CN.md": between("README.zh-CN.md", benchmarks.headlines("zh")),
        "docs/architecture.md": between("docs/architecture.md", code_table()),
        "docs/benchmarks.md": benchmarks.made("en"),
        "docs/benchmarks.zh-CN.md": benchmarks.made("zh"),
    }


def main() -> int:
    """Write or check every page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    checking = parser.parse_args().check
    stale = {
        name: text
        for name, text in pages().items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != text
    }
    for name, text in stale.items():
        if checking:
            sys.stderr.write(f"{name} is not what bench/results say. Run: make docs\n")
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    sys.exit(main())
