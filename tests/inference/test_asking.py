"""Asking a recognizer: any picture, any form, one or many."""

import io
import itertools
import threading

import numpy as np
import pytest

from kanjian.errors import ImageError, RecognizerError
from kanjian.images import encode_png, resize_image, to_gray, write_image
from kanjian.inference import Recognizer, UnreadableImage
from kanjian.inference.prediction import Prediction, unknown_word
from small_recognizer import CLASSES, SIZE_HW, network, pictures, save


@pytest.fixture(scope="module")
def recognizer(saved):
    return Recognizer.load(saved)


def asked(model, *images):
    """What Keras says about fitted pictures."""
    return np.asarray(model.predict_on_batch(np.stack(images)))


def test_it_tells_what_it_is(recognizer):
    assert recognizer.classes == CLASSES
    assert recognizer.size_hw == SIZE_HW
    assert recognizer.channels == 3
    assert recognizer.abstain_threshold is None
    assert repr(recognizer) == "<Recognizer 'pets': 3 classes, 12×20×3, openvino>"


def test_path_bytes_file_and_array_are_one_picture(recognizer, tmp_path):
    image = pictures(1)[0]
    path = tmp_path / "猫 🐈.png"
    write_image(path, image)
    data = path.read_bytes()
    answers = [
        recognizer.predict(form).scores for form in (image, path, str(path), data, io.BytesIO(data))
    ]
    for scores in answers[1:]:
        np.testing.assert_array_equal(scores, answers[0])


def test_raw_pixels_go_in_although_the_network_computes_with_other_ones(tmp_path):
    # the tutorials' defect: trained on -0.5 to 0.5, then asked about 0 to 255
    model = network(low=-0.5)
    save(tmp_path, model)
    image = pictures(1)[0]
    scores = Recognizer.load(tmp_path).predict(image).scores
    np.testing.assert_allclose(scores, asked(model, image)[0], atol=1e-5)
    with pytest.raises(ImageError, match="uint8"):
        Recognizer.load(tmp_path).predict(image / 255 - 0.5)


def test_height_and_width_are_not_swapped(recognizer, rgb_network):
    # one bright row at the top: transposed it would be a column
    image = np.zeros((*SIZE_HW, 3), np.uint8)
    image[0] = 255
    scores = recognizer.predict(image).scores
    np.testing.assert_allclose(scores, asked(rgb_network, image)[0], atol=1e-5)
    turned = resize_image(image.transpose(1, 0, 2), SIZE_HW, channels=3)
    assert np.abs(scores - asked(rgb_network, turned)[0]).max() > 0.01


def test_a_batch_with_height_and_width_swapped_is_refused(recognizer):
    with pytest.raises(RecognizerError, match=r"must be \(n, 12, 20, 3\) uint8.*\(2, 20, 12, 3\)"):
        recognizer.probabilities(pictures(2).transpose(0, 2, 1, 3))


def test_a_batch_of_floats_is_refused(recognizer):
    with pytest.raises(RecognizerError, match=r"uint8, raw pixels.* float64. Use preprocess"):
        recognizer.probabilities(pictures(2) / 255)
    with pytest.raises(RecognizerError, match=r"got \(\) list"):
        recognizer.probabilities([1, 2])


def test_the_picture_asked_about_is_the_one_answered(recognizer):
    # the tutorials' np.empty batch: the answer must depend on the picture, and only on it
    first, second = pictures(2)
    once = recognizer.predict(first).scores
    assert np.abs(recognizer.predict(second).scores - once).max() > 1e-3
    np.testing.assert_array_equal(recognizer.predict(first).scores, once)


def test_a_view_of_a_larger_picture_is_asked_as_its_copy(recognizer):
    large = np.random.default_rng(0).integers(0, 256, (30, 60, 3), np.uint8)
    view = large[::2, ::-1]
    np.testing.assert_array_equal(
        recognizer.predict(view).scores, recognizer.predict(view.copy()).scores
    )


def test_gray_asks_a_color_network_and_color_a_gray_one(recognizer, rgb_network, tmp_path):
    gray = pictures(1)[0, :, :, 0]
    np.testing.assert_allclose(
        recognizer.predict(gray).scores, asked(rgb_network, np.stack([gray] * 3, 2))[0], atol=1e-5
    )
    model = network(channels=1)
    save(tmp_path, model, channels=1)
    color = pictures(1)[0]
    np.testing.assert_allclose(
        Recognizer.load(tmp_path).predict(color).scores,
        asked(model, to_gray(color)[:, :, None])[0],
        atol=1e-5,
    )


@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
def test_a_picture_is_fitted_as_the_recognizer_says(tmp_path, fit):
    save(tmp_path, fit=fit)
    large = np.random.default_rng(3).integers(0, 256, (90, 50, 3), np.uint8)
    fitted = resize_image(large, SIZE_HW, mode=fit, channels=3)
    np.testing.assert_array_equal(Recognizer.load(tmp_path).preprocess(large), fitted)


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 400), (500, 3), SIZE_HW])
def test_any_size_is_answered(recognizer, size_hw):
    answer = recognizer.predict(np.full((*size_hw, 3), 77, np.uint8))
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_many_answers_come_in_order_and_equal_single_ones(recognizer, tmp_path):
    images = pictures(23)
    paths = [tmp_path / f"{number}.png" for number in range(23)]
    for path, image in zip(paths, images, strict=True):
        write_image(path, image)
    answers = list(recognizer.predict_many(paths, batch_size=4))
    assert [answer.name for answer in answers] == [str(path) for path in paths]
    for answer, image in zip(answers, images, strict=True):
        np.testing.assert_allclose(answer.scores, recognizer.predict(image).scores, atol=1e-6)


