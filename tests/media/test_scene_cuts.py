"""Cuts are found where a film was cut, and nowhere else; frames come as they are asked for."""

import numpy as np
import pytest

from cut_films import film, framed, shot
from kanjian.errors import VideoError
from kanjian.images.convert import to_gray
from kanjian.media.frame import Frame
from kanjian.media.scene_cuts import scene_starts, scenes_marked


def starts(frames):
    return [frame.index for frame in scene_starts(frames)]


def scenes_of(seed, *lengths, **options):
    rng = np.random.default_rng(seed)
    return [shot(rng, length, **options) for length in lengths]


@pytest.mark.parametrize("seed", range(12))
def test_every_cut_is_found_and_no_other(seed):
    frames, truth = film(seed)
    assert starts(frames) == truth


@pytest.mark.parametrize("seed", range(4))
def test_gray_frames_and_uneven_times_are_cut_alike(seed):
    frames, truth = film(seed)
    times = np.cumsum(np.random.default_rng(seed).uniform(0.005, 0.3, len(frames)))
    uneven = [
        Frame(frame.index, float(time), to_gray(frame.image))
        for frame, time in zip(frames, times, strict=True)
    ]
    assert starts(uneven) == truth


@pytest.mark.parametrize("lasts", [1, 2, 3, 4])
def test_a_flash_begins_no_scene_and_a_light_switched_on_does(lasts):
    (images,) = scenes_of(1, 40)
    for number in range(20, 20 + lasts):
        images[number] = np.clip(images[number] * 1.4 + 60.0, 0, 255).astype(np.uint8)
    assert starts(framed(images)) == [0]
    for number in range(20, 40):
        images[number] = np.full_like(images[number], 250)
    assert starts(framed(images)) == [0, 20]


def test_fades_and_dissolves_begin_no_scene():
    one, other = scenes_of(2, 40, 40)
    shares = np.clip((np.arange(40) - 10) / 15, 0, 1)
    mixed = [((1 - share) * a + share * b).astype(np.uint8)
             for share, a, b in zip(shares, one, other, strict=True)]  # fmt: skip
    assert starts(framed(mixed)) == [0]
    assert starts(framed([(image * share).astype(np.uint8)
                          for image, share in zip(one, shares, strict=True)])) == [0]  # fmt: skip


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_frame_blended_of_both_sides_begins_the_scene(share):
    one, other = scenes_of(3, 20, 20)
    other[0] = (share * one[-1] + (1 - share) * other[0]).astype(np.uint8)
    (found,) = starts(framed(one + other))[1:]
    assert found in {20, 21}


def test_a_camera_that_moves_and_one_that_shakes_cut_nothing():
    (panned,) = scenes_of(4, 30, speed=1.6)
    (still,) = scenes_of(5, 1)
    jumps = np.random.default_rng(6).integers(-5, 6, (40, 2))
    shaken = [np.roll(still[0], jump, axis=(0, 1)) for jump in jumps]
    assert starts(framed(panned)) == starts(framed(shaken)) == [0]


@pytest.mark.parametrize("times", [2, 3])
def test_pictures_shown_several_times_are_no_cuts_and_hide_none(times):
    scenes = scenes_of(7, 12, 9, 15)
    shown = [image for images in scenes for image in images for _ in range(times)]
    assert starts(framed(shown)) == [0, 12 * times, 21 * times]


def test_a_still_clip_is_one_scene_and_stills_one_each():
    (still,), (other,) = scenes_of(8, 1, 1)
    assert starts(framed([still] * 30)) == [0]
    assert starts(framed([still] * 10 + [other] * 10)) == [0, 10]
    assert starts(framed([still])) == [0]
    assert starts([]) == []


def test_pictures_of_another_size_are_another_scene():
    (one,), (other,) = scenes_of(9, 10), scenes_of(9, 10, size_hw=(96, 72))
    assert starts(framed(one + other)) == [0, 10]


def test_all_frames_come_in_order_and_no_later_than_needed():
    frames, _ = film(10)
    taken = []

    def camera():
        for frame in frames:
            taken.append(frame.index)
            yield frame

    for number, (frame, _begins) in enumerate(scenes_marked(camera())):
        assert frame is frames[number]
        assert taken[-1] - frame.index <= 5  # frames that may begin a scene wait, others do not
    assert number == len(frames) - 1
    (still,) = scenes_of(11, 20, speed=0)
    assert sum(1 for _ in scenes_marked(framed(still))) == 20


@pytest.mark.parametrize("threshold", [0, -1, 255, float("nan")])
def test_a_threshold_without_sense_is_refused(threshold):
    with pytest.raises(VideoError, match="threshold must be between 0 and 255"):
        scene_starts([], threshold=threshold)
