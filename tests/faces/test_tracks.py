"""Faces keep their tracks and their names; a bad frame, a gap or a crossing changes nothing."""

import numpy as np
import pytest

from cut_films import film
from kanjian.faces.detect import Face
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.identify import ByGallery, Match
from kanjian.faces.people import people_in
from kanjian.faces.tracks import (
    Tracker,
    looked_closer,
    overlap,
    seen_well,
    tracks,
)
from kanjian.media.frame import Frame
from stand_in_faces import BLUE, GREEN, RED, ColorNetwork, SquareFinder, scene

NETWORK, FINDER = ColorNetwork(), SquareFinder()


def enrolled_row(color):
    return NETWORK.embed(np.full((1, 112, 112, 3), color, np.uint8))[0]


@pytest.fixture
def matcher(tmp_path):
    gallery = Gallery.create(tmp_path / "g", embedder="colors", sha256="c0ffee")
    gallery.add(
        [Enrolled("红", "1", "", enrolled_row(RED)), Enrolled("Ann", "2", "", enrolled_row(GREEN))]
    )
    return ByGallery(gallery, NETWORK, threshold=0.9)


def clip(*frames, rate=10):
    return [Frame(number, number / rate, image) for number, image in enumerate(frames)]


def test_one_face_is_one_track_with_one_name(matcher):
    (track,) = tracks(clip(*(scene((10 + 3 * i, 20, 30, RED)) for i in range(20))), FINDER, matcher)
    assert track.match.name == "红"
    assert (track.from_s, track.to_s, track.frames) == (0, 1.9, 20)
    assert [each.index for each in track.sightings] == list(range(20))


def test_strangers_stay_unknown(matcher):
    (track,) = tracks(clip(*[scene((40, 40, 30, BLUE))] * 10), FINDER, matcher)
    assert track.match.name == "unknown"


class Missing(SquareFinder):
    """Finds nothing from its sixth frame on, for so many frames."""

    def __init__(self, frames):
        self.calls, self.frames = 0, frames

    def detect(self, image):
        self.calls += 1
        return [] if 5 < self.calls <= 5 + self.frames else super().detect(image)


def test_a_gap_is_bridged_and_a_long_one_is_not(matcher):
    frames = clip(*[scene((50, 40, 30, RED))] * 25)
    assert len(tracks(frames, Missing(5), matcher)) == 1
    assert len(tracks(frames, Missing(15), matcher)) == 2


def test_two_who_pass_each_other_keep_their_names(matcher):
    frames = clip(
        *(scene((10 + 5 * i, 10, 30, RED), (110 - 5 * i, 60, 30, GREEN)) for i in range(21))
    )
    found = tracks(frames, FINDER, matcher)
    assert sorted(track.match.name for track in found) == ["Ann", "红"]
    assert {track.frames for track in found} == {21}


def test_who_takes_anothers_place_is_a_track_of_their_own(matcher):
    frames = clip(*[scene((50, 40, 30, RED))] * 8, *[scene((50, 40, 30, BLUE))] * 8)
    names = [track.match.name for track in tracks(frames, FINDER, matcher)]
    assert names == ["红", "unknown"]


def test_one_bad_look_does_not_take_the_name(matcher):
    tracker = Tracker(FINDER, matcher)
    for frame in clip(*[scene((50, 40, 30, RED))] * 4):
        (track,) = tracker.step(frame)
    track.add_embedding(enrolled_row(RED) * 0.6 + enrolled_row(BLUE) * 0.4, 0.2, 0.4)
    tracker.step(Frame(9, 0.9, scene((50, 40, 30, RED))))
    assert track.match.name == "红"


def test_a_cut_ends_all_tracks(matcher):
    dark = scene((50, 40, 30, RED))
    bright = np.where(dark == 128, 255, dark).astype(np.uint8)
    assert len(tracks(clip(*[dark] * 5, *[bright] * 5), FINDER, matcher)) == 2


def test_tracks_of_one_person_are_joined_and_faces_seen_together_never(matcher):
    gone, red = scene(), scene((20, 20, 30, RED))
    both = scene((20, 20, 30, RED), (90, 60, 40, GREEN))
    frames = clip(*[red] * 6, *[gone] * 15, *[both] * 6, *[gone] * 15, *[red] * 6)
    found = tracks(frames, FINDER, matcher)
    assert len(found) == 4
    first, second = people_in(found, matcher)
    assert (first.match.name, len(first.tracks)) == ("红", 3)
    assert (second.match.name, len(second.tracks)) == ("Ann", 1)


