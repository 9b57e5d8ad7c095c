import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from kanjian.datasets import builtin
from kanjian.datasets.archive import unpacked
from kanjian.datasets.builtin import BUILTIN, open_builtin
from kanjian.datasets.idx import write_idx
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError, DownloadError, KanjianError
from kanjian.storage import unpack as unpack_module
from kanjian.storage.files import part_of
from kanjian.storage.locks import making
from kanjian.storage.unpack import unpack
from labeled_sets import class_folders, python_cifar10
from remote_files import remote


def member(name, content=b"x", kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info, content


def tar(path, *members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_of_class_folders_opens(tmp_path, mode):
    folder = class_folders(tmp_path / "宠物 pets", cat=2, dog=3)
    with tarfile.open(tmp_path / "pets.anything", mode) as archive:
        archive.add(folder, "pets")
    splits = open_dataset(tmp_path / "pets.anything")
    assert splits.train.class_counts() == {"cat": 2, "dog": 3}
    assert splits.notes[-1] == "read from pets.anything"
    assert splits.train.images.read(1).max() == 1


def test_a_folder_in_an_archive_is_named_by_the_archive_and_must_be_unpacked(tmp_path):
    folder = class_folders(tmp_path / "x" / "images", cat=1, dog=1).parent
    class_folders(folder / "masks", cat=1, dog=1)
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(folder, "")
    with pytest.raises(DatasetError, match=r"train '.*x.tar.images'. Unpack it first"):
        open_dataset(tmp_path / "x.tar")


def test_a_zip_opens_and_is_unpacked_once(tmp_path, own_home):
    folder = class_folders(tmp_path / "pets", cat=2, dog=1)
    with zipfile.ZipFile(tmp_path / "pets.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.pgm")):
            archive.write(path, path.relative_to(folder))
    first = unpacked(tmp_path / "pets.zip")
    stamp = first.stat().st_mtime_ns
    (tmp_path / "pets.zip").rename(tmp_path / "renamed.zip")
    assert unpacked(tmp_path / "renamed.zip") == first
    assert first.stat().st_mtime_ns == stamp
    assert first.is_relative_to(own_home)
    assert open_dataset(tmp_path / "renamed.zip").train.class_counts() == {"cat": 2, "dog": 1}


def test_chinese_names_of_old_zips_are_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("XXXX/1.txt", b"")
    content = (tmp_path / "a.zip").read_bytes().replace(b"XXXX", "猫狗".encode("gb2312"))
    (tmp_path / "a.zip").write_bytes(content)
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert (tmp_path / "out" / "猫狗" / "1.txt").is_file()


LEAVING = [
    "../out.txt",
    "a/../../out.txt",
    "/etc/out.txt",
    "C:\\out.txt",
    "..\\out.txt",
    "a\\..\\..\\x",
]


@pytest.mark.parametrize("name", LEAVING)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_no_path_leaves_the_folder(tmp_path, name, kind):
    path = tmp_path / "evil"
    if kind == "tar":
        tar(path, member("good.txt"), member(name))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("good.txt", "x")
            archive.writestr(name, "x")
    with pytest.raises(KanjianError, match="a path that leaves its folder"):
        unpack(path, tmp_path / "deep" / "er")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["evil"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path, kind):
    path = tar(tmp_path / "a.tar", member("cat/x", b"", kind, "/etc/passwd"))
    with pytest.raises(KanjianError, match="holds a link or device: 'cat/x'"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(KanjianError, match="holds a link or device"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
def test_a_bomb_is_stopped(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(unpack_module, "SMALL_BYTES", 1 << 20)
    path, zeros = tmp_path / "bomb", bytes(8 << 20)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", zeros)
    else:
        tar(path, member("a", zeros), mode=f"w:{kind}")
    with pytest.raises(KanjianError, match="unpacks to more than 250 times its size"):
        unpack(path, tmp_path / "out")
    with pytest.raises(KanjianError, match="more than the bytes allowed"):
        unpack(path, tmp_path / "out", limit_bytes=1000)
    assert [found.name for found in tmp_path.iterdir()] == ["bomb"]


def test_a_tar_header_without_end_is_stopped(tmp_path):
    # a "long name" of 3 MB would be read into memory whole
    path = tar(
        tmp_path / "a.tar", member("././@LongLink", b"a" * (3 << 20), tarfile.GNUTYPE_LONGNAME)
    )
    with pytest.raises(KanjianError, match="file header without end"):
        unpack(path, tmp_path / "out")


def test_too_many_files_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack_module, "LIMIT_FILES", 3)
    path = tar(tmp_path / "a.tar", *(member(str(number)) for number in range(4)))
    with pytest.raises(KanjianError, match="more than 3 files"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_an_archive_that_is_cut_off_leaves_nothing(tmp_path, own_home, packed):
    noise = np.random.default_rng(0).bytes(300_000)
    tar(tmp_path / "whole.tar", member("a", noise), member("b", noise))
    content = packed((tmp_path / "whole.tar").read_bytes())
    (tmp_path / "half.tar").write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"half.tar"):
        unpacked(tmp_path / "half.tar")
    assert not list((own_home / "cache" / "archives").iterdir())


def test_what_a_killed_unpacking_left_is_swept_and_never_taken(tmp_path, own_home):
    cache = own_home / "cache" / "archives"
    (part_of(cache / "old") / "cat").mkdir(parents=True)
    writing = part_of(cache / "new")
    with making(writing, folder=True):
        folder = unpacked(tar(tmp_path / "a.tar", member("cat/1")))
        assert sorted(path.name for path in cache.iterdir()) == [writing.name, folder.name]


def test_an_archive_of_something_else_is_told_by_its_own_name(tmp_path):
    path = tar(tmp_path / "papers.tar", member("a.txt"))
    with pytest.raises(DatasetError, match=r"no pictures in .*papers\.tar: found 1 file that"):
        open_dataset(path)


# built-in sets


def small_mnist(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for part, n in (("train", 20), ("t10k", 10)):
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", np.zeros((n, 2, 2), np.uint8))
        labels = np.arange(n, dtype=np.uint8) % 10
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return folder


def test_a_set_is_looked_for_in_each_place(tmp_path, own_home, monkeypatch):
    small_mnist(tmp_path / "given" / "mnist")
    small_mnist(own_home / "data" / "fashion-mnist")
    splits = open_builtin("mnist", data_folder=tmp_path / "given")
    assert splits.notes[1] == f"found in {tmp_path / 'given' / 'mnist'}"
    monkeypatch.setenv("KANJIAN_DATA", str(tmp_path / "given"))
    assert len(open_dataset("MNIST").train) == 20
    assert open_dataset("fashion-mnist").classes[9] == "Ankle boot"


def test_a_missing_set_is_fetched_checked_and_found_again(tmp_path, own_home, server, monkeypatch):
    bases = (f"{server}/nowhere/", f"{server}/mnist/")
    files = [remote(path, *bases) for path in sorted(small_mnist(tmp_path / "mnist").iterdir())]
    monkeypatch.setattr(builtin, "downloads", lambda _: files)
    seen = []
    splits = open_dataset("mnist", progress=lambda *step: seen.append(step))
    assert len(splits.test) == 10
    assert {name for name, _, _ in seen} == {each.file for each in files}
    assert all(done <= total for _, done, total in seen)
    assert splits.notes[1] == f"found in {own_home / 'data' / 'mnist'}"
    monkeypatch.setattr(builtin, "downloads", lambda _: ())
    assert len(open_dataset("mnist").train) == 20


def test_the_authors_archive_of_cifar_is_opened_where_it_lies(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    python_cifar10(folder, 2)
    (tmp_path / "data").mkdir()
    with tarfile.open(tmp_path / "data" / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(folder, folder.name)
    splits = open_dataset("cifar10", data_folder=tmp_path / "data")
    assert (len(splits.train), splits.notes[1]) == (
        20,
        f"found in {tmp_path / 'data' / 'cifar-10-python.tar.gz'}",
    )
    again = open_dataset(tmp_path / "data" / "cifar-10-python.tar.gz")
    np.testing.assert_array_equal(again.test.images.array, splits.test.images.array)
    tar(tmp_path / "data" / "cifar-100-python.tar.gz", member("papers/a.txt"), mode="w:gz")
    with pytest.raises(DatasetError, match=r"cifar-100-python\.tar\.gz has no CIFAR files"):
        open_dataset("cifar100-coarse", data_folder=tmp_path / "data")


def test_offline_says_which_files_go_where(tmp_path, monkeypatch):
    (packed,) = BUILTIN["cifar10"].files
    url = f"http://127.0.0.1:9/{packed.file}"
    monkeypatch.setattr(builtin, "downloads", lambda _: [replace(packed, urls=(url,))])
    with pytest.raises(DownloadError) as caught:
        open_dataset("cifar10", data_folder=tmp_path)
    assert str(caught.value) == (
        f"cannot fetch cifar10 (127.0.0.1:9: no connection). Fetch {url} elsewhere and put it "
        f"into {tmp_path / 'cifar10'}."
    )


@pytest.mark.slow
def test_the_jpeg_copy_of_cifar10_stands_in(shared_data):
    splits = open_dataset("cifar10", data_folder=shared_data)
    assert set(splits.train.class_counts().values()) == {5000}
    assert set(splits.test.class_counts().values()) == {1000}
    assert splits.classes[:3] == ("airplane", "automobile", "bird")
    assert "JPEG copy" in splits.notes[-1]
    assert splits.test.images.read(77).shape == (32, 32, 3)
