"""The glossary explains the words that people meet: in recipes, tables and the READMEs."""

import re
from pathlib import Path

import pytest

from kanjian.evaluation.metrics import ClassScore
from kanjian.recipes.keys import KINDS
from kanjian.recipes.section import sections

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| term", "| ---"))
]
TERMS = [term for term, _, _ in ROWS]
# Keys of recipes, columns of tables and options, as the glossary spells them
HEADS = {
    "label", "prediction", "confidence", "accuracy", "confidence interval", "loss", "class",
    "precision", "recall", "F1", "coverage", "calibration error", "parameters", "layer",
    "epoch", "batch", "learning rate", "seed", "label smoothing", "class weights", "phase",
    "training part", "validation part", "test part", "split", "backbone", "head", "fine-tuning",
    "augmentation", "overfitting", "feature", "embedding", "threshold", "standard deviation",
}  # fmt: skip


def test_every_term_stands_once_in_order():
    assert len(TERMS) >= 80
    assert sorted(TERMS, key=str.casefold) == TERMS
    assert len({term.casefold() for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize(("term", "meaning", "chinese"), ROWS, ids=TERMS)
def test_a_row_has_a_sentence_and_chinese(term, meaning, chinese):
    assert meaning[0].isupper(), term
    assert meaning.endswith("."), term
    # of a name that Chinese texts leave in English, "F1" and "top-k", the rest is Chinese
    assert re.search("[\u4e00-\u9fff]", chinese), term


@pytest.mark.parametrize("kind", KINDS)
def test_every_section_of_a_recipe_is_named(kind):
    missing = [name for name in sections(kind) if not re.search(rf"`\[{name}\]", TEXT)]
    assert not missing


def test_what_tables_and_reports_show_is_explained():
    assert set(TERMS) >= HEADS
    shown = set(ClassScore.__dataclass_fields__) & {"precision", "recall", "f1"}
    assert shown <= {term.casefold() for term in TERMS}


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_leads_to_it(page):
    assert "docs/glossary.md" in (ROOT / page).read_text(encoding="utf-8")


def test_the_chinese_readme_says_it_in_these_words():
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    words = dict(zip(TERMS, (row[2] for row in ROWS), strict=True))
    for term in (
        "accuracy", "augmentation", "confidence interval", "cross-validation", "evaluation",
        "feature", "fine-tuning", "learning rate", "normalization", "prediction", "quantization",
        "recipe", "recognizer", "standard deviation", "threshold", "transfer learning", "weights",
    ):  # fmt: skip
        assert words[term] in chinese, term
