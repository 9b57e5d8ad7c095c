"""A chain means what its words say, and does its steps one after the other."""

import inspect
import re

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.chain import is_first_value, parse, run, words_of
from kanjian.imaging.operations import OPERATIONS, Operation, function_of, operation_named
from kanjian.imaging.options import Option, options_of, value_of

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (24, 31), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8)
# What an operation needs that has no default
NEEDED = {
    "warp": "warp 0,0,10,0,0,10 target=1,1,11,1,1,11",
    "match": "match other.png",
    "difference": "difference other.png",
    "heatmap": "heatmap points.csv",
    "resize": "resize 20x30",
    "crop": "crop box=2,3,10,20",
}


def names():
    return [operation.name for operation in OPERATIONS]


def test_every_name_stands_once():
    assert len(set(names())) == len(names())


@pytest.mark.parametrize("name", names())
def test_every_operation_runs_from_its_words_and_leaves_its_input_as_it_was(
    name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("x,y\n3,4\n10,20\n")
    steps = parse(NEEDED.get(name, name), read=lambda _: GRAY)
    binary = np.where(GRAY > 128, 255, 0).astype(np.uint8)
    tried = 0
    for image in (GRAY, COLOR, binary):
        before = image.copy()
        try:
            (result,) = run(image, steps)
        except ImageError as error:
            assert str(error).startswith(f"{name}: ")
            continue
        finally:
            np.testing.assert_array_equal(image, before)
        tried += 1
        assert result.picture.dtype == np.uint8
        assert result.picture.ndim in (2, 3)
    assert tried


@pytest.mark.parametrize("name", names())
def test_every_option_is_told_in_words_for_people(name):
    operation = operation_named(name)
    for option in options_of(operation):
        assert option.about, option.name
        assert "`" not in option.about
        assert "As in" not in option.about
        assert option.wanted
        if not option.is_required and option.shown_default:
            where = f"{name} {option.name}"
            read = value_of(option, option.shown_default, where=where, read=None)
            assert read == option.default or option.is_flag


def test_the_table_says_what_the_functions_are():
    for operation in OPERATIONS:
        first = inspect.signature(function_of(operation)).parameters
        assert next(iter(first)) == "image"
        assert re.fullmatch(r"[a-z0-9-]+", operation.name)
        assert isinstance(operation, Operation)


def test_a_chain_is_its_steps_one_by_one():
    steps = parse("gray | blur sigma=2 | threshold otsu | flip")
    whole, image = run(COLOR, steps), COLOR
    for step, result in zip(steps, whole, strict=True):
        (alone,) = run(image, [step])
        np.testing.assert_array_equal(alone.picture, result.picture)
        image = alone.picture


def test_what_is_drawn_over_a_picture_is_drawn_over_the_first():
    image = np.full((40, 40), 90, np.uint8)
    image[10:30, 10:30] = 200
    (_, drawn) = run(image, parse("threshold otsu | contours"))
    assert (drawn.picture[0, 0] == 90).all()
    assert drawn.facts["contours"] == 1


def test_a_step_that_cannot_is_named_with_its_words():
    with pytest.raises(ImageError, match=r"^step 1, threshold otsu: "):
        run(COLOR, parse("threshold otsu | contours"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gray|blur 2", [["gray"], ["blur", "2"]]),
        ("match 'a b|c.png'", [["match", "a b|c.png"]]),
        (r"match C:\photos\x.png", [["match", r"C:\photos\x.png"]]),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("blur 2", {"sigma": 2.0}),
        ("blur sigma=2", {"sigma": 2.0}),
        ("contours boxes", {"boxes": True}),
        ("contours boxes=no least-area=5", {"boxes": False, "least_area": 5.0}),
        ("contours least_area=5", {"least_area": 5.0}),
        ("resize 20x30", {"size": (20, 30)}),
        ("rotate -30 canvas=grow", {"angle": -30.0, "canvas": "grow"}),
    ],
)
def test_options(text, options):
    (step,) = parse(text)
    assert step.options == options


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a step of the chain is empty"),
        ("gray | | flip", "a step of the chain is empty"),
        ("blurr", "Did you mean 'blur'"),
        ("blur sigma=two", "blur sigma must be a number, got 'two'"),
        ("blur sigma=1 sigma=2", "given twice"),
        ("blur 1 2", "blur"),
        ("negative 3", "negative has no options, got '3'"),
        ("match", "match needs reference=PICTURE"),
        ("match x.png", "picture files cannot be read here"),
        ("blur 'sigma=2", "No closing quotation"),
        ("rotate 30 canvas=groww", "Did you mean 'grow'"),
    ],
)
def test_what_is_not_understood_is_one_line(text, message):
    with pytest.raises(ImageError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bare_word_is_a_value_only_where_it_can_be_one():
    assert is_first_value("threshold", "otsu")
    assert not is_first_value("threshold", "photo.jpg")
    assert not is_first_value("match", "photo.jpg")
    assert not is_first_value("gray", "3")


def test_an_option_of_several_kinds_takes_the_pickiest():
    option = Option("size", "size", (int, tuple[int, int]), None)
    assert value_of(option, "7", where="x", read=None) == 7
    assert value_of(option, "7x8", where="x", read=None) == (7, 8)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 9), (9, 1), (2, 2, 3)])
def test_the_smallest_pictures_give_a_picture_or_a_reason(name, shape, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("x,y\n0,0\n")
    for level in (0, 128, 255):
        image = np.full(shape, level, np.uint8)
        steps = parse(NEEDED.get(name, name), read=lambda _, image=image: image)
        try:
            (result,) = run(image, steps)
        except ImageError as error:
            assert str(error).startswith(f"{name}: ")
            continue
        assert result.picture.size
        assert result.picture.dtype == np.uint8


@pytest.mark.parametrize("name", names())
def test_pictures_without_pixels_give_a_reason_or_come_back_as_they_are(
    name, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("x,y\n0,0\n")
    empty = np.zeros((0, 5), np.uint8)
    steps = parse(NEEDED.get(name, name), read=lambda _: empty)
    if operation_named(name).group == "noise":
        assert run(empty, steps)[0].picture.shape == empty.shape
    elif name != "kernel":  # which does not look at its picture
        with pytest.raises(ImageError):
            run(empty, steps)
