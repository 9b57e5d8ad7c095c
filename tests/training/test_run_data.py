"""A run writes down which picture was in which part; growth, names and places change nothing."""

import hashlib
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.datasets.corrupt import Damage
from kanjian.datasets.dataset import Splits
from kanjian.datasets.idx import write_idx
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.datasets.recorded import escaped, twins, unescaped
from kanjian.errors import DatasetError
from kanjian.recipes.codec import write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.training.own_pictures import own_pictures
from kanjian.training.places import source_now, with_own_weights
from kanjian.training.run_data import (
    DATA,
    SPLITS,
    describe,
    place_for,
    read_run_data,
    write_run_data,
)

rng = np.random.default_rng(0)


def picture(path, pixels=None):
    pixels = rng.integers(0, 256, (6, 5), np.uint8) if pixels is None else pixels
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P5 %d %d 255\n" % pixels.shape[::-1] + pixels.tobytes())
    return path


def photos_in(folder, each=12):
    for name in ("cat", "dog"):
        for number in range(each):
            picture(folder / name / f"{number:02d}.pgm")
    return folder


def begun(run, source, damaged=(), data_folder=None, **data):
    """What `train` writes before the first epoch; no network is needed for that."""
    recipe = Recipe(data={"source": str(source), "validation": 0.25, "test": 0.25} | data)
    splits = prepare_splits(recipe.data, seed=0, data_folder=data_folder)
    run.mkdir(parents=True)
    place = place_for(run, recipe.data.source, data_folder, limited=bool(recipe.data.limit))
    parts = describe(splits, recipe.data.source, data_folder)
    write_run_data(run, place, splits, parts, list(damaged))
    (run / "recipe.toml").write_text(write_recipe(recipe), encoding="utf-8")
    return splits


def contents(dataset):
    return [image.tobytes() for image, _ in dataset]


def assert_same_parts(run, splits, data_folder=None):
    own = own_pictures(run, data_folder)
    for name in own.names:
        found, then = own.part(name)[0], getattr(splits, name)
        assert contents(found) == contents(then)
        np.testing.assert_array_equal(found.labels, then.labels)
        assert found.classes == then.classes


@pytest.fixture
def run(tmp_path):
    photos_in(tmp_path / "photos")
    return tmp_path / "runs" / "pets"


def kept(splits):
    """The same with its pictures read: what comes of the files later does not matter."""
    return Splits(**{
        name: replace(part, images=Held([image for image, _ in part]))
        for name in ("train", "validation", "test")
        if (part := getattr(splits, name)) is not None
    })  # fmt: skip


class Held(list):
    def read(self, index):
        return self[index]


def test_growth_never_moves_a_picture_to_another_part(run, tmp_path):
    splits = kept(begun(run, tmp_path / "photos"))
    for number in range(5):
        picture(tmp_path / "photos" / "cat" / f"0{number}a.pgm")
    picture(tmp_path / "photos" / "fox" / "1.pgm")
    assert_same_parts(run, splits)
    assert any("6 pictures" in note and "have come since" in note
               for note in own_pictures(run).new())  # fmt: skip


def test_a_renamed_or_moved_picture_is_found_by_its_content(run, tmp_path):
    splits = kept(begun(run, tmp_path / "photos"))
    cats, dogs = tmp_path / "photos" / "cat", tmp_path / "photos" / "dog"
    (cats / "03.pgm").rename(cats / "tom.pgm")
    (dogs / "04.pgm").rename(cats / "04b.pgm")
    (cats / "05.pgm").rename(cats / "x")  # two change places
    (cats / "06.pgm").rename(cats / "05.pgm")
    (cats / "x").rename(cats / "06.pgm")
    assert_same_parts(run, splits)
    own = own_pictures(run)
    notes = [note for name in own.names for note in own.part(name)[1]]
    assert any("cat/03.pgm is cat/tom.pgm now" in note for note in notes)
    assert own.new() == ()


def test_what_is_gone_or_changed_is_counted_and_named(run, tmp_path):
    splits = begun(run, tmp_path / "photos")
    gone, changed = splits.test.images.paths[:2]
    gone.unlink()
    picture(changed)
    own = own_pictures(run)
    with pytest.raises(DatasetError, match=rf"2 of the 6 test .*/{gone.name} \(gone\), .*changed"):
        own.part("test")
    left, notes = own.part("test", skip_gone=True)
    assert len(left) == 4
    np.testing.assert_array_equal(left.labels, splits.test.labels[2:])
    assert any(gone.name in note for note in notes)
    assert len(own.part("train")[0]) == len(splits.train)


