"""What is shown in a notebook: executed as a user would, and looked at."""

import re

import numpy as np
import pytest

import kanjian
from kanjian.images.write import write_image
from kanjian.notebook import pieces
from kanjian.notebook.cell import Cell
from kanjian.recipes.recipe import Recipe
from kanjian.training.events import (
    EpochDone,
    FeaturesPassed,
    Message,
    PhaseStart,
    Plan,
    StepDone,
    silent,
)
from kanjian.training.notebook import NotebookProgress, usual_callback
from small_recognizer import home, pictures, rgb_network, save  # noqa: F401

HOSTILE = "<script>alert(1)</script>"
NAMES = (HOSTILE, "b\u202e&amp;'\"", "猫")


class Page:
    """Stands for the front end: keeps what is shown at each place."""

    def __init__(self):
        self.shown, self.updates = {}, 0
        self.display_pub = self

    def publish(self, data, *, transient, update):
        self.updates += update
        assert (transient["display_id"] in self.shown) == update
        self.shown[transient["display_id"]] = data


def harmless(html):
    """The HTML, once nothing of the names in it is markup or turns letters around."""
    assert "<script" not in html
    assert "\u202e" not in html
    assert not re.search(r"on\w+=", html)
    return html


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory, home):  # noqa: F811
    folder = tmp_path_factory.mktemp("hostile")
    save(folder / "recognizer", classes=NAMES, name="pets & <b>")
    return kanjian.Recognizer.load(folder)


def test_a_prediction_shows_its_picture_and_its_bars(recognizer, tmp_path):
    picture = tmp_path / "猫 <i>.png"
    write_image(picture, pictures(1)[0])
    for held in (picture, picture.read_bytes(), pictures(1)[0]):
        html = harmless(recognizer.predict(held)._repr_html_())
        assert html.count("data:image/png") == 1
        assert html.count("<tr>") == 3
        assert "&lt;script&gt;" in html
        assert " %" in html or "&nbsp;%" in html
    many = list(recognizer.predict_many([picture, pictures(1)[0]]))
    assert many[0]._repr_html_().count("data:image/png") == 1
    assert many[1].image is None  # of a long stream no pictures are kept
    picture.unlink()
    assert "data:image" not in harmless(many[0]._repr_html_())


def test_a_prediction_keeps_no_buffer_of_its_maker(recognizer):
    frame = np.zeros((12, 20, 3), np.uint8)
    told = recognizer.predict(frame)
    frame[:] = 255
    assert told.image.max() == 0
    assert "image" not in repr(told)


def test_a_recognizer_shows_its_card(recognizer):
    html = harmless(recognizer._repr_html_())
    for part in ("pets &amp; &lt;b&gt;", "12×20 color", "openvino", "3 classes", str(0.5)):
        assert part in html


def test_a_dataset_shows_pictures_of_every_class(tmp_path):
    splits = kanjian.Splits.from_arrays(pictures(9), np.repeat(NAMES, 3), name=HOSTILE)
    html = harmless(splits.train._repr_html_())
    assert html.count("data:image/png") == 9
    assert "猫" in html
    assert "9 pictures, 3 classes" in html
    assert harmless(splits._repr_html_()).count("<tr>") == 2
    many = kanjian.Dataset.from_arrays(pictures(40), [f"c{n:02d}" for n in range(40)])
    assert "and 30 classes more" in many._repr_html_()


def test_a_picture_that_cannot_be_read_is_told_in_its_place(tmp_path):
    for name in ("cat/1.png", "dog/1.png"):
        (tmp_path / name).parent.mkdir()
        write_image(tmp_path / name, pictures(1)[0])
    dataset = kanjian.open_dataset(tmp_path).train
    (tmp_path / "dog/1.png").write_bytes(b"<b>no picture")
    html = harmless(dataset._repr_html_())
    assert html.count("data:image/png") == 1
    assert "dog/1.png" in html


def test_a_recipe_shows_its_file():
    html = harmless(Recipe(name="mine", about=HOSTILE)._repr_html_())
    assert html.startswith("<pre>")
    assert "[training]" in html


def test_pictures_keep_their_aspect_and_small_ones_their_pixels():
    small, large = (np.zeros((h, w), np.uint8) for h, w in ((14, 28), (600, 300)))
    assert "width:96px" in pieces.picture(small)
    assert "pixelated" in pieces.picture(small)
    assert "width:48px" in pieces.picture(large)
    assert "pixelated" not in pieces.picture(large)
    assert len(pieces.picture(np.zeros((4000, 4000, 3), np.uint8))) < 3000


