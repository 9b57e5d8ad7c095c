"""Laws of the views a prediction is averaged over."""

import tomllib

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError
from kanjian.imaging import flip
from kanjian.inference.card import CARD, read_card
from kanjian.inference.recognizer import Recognizer
from kanjian.inference.saved_network import Kind
from kanjian.inference.views import (
    MOST_VIEWS,
    View,
    look,
    mean_over_views,
    view_images,
    views_of,
)
from small_recognizer import SIZE_HW, network, pictures, save

EVERY = [*{*views_of(MOST_VIEWS, mirror=True), *views_of(MOST_VIEWS, mirror=False)}]
SIZES = [(12, 20), (28, 28), (3, 5), (1, 1), (33, 64)]


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A recognizer of four views, with mirror images."""
    return save(tmp_path_factory.mktemp("four") / "recognizer", views=4, mirror=True)


def pixels(size_hw, channels=3, n=2):
    return np.random.default_rng(0).integers(0, 256, (n, *size_hw, channels), np.uint8)


def test_the_first_view_is_the_picture_and_no_view_comes_twice():
    for mirror in (True, False):
        listed = views_of(MOST_VIEWS, mirror=mirror)
        assert listed[0] == View(1, False)
        assert len(set(listed)) == len(listed) == MOST_VIEWS
        assert any(view.mirrored for view in listed) == mirror
        assert [views_of(n, mirror=mirror) for n in range(1, 9)] == [
            listed[:n] for n in range(1, 9)
        ]


@pytest.mark.parametrize("size_hw", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_view_of_the_mirror_image_is_the_mirror_image_of_the_view(size_hw, channels):
    batch = pixels(size_hw, channels)
    seen, mirrored = view_images(batch, EVERY), view_images(batch[:, :, ::-1], EVERY)
    np.testing.assert_array_equal(mirrored, seen[:, :, :, ::-1])


@pytest.mark.parametrize("size_hw", SIZES)
def test_a_graph_of_keras_makes_the_very_same_pixels(size_hw):
    ops, batch = load_keras().ops, pixels(size_hw)
    found = look(ops.cast(batch, "float32"), size_hw, EVERY, ops.take, ops.floor)
    for view, wanted in zip(found, view_images(batch, EVERY), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(view), wanted)


def test_closer_up_is_the_middle_grown_as_resize_grows_it():
    cv2 = pytest.importorskip("cv2")
    batch = pixels((32, 48))
    (seen,) = view_images(batch, [View(0.75, False)])
    for image, found in zip(batch, seen, strict=True):
        wanted = cv2.resize(image[4:-4, 6:-6], (48, 32), interpolation=cv2.INTER_LINEAR)
        # to 64ths of a pixel: 3 gray levels of 255 at the hardest edge; at its own edge the middle
        # has neighbors
        assert np.abs(found.astype(int) - wanted)[1:-1, 1:-1].max() <= 3


def test_no_view_of_a_tiny_picture_is_the_picture_again():
    batch = pixels((8, 8))
    for view in EVERY:
        same = np.array_equal(view_images(batch, [view])[0], batch)
        assert same == (view == View(1, False)), view


def test_further_off_the_whole_picture_is_seen_and_its_edges_go_on():
    picture = np.zeros((1, 16, 16, 1), np.uint8)
    picture[:, 1:-1, 1:-1] = 200
    (seen,) = view_images(picture, [View(9 / 8, False)])
    assert (seen[:, [0, -1]] == 0).all()
    assert (seen[:, 3:-3, 3:-3] == 200).all()


def test_a_flat_picture_looks_the_same_in_every_view():
    for level in (0, 1, 127, 255):
        assert (view_images(np.full((1, 9, 7, 3), level, np.uint8), EVERY) == level).all()


def test_the_mean_is_that_of_the_views_one_by_one_however_many_pictures(saved, four):
    plain, recognizer = Recognizer.load(four, views=1), Recognizer.load(four)
    batch = pictures(n=40)
    one_by_one = [
        plain.probabilities(each) for each in view_images(batch, views_of(4, mirror=True))
    ]
    np.testing.assert_allclose(
        recognizer.probabilities(batch), np.mean(one_by_one, axis=0), atol=1e-6
    )
    np.testing.assert_allclose(
        recognizer.probabilities(batch[:1]), recognizer.probabilities(batch)[:1], atol=1e-6
    )
    assert not np.allclose(recognizer.probabilities(batch), plain.probabilities(batch), atol=1e-3)
    same = Recognizer.load(saved).probabilities(batch)
    np.testing.assert_array_equal(plain.probabilities(batch), same)


def test_one_view_asks_the_network_as_it_was_asked_before():
    asked = []
    batch = pictures()
    mean_over_views(lambda given: asked.append(given) or given, batch, views_of(1, mirror=True))
    assert asked[0] is batch


@pytest.mark.parametrize("views", [2, 4, 8])
def test_mirroring_a_picture_changes_no_answer_of_both_sides(four, views):
    recognizer, batch = Recognizer.load(four, views=views), pictures(n=6)
    np.testing.assert_allclose(
        recognizer.probabilities(batch), recognizer.probabilities(batch[:, :, ::-1]), atol=1e-6
    )
    image = batch[0]
    assert recognizer.predict(flip(image)).probability == pytest.approx(
        recognizer.predict(image).probability, abs=1e-6
    )


def test_a_picture_that_is_its_mirror_image_gets_the_answer_of_one_view(four):
    half = pictures(n=6)[:, :, : SIZE_HW[1] // 2]
    batch = np.concatenate([half, half[:, :, ::-1]], axis=2)
    one, two = (Recognizer.load(four, views=views).probabilities(batch) for views in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_engines_agree(four):
    keras, openvino = (Recognizer.load(four, engine=name) for name in ("keras", "openvino"))
    np.testing.assert_allclose(
        keras.probabilities(pictures()), openvino.probabilities(pictures()), atol=1e-5
    )


def test_a_single_sigmoid_is_averaged_too(tmp_path):
    save(tmp_path, network(outputs=1), classes=("cat", "dog"), views=2, mirror=True)
    recognizer, plain = Recognizer.load(tmp_path), Recognizer.load(tmp_path, views=1)
    batch = pictures()
    wanted = (plain.probabilities(batch) + plain.probabilities(batch[:, :, ::-1])) / 2
    np.testing.assert_allclose(recognizer.probabilities(batch), wanted, atol=1e-6)


def test_the_card_says_how_many_and_whether_mirrored(four, saved):
    card = read_card(four)
    assert (card.views, card.mirror, Recognizer.load(four).views) == (4, True, 4)
    assert tomllib.loads((four / CARD).read_text("utf-8"))["views"] == {"n": 4, "mirror": True}
    assert (read_card(saved / "recognizer").views, read_card(saved / "recognizer").mirror) == (
        1,
        False,
    )


def test_a_kanjian_that_knows_no_views_refuses_and_opens_what_has_none(four, saved, monkeypatch):
    before = Kind("recognizer", RecognizerError, "Name a run folder.", "recipe.toml", newest=1)
    monkeypatch.setattr("kanjian.inference.card.RECOGNIZER", before)
    with pytest.raises(RecognizerError, match="has format 2, this kanjian reads up to 1"):
        read_card(four)
    assert read_card(saved / "recognizer").views == 1


def test_views_changed_on_the_card_are_found(four, tmp_path):
    import shutil

    copy = shutil.copytree(four, tmp_path / "copy")
    text = (copy / CARD).read_text("utf-8")
    (copy / CARD).write_text(text.replace("n = 4", "n = 3"), "utf-8")
    with pytest.raises(RecognizerError, match="views is 3, and was 4 when the network was tested"):
        Recognizer.load(copy)


@pytest.mark.parametrize("views", [0, 9, 2.0, True, "2"])
def test_a_wrong_number_is_one_line(four, views):
    with pytest.raises(RecognizerError) as caught:
        Recognizer.load(four, views=views)
    assert str(caught.value) == f"views must be 1 to 8, got {views!r}."
    with pytest.raises(RecognizerError, match="views must be 1 to 8"):
        save(four.parent / "other", views=views)