def test_an_endless_stream_is_answered_as_it_comes_and_not_read_far_ahead(recognizer):
    taken = itertools.count()
    stream = ((next(taken) and None) or image for image in itertools.cycle(pictures(3)))
    answers = recognizer.predict_many(stream, batch_size=5)
    for _ in range(50):
        next(answers)
    answers.close()
    assert next(taken) <= 50 + 3 * 5
    assert not [t for t in threading.enumerate() if t.name.startswith("kanjian-read")]


def test_one_buffer_filled_again_and_again_gives_each_frame_its_own_answer(recognizer):
    images = pictures(12)

    def camera():
        buffer = np.empty_like(images[0])
        for image in images:
            buffer[...] = image
            yield buffer

    streamed = [answer.scores for answer in recognizer.predict_many(camera(), batch_size=4)]
    np.testing.assert_allclose(streamed, recognizer.probabilities(images), atol=1e-6)


def test_one_damaged_picture_does_not_stop_the_rest(recognizer):
    good = [encode_png(image) for image in pictures(3)]
    damaged = good[0][: len(good[0]) // 2]
    given = [good[0], damaged, good[1], b"", good[2]]
    answers = list(recognizer.predict_many(given, batch_size=2, on_error="report"))
    assert [type(answer) for answer in answers] == [
        Prediction,
        UnreadableImage,
        Prediction,
        UnreadableImage,
        Prediction,
    ]
    assert [answer.name for answer in answers] == [f"picture {number}" for number in range(1, 6)]
    assert "empty" in answers[3].reason


def test_a_damaged_picture_is_raised_after_the_answers_before_it(recognizer):
    answers = recognizer.predict_many([encode_png(pictures(1)[0]), b"", b""])
    assert next(answers).label in CLASSES
    with pytest.raises(ImageError, match="empty"):
        next(answers)


def test_only_damaged_pictures_are_only_failures(recognizer):
    assert len(list(recognizer.predict_many([b"", b"x"], on_error="report"))) == 2
    assert list(recognizer.predict_many([])) == []


def test_wrong_options_are_told_at_once(recognizer):
    with pytest.raises(RecognizerError, match="batch_size must be 1 or more, got 0"):
        recognizer.predict_many([], batch_size=0)
    with pytest.raises(RecognizerError, match=r"unknown on_error 'reprot'. Did you mean 'report'"):
        recognizer.predict_many([], on_error="reprot")


def test_below_the_threshold_the_answer_is_unknown(tmp_path):
    save(tmp_path, abstain_threshold=1.0, abstain_target=0.99)
    recognizer = Recognizer.load(tmp_path)
    answer = recognizer.predict(np.zeros((4, 4, 3), np.uint8))
    assert recognizer.abstain_threshold == 1.0
    assert recognizer.card.abstain_target == 0.99
    assert answer.probability < 1
    assert (answer.label, answer.known) == ("unknown", False)
    assert answer.best_label in CLASSES
    assert answer.top(1) == [(answer.best_label, answer.probability)]


def test_the_threshold_itself_is_known(saved, recognizer, tmp_path):
    image = pictures(1)[0]
    probability = recognizer.predict(image).probability
    save(tmp_path, abstain_threshold=np.float64(probability))
    assert Recognizer.load(tmp_path).predict(image).known


def test_a_class_named_unknown_is_not_abstaining(tmp_path):
    save(tmp_path / "a", classes=("unknown", "x", "y"))
    save(tmp_path / "b", classes=("unknown", "x", "y"), abstain_threshold=1.0)
    sure = next(
        answer
        for answer in Recognizer.load(tmp_path / "a").predict_many(pictures(64))
        if answer.best_label == "unknown" and answer.probability < 1
    )
    assert (sure.label, sure.known) == ("unknown", True)
    image = next(p for p in pictures(64) if (Recognizer.load(tmp_path / "b").predict(p)
                                             .best_label) == "x")  # fmt: skip
    doubt = Recognizer.load(tmp_path / "b").predict(image)
    assert (doubt.label, doubt.best_label, doubt.known) == ("not sure", "x", False)


def test_top_is_sorted_and_never_longer_than_the_classes():
    answer = Prediction("a", ("x", "y", "z"), np.array([0.25, 0.5, 0.25], np.float32), True)
    assert answer.top(9) == [("y", 0.5), ("x", 0.25), ("z", 0.25)]
    assert answer.top(0) == []
    assert answer.probabilities == {"x": 0.25, "y": 0.5, "z": 0.25}


def test_several_threads_may_ask_at_once(recognizer):
    images = pictures(8)
    alone = [recognizer.predict(image).scores for image in images]
    wrong = []

    def ask(number):
        answers = (recognizer.predict(images[number]).scores for _ in range(50))
        wrong.extend(number for scores in answers if not np.array_equal(scores, alone[number]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("taken", ["unknown", "Unknown"])
def test_a_class_called_unknown_is_never_mistaken_for_no_answer(taken):
    scores = np.array([0.6, 0.4], np.float32)
    assert Prediction("a", ("cat", taken), scores, known=False).label == "not sure"
    assert Prediction("a", (taken, "cat"), scores, known=True).label == taken


def test_there_is_a_word_for_no_answer_whatever_the_classes_are_called():
    classes = ["unknown", "not sure", "no answer", "below the threshold"]
    for number in range(len(classes) + 1):
        assert unknown_word(classes[:number]) not in classes[:number]
