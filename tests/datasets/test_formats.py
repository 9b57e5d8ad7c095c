import gzip
import hashlib
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.cifar import open_cifar
from kanjian.datasets.idx import open_idx, read_idx, write_idx
from kanjian.datasets.open_dataset import open_dataset, open_path
from kanjian.datasets.pickled import loads_arrays
from kanjian.errors import DatasetError
from labeled_sets import cifar_batch, class_folders, pgm, python_cifar10

TYPES = [np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]


# IDX


@given(
    npst.arrays(
        st.sampled_from(TYPES),
        npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    ),
    st.sampled_from(["a.idx", "a.idx.gz"]),
)
def test_idx_comes_back_as_it_was_written(tmp_path_factory, array, name):
    path = tmp_path_factory.mktemp("idx") / name
    write_idx(path, array)
    back = read_idx(path)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def idx(path, header, body=b""):
    path.write_bytes(bytes(header) + body)
    return path


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        ([], b"", "ends inside its IDX header"),
        ([0, 0, 8, 3, 0, 0], b"", "ends inside its IDX header"),
        (b"\x89PNG", b"", "is not an IDX file: it begins with 89 50 4e 47"),
        ([0, 0, 7, 1], b"\0\0\0\1x", "is not an IDX file"),
        ([0, 0, 8, 1], b"\0\0\0\5abc", "has 3 of the 5 bytes"),
        ([0, 0, 8, 1], b"\0\0\0\2abc", "goes on after the 2 bytes"),
        ([0, 0, 14, 4], b"\xff" * 16, "claims"),
    ],
)
def test_a_bad_idx_file_is_refused_before_memory_is_taken(tmp_path, header, body, message):
    with pytest.raises(DatasetError, match=message):
        read_idx(idx(tmp_path / "x-idx1-ubyte", header, body))


def test_a_cut_off_or_foreign_gzip_is_refused(tmp_path):
    path = tmp_path / "a.gz"
    write_idx(path, np.arange(5000, dtype=np.int16))
    whole = path.read_bytes()
    path.write_bytes(whole[:-900])
    with pytest.raises(DatasetError, match="cannot read"):
        read_idx(path)
    path.write_bytes(whole[:40] + bytes(20) + whole[60:])
    with pytest.raises(DatasetError, match=r"cannot read|bytes"):
        read_idx(path)


def test_a_gzip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 2**31) + bytes(1000)))
    with pytest.raises(DatasetError, match="claims"):
        read_idx(path)
    path.write_bytes(gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 10**6) + bytes(10**6)))
    with pytest.raises(DatasetError, match="1000 are allowed"):
        read_idx(path, limit_bytes=1000)


def test_a_missing_idx_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match="No such file"):
        read_idx(tmp_path / "none")


def test_a_type_that_idx_has_not_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"got .* bool"):
        write_idx(tmp_path / "a", np.zeros(3, bool))


@pytest.mark.parametrize("images", ["train-images-idx3-ubyte", "train-images.idx3-ubyte.gz"])
def test_both_spellings_of_idx_names_are_found(tmp_path, images):
    write_idx(tmp_path / images, np.zeros((3, 2, 2), np.uint8))
    with pytest.raises(DatasetError, match="but not the labels"):
        open_idx(tmp_path)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.array([2, 7, 2], np.uint8))
    splits = open_dataset(tmp_path)
    assert splits.train.class_counts() == {"2": 2, "7": 1}
    assert splits.notes == ("found 2 classes, 3 pictures for training",)


# arrays


def test_test_labels_are_read_by_the_training_classes():
    # the source material one-hot encoded the training labels twice
    x = np.zeros((3, 2, 2), np.uint8)
    splits = from_arrays(x, np.array([5, 9, 5]), test=(x, np.array([9, 9, 5])))
    assert splits.train.labels.tolist() == [0, 1, 0]
    assert splits.test.labels.tolist() == [1, 1, 0]
    assert len(splits.test.labels) == len(splits.test.images)


def test_a_test_label_that_training_never_shows_is_refused():
    x = np.zeros((2, 2, 2), np.uint8)
    with pytest.raises(DatasetError, match=r"label 3 of arrays test .1 picture."):
        from_arrays(x, np.array([0, 1]), test=(x, np.array([0, 3])))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 2, 2), np.float32), np.array([0, 1]), "uint8, got"),
        (np.zeros((2, 2, 2), np.uint8), np.eye(2), "not one-hot rows"),
        (np.zeros((2, 2, 2), np.uint8), np.array([0.5, 1]), "whole numbers or names"),
        (np.zeros((2, 2, 2), np.uint8), np.array([0, 1, 1]), "2 pictures but 3 labels"),
    ],
)
def test_arrays_that_are_no_labeled_pictures_are_refused(images, labels, message):
    with pytest.raises(DatasetError, match=message):
        from_arrays(images, labels)


