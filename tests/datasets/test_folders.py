import os
import unicodedata

import numpy as np
import pytest

from kanjian.datasets.folder import open_folder
from kanjian.datasets.open_dataset import open_dataset
from kanjian.datasets.prepare_splits import cut, prepare_splits
from kanjian.errors import DatasetError
from kanjian.recipes.recipe import Data, Recipe
from labeled_sets import class_folders, pgm


def test_a_flat_folder_gives_its_classes(tmp_path):
    splits = open_dataset(class_folders(tmp_path, dog=2, cat=3))
    assert splits.train.class_counts() == {"cat": 3, "dog": 2}
    assert splits.validation is None
    assert splits.notes == ("found 2 classes, 5 pictures",)


def test_classes_and_pictures_do_not_follow_the_file_system(tmp_path, monkeypatch):
    class_folders(tmp_path, b=3, a=3, c=3)
    expected = open_folder(tmp_path)
    scandir = os.scandir

    class Backwards:
        def __init__(self, path):
            with scandir(path) as found:
                self.found = list(found)[::-1]

        def __enter__(self):
            return iter(self.found)

        def __exit__(self, *_):
            pass

    for order in (Backwards, scandir):
        monkeypatch.setattr("kanjian.datasets.tree.os.scandir", order)
        again = open_folder(tmp_path)
        assert again.classes == ("a", "b", "c")
        assert again.train.names == expected.train.names


def test_a_class_is_its_whole_name_not_its_ending(tmp_path):
    # the source material asked whether a path ends with "me"; so does "someone_else_name"
    splits = open_folder(class_folders(tmp_path, me=1, not_me=2, someone_else_me=1))
    assert splits.train.class_counts() == {"me": 1, "not_me": 2, "someone_else_me": 1}


def test_names_compare_as_nfc(tmp_path):
    composed, decomposed = "café", unicodedata.normalize("NFD", "café")
    class_folders(tmp_path / "train", **{composed: 1, "猫 ü": 1})
    class_folders(tmp_path / "val", **{decomposed: 1, "猫 ü": 1})
    splits = open_folder(tmp_path)
    assert splits.classes == (composed, "猫 ü")
    assert splits.validation.class_counts() == {composed: 1, "猫 ü": 1}


@pytest.mark.parametrize("validation", ["val", "valid", "Validation"])
@pytest.mark.parametrize("test", ["test", "TESTING"])
def test_parts_go_by_any_of_their_names(tmp_path, validation, test):
    class_folders(tmp_path / "set" / "training", cat=3, dog=3)
    class_folders(tmp_path / "set" / validation, cat=1, dog=2)
    class_folders(tmp_path / "set" / test, cat=2)
    splits = prepare_splits(Data(source=str(tmp_path)), seed=0)
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [6, 3, 2]
    assert splits.notes == (
        f"found 2 classes, 6 pictures in training/, 3 pictures in {validation}/, "
        f"2 pictures in {test}/",
        "test has no picture of dog",
    )


def test_pictures_deeper_in_a_class_folder_belong_to_it(tmp_path):
    class_folders(tmp_path, cat=1, dog=1)
    pgm(tmp_path / "cat" / "from phone" / "2024" / "x.PGM")
    assert open_folder(tmp_path).train.class_counts() == {"cat": 2, "dog": 1}


def test_trains_can_be_a_class(tmp_path):
    splits = open_folder(class_folders(tmp_path, train=2, bus=2, car=1))
    assert splits.classes == ("bus", "car", "train")


def test_what_is_no_picture_is_passed_over_and_counted(tmp_path):
    class_folders(tmp_path, cat=1, dog=1)
    for name in ("cat/notes.txt", "cat/.DS_Store", "cat/._0.pgm", "cat/Thumbs.db", "README"):
        (tmp_path / name).touch()
    (tmp_path / "__MACOSX" / "cat").mkdir(parents=True)
    pgm(tmp_path / "__MACOSX" / "cat" / "0.pgm")
    splits = open_folder(tmp_path)
    assert len(splits.train) == 2
    assert splits.notes[1:] == (
        "skipped 2 files that are not pictures (README, cat/notes.txt)",
        "skipped 4 hidden or system files and folders (__MACOSX, cat/.DS_Store, "
        "cat/._0.pgm and 1 more)",
    )


