"""Look-alikes: a picture is nearest to itself, and the order is that of the similarity."""

import importlib
import subprocess
import sys
import tarfile

import numpy as np
import pytest

import kanjian
from kanjian.backend import load_keras
from kanjian.errors import DatasetError, ImageError, KanjianError, NetworkError, RecipeError
from kanjian.images.write import write_image
from kanjian.search.similar import similar
from onnx_backbones import write_onnx
from toy_backbone import RECORD, build_toy

# the room of that name shows the function
similar_module = importlib.import_module("kanjian.search.similar")


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    """The toy backbone, counted each time it is built."""
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    built = []

    def build(name, **options):
        built.append(name)
        return build_toy(name, **options)

    monkeypatch.setattr("kanjian.features.extract.build_backbone", build)
    for module in ("extract", "known"):
        monkeypatch.setattr(f"kanjian.features.{module}.find_backbone", lambda name: RECORD)
    return built


@pytest.fixture
def folder(tmp_path):
    """Seven pictures in two class folders and beside them, no two alike."""
    places = (
        "cat/0.png",
        "cat/1.png",
        "cat/deep/2.png",
        "dog/3.png",
        "dog/4.png",
        "5.png",
        "6.png",
    )
    for seed, place in enumerate(places):
        write(tmp_path / "photos" / place, seed)
    return tmp_path / "photos"


def write(path, seed):
    image = np.random.default_rng(seed).integers(0, 256 >> seed % 4, (20 + seed, 24, 3), np.uint8)
    write_image(path, image)
    return path


def ask(where, asked, **options):
    return similar(where, asked, backbone="toy", weights="none", **options)


def names(match):
    return [each.name.rpartition("/")[2] for each in match.neighbors]


def every(folder):
    return sorted(folder.rglob("*.png"))


def test_a_picture_is_nearest_to_itself_and_is_told_to_be_the_same_file(folder):
    found = ask(folder, every(folder), count=3)
    assert found.searched == 7
    for match in found.matches:
        first, *others = match.neighbors
        assert first.name == str(match.picture)
        assert (first.similarity, first.same_file) == (1.0, True)
        assert not any(each.same_file for each in others)
        assert len(others) == 2


def test_the_order_is_that_of_the_similarity_and_takes_in_all(folder):
    for match in ask(folder, every(folder), count=99).matches:
        values = [each.similarity for each in match.neighbors]
        assert values == sorted(values, reverse=True)
        assert sorted(names(match)) == [f"{number}.png" for number in range(7)]


def test_each_is_as_like_the_other_as_the_other_is_like_it(folder):
    found = ask(folder, every(folder), count=7)
    table = {
        (str(match.picture), each.name): each.similarity
        for match in found.matches for each in match.neighbors
    }  # fmt: skip
    assert all(table[one, other] == table[other, one] for one, other in table)
    assert len(table) == 49


def test_names_and_order_of_the_folder_do_not_matter(folder, tmp_path):
    asked = write(tmp_path / "asked.png", 9)
    other = tmp_path / "other"
    other.mkdir()
    for number, path in enumerate(reversed(every(folder))):
        (other / f"{number}.png").write_bytes(path.read_bytes())
    wanted = [each.similarity for each in ask(folder, asked, count=7).matches[0].neighbors]
    found = [each.similarity for each in ask(other, asked, count=7).matches[0].neighbors]
    # which pictures share a request changes bfloat16 in its last digits
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    assert len(set(np.round(wanted, 3))) > 3


def test_a_network_in_a_file_compares_them_too(folder, tmp_path):
    pytest.importorskip("onnx")
    path = write_onnx(tmp_path / "网络.onnx")
    for from_cache in (False, True):
        found = similar(folder, every(folder)[2], backbone=str(path), pixels="0..1")
        assert found.from_cache == from_cache
        assert (found.matches[0].neighbors[0].similarity, found.about["backbone"]) == (1, str(path))
    for options, line in (
        ({}, "does not say what pixels"),
        ({"pixels": "0..1", "weights": "none"}, "has its own weights, got 'none'"),
        ({"pixels": "0..1", "layer": "no"}, "has no layer 'no'"),
    ):
        with pytest.raises(NetworkError, match=line):
            similar(folder, every(folder)[2], backbone=str(path), **options)
    with pytest.raises(NetworkError, match="toy prepares its pixels itself"):
        ask(folder, every(folder)[2], pixels="0..1")