def test_keras_npz_opens_and_pickles_in_it_do_not(tmp_path):
    x, y = np.zeros((4, 2, 2), np.uint8), np.array([0, 1, 0, 1])
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    splits = open_dataset(tmp_path / "mnist.npz")
    assert (len(splits.train), len(splits.test)) == (4, 2)
    np.savez(tmp_path / "bad.npz", images=np.array([{}], object), labels=y)
    told = r"bad\.npz is damaged: its .images. holds Python objects"
    with pytest.raises(DatasetError, match=told):
        open_dataset(tmp_path / "bad.npz")
    np.savez(tmp_path / "other.npz", a=x)
    with pytest.raises(DatasetError, match=r"must hold x_train and y_train, .* got a"):
        open_dataset(tmp_path / "other.npz")
    (tmp_path / "no.npz").write_bytes(b"hello")
    with pytest.raises(DatasetError, match=r"no\.npz is damaged"):
        open_dataset(tmp_path / "no.npz")


# CIFAR


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_cifar10_python_version(tmp_path, protocol):
    python_cifar10(tmp_path, protocol)
    splits = open_dataset(tmp_path)
    assert (len(splits.train), len(splits.test), splits.classes) == (20, 4, ("cat", "dog"))
    rows, labels = cifar_batch(4, seed=1)
    picture = splits.train.images.read(2)
    # planes of red, green, blue, row by row
    assert picture[3, 5].tolist() == rows[2, [3 * 32 + 5, 1024 + 101, 2048 + 101]].tolist()
    assert splits.train.labels[:4].tolist() == labels


@pytest.mark.parametrize("labels", ["fine", "coarse"])
def test_cifar100_both_versions_agree(tmp_path, labels):
    binary, python = tmp_path / "bin", tmp_path / "py"
    binary.mkdir(), python.mkdir()
    for part in ("train", "test"):
        rows, coarse = cifar_batch(3)
        fine = [2 - number for number in coarse]
        records = np.column_stack([coarse, fine, rows]).astype(np.uint8)
        (binary / f"{part}.bin").write_bytes(records.tobytes())
        content = {b"data": rows, b"fine_labels": fine, b"coarse_labels": coarse}
        (python / part).write_bytes(pickle.dumps(content, 2))
    names = {"fine": ["a", "b", "c"], "coarse": ["x", "y"]}
    for kind, values in names.items():
        (binary / f"{kind}_label_names.txt").write_text("\n".join(values) + "\n")
    meta = {f"{kind}_label_names": values for kind, values in names.items()}
    (python / "meta").write_bytes(pickle.dumps(meta, 2))
    first, second = (open_cifar(folder, labels=labels) for folder in (binary, python))
    assert first.classes == second.classes == tuple(names[labels])
    np.testing.assert_array_equal(first.test.labels, second.test.labels)
    np.testing.assert_array_equal(first.train.images.array, second.train.images.array)


def test_cifar_that_is_cut_off_or_incomplete_is_refused(tmp_path):
    (tmp_path / "train.bin").write_bytes(bytes(3074 * 2 - 1))
    (tmp_path / "fine_label_names.txt").write_text("a\n")
    with pytest.raises(DatasetError, match=r"lacks test.bin"):
        open_cifar(tmp_path)
    (tmp_path / "test.bin").write_bytes(bytes(3074))
    with pytest.raises(DatasetError, match="records of 3074 bytes, got 6147"):
        open_cifar(tmp_path)


class Bomb:
    def __init__(self, how):
        self.how = how

    def __reduce__(self):
        return self.how


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "how",
    [
        (os.system, ("touch HACKED",)),
        (eval, ("open('HACKED', 'w')",)),
        (getattr, ("a", "upper")),
        (bytearray, (10,)),
    ],
)
def test_no_code_in_a_pickle_runs(tmp_path, monkeypatch, protocol, how):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match="is not a pickle of arrays"):
        loads_arrays(pickle.dumps({"data": Bomb(how)}, protocol), name="batch")
    assert not list(tmp_path.iterdir())


