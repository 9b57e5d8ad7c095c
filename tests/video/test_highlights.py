"""The scenes of one person, found with stand-ins for detector and gallery."""

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.detect import Face
from kanjian.faces.identify import best_match
from kanjian.media.encode import write_video
from kanjian.video.highlights import find_person, nobody

pytest.importorskip("av")
COLORS = {"Ann": (200, 30, 30), "Bo": (30, 200, 30)}


class Finder:
    """A face is a square of a strong color."""

    name = "squares"

    def detect(self, image):
        strong = (image.max(axis=2).astype(int) - image.min(axis=2)) > 80
        if not strong.any():
            return []
        rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
        box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        return [Face(tuple(map(float, box)), 0.9)]


class FaceMatcher:
    """Knows people by their color."""

    names = tuple(COLORS)
    threshold = 0.9

    def embed(self, image, faces):
        rows = []
        for face in faces:
            left, top, right, bottom = map(int, face.box_xyxy)
            mean = image[top + 2 : bottom - 2, left + 2 : right - 2].reshape(-1, 3).mean(axis=0)
            rows.append(mean / np.linalg.norm(mean))
        return np.array(rows, np.float32)

    def similarities(self, rows, row):
        return rows @ row / np.linalg.norm(row)

    def decide(self, row):
        own = np.array([np.array(color) / np.linalg.norm(color) for color in COLORS.values()])
        return best_match(own @ row / np.linalg.norm(row), self.names, self.threshold)


@pytest.fixture
def clip(tmp_path):
    """Nobody, Ann, nobody, a stranger, nobody, Ann, Bo in her place: two seconds each."""
    people = [None, "Ann", None, (40, 40, 220), None, "Ann", "Bo"]
    with write_video(tmp_path / "film.mp4", size_hw=(96, 128), rate_fps=10) as video:
        for person in people:
            for _ in range(20):
                image = np.full((96, 128, 3), 90, np.uint8)
                if person is not None:
                    image[24:72, 40:88] = COLORS.get(person, person)
                video.write(image)
    return tmp_path / "film.mp4"


def times_of(found):
    return [(cut.from_s, cut.to_s) for cut in found.cuts]


@pytest.mark.parametrize(("pad_s", "join_s"), [(0, 0), (1, 0), (1, 9)])
def test_scenes_are_where_the_person_is_and_end_at_the_cuts(clip, pad_s, join_s):
    found = find_person(clip, "Ann", Finder(), FaceMatcher(), pad_s=pad_s, join_s=join_s)
    assert times_of(found) == [(2, 4), (10, 12)]
    names = [person.match.name for person in found.people]
    assert names[0] == "Ann"  # seen longest
    assert sorted(names) == ["Ann", "Bo", "unknown"]


@pytest.fixture
def room(tmp_path):
    """One scene: Ann comes in from the left, stays, leaves; comes again. Bo on the right later."""
    with write_video(tmp_path / "room.mp4", size_hw=(96, 160), rate_fps=10) as video:
        for number in range(120):
            image = np.full((96, 160, 3), 90, np.uint8)
            ann = max(min(number - 20, 40 - number), min(number - 70, 100 - number))
            bo = min(number - 80, 118 - number)
            if ann > 0:
                image[24:72, : min(8 * ann, 48)] = COLORS["Ann"]
            if bo > 0:
                image[24:72, -min(8 * bo, 48) :] = COLORS["Bo"]
            video.write(image)
    return tmp_path / "room.mp4"


class BothFinder(Finder):
    """Finds one face in each half."""

    def detect(self, image):
        left, right = image.copy(), image.copy()
        left[:, 80:], right[:, :80] = 90, 90
        return [*super().detect(left), *super().detect(right)]


def test_padding_and_joining_within_a_scene(room):
    def found(**options):
        return times_of(find_person(room, "Ann", BothFinder(), FaceMatcher(), **options))

    first, second = found(pad_s=0, join_s=0)
    assert first == pytest.approx((2.1, 4.0), abs=0.35)
    assert second == pytest.approx((7.1, 10.0), abs=0.35)
    wide = found(pad_s=1, join_s=0)
    assert wide == [pytest.approx((first[0] - 1, first[1] + 1), abs=0.01),
                    pytest.approx((second[0] - 1, second[1] + 1), abs=0.01)]  # fmt: skip
    assert found(pad_s=1, join_s=9) == [pytest.approx((first[0] - 1, second[1] + 1), abs=0.01)]


def test_any_of_several_people_or_all_at_once(room):
    def found(**options):
        return find_person(room, ["Ann", "Bo"], BothFinder(), FaceMatcher(), pad_s=0, join_s=0,
                           **options)  # fmt: skip

    first, second = found().cuts
    assert (first.note, second.note) == ("Ann", "Ann, Bo")
    assert second.to_s == pytest.approx(11.8, abs=0.35)
    (both,) = found(together=True).cuts
    assert (both.from_s, both.to_s) == pytest.approx((8.1, 10.0), abs=0.35)
    assert both.note == "Ann, Bo"


def test_who_is_not_there_is_said_with_who_is(clip, monkeypatch):
    monkeypatch.setattr(FaceMatcher, "names", ("Ann", "Bo", "Cy"))
    found = find_person(clip, "Cy", Finder(), FaceMatcher())
    assert found.cuts == ()
    sentence = str(nobody(clip, "Cy", found))
    assert "Cy was not found in" in sentence
    assert "Ann (4 s)" in sentence
    assert "unknown (2 s, nearest Bo" in sentence
    with pytest.raises(FaceError, match=r"unknown person 'An' in --person\. Did you mean 'Ann'\?"):
        find_person(clip, "An", Finder(), FaceMatcher())
