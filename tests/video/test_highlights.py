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


def test_scenes_are_where_the_person_is(clip):
    found = find_person(clip, "Ann", Finder(), FaceMatcher(), pad_s=0, join_s=0)
    times = [(cut.from_s, cut.to_s) for cut in found.cuts]
    assert np.array(times) == pytest.approx(np.array([(2, 3.9), (10, 12.2)]), abs=0.35)
    names = [person.match.name for person in found.people]
    assert names[0] == "Ann"  # seen longest
    assert sorted(names) == ["Ann", "Bo", "unknown"]


def test_padding_and_joining(clip):
    wide = find_person(clip, "Ann", Finder(), FaceMatcher(), pad_s=1, join_s=0).cuts
    assert [(cut.from_s, cut.to_s) for cut in wide] == [
        pytest.approx((1, 4.9), abs=0.15), pytest.approx((9, 13.2), abs=0.35),
    ]  # fmt: skip
    assert len(find_person(clip, "Ann", Finder(), FaceMatcher(), pad_s=1, join_s=9).cuts) == 1


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
