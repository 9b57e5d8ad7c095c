"""A recognizer that keeps where its training pictures lie knows what is unlike them."""

from dataclasses import replace

import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.export.export import export_recognizer
from kanjian.inference.card import OPEN_SET_FILE, read_card, write_card
from kanjian.inference.engines import open_engine
from kanjian.inference.open_set import OpenSet, read_open_set, write_open_set
from kanjian.inference.recognizer import Recognizer
from kanjian.training.open_set import fit_open_set
from small_recognizer import CLASSES, network, pictures, save


def like_training(n=60, seed=3):
    """Pictures of one gray each, with little noise."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 20, (n, *pictures(1).shape[1:]))
    return (100 + noise).astype(np.uint8)


@pytest.fixture(scope="module", params=[3, 1], ids=["softmax", "sigmoid"])
def folder(request, tmp_path_factory):
    """A recognizer that knows gray pictures; `pictures()` are noise of all colors."""
    place = tmp_path_factory.mktemp("known") / "recognizer"
    classes = CLASSES if request.param == 3 else CLASSES[:2]
    save(place, network(outputs=request.param), classes=classes, views=2, mirror=True)
    know(place)
    return place


def know(place):
    card = read_card(place)
    engine = open_engine(place, card, "auto", "f32", features=True)
    learned, held = (engine.with_features(like_training(seed=seed))[1][:, 0] for seed in (3, 4))
    found = fit_open_set(learned, np.arange(60) % len(card.classes))
    write_open_set(place, found)
    threshold = float(found.distances(held).max() * 1.2)
    write_card(place, replace(card, open_set_threshold=threshold, open_set_target=0.95))


def test_a_picture_unlike_those_of_training_is_unknown_and_says_why(folder):
    recognizer = Recognizer.load(folder)
    known, strange = recognizer.predict_many([like_training(1, seed=9)[0], pictures(1)[0]])
    assert (known.known, known.reason, known.unlike) == (True, None, False)
    assert (strange.label, strange.reason, strange.unlike) == ("unknown", "unlike", True)
    assert known.unlikeness < 1 < strange.unlikeness


def test_every_engine_and_batch_tells_the_same(folder):
    batch = np.concatenate([like_training(5, seed=7), pictures(4)])
    one = Recognizer.load(folder, engine="openvino")
    expected = one.judge(batch)
    alone = np.concatenate([one.judge(batch[at : at + 1]) for at in range(len(batch))])
    keras = Recognizer.load(folder, engine="keras").judge(batch)
    np.testing.assert_allclose(alone, expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(keras, expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(one.probabilities(batch), expected[:, :-1])


def test_an_export_to_openvino_knows_it_too(folder, tmp_path):
    batch = np.concatenate([like_training(5, seed=7), pictures(4)])
    expected = Recognizer.load(folder).judge(batch)
    export_recognizer(folder, "openvino", tmp_path / "out")
    found = Recognizer.load(tmp_path / "out").judge(batch)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_recognizer_without_it_names_whatever_it_sees(saved):
    recognizer = Recognizer.load(saved)
    answer = recognizer.predict(pictures(1)[0])
    assert answer.known
    assert answer.unlikeness is None
    assert np.isnan(recognizer.judge(pictures(2))[:, -1]).all()
    assert read_card(saved / "recognizer").format == 1


def test_a_card_that_was_changed_or_a_file_that_is_none_is_refused(folder):
    card = read_card(folder)
    assert card.format == 3
    text = (folder / "recognizer.toml").read_text(encoding="utf-8")
    data = (folder / OPEN_SET_FILE).read_bytes()
    try:
        (folder / "recognizer.toml").write_text(
            text.replace(f"threshold = {card.open_set_threshold!r}", "threshold = 1e9"),
            encoding="utf-8",
        )
        with pytest.raises(RecognizerError, match="open_set_threshold is 1000000000"):
            Recognizer.load(folder)
        write_open_set(
            folder, OpenSet(np.zeros((2, 3), "f4"), np.zeros((4, 1), "f4"), np.ones(1, "f4"), 1)
        )
        write_card(folder, card)
        with pytest.raises(RecognizerError, match="do not fit"):
            read_open_set(folder, read_card(folder))
    finally:
        (folder / OPEN_SET_FILE).write_bytes(data)
        write_card(folder, card)


def test_the_distance_is_that_of_mahalanobis():
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    features = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 4 * labels[:, None]
    found = fit_open_set(features, labels)
    covariance = found.axes @ np.diag(found.variances) @ found.axes.T
    for row in features[:5]:
        apart = row - found.means
        plain = np.sqrt(np.einsum("ij,jk,ik->i", apart, np.linalg.inv(covariance), apart).min())
        assert found.distances(row[None])[0] == pytest.approx(plain, rel=1e-3)
