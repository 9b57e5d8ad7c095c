"""A walk through the product as a Chinese reader takes it: no sentence of English is left.

A command whose output, page or picture says what is outside the catalog fails here by itself.
"""

import html
import importlib
import io
import json
import re
import shlex

import numpy as np
import pytest

from kanjian import doctor
from kanjian.cli import app
from kanjian.i18n import Catalog, catalog_here, speaking
from kanjian.images import fonts
from kanjian.images.write import write_image
from kanjian.reporting import canvas
from level_clips import write_levels
from stand_in_faces import BLUE, GREEN, RED, ColorNetwork, SquareFinder, scene

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


# In this order: what one makes, the next is asked about; what begins with "! " is refused
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
    "! faces list --gallery none.sqlite",
    "! video frames none.mp4",
    "! serve none",
]
FACES_WALK = [
    "! faces group",
    "faces group photos",
    "faces name '人物 1' Anna",
    "! faces name '人物 9' Bo",
    "faces enroll Bo photos/green.png",
    "! faces enroll Bo photos/blue.png",
    "faces enroll Bo photos/blue.png --another",
    "faces group photos",
    "faces list",
    "faces threshold",
    "faces threshold --false-accepts 0.01",
    "faces identify photos/a.png",
    "faces show",
    "faces show Anna",
    "! faces merge Anna Bo",
    "faces merge Bo 'Bo 2' --same",
    "faces undo",
    "faces undo",
    "faces rename Bo 小波",
    "faces remove Anna 1 --gallery home/faces/gallery.sqlite",
    "! faces remove Anna 9",
    "faces export out.people",
    "! faces export out.people",
    "faces import out.people",
    "faces import out.people --gallery other.sqlite",
    "faces verify photos/a.png photos/b.png",
    "! faces verify photos/both.png photos/b.png",
    "faces search photos/a.png photos",
    "! video highlights clip.mp4 --person 小波 --preview",
    "faces forget 小波",
    "! faces undo",
    "faces group --forget",
    "video scenes clip.mp4",
    "video scenes clip.mp4 --out scenes",
    "! video scenes clip.mp4 --drop-frame",
    "! video scenes clip.mp4 --drop-frame --out other",
    "! video scenes clip.mp4 --rate 12.5 --out other",
]


@pytest.mark.slow
def test_no_sentence_of_english_is_left(shelf, monkeypatch, capsys):
    drawn = words_drawn(monkeypatch)
    left, missed = walked(WALK, shelf, monkeypatch, capsys)
    assert left == []
    assert [word for word in drawn if re.search(r"[a-z]{3,} ?[a-z]{3,}", word)] == []
    assert missed == []


def test_nor_around_faces_and_scenes(tmp_path, monkeypatch, capsys):
    pytest.importorskip("av")
    write_levels(tmp_path / "clip.mp4", [("dark", 2), ("bright", 2)])
    for name, squares in {
        "a": [(10, 20, 40, RED)],
        "b": [(30, 20, 44, RED)],
        "both": [(20, 30, 42, RED), (90, 30, 40, GREEN)],
        "green": [(40, 40, 46, GREEN)],
        "blue": [(60, 50, 40, BLUE)],
    }.items():
        write_image(tmp_path / "photos" / f"{name}.png", scene(*squares))
    for room, name, stand_in in [
        ("embed", "embedder", lambda *_, **__: ColorNetwork()),
        ("identify", "embedder", lambda *_, **__: ColorNetwork()),
        ("detect", "detector", lambda *_, **__: SquareFinder()),
        ("found_faces", "sharpness", lambda face: 0.2),  # squares of one color have no edges
    ]:
        monkeypatch.setattr(importlib.import_module(f"kanjian.faces.{room}"), name, stand_in)
    assert walked(FACES_WALK, tmp_path, monkeypatch, capsys) == ([], [])


def walked(lines, folder, monkeypatch, capsys):
    """Take commands in Chinese; the English they said or wrote, and the words without Chinese."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KANJIAN_HOME", str(folder / "home"))
    monkeypatch.setenv("COLUMNS", "2000")  # a sentence on two lines would hide
    with speaking("zh"):
        catalog = Catalog(io.BytesIO(catalog_here()._data))
    missed = Missed(catalog.exact)
    catalog.__dict__["exact"] = missed
    left = {}
    with speaking("zh", catalog):
        for line in lines:
            status = app.run(shlex.split(line.removeprefix("! ")))
            told = "".join(capsys.readouterr())
            assert status == (2 if line.startswith("! ") else 0), f"{line}: {told}"
            left[line] = english_in(told)
    for page in [*folder.rglob("*.html"), *folder.rglob("README.md"), *folder.rglob("card.md")]:
        left[page.relative_to(folder)] = english_in(page.read_text(encoding="utf-8"))
    said = [f"{place}: {each}" for place, found in left.items() for each in found]
    return said, sorted(missed.words - WORDS)


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
