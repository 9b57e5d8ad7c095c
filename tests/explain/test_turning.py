"""Class pictures, fooling and dreams."""

import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.explain.adversarial import fool
from kanjian.explain.class_images import class_pictures, scores_of
from kanjian.explain.dream import dream, dream_layer
from kanjian.explain.flatten_model import on_pixels
from kanjian.explain.gradient_ascent import AscentConfig, gray_noise
from kanjian.explain.inspected_model import InspectedModel
from see_networks import functional, nested, sequential

KINDS = {
    "gray": sequential,
    "one sigmoid": lambda: sequential(ending="one"),
    "many sigmoids": lambda: sequential(ending="many"),
    "functional": functional,
    "nested": nested,
}


@pytest.fixture(params=KINDS)
def inspected(request):
    return InspectedModel("toy", on_pixels(KINDS[request.param]()))


@pytest.fixture
def large():
    """Large enough for an octave below."""
    return InspectedModel("toy", on_pixels(sequential(size=36)))


def picture(inspected):
    return np.random.default_rng(5).integers(60, 200, inspected.shape_hwc).astype(np.uint8)


@pytest.mark.backends
def test_a_class_has_a_higher_logit_on_its_own_picture(inspected):
    every = range(inspected.n_classes)
    ascent = AscentConfig(steps=15, rate=1)  # longer steps may pass over the top
    for index, found in enumerate(class_pictures(inspected, every, ascent=ascent, precision="f32")):
        noise = gray_noise(np.array([index]), inspected.shape_hwc)
        assert found.logit > scores_of(inspected, noise)[0, index]
        scores = scores_of(inspected, found.picture[None])
        assert found.logit == pytest.approx(scores[0, index], rel=1e-4)
        assert found.probability == pytest.approx(
            inspected.probabilities(scores)[0, index], rel=1e-4
        )


def test_softmax_climbs_the_probability_itself(inspected):
    (found,) = class_pictures(inspected, [0], softmax=True, ascent=AscentConfig(steps=15, rate=6))
    assert found.probability > found.before


def test_classes_climb_in_several_sizes(large):
    inspected = large
    ascent = AscentConfig(steps=8, octaves=2, rate=6, jitter=2, blur=0.4, tv=0.1)
    (found,) = class_pictures(inspected, [1], ascent=ascent, precision="f32")
    noise = gray_noise(np.array([1]), inspected.shape_hwc)
    assert found.picture.shape == inspected.shape_hwc
    assert found.logit > scores_of(inspected, noise)[0, 1]


def test_the_same_class_picture_twice(inspected):
    ascent = AscentConfig(steps=4, jitter=2)
    one, two = (class_pictures(inspected, [0, 1], ascent=ascent) for _ in range(2))
    assert (one[1].picture == two[1].picture).all()


def lead(probabilities, wished):
    return probabilities[wished] - np.delete(probabilities, wished).max()


@pytest.mark.backends
@pytest.mark.parametrize("method", ["pgd", "fgsm"])
def test_whole_pixels_within_the_bound_turn_the_answer(inspected, method):
    image = picture(inspected)
    fooled = fool(inspected, image, method=method)
    assert fooled.picture.dtype == np.uint8
    assert np.abs(fooled.picture.astype(int) - image).max() <= fooled.bound
    after = inspected.probabilities(scores_of(inspected, fooled.picture[None]))[0]
    assert fooled.after == pytest.approx(after, abs=1e-6)
    assert fooled.success == (int(after.argmax()) == fooled.wished)
    if method == "pgd":
        # its probability may fall where that of the best of the others falls further
        assert lead(fooled.after, fooled.wished) > lead(fooled.before, fooled.wished)


def test_small_steps_turn_what_one_step_cannot():
    inspected = InspectedModel("toy", on_pixels(functional()))
    small, one = (fool(inspected, picture(inspected), method=method) for method in ("pgd", "fgsm"))
    assert small.success
    assert small.bound <= one.bound


def test_the_bound_is_the_smallest_that_wins(inspected):
    image = picture(inspected)
    found = fool(inspected, image)
    if found.bound > 1:
        assert not fool(inspected, image, found.wished, bound=found.bound - 1).success


def test_what_is_so_already_needs_no_change(inspected):
    image = picture(inspected)
    best = int(scores_of(inspected, image[None]).argmax())
    fooled = fool(inspected, image, best)
    assert (fooled.bound, fooled.success) == (0, True)
    assert (fooled.picture == image).all()
    assert set(np.unique(fooled.difference())) == {128}


def test_the_difference_is_amplified_around_gray(inspected):
    image = picture(inspected)
    fooled = fool(inspected, image, bound=3)
    change = fooled.picture.astype(float) - image
    assert np.abs(fooled.difference() - (127.5 + change * fooled.amplified)).max() <= 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [({"method": "pdg"}, "Did you mean 'pgd'"), ({"bound": 0}, "bound must be 1 to 255"),
     ({"steps": 0}, "steps must be at least 1"), ({"label": "9"}, "has no class '9'")],
)  # fmt: skip
def test_questions_amiss_are_told(options, said):
    inspected = InspectedModel("toy", on_pixels(functional()))
    with pytest.raises(RecognizerError, match=said):
        fool(inspected, picture(inspected), **options)
    with pytest.raises(RecognizerError, match=r"picture must be \(12, 16, 3\) uint8"):
        fool(inspected, np.zeros((3, 3), np.uint8))


@pytest.mark.backends
def test_a_dream_has_more_of_what_the_layer_sees():
    inspected = InspectedModel("toy", on_pixels(functional()))
    image = picture(inspected).repeat(3, 0).repeat(3, 1)
    ascent = AscentConfig(steps=5, octaves=2, rate=3)
    dreamt = dream(inspected, image, layers=["sum"], ascent=ascent, precision="f32")
    network = inspected.up_to("sum", size_hw=image.shape[:2])
    strength = [
        np.square(network.predict_on_batch(each[None].astype(np.float32))).mean()
        for each in (image, dreamt)
    ]
    assert dreamt.shape == image.shape and strength[1] > strength[0]
    again = dream(inspected, image, layers=["sum"], ascent=ascent, precision="f32")
    assert (dreamt == again).all()


def test_dreams_of_gray_networks_and_of_several_layers():
    gray = InspectedModel("toy", on_pixels(sequential()))
    color = np.full((30, 25, 3), 90, np.uint8)
    ascent = AscentConfig(steps=1)
    assert dream(gray, color, layers=["first", "second"], ascent=ascent).shape == (30, 25, 1)
    assert dream_layer(gray) == "second"
    with pytest.raises(RecognizerError, match="no height and width"):
        dream(gray, color, layers=["answer"])
    large = np.zeros((20, 1024, 3), np.uint8)
    assert dream(gray, large, ascent=ascent).shape == (10, 512, 1)