# a tuple of twice a tuple of twice a tuple …: little to write, 2**40 parts to look at
DOUBLED = b")" + b"".join(b"q%ch%c\x86" % (level, level) for level in range(40))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x02}",
        b"\x80\x02N" + b"r\xff\xff\xff\x7f" + b"r\0\0\0\0",  # a memo of 2**31 places
        b"\x80\x05\x96" + b"\xff" * 7 + b"\x3f.",  # a bytearray of 2**62 bytes
        b"\x80\x04\x8e" + b"\xff" * 7 + b"\x3f.",  # bytes as long
        b"\x80\x02Pa\n.",
        b"\x80\x02S'\\u'\n.",  # a wrong escape, which Python warns of
        b"\x80\x02cnumpy\nndarray\n}U\x01aK\x01sb.",  # fills in the class itself
        b"\x80\x02cnumpy\nndarray\n)RK\x01b.",
        b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x01s.",  # Python's reader crashes on it
        b"\x80\x02}" + DOUBLED + b"K\x01s.",  # and never ends on this
        b"\x80\x02cnumpy\ndtype\n" + DOUBLED + b"\x85R.",
        b"\x80\x02cnumpy\nndarray\n" + DOUBLED + b"bR.",
        b"\x80\x02("
        + b"c_codecs\nencode\nq\0X\0\0\1\0"
        + b"a" * 65536
        + b"\x85q\1R"
        + b"h\0h\1R" * 100_000
        + b"t.",  # 6 GB out of 0.6 MB
    ],
    ids=[
        "empty",
        "cut",
        "memo",
        "bytearray",
        "bytes",
        "persistent",
        "escape",
        "class",
        "state",
        "deep key",
        "wide key",
        "wide type",
        "wide state",
        "encoded",
    ],
)
def test_hostile_pickles_are_refused_in_little_memory(content):
    with pytest.raises(DatasetError, match="is not a pickle of arrays"):
        loads_arrays(content, name="batch")


def test_only_bytes_come_as_arrays():
    for array in (np.zeros(3), np.array([{}], object), np.zeros(2, np.int64)):
        with pytest.raises(DatasetError, match="has an array of type"):
            loads_arrays(pickle.dumps(array, 2), name="batch")


@given(st.binary(max_size=60), st.integers(0, 200))
def test_mutated_pickles_never_escape(noise, at):
    whole = pickle.dumps({"data": np.zeros((2, 3), np.uint8), "labels": [1, 2]}, 2)
    mutated = whole[:at] + noise + whole[at + len(noise) :]
    try:
        loads_arrays(mutated, name="batch")
    except DatasetError as error:
        assert "is not a pickle of arrays" in str(error)


# one door


def test_a_source_that_does_not_exist_is_answered(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_DATA", str(tmp_path))
    with pytest.raises(DatasetError, match="Did you mean 'fashion-mnist'"):
        open_dataset("fashion_mnist")
    with pytest.raises(DatasetError, match=f"no file or folder here or in {tmp_path}"):
        open_dataset("zebra")
    class_folders(tmp_path / "pets", cat=2, dog=1)
    assert open_dataset("pets").notes == ("found 2 classes, 3 pictures",)
    pgm(tmp_path / "one.pgm")
    with pytest.raises(DatasetError, match=r"is not a data set. Understood are"):
        open_dataset(tmp_path / "one.pgm")
    with pytest.raises(DatasetError, match="name of the data set is empty"):
        open_dataset(" ")
    with pytest.raises(DatasetError, match="needs pictures in files"):
        open_dataset("digits", group_by="(.)")


def test_mnist_5k_is_the_same_for_everybody():
    splits = open_dataset("mnist-5k")
    assert set(splits.train.class_counts().values()) == {400}
    assert set(splits.test.class_counts().values()) == {100}
    whole = {row.tobytes() for row in splits.train.images.array[splits.train.images.rows]}
    assert not whole & {row.tobytes() for row in splits.test.images.array[splits.test.images.rows]}


def test_mnist_in_full_is_the_published_one(shared_data):
    splits = open_dataset("mnist", data_folder=shared_data)
    assert (len(splits.train), len(splits.test)) == (60_000, 10_000)
    assert splits.classes == tuple("0123456789")
    assert splits.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    path = shared_data / "mnist" / "train-images-idx3-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    assert hashlib.md5(content).hexdigest() == "6bbc9ace898e44ae57da46a324031adb"
    assert content[16:] == splits.train.images.array.tobytes()


def test_a_device_or_a_pipe_is_refused_and_not_read_for_ever(tmp_path):
    os.mkfifo(tmp_path / "set.zip")
    for place in (tmp_path / "set.zip", Path("/dev/zero")):
        with pytest.raises(DatasetError, match=r"cannot read .*: a pipe or a device, expected"):
            open_path(place)