def plan():
    recipe = Recipe(training={"epochs": 2}, model={"name": "lenet"})
    recipe = recipe.model_copy(update={"name": HOSTILE})
    return Plan(recipe, 80, 20, 0, NAMES, (28, 28, 1), 1000, "tensorflow", "float32", 4)


def test_a_training_is_drawn_in_one_place_with_a_line_for_every_epoch():
    page = Page()
    bar = NotebookProgress(Cell(page))
    bar(plan())
    for epoch in range(2):
        bar(StepDone(epoch, 2, {"loss": 0.5, "accuracy": 0.75}))
        row = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.9}
        bar(EpochDone(epoch, row | {"images_per_second": 1234.0}))
    bar(Message(f"Saved {HOSTILE}"))
    (shown,) = page.shown.values()
    html = harmless(shown["text/html"])
    assert html.count("<tr>") == 3
    assert "2/2" in html
    assert "90.0&nbsp;%" in html or "90.0 %" in html
    assert "width:100.0%" in html
    assert shown["text/plain"].splitlines()[-1] == f"Saved {HOSTILE}"  # plain text is no markup
    bar(plan())  # the next training of a study
    assert "2/2" not in page.shown.popitem()[1]["text/html"]


def test_phases_features_and_sweeps_are_told():
    page = Page()
    bar = NotebookProgress(Cell(page))
    bar(StepDone(0, 3, {"loss": 0.5}))  # a sweep of learning rates has no plan
    bar(plan())
    bar(PhaseStart("head", 1, 2, 0, 3, 20, 32, 2562))
    bar(FeaturesPassed(5, 10))
    bar(FeaturesPassed(10, 10))
    html = page.shown.popitem()[1]["text/html"]
    assert "head: 3 epochs" in html
    assert "features of 10 of 10 pictures" in html


def test_a_denoiser_is_drawn_without_a_plan():
    page = Page()
    bar = NotebookProgress(Cell(page))
    bar(PhaseStart("dncnn", 1, 1, 0, 2, 4, 32, 2562))
    bar(StepDone(0, 2, {"loss": 0.5, "psnr": 21.0}))
    bar(EpochDone(0, {"loss": 0.5, "psnr": 21.5, "val_psnr": 22.25, "images_per_second": 9.0}))
    html = page.shown.popitem()[1]["text/html"]
    for part in ("dncnn", "2 epochs", "PSNR in dB", "22.25"):
        assert part in html
    assert "accuracy" not in html


def test_steps_are_not_drawn_each():
    page = Page()
    bar = NotebookProgress(Cell(page))
    bar(plan())
    before = page.updates
    for step in range(1000):
        bar(StepDone(0, step % 4, {}))
    assert page.updates - before < 100


def test_outside_of_a_notebook_nothing_is_shown():
    assert usual_callback() is silent


CELLS = [
    "import kanjian\nrun = kanjian.train('digits', epochs=2, limit=120, batch_size=16)\nrun",
    "recognizer = run.recognizer()\nrecognizer",
    "data = kanjian.open_dataset('digits')\ndata.train",
    "recognizer.predict(data.test.images.read(0))",
    "kanjian.Recipe.load(run)",
    "kanjian.imaging.corners(data.test.images.read(0))",
    """from kanjian.recipes.denoising import DenoiseRecipe
recipe = DenoiseRecipe(
    pictures={"source": "digits", "patch": 8, "per_picture": 1, "limit": 8},
    learning={"epochs": 2, "batch_size": 4})
run = kanjian.denoise.train(recipe)""",
]


@pytest.mark.slow
def test_a_notebook_runs_and_shows_what_it_made(tmp_path, monkeypatch):
    import nbclient
    import nbformat

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    outputs = [cell.outputs for cell in book.cells]
    progress, run = outputs[0]
    assert "width:100.0%" in progress.data["text/html"]
    assert "2/2" in progress.data["text/plain"]
    assert "95 % interval" in run.data["text/html"]
    assert run.data["text/html"].count("data:image/png") == 1
    for cell, pictures_in_it in zip(outputs[1:4], (0, 80, 1), strict=True):
        assert cell[-1].data["text/html"].count("data:image/png") == pictures_in_it
    assert outputs[4][-1].data["text/html"].startswith("<pre>")
    assert "image/png" in outputs[5][-1].data
    (denoising,) = outputs[6]
    assert "width:100.0%" in denoising.data["text/html"]
    assert "PSNR in dB" in denoising.data["text/html"]
    assert "2/2" in denoising.data["text/plain"]