def test_without_a_matcher_faces_are_followed_all_the_same():
    (track,) = tracks(clip(*[scene((50, 40, 30, RED))] * 5), FINDER)
    assert (track.match.name, track.embedding) == ("unknown", None)
    assert tracks([], FINDER) == []


def test_a_camera_needs_no_more_memory_with_time(matcher):
    tracker = Tracker(FINDER, matcher, keep=False)
    for frame in clip(*[scene((50, 40, 30, RED))] * 60):
        (track,) = tracker.step(frame)
    assert len(track.sightings) <= 8
    assert (track.frames, track.from_s, track.to_s) == (60, 0, 5.9)


def test_overlap_by_hand():
    assert overlap((0, 0, 4, 4), (0, 0, 4, 4)) == 1
    assert overlap((0, 0, 4, 4), (0, 2, 4, 6)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0


def test_a_face_turned_aside_counts_less():
    ahead = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
    aside = ahead + np.array([[0, 0], [0, 0], [22, 0], [0, 0], [0, 0]], np.float32)
    box = (10.0, 10.0, 90.0, 110.0)
    assert seen_well(Face(box, 1, ahead)) == 1
    assert seen_well(Face(box, 1, aside)) < 0.3


def test_a_gallery_of_another_network_is_refused(tmp_path):
    gallery = Gallery.create(tmp_path / "g", embedder="other", sha256="123")
    from kanjian.errors import FaceError

    with pytest.raises(FaceError, match="was made with other"):
        ByGallery(gallery, NETWORK)


def test_in_an_empty_gallery_everyone_is_unknown(tmp_path):
    gallery = Gallery.create(tmp_path / "g", embedder="colors", sha256="c0ffee")
    matcher = ByGallery(gallery, NETWORK)
    assert matcher.decide(enrolled_row(RED)) == Match("unknown", None, 0.0, None)


class CoarseFinder(SquareFinder):
    """Off by up to seven pixels in a large picture, exact in a small one."""

    def detect(self, image):
        step = 8 if image.shape[1] > 300 else 1
        faces = []
        for face in super().detect(image):
            box = np.array(face.box_xyxy) // step * step
            points = np.add(box[:2], [[8, 10], [28, 10], [18, 20], [10, 30], [26, 30]])
            faces.append(Face(tuple(map(float, box)), 0.9, points.astype(np.float32)))
        return faces


def test_a_closer_look_is_exact_and_in_the_coordinates_of_the_frame():
    image = scene((203, 101, 40, RED), (300, 250, 44, GREEN), size_hw=(480, 640))
    red = CoarseFinder().detect(image)[0]
    assert red.box_xyxy[:2] == (200, 96)
    closer = looked_closer(image, red, CoarseFinder())
    assert closer.box_xyxy == (203, 101, 243, 141)
    assert closer.landmarks_xy[0].tolist() == [211, 111]


def test_what_a_closer_look_does_not_find_stays_as_it_was():
    image = scene((203, 101, 40, RED), size_hw=(480, 640))
    elsewhere = Face((400, 300, 440, 340), 0.9, np.ones((5, 2), np.float32))
    assert looked_closer(image, elsewhere, CoarseFinder()) is elsewhere
    boxed = SquareFinder().detect(image)[0]
    assert looked_closer(image, boxed, SquareFinder()) is boxed


@pytest.mark.parametrize("every_s", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(5))
def test_no_track_goes_over_a_cut(matcher, seed, every_s):
    """The worst case: the same face at the same place on both sides of every cut."""
    frames, starts = film(seed)
    for frame in frames:
        frame.image[20:50, 30:60] = RED
    found = tracks(frames, FINDER, matcher, every_s=every_s)
    assert len(found) >= len(starts)
    for track in found:
        seen = [sighting.index for sighting in track.sightings]
        assert not [cut for cut in starts if seen[0] < cut <= seen[-1]]
    firsts = {track.sightings[0].index for track in found}
    assert set(starts) <= firsts  # looked at from the first frame of each scene on


def test_faces_are_looked_for_so_often_and_cuts_in_every_frame(matcher):
    frames, heard = clip(*[scene((50, 40, 30, RED))] * 30, rate=30), []
    (track,) = tracks(
        frames, FINDER, matcher, every_s=0.1, heard=lambda *told: heard.append(told[1])
    )
    assert [sighting.index for sighting in track.sightings] == list(range(0, 30, 3))
    assert heard == [True] + [False] * 29