def test_links_that_lead_in_circles_end(tmp_path):
    class_folders(tmp_path, cat=1, dog=1)
    (tmp_path / "cat" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "cat" / "other").symlink_to(tmp_path / "dog", target_is_directory=True)
    (tmp_path / "dog" / "other").symlink_to(tmp_path / "cat", target_is_directory=True)
    (tmp_path / "cat" / "self.pgm").symlink_to(tmp_path / "cat" / "self.pgm")
    (tmp_path / "cat" / "gone.pgm").symlink_to(tmp_path / "nowhere.pgm")
    assert open_folder(tmp_path).train.class_counts() == {"cat": 2, "dog": 2}


def test_a_pipe_with_a_picture_name_is_not_opened(tmp_path):
    class_folders(tmp_path, cat=1, dog=1)
    os.mkfifo(tmp_path / "cat" / "pipe.jpg")
    assert len(open_folder(tmp_path).train) == 2


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ({}, r"no pictures in .*: found nothing. Understood are: FOLDER/class/picture.jpg"),
        ({"cat": 2}, r"at least two class folders with pictures, got 1"),
        ({"train/cat": 1, "train/dog": 1, "val/cta": 1}, "class 'cta', .*may be 'cat'"),
        ({"train/a": 1, "train/b": 1, "val/a": 1, "valid/a": 1}, "two folders for validation"),
        ({"test/a": 1, "val/b": 1}, "cannot tell parts from classes"),
        ({"train/a": 1, "train/b": 1, "cars": 1}, "cannot tell parts from classes"),
    ],
)
def test_a_layout_that_is_not_understood_is_shown(tmp_path, folders, message):
    for name, count in folders.items():
        class_folders(tmp_path, **{name: count})
    with pytest.raises(DatasetError, match=message):
        open_folder(tmp_path)


def test_pictures_in_no_folder_are_told(tmp_path):
    pgm(tmp_path / "1.pgm")
    (tmp_path / "a.txt").touch()
    with pytest.raises(
        DatasetError,
        match=r"at least two class folders with pictures, got 0, 1 file that is not a picture",
    ):
        open_folder(tmp_path)


# groups


def test_groups_come_from_the_path(tmp_path):
    for person in (1, 2, 3):
        for mood in ("glad", "sad"):
            pgm(tmp_path / mood / f"person{person}-0.pgm")
            pgm(tmp_path / mood / f"person{person}-1.pgm")
    splits = open_dataset(tmp_path, group_by=r"person(\d+)")
    assert sorted(np.bincount(splits.train.groups)) == [4, 4, 4]
    rest, held_out = cut(splits.train, 1 / 3, split="grouped", seed=0)
    assert not set(rest.groups) & set(held_out.groups)
    assert held_out.class_counts() == {"glad": 2, "sad": 2}
    with pytest.raises(DatasetError, match=r"group_by 'scene' does not fit glad/person1-0.pgm"):
        open_dataset(tmp_path, group_by="scene")
    with pytest.raises(DatasetError, match="is not a regular expression"):
        open_dataset(tmp_path, group_by="person(")


def test_a_group_on_both_sides_is_told(tmp_path):
    for part in ("train", "test"):
        for mood in ("glad", "sad"):
            pgm(tmp_path / part / mood / "person1.pgm")
    notes = open_dataset(tmp_path, group_by=r"(person\d)").notes
    assert "1 groups lie in more than one part, for example 'person1'" in notes


# tables


def table(folder, text, *, name="labels.csv", encoding="utf-8"):
    for picture in ("1.pgm", "2.pgm", "3.pgm", "4.pgm", "狗/5.pgm"):
        pgm(folder / picture)
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "path,label\n1.pgm,dog\n2.pgm,cat\n",
        "1.pgm,dog\n2.pgm,cat",
        "label;filename\r\ndog;1.pgm\r\ncat;2.pgm\r\n",
        'path\tlabel\n"1.pgm"\tdog\n\n2.pgm\tcat\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_tables_in_many_dialects(tmp_path, text, encoding):
    splits = open_dataset(table(tmp_path, text, encoding=encoding))
    assert splits.classes == ("cat", "dog")
    assert splits.train.labels.tolist() == [1, 0]
    assert splits.notes == ("found 2 classes, 2 pictures for train",)


