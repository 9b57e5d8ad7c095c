"""docs/sources.md: what the sources do, the command here, and both figures.

`python tools/sources.py` writes the page from the headers of the shipped recipes and from
bench/results; with `--check` it exits with 1 where the page is not what they say.
"""

import argparse
import json
import math
import statistics
import sys
from pathlib import Path
from typing import Any

from experiments import EXPERIMENTS, Experiment, percent
from kanjian.recipes.shipped import Header, shipped, shipped_header, shipped_names, shipped_text

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "sources.md"
RESULTS = ROOT / "bench" / "results"
TESTED = 10_000  # test pictures of MNIST, and of CIFAR-10
INTRODUCTION = """\
<!-- Made by tools/sources.py from the recipes and bench/results; run 'make docs'. -->

# The sources, and the same here

kanjian grew from tutorials: networks for MNIST and CIFAR-10, transfer from VGG16 and InceptionV3,
pictures of filters, denoising, faces, video, classic imaging. Whoever comes from them finds each
network and each experiment here, with its command, what the source reaches and what it reaches
here.

A recipe that names a source is the source's network and training to the last setting. A test
builds the source's network in plain Keras, line by line, and compares layers, initializers,
regularizers, optimizer, rates, batch size, parts of the data and number of parameters
(`tests/recipes/test_sources.py`); what differs on purpose stands below. One thing differs
everywhere: sources compute in float32, and a recipe in bfloat16 where the processor is fast at it;
`--set training.precision=float32` computes as they do.
"""


def recipe_figure(name: str, header: Header) -> tuple[str, str]:
    """What a recipe reached here, and how that compares; its header where no result says so."""
    if name == "face-cnn":
        found = read("face_cnn")
        runs = ", ".join(percent(value) for value in found["validation_accuracy"]["random"])
        about = f"{found['epochs']} epochs over other, fewer pictures"
        return f"[{runs}](../bench/results/face_cnn.json)", about
    measured = read("recipes")["recipes"].get(name)
    if measured is None:
        return header.measured if "see bench/" not in header.measured else "not measured yet", "–"
    runs = measured["runs"]
    if runs[0]["parameters"] != parameters(name):
        return "not measured since the network changed", "–"
    loss = statistics.mean(run["test_loss"] for run in runs) if "test_loss" in runs[0] else None
    told = percent(measured["mean_test_accuracy"]) + ("" if loss is None else f", loss {loss:.2f}")
    return f"[{told}](../bench/results/recipes.json) (n = {measured['n_seeds']})", gap(measured)


def gap(measured: Any) -> str:
    """By how many points ours is above the source, and whether chance explains it."""
    told = ["a JPEG copy of the pictures"] if "JPEG" in measured["data"] else []
    source, ours = measured["source_accuracy"], measured["mean_test_accuracy"]
    if source is not None:
        # both counted on the same number of test pictures
        chance = 1.96 * math.sqrt((source * (1 - source) + ours * (1 - ours)) / TESTED)
        within = "within" if abs(ours - source) < chance else "beyond"
        told.insert(0, f"{100 * (ours - source):+.2f} points, {within} chance".replace("-", "−"))
    return "; ".join(told) or "–"


def parameters(name: str) -> int:
    """Of the network that a recipe for MNIST or CIFAR-10 builds today."""
    from kanjian.models.build import build_model
    from kanjian.models.input_normalization import Preparation

    shape = (28, 28, 1) if name.startswith("mnist") else (32, 32, 3)
    network = build_model(
        shipped(name).model, shape_hwc=shape, n_classes=10, preparation=Preparation(shape), seed=0
    )
    return int(network.count_params())


def read(file: str) -> Any:
    """A result of bench/."""
    return json.loads((RESULTS / f"{file}.json").read_text(encoding="utf-8"))


def command_of(name: str) -> str:
    """The command that opens a recipe's file."""
    return shipped_text(name).partition("\n")[0].removeprefix("# ").partition("   ")[0].strip()


def recipes_part() -> str:
    """A table of the recipes that name a source, and what differs in each."""
    headers = {name: shipped_header(shipped_text(name)) for name in shipped_names()}
    headers = {name: header for name, header in headers.items() if header.source}
    lines = [
        "## Networks",
        "",
        "| command | network | the source | here | difference |",
        "|---|---|---|---|---|",
        *(
            f"| `{command_of(name)}` | {shipped(name).about} | {header.source} "
            f"| {' | '.join(recipe_figure(name, header))} |"
            for name, header in headers.items()
        ),
        "",
        f"Chance is that of {TESTED:,} test pictures on both sides (95 %).".replace(",", " "),
        "",
        "What differs, and why:",
        "",
        *(
            f"- `{name}`, `{key}`: {why}."
            for name, header in headers.items()
            for key, why in header.differs.items()
        ),
    ]
    same = [f"`{name}`" for name, header in headers.items() if not header.differs]
    return "\n".join([*lines, f"- {', '.join(same)}: nothing."])


def experiments_part(experiments: tuple[Experiment, ...]) -> str:
    """A table for each group."""
    lines: list[str] = []
    for group in dict.fromkeys(each.group for each in experiments):
        lines += [f"## {group}", "", "| experiment | command | the source | here | difference |"]
        lines += ["|---|---|---|---|---|"]
        lines += [row(each) for each in experiments if each.group == group]
        lines += [""]
    return "\n".join(lines).rstrip()


def row(each: Experiment) -> str:
    """One line of a table."""
    result = read(each.file) if each.file else None
    source = each.source if isinstance(each.source, str) else each.source(result)
    here = "–" if each.here is None else f"[{each.here(result)}](../bench/results/{each.file}.json)"
    command = each.command.replace("|", r"\|")  # or it parts the table
    return f"| {each.what} | `{command}` | {source} | {here} | {each.differs or '–'} |"


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, recipes_part(), "", experiments_part(EXPERIMENTS), ""])


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    checking, text = parser.parse_args(arguments).check, page()
    fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if checking and not fresh:
        sys.stderr.write("docs/sources.md is not what recipes and results say. Run: make docs\n")
        return 1
    if not fresh:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