def test_how_long_features_are_does_not_matter(folder, tmp_path, monkeypatch):
    asked = every(folder)[2]
    wanted = ask(folder, asked, count=7).matches[0].neighbors

    def longer(name, **options):
        keras = load_keras()
        network = build_toy(name, **options)
        return keras.Model(network.input, keras.layers.Rescaling(64.0)(network.output))

    monkeypatch.setattr("kanjian.features.extract.build_backbone", longer)
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "another"))
    found = ask(folder, asked, count=7).matches[0].neighbors
    assert [each.name for each in found] == [each.name for each in wanted]
    np.testing.assert_allclose(
        [each.similarity for each in found], [each.similarity for each in wanted], atol=1e-3
    )


def test_a_picture_from_elsewhere_is_compared_as_one_of_the_folder_is(folder, tmp_path):
    inside = every(folder)[4]
    # the same pixels in another file format: another file, the same picture
    outside = tmp_path / "asked.bmp"
    write_image(outside, kanjian.read_image(inside))
    one, other = ask(folder, [inside, outside], count=7).matches
    assert names(one) == names(other)
    assert other.neighbors[0].similarity == pytest.approx(1, abs=1e-4)
    assert not other.neighbors[0].same_file
    assert other.neighbors[3].similarity == pytest.approx(one.neighbors[3].similarity, abs=1e-3)


def test_a_copy_is_the_same_file_by_its_bytes_and_what_is_nearer_by_name_comes_first(
    folder, tmp_path
):
    copy = tmp_path / "copy.png"
    copy.write_bytes((folder / "dog" / "4.png").read_bytes())
    (folder / "dog" / "10.png").write_bytes(copy.read_bytes())
    first, second, third = ask(folder, copy, count=3).matches[0].neighbors
    assert [first.name[-6:], second.name[-5:]] == ["10.png", "4.png"]
    assert first.same_file
    assert second.same_file
    assert not third.same_file


def test_the_second_question_builds_nothing_and_comes_from_the_cache(folder, tmp_path, toy):
    first = ask(folder, every(folder)[0])
    assert not first.from_cache
    assert len(toy) == 1
    second = ask(folder, [every(folder)[1], write(tmp_path / "asked.png", 9)])
    assert second.from_cache
    assert len(toy) == 1, "the network is known, and OpenVINO has its form"


