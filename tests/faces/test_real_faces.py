"""Real people: enrolled from a few photos or a clip, named elsewhere; strangers are not."""

import csv
import tarfile

import pytest

from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.enroll import enroll
from kanjian.faces.gallery import Gallery
from kanjian.faces.identify import ByGallery, identify
from kanjian.faces.people import people_in
from kanjian.faces.tracks import tracks
from kanjian.images import read_image
from kanjian.media.frames import read_frames


@pytest.fixture(scope="module")
def networks(shared_data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KANJIAN_MODELS", str(shared_data / "models"))
        yield detector("yunet", longest_side=640), embedder("mobilefacenet")


@pytest.fixture
def gallery(tmp_path, networks):
    network = networks[1]
    return Gallery.create(tmp_path / "g", embedder=network.name, sha256=network.sha256)


@pytest.mark.slow
@pytest.mark.shared_data
def test_two_photos_a_person_name_everyone_and_no_stranger(
    networks, gallery, shared_data, tmp_path
):
    finder, network = networks
    with tarfile.open(shared_data / "faces" / "few-shot.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    home = tmp_path / "few-shot"
    for person in sorted(path for path in (home / "known").iterdir() if path.is_dir()):
        enroll(gallery, person.name, sorted(person.iterdir()), finder, network)
    matcher = ByGallery(gallery, network)
    labels = csv.DictReader((home / "unknown" / "labels.csv").read_text().splitlines())
    for row in labels:
        found = identify(read_image(home / "unknown" / row["file"]), finder, matcher)
        named = {each.match.name for each in found if each.match.known}
        assert named == set(row["people"].split(";")) & set(gallery.names), row


@pytest.mark.slow
@pytest.mark.shared_data
def test_a_clip_names_its_person_in_another_clip_and_a_stranger_stays_unknown(
    networks, gallery, shared_data
):
    finder, network = networks
    videos = shared_data / "videos"
    enroll(gallery, "小明", [videos / "sign-p1-help.mkv"], finder, network)
    matcher = ByGallery(gallery, network)
    for clip, name in (("sign-p1-yes", "小明"), ("sign-p2-milk", "unknown")):
        with read_frames(videos / f"{clip}.mkv", step=3) as frames:
            found = people_in(tracks(frames, finder, matcher), matcher)
        assert found[0].match.name == name, clip


def test_faces_are_alike_in_the_mirror_and_in_gray(networks, shared_data):
    from kanjian.faces.align import align

    finder, network = networks
    image = read_image(shared_data / "images" / "skimage-astronaut.png")
    rows = []
    for each in (image, image[:, ::-1].copy(), image.mean(2).astype("uint8")):
        (face,) = finder.detect(each)
        rows.append(network.embed(align(each, face)[None])[0])
    assert rows[0] @ rows[1] > 0.9
    assert rows[0] @ rows[2] > 0.7
    assert abs(float(rows[0] @ rows[0]) - 1) < 1e-5
