"""Real people: the scenes of one of them out of a clip that shows several in the same room."""

import numpy as np
import pytest

from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.enroll import enroll
from kanjian.faces.gallery import Gallery
from kanjian.faces.identify import ByGallery
from kanjian.video.cuts import Cut, render_cuts
from kanjian.video.highlights import find_person

pytest.importorskip("av")


@pytest.mark.slow
@pytest.mark.shared_data
def test_the_scenes_of_one_person_among_strangers_in_one_room(shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(shared_data / "models"))
    videos = shared_data / "videos"
    parts = [
        ("sign-p1-again.mkv", 2.0),
        ("sign-p2-milk.mkv", 1.6),
        ("bikes.mp4", 2.0),
        ("sign-p1-help.mkv", 1.8),
        ("sign-p3-book.mkv", 2.0),
    ]
    film = tmp_path / "film.mp4"
    render_cuts([Cut(videos / name, 0, seconds) for name, seconds in parts], film)
    finder, network = detector("yunet", longest_side=640), embedder("mobilefacenet")
    gallery = Gallery.create(tmp_path / "g.sqlite", embedder=network.name, sha256=network.sha256)
    enroll(gallery, "p1", [videos / "sign-p1-yes.mkv"], finder, network)
    found = find_person(film, "p1", finder, ByGallery(gallery, network), pad_s=0, join_s=0.3)
    times = np.array([(cut.from_s, cut.to_s) for cut in found.cuts])
    np.testing.assert_allclose(times, [(0, 2.0), (5.6, 7.4)], atol=0.3)