@pytest.mark.slow
def test_the_second_question_does_not_import_keras(folder, monkeypatch, tmp_path):
    monkeypatch.undo()  # a real network, small pictures
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    options = "backbone='mobilenet-v2', weights='none', size_hw=(32, 32)"
    asked = write(tmp_path / "asked.png", 9)
    code = (
        f"import sys, kanjian; found = kanjian.similar({str(folder)!r}, {str(asked)!r}, {options});"
        "print(found.from_cache, bool({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    said = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [each.stdout.split() for each in said] == [["False", "True"], ["True", "False"]]


def test_classes_are_told_where_there_are_any(folder):
    labels = {names_of(each.name): each.label
              for each in ask(folder, every(folder)[0], count=7).matches[0].neighbors}  # fmt: skip
    assert labels == {
        "0.png": "cat", "1.png": "cat", "2.png": "cat", "3.png": "dog", "4.png": "dog",
        "5.png": "", "6.png": "",
    }  # fmt: skip


def names_of(path):
    return path.rpartition("/")[2]


@pytest.mark.parametrize("form", ["tar", "one folder", "flat", "arrays"])
def test_every_form_of_pictures_is_searched(folder, tmp_path, form):
    asked = folder / "cat" / "1.png"
    where, size = folder, 7
    if form == "tar":
        where = tmp_path / "photos.tar"
        with tarfile.open(where, "w") as archive:
            archive.add(folder, "photos")
    if form == "one folder":  # no classes: that refuses to be trained on
        where, size = folder / "cat", 3
    if form == "flat":
        where, size = folder / "dog", 2
        asked = where / "3.png"
    if form == "arrays":
        where, size = tmp_path / "a.npz", 4
        pictures = np.stack([np.full((12, 10, 3), level, np.uint8) for level in (9, 99, 160, 250)])
        np.savez(where, images=pictures, labels=np.array([0, 1, 0, 1]))
    found = ask(where, asked, count=9)
    assert found.searched == size
    if form == "arrays":
        assert {each.label for each in found.matches[0].neighbors} == {"0", "1"}
    else:
        assert found.matches[0].neighbors[0].same_file


def test_damaged_pictures_are_left_out_and_named_also_the_second_time(folder, monkeypatch):
    broken = folder / "cat" / "1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    (folder / "7.png").touch()
    asked = folder / "dog" / "3.png"
    first = ask(folder, asked, count=9)
    assert first.searched == 6
    assert [each.name for each in first.damaged] == [str(broken), str(folder / "7.png")]
    renamed = folder.rename(folder.with_name("again"))
    monkeypatch.setattr(
        "kanjian.search.image_sets.find_damaged", lambda dataset: pytest.fail("again")
    )
    second = ask(renamed, renamed / "dog" / "3.png", count=9)
    assert second.from_cache
    assert [each.name for each in second.damaged] == [
        str(renamed / "cat" / "1.png"), str(renamed / "7.png")
    ]  # fmt: skip
    assert all("again" in each.reason and "photos/" not in each.reason for each in second.damaged)


def test_nothing_to_search_is_one_sentence(folder, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(KanjianError, match="no pictures in"):
        ask(empty, every(folder)[0])
    (empty / "a.jpg").touch()
    with pytest.raises(DatasetError, match=r"no picture of .*empty can be read: .*a\.jpg"):
        ask(empty, every(folder)[0])


@pytest.mark.parametrize(
    ("asked", "options", "error", "text"),
    [
        ("cat/0.png", {"count": 0}, KanjianError, "count must be at least 1, got 0"),
        ("gone.png", {}, ImageError, r"cannot read .*gone\.png"),
        ("cat/0.png", {"layer": "block1_rel"}, RecipeError, "Did you mean 'block1_relu'"),
        ("cat/0.png", {"fit": "cut"}, KanjianError, "'cut'"),
    ],
)
def test_a_mistake_is_one_sentence(folder, asked, options, error, text):
    with pytest.raises(error, match=text) as caught:
        ask(folder, folder / asked, **options)
    assert "\n" not in str(caught.value)


def test_nobody_asked_about_is_refused(folder):
    with pytest.raises(DatasetError, match="Name at least one file"):
        ask(folder, [])


def test_a_damaged_picture_asked_about_is_refused_before_anything_is_computed(folder, toy):
    broken = folder / "cat" / "1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(ImageError, match=r"1\.png"):
        ask(folder, [folder / "cat" / "0.png", broken])
    assert not toy


def test_unless_told_otherwise_it_is_the_backbone_that_photos_start_from(folder):
    found = similar(folder, every(folder)[0], weights="none")
    assert found.about == {"backbone": "efficientnet-lite0", "layer": "last", "weights": "none"}


def test_another_layer_sees_other_things(folder):
    last = ask(folder, every(folder)[0], count=7)
    early = ask(folder, every(folder)[0], count=7, layer="block1_relu")
    assert not early.from_cache
    assert early.about["layer"] == "block1_relu"
    assert [each.similarity for each in early.matches[0].neighbors] != [
        each.similarity for each in last.matches[0].neighbors
    ]


def test_the_sheet_has_a_row_for_each_picture_asked_about(folder, monkeypatch):
    heard = []
    draw = similar_module.contact_sheet

    def listening(images, *, captions, **options):
        heard.append(captions)
        return draw(images, captions=captions, **options)

    monkeypatch.setattr(similar_module, "contact_sheet", listening)
    found = ask(folder, every(folder)[:2], count=3)
    sheet = found.sheet()
    one = ask(folder, every(folder)[0], count=3).sheet()
    assert sheet.shape == (2 * one.shape[0], *one.shape[1:])
    # the picture asked about is framed, its neighbors are not
    assert (sheet[8, 8] == (0, 114, 178)).all()
    asked, same, *others = heard[0]
    assert asked == f"{every(folder)[0].name}\nlooks like"
    assert same == f"{every(folder)[0].name}\n1.00, the same file"
    assert len(others) == 2