@pytest.mark.parametrize("way", ["relative", "project moved", "data moved", "both in place"])
def test_it_is_found_from_any_folder(run, tmp_path, monkeypatch, way):
    monkeypatch.chdir(tmp_path)
    splits = kept(begun(run, "photos"))
    # another project with pictures of the same names
    photos_in(tmp_path / "other" / "photos")
    monkeypatch.chdir(tmp_path / "other")
    data_folder = None
    if way == "project moved":
        (tmp_path / "new").mkdir()
        for name in ("photos", "runs"):
            (tmp_path / name).rename(tmp_path / "new" / name)
        run = tmp_path / "new" / "runs" / "pets"
        photos_in(tmp_path / "photos")  # and others have taken their place
    if way == "data moved":
        data_folder = (tmp_path / "photos").rename(tmp_path / "pictures")
        with pytest.raises(DatasetError, match=rf"were in {tmp_path / 'photos'}, which is not"):
            own_pictures(run)
    assert_same_parts(run, splits, data_folder)
    found, _ = source_now(run, "photos", data_folder)
    assert (data_folder or run.parents[1] / "photos").samefile(found)


def test_the_folder_of_built_in_sets_is_remembered(run, tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    sets = tmp_path / "sets"
    (sets / "mnist").mkdir(parents=True)
    for part, n in (("train", 60), ("t10k", 20)):
        images = rng.integers(0, 256, (n, 4, 4), np.uint8)
        write_idx(sets / "mnist" / f"{part}-images-idx3-ubyte", images)
        write_idx(sets / "mnist" / f"{part}-labels-idx1-ubyte", np.arange(n, dtype=np.uint8) % 10)
    monkeypatch.chdir(tmp_path)
    splits = kept(begun(run, "mnist", data_folder=Path("sets"), limit=40))
    monkeypatch.chdir(run)
    assert_same_parts(run, splits)
    assert source_now(run, "mnist", None) == ("mnist", sets)
    assert source_now(run, "mnist", tmp_path) == ("mnist", tmp_path)


def test_weights_in_a_file_count_from_where_they_were_given(tmp_path, monkeypatch):
    (tmp_path / "w.npz").touch()
    monkeypatch.chdir(tmp_path)
    for which, kept_as in (("w.npz", str(tmp_path / "w.npz")), ("imagenet", "imagenet")):
        recipe = Recipe(backbone={"name": "vgg16", "weights": which})
        assert with_own_weights(recipe).backbone.weights == kept_as


def test_a_source_that_was_changed_in_the_recipe_since_is_taken_as_it_is(run, tmp_path):
    begun(run, tmp_path / "photos")
    assert source_now(run, "others", None) == ("others", None)


@pytest.mark.parametrize("form", ["zip", "csv", "npz"])
def test_archives_tables_and_arrays_are_written_down_too(tmp_path, monkeypatch, form):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    folder = photos_in(tmp_path / "photos")
    source = tmp_path / f"pets.{form}"
    if form == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            for path in sorted(folder.rglob("*.pgm")):
                archive.write(path, path.relative_to(tmp_path))
        shutil.rmtree(folder)
    elif form == "csv":
        lines = [f"photos/{path.parent.name}/{path.name},{path.parent.name}"
                 for path in sorted(folder.rglob("*.pgm"))]  # fmt: skip
        source.write_text("path,label\n" + "\n".join(lines))
    else:
        images = rng.integers(0, 256, (24, 4, 4), np.uint8)
        np.savez(source, images=images, labels=np.arange(24) % 2)
    run = tmp_path / "runs" / "pets"
    splits = kept(begun(run, source))
    if form == "csv":  # the table grows
        picture(folder / "cat" / "new.pgm")
        source.write_text("path,label\nphotos/cat/new.pgm,cat\n" + "\n".join(lines))
    if form == "npz":
        more = rng.integers(0, 256, (3, 4, 4), np.uint8)
        np.savez(source, images=np.concatenate([more, images]),
                 labels=np.concatenate([[0, 0, 0], np.arange(24) % 2]))  # fmt: skip
    if form == "zip":
        shutil.rmtree(tmp_path / "home")  # the cache may be emptied
    assert_same_parts(run, splits)


def test_names_that_are_no_utf8_come_back_as_they_are(run, tmp_path):
    folder = tmp_path / "photos"
    try:
        for name in (b"caf\xe9.pgm", b"a\nb.pgm", b"=1+1.pgm", '看见,"x" \u2028.pgm'.encode()):
            picture(folder / "cat" / os.fsdecode(name))
    except OSError:
        pytest.skip("the file system takes no such names")
    splits = kept(begun(run, folder))
    assert_same_parts(run, splits)
    assert len((run / SPLITS).read_text(encoding="utf-8").split("\n")) == 28 + 2


@given(st.text(st.characters(exclude_categories=())))
def test_every_name_is_one_line_of_utf8_and_comes_back(name):
    text = escaped(name)
    assert unescaped(text.encode().decode()) == name
    assert not set(text) & {"\n", "\r", "\0"}
    assert text[:1] not in set("=+@-")


def test_what_was_skipped_is_known_and_not_new(run, tmp_path):
    bad = tmp_path / "photos" / "cat" / "bad.pgm"
    splits = begun(run, tmp_path / "photos", [Damage(3, str(bad), "cut off")])
    bad.write_bytes(b"P5")
    assert [(each.name, each.reason) for each in read_run_data(run).skipped] == [
        ("cat/bad.pgm", "cut off")
    ]
    assert own_pictures(run).new() == ()
    assert len(splits.train) == 12


def test_a_picture_in_two_parts_is_told(run, tmp_path):
    for number in range(12):  # every cat is there twice
        path = tmp_path / "photos" / "cat" / f"{number:02d}.pgm"
        shutil.copy(path, path.with_name(f"copy {number}.pgm"))
    splits = begun(run, tmp_path / "photos")
    said = twins(describe(splits, str(tmp_path / "photos"), None))
    learned, judged = set(contents(splits.train)), contents(splits.test)
    count = sum(each in learned for each in judged)
    assert count > 0
    assert f"{count} of the {len(judged)} test pictures are in train, too" in " ".join(said)
    assert set(said) < set(own_pictures(run).notes)


@pytest.mark.parametrize(
    ("name", "damage"),
    [(DATA, b"{"), (DATA, b'{"format": 1}'), (DATA, b"[]"), (SPLITS, b"part\n"), (SPLITS, None)],
)
def test_a_damaged_record_is_one_line(run, tmp_path, name, damage):
    begun(run, tmp_path / "photos")
    (run / name).unlink()
    if damage is not None:
        (run / name).write_bytes(damage)
    with pytest.raises(DatasetError, match="Copy the run folder again") as caught:
        own_pictures(run)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("absolute", 5), ("from_run", ["a"]), ("source", None), ("told_apart_by", "smell"),
        ("classes", ["cat"]), ("skipped", [{"path": "a"}]), ("skipped", 3), ("sha256", "0"),
        ("notes", None), ("format", 2),
    ],
)  # fmt: skip
def test_a_record_that_says_nonsense_is_one_line(run, tmp_path, key, value):
    begun(run, tmp_path / "photos")
    told = json.loads((run / DATA).read_text()) | {key: value}
    (run / DATA).write_text(json.dumps(told))
    with pytest.raises(DatasetError, match="Copy the run folder again") as caught:
        own_pictures(run)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line", ["train", "train,cat,,0", "some,cat,,0,a", "train,fox,,0,a", 'train,"cat', "\xff"]
)
def test_a_list_that_says_nonsense_is_one_line(run, tmp_path, line):
    begun(run, tmp_path / "photos")
    content = (run / SPLITS).read_bytes() + line.encode("latin1") + b"\n"
    (run / SPLITS).write_bytes(content)
    told = json.loads((run / DATA).read_text()) | {"sha256": hashlib.sha256(content).hexdigest()}
    (run / DATA).write_text(json.dumps(told))
    with pytest.raises(DatasetError, match="Copy the run folder again") as caught:
        own_pictures(run)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_list_that_names_a_device_reads_no_end_of_it(run, tmp_path):
    begun(run, tmp_path / "photos")
    content = (run / SPLITS).read_bytes().replace(b"cat/00.pgm", b"/dev/zero")
    (run / SPLITS).write_bytes(content)
    told = json.loads((run / DATA).read_text()) | {"sha256": hashlib.sha256(content).hexdigest()}
    (run / DATA).write_text(json.dumps(told))
    own = own_pictures(run)
    assert sum("00.pgm" in note for name in own.names for note in own.part(name)[1]) == 1


def test_a_run_without_a_record_is_cut_anew_and_says_so(run, tmp_path):
    begun(run, tmp_path / "photos")
    (run / DATA).unlink()
    (note,) = [each for each in own_pictures(run).notes if "wrote no list" in each]
    assert "no longer those it was trained with" in note
