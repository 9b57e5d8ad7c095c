"""An exported network holds the views of its recognizer and answers alike."""

import importlib.util

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError
from kanjian.export.export import export_recognizer
from kanjian.export.formats import FORMS
from kanjian.export.runtimes import answers_of
from kanjian.export.view_graphs import keras_with_views
from kanjian.inference.card import read_card
from kanjian.inference.recognizer import Recognizer
from kanjian.inference.views import views_of
from small_recognizer import network, pictures, save

SLOW = [
    pytest.param(name, batch, marks=pytest.mark.slow)
    for name, form in FORMS.items()
    if form.backend is not None
    for batch in ((None,) if form.any_batch else (None, 2))
]


@pytest.fixture(scope="module", params=[(4, True), (3, False)], ids=["mirrored", "upright"])
def recognizer(request, tmp_path_factory):
    views, mirror = request.param
    folder = tmp_path_factory.mktemp("views") / "recognizer"
    return Recognizer.load(save(folder, views=views, mirror=mirror))


def needed(name):
    form = FORMS[name]
    for module in (form.backend, *form.makers):
        if module and importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


@pytest.mark.parametrize(("name", "batch"), [("openvino", None), ("openvino", 2), *SLOW])
def test_an_export_answers_as_the_recognizer_with_its_views(name, batch, recognizer, tmp_path):
    needed(name)
    form = FORMS[name]
    made = export_recognizer(recognizer.folder, name, tmp_path / "out", batch=batch)
    assert made.parity.worst < 1e-5
    batch_of_six = pictures(n=6, seed=7)
    together = 6 if form.any_batch else batch
    found = answers_of(form, made.folder, batch_of_six, batch=together)
    asked = recognizer if form.makes_views else Recognizer.load(recognizer.folder, views=1)
    np.testing.assert_allclose(found, asked.probabilities(batch_of_six), atol=1e-5)
    page = (made.folder / "README.md").read_text("utf-8")
    told = "which the network makes" if form.makes_views else "this is its plain network"
    assert f"{recognizer.views} views of the picture" in page
    assert told in page
    assert f"averaged over {recognizer.views} views" in (made.folder / "card.md").read_text("utf-8")


def test_a_graph_of_keras_averages_as_the_recognizer_does(recognizer):
    plain = load_keras().saving.load_model(recognizer.folder / "model.keras", compile=False)
    views = views_of(recognizer.views, mirror=recognizer.card.mirror)
    whole = keras_with_views(plain, views)
    assert whole.count_params() == plain.count_params()
    found = whole.predict_on_batch(pictures())
    np.testing.assert_allclose(found, recognizer.probabilities(pictures()), atol=1e-5)
    assert keras_with_views(plain, views[:1]) is plain


def test_the_export_to_openvino_is_a_recognizer_that_makes_its_views_itself(recognizer, tmp_path):
    made = export_recognizer(recognizer.folder, "openvino", tmp_path / "out")
    card = read_card(made.folder)
    assert (card.views, card.format, card.facts["views_inside"]) == (1, 1, recognizer.views)
    opened = Recognizer.load(made.folder)
    assert opened.selftest.passed
    np.testing.assert_allclose(
        opened.probabilities(pictures()), recognizer.probabilities(pictures()), atol=1e-6
    )
    same = Recognizer.load(made.folder, views=recognizer.views)
    np.testing.assert_array_equal(same.probabilities(pictures()), opened.probabilities(pictures()))
    with pytest.raises(RecognizerError, match=rf"makes {recognizer.views} views itself, got views"):
        Recognizer.load(made.folder, views=2)


def test_a_single_sigmoid_leaves_with_two_columns_and_its_views(tmp_path):
    save(tmp_path / "r", network(outputs=1), classes=("cat", "dog"), views=2, mirror=True)
    made = export_recognizer(tmp_path / "r", "openvino", tmp_path / "out")
    np.testing.assert_allclose(
        Recognizer.load(made.folder).probabilities(pictures()),
        Recognizer.load(tmp_path / "r").probabilities(pictures()),
        atol=1e-6,
    )


def test_without_views_nothing_is_said_of_them(tmp_path):
    made = export_recognizer(save(tmp_path / "r"), "openvino", tmp_path / "out")
    assert "views" not in (made.folder / "README.md").read_text("utf-8")
    assert "views_inside" not in read_card(made.folder).facts
