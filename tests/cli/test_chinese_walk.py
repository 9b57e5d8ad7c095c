"""A walk through the product as a Chinese reader takes it: no sentence of English is left.

A command whose output, page or picture says what is outside the catalog fails here by itself.
"""

import html
import io
import json
import re

import numpy as np
import pytest

from kanjian import doctor
from kanjian.cli import app
from kanjian.i18n import Catalog, catalog_here, speaking
from kanjian.images import fonts
from kanjian.images.write import write_image
from kanjian.reporting import canvas

# Three words of English in a row are a sentence, or half of one
SENTENCE = re.compile(r"(?<![\w/.'`-])[A-Za-z]{2,}(?: [a-z]+){2,}(?![\w/'`-])")
# What is typed, names of places and files, code
TYPED = re.compile(
    r"```.*?```|'[^'\n]*'|`[^`\n]*`|\S*/\S*"
    r"|(\S*kanjian|xdg-open|pip install) [^，。；）\n]*|\S+=\S+",
    re.DOTALL,
)
WORDS = {*doctor.BASE.values(), *doctor.TRAIN.values(), "train", "val"}  # packages, folders
NAMES = ("Open Inference Protocol", "LeCun et al", "auto, reflect")


def english_in(text):
    """The sentences of English in a text; of a page, in what it shows."""
    if "<html" in text:
        shown = re.sub(r"<(style|script|pre)\b.*?</\1>", " ", text, flags=re.DOTALL)
        text = html.unescape(re.sub(r"<[^>]*>", "\n", shown))
    plain = TYPED.sub(" ", text)
    for name in NAMES:
        plain = plain.replace(name, "")
    return [found[0] for line in plain.split("\n") for found in SENTENCE.finditer(line)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3 epochs in 2 s, that was all", ["that was all"]),
        ("请运行 kanjian train my pets，或 'a b c d'", []),
        ("<html><p>已保存</p><p>saved in a folder</p></html>", ["saved in a folder"]),
        ("准确率 99 %", []),
    ],
)
def test_a_sentence_is_found(text, found):
    assert english_in(text) == found


class Missed(dict):
    """Remembers which single words were looked for in vain."""

    def __init__(self, exact):
        super().__init__(exact)
        self.words = set()

    def get(self, word, default=None):
        if word not in self and re.fullmatch(r"[a-z]{3,}", word):
            self.words.add(word)
        return super().get(word, default)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A run, an export, two classes of photos: what commands are asked about."""
    folder = tmp_path_factory.mktemp("walk")
    rng = np.random.default_rng(0)
    for number in range(8):
        picture = rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)
        write_image(folder / "pets" / ("b" if number % 2 else "a") / f"{number}.png", picture)
    return folder


# In this order: what one makes, the next is asked about
WALK = [
    "train digits --epochs 2 --limit 120 --out runs --name r",
    "evaluate runs/r",
    "predict runs/r pets/a/0.png",
    "runs",
    "card runs/r",
    "export runs/r --to onnx -o ex",
    "import ex/model.onnx -o imp",
    "crossval digits --folds 2 --epochs 1 --limit 60 --out cv",
    "compare digits --over optimizer.name=sgd,adam --epochs 1 --limit 60 --out cmp",
    "search digits --trials 2 --folds 1 --epochs 1 --limit 60 --out sr",
    "find-rate digits --limit 60 --out fr",
    "see layers runs/r",
    "see why runs/r pets/a/0.png",
    "see maps runs/r pets/a/0.png",
    "image list",
    "image list blur threshold histogram corners thin heatmap difference",
    "image blur|histogram pets/a/0.png -o b.png --compare",
    "recipes",
    "recipes --explain optimizer",
    "recipes --explain augmentation",
    "recipes --explain model.layers",
    "datasets",
    "datasets show pets",
    "datasets check pets",
    "datasets preview pets --augment strong",
    "datasets augment pets --augment strong --variants 1 -o aug",
    "models",
    "models lenet",
    "weights",
    "weights verify",
    "cache",
    "doctor",
    "denoise train digits --patch 8 --limit 8 --epochs 1 --out runs --name n --strip",
    "faces list --gallery none.sqlite",
    "video frames none.mp4",
    "serve none",
]


@pytest.mark.slow
def test_no_sentence_of_english_is_left(shelf, monkeypatch, capsys):
    monkeypatch.chdir(shelf)
    monkeypatch.setenv("KANJIAN_HOME", str(shelf / "home"))
    monkeypatch.setenv("COLUMNS", "2000")  # a sentence on two lines would hide
    with speaking("zh"):
        catalog = Catalog(io.BytesIO(catalog_here()._data))
    missed = Missed(catalog.exact)
    catalog.__dict__["exact"] = missed
    drawn = words_drawn(monkeypatch)
    left = {}
    with speaking("zh", catalog):
        for line in WALK:
            status = app.run(line.split())
            told = "".join(capsys.readouterr())
            assert status == (2 if "none" in line else 0), told
            left[line] = english_in(told)
    for page in [*shelf.rglob("*.html"), *shelf.rglob("README.md"), *shelf.rglob("card.md")]:
        left[page.relative_to(shelf)] = english_in(page.read_text(encoding="utf-8"))
    assert [f"{place}: {each}" for place, found in left.items() for each in found] == []
    assert [word for word in drawn if re.search(r"[a-z]{3,} ?[a-z]{3,}", word)] == []
    assert sorted(missed.words - WORDS) == []


def words_drawn(monkeypatch):
    """The words of every figure of matplotlib that is saved from now on."""
    drawn = []
    if fonts.fonts_for("训练") is None:
        return drawn  # English, as no font here has the letters
    saved = canvas.png

    def remembering(figure):
        texts = [each.get_text() for each in figure.findobj(lambda a: hasattr(a, "get_text"))]
        drawn.extend(texts)
        return saved(figure)

    monkeypatch.setattr(canvas, "png", remembering)
    return drawn


def test_a_figure_is_english_where_no_font_has_the_letters(monkeypatch):
    from kanjian.i18n import _

    with speaking("zh"):
        monkeypatch.setattr(fonts, "fonts_for", lambda text: None if text else ())
        with fonts.words_in_pictures():
            assert _("loss") == "loss"
        monkeypatch.setattr(fonts, "fonts_for", lambda text: ())
        with fonts.words_in_pictures():
            assert _("loss") == "损失"


def test_the_description_of_the_server_is_translated():
    from kanjian.serve.app import described
    from kanjian.serve.openapi import translated

    with speaking("zh"):
        told = json.dumps(translated(described()), ensure_ascii=False)
    found = re.findall(r'"(?:summary|description)": "([^"]*)"', told)
    assert found
    assert [each for each in found if english_in(each.replace("\\n", " "))] == []