def test_a_table_names_parts_and_groups(tmp_path):
    rows = (
        "path,label,split,group\n1.pgm,a,train,x\n2.pgm,b,train,y\n"
        "3.pgm,a,val,x\n狗/5.pgm,b,test,\n"
    )
    splits = open_dataset(table(tmp_path, rows))
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [2, 1, 1]
    assert splits.train.groups.tolist() == [0, 1]
    assert splits.validation.groups.tolist() == [0]
    assert "1 groups lie in more than one part, for example 'x'" in splits.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("1.pgm,a\nmissing.pgm,b\n", "1 of 2 files in .* do not exist: missing.pgm"),
        (
            "name,size,age\n1.pgm,a,x\n2.pgm,b,y\n",
            "columns 'name', 'size', 'age'; 'name' holds the",
        ),
        ("1.pgm,a\n2.pgm,\n", "line 2 must have a path and a label"),
        ("1.pgm,a\n2.pgm,a\n", "at least two classes, got only 'a'"),
        ("1.pgm,a,trian\n2.pgm,b\n", "did you mean 'train'"),
        ("1.pgm,a,test\n2.pgm,b,test\n", "no row for training"),
        ("1.pgm,a,train\n2.pgm,b,train\n3.pgm,c,test\n", "class 'c' in test"),
    ],
)
def test_a_table_that_is_not_understood_is_told(tmp_path, text, message):
    with pytest.raises(DatasetError, match=message):
        open_dataset(table(tmp_path, text))


def test_a_table_in_another_encoding_is_told(tmp_path):
    with pytest.raises(DatasetError, match="Save it as 'CSV UTF-8'"):
        open_dataset(table(tmp_path, "1.pgm,Hündin\n2.pgm,b\n", encoding="latin1"))


# what a recipe asks


def test_validation_and_test_are_cut_from_training_alone(tmp_path):
    class_folders(tmp_path, cat=50, dog=50)
    data = Data(source=str(tmp_path), validation=0.1, test=0.2)
    first, second = (prepare_splits(data, seed=4) for _ in range(2))
    parts = (first.train, first.validation, first.test)
    assert [len(part) for part in parts] == [70, 10, 20]
    names = [set(part.names) for part in parts]
    assert len(names[0] | names[1] | names[2]) == 100
    assert first.test.names == second.test.names
    assert first.notes[-2:] == (
        "split off 20 of 100 pictures for test, by class",
        "split off 10 of 80 pictures for validation, by class",
    )


def test_parts_that_the_source_has_are_taken_as_they_are(tmp_path):
    # the source material drew its test set again from the training pictures
    class_folders(tmp_path / "train", cat=9, dog=9)
    class_folders(tmp_path / "test", cat=3, dog=3)
    splits = prepare_splits(Data(source=str(tmp_path), validation=4, test=0.5), seed=0)
    assert all(f"{os.sep}test{os.sep}" in name for name in splits.test.names)
    assert all(f"{os.sep}train{os.sep}" in name for name in splits.validation.names)
    assert not set(splits.train.names) & set(splits.validation.names)


def test_a_recipe_that_asks_for_too_much_is_told(tmp_path):
    class_folders(tmp_path, cat=2, dog=2)
    with pytest.raises(DatasetError, match="3 for test and 1 for validation leave none"):
        prepare_splits(Data(source=str(tmp_path), validation=1, test=3), seed=0)
    with pytest.raises(DatasetError, match="recipe names no data"):
        prepare_splits(Data(), seed=0)


def test_a_quick_recipe_runs_on_the_smallest_part():
    splits = prepare_splits(Recipe(data={"source": "mnist-5k"}).quick().data, seed=0)
    assert len(splits.train) + len(splits.validation) == 32
    assert set(splits.validation.labels) == set(range(10))


def test_orl_faces_by_person(shared_data):
    splits = open_dataset(shared_data / "faces" / "orl-faces.tar", group_by=r"(s\d+)/")
    assert len(splits.classes) == len(set(splits.train.groups)) == 30
    # a person is a class here: to hold one out would leave nothing to learn it from
    with pytest.raises(DatasetError, match="Every class needs two groups"):
        cut(splits.train, 0.2, split="grouped", seed=0)
    by_picture = open_dataset(shared_data / "faces" / "orl-faces.tar", group_by=r"/(\d+)\.")
    rest, held_out = cut(by_picture.train, 0.2, split="grouped", seed=0)
    assert (len(rest), len(held_out)) == (240, 60)


def test_cats_and_dogs(shared_data):
    splits = open_dataset(shared_data / "photos" / "cats-dogs.tar")
    assert splits.classes == ("cats", "dogs")
    assert (len(splits.train), len(splits.validation)) == (640, 240)
    assert splits.train.images.read(0).ndim == 3


def test_counts_of_one_are_told_in_the_singular(tmp_path):
    class_folders(tmp_path, dark=1)
    assert "found 1 class, 1 picture" in open_dataset(tmp_path, known=("dark", "light")).notes
