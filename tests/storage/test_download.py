import pytest

from kanjian.errors import DownloadError
from kanjian.storage.download import RemoteFile, fetch
from remote_files import remote

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch):
    monkeypatch.delenv("KANJIAN_MIRROR", raising=False)


def test_the_mirror_is_tried_first(tmp_path, server, monkeypatch):
    monkeypatch.setenv("KANJIAN_MIRROR", f"{server}/")
    (tmp_path / "mnist").mkdir()
    for name in ("a", "b"):
        (tmp_path / "mnist" / name).write_text(name)
    files = tuple(remote(path) for path in (tmp_path / "mnist").iterdir())
    fetch(files, tmp_path / "here", bases=(NOWHERE,), name="mnist")
    fetch(files, tmp_path / "there", bases=(NOWHERE,), name="digits", mirrored="mnist")
    for folder in ("here", "there"):
        assert {path.name for path in (tmp_path / folder).iterdir()} == {"a", "b"}


def test_a_wrong_checksum_is_refused_and_nothing_kept(tmp_path, server):
    (tmp_path / "a.gz").write_bytes(b"not what it should be")
    wanted = RemoteFile("a.gz", "md5:" + "0" * 32, 21)
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+: what came has the wrong checksum"):
        fetch((wanted,), tmp_path / "here", bases=(f"{server}/",), name="a")
    assert not (tmp_path / "here" / "a.gz").exists()


def test_a_server_that_does_not_stop_is_cut_off(tmp_path, server, monkeypatch):
    (tmp_path / "a.gz").write_bytes(bytes(3 << 20))
    monkeypatch.setattr("kanjian.storage.download.LIMIT_BYTES", 1 << 20)
    for size in (100, None):
        wanted = RemoteFile("a.gz", "md5:" + "0" * 32, size)
        with pytest.raises(DownloadError, match=r"sends more than a\.gz can be long"):
            fetch((wanted,), tmp_path / "here", bases=(f"{server}/",), name="a")


def test_a_length_nobody_told_is_that_of_the_server(tmp_path, server):
    (tmp_path / "a.gz").write_bytes(bytes(3000))
    seen = []
    wanted = RemoteFile("a.gz", None)
    fetch((wanted,), tmp_path / "here", bases=(f"{server}/",), name="a",
          progress=lambda *step: seen.append(step))  # fmt: skip
    assert seen[-1] == ("a.gz", 3000, 3000)
    assert (tmp_path / "here" / "a.gz").read_bytes() == bytes(3000)
