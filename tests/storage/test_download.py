import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import kanjian
from kanjian.errors import DownloadError
from kanjian.storage.download import Download, downloads, fetch
from remote_files import remote

NOWHERE = "http://127.0.0.1:9/"
EVERY = downloads("dataset", "weights", "detector", "embedder")


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch):
    monkeypatch.delenv("KANJIAN_MIRROR", raising=False)


def unknown(server, size=None, *, file="a.gz"):
    return Download("dataset", "a", file, "md5:" + "0" * 32, size, (f"{server}/{file}",))


def test_every_file_is_one_of_few_lengths_from_https_or_a_package():
    for each in EVERY:
        kind, _, digits = (each.digest or "none:").partition(":")
        assert re.fullmatch(r"[0-9a-f]*", digits)
        assert len(digits) == {"md5": 32, "sha256": 64, "none": 0}[kind], each
        for url in each.urls:
            # one of two places of a data set has no other door; its files have checksums
            assert urlsplit(url).scheme == "https" or (each.digest and len(each.urls) > 1), url
            assert urlsplit(url).path.endswith(f"/{each.file}")
        assert (each.package is None) == (each.member is None)


def test_a_place_on_the_mirror_is_that_of_one_file():
    contents = {}
    for each in EVERY:
        assert contents.setdefault(each.mirrored, each.digest) == each.digest, each.mirrored


def test_nothing_else_fetches():
    """One door: what is fetched is checked, and tried at the mirror first."""
    root = Path(kanjian.__file__).parent
    doors = ("import requests", "urlopen", "urlretrieve", "http.client", '"pooch"', "get_file(")
    found = {
        path.relative_to(root).as_posix(): [door for door in doors if door in text]
        for path in root.rglob("*.py")
        if any(door in (text := path.read_text(encoding="utf-8")) for door in doors)
    }
    # the second names the package: it is looked for there; the third asks a hub whether it answers
    # at all, before the hub's own package tries for minutes
    assert found == {
        "storage/download.py": ['"pooch"'],
        "doctor.py": ['"pooch"'],
        "weights/hub_preset.py": ["urlopen"],
    }


def test_the_mirror_is_tried_first(tmp_path, server, monkeypatch):
    monkeypatch.setenv("KANJIAN_MIRROR", f"{server}/")
    (tmp_path / "mnist").mkdir()
    for name in ("a", "b"):
        (tmp_path / "mnist" / name).write_text(name)
    files = tuple(remote(path, NOWHERE) for path in (tmp_path / "mnist").iterdir())
    fetch(files, tmp_path / "here")
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"a", "b"}


def test_the_next_address_is_tried(tmp_path, server):
    (tmp_path / "a").write_text("a")
    fetch((remote(tmp_path / "a", NOWHERE, f"{server}/"),), tmp_path / "here")
    assert (tmp_path / "here" / "a").read_text() == "a"


def test_a_wrong_checksum_is_refused_and_nothing_kept(tmp_path, server):
    (tmp_path / "a.gz").write_bytes(b"not what it should be")
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+: what came has the wrong checksum"):
        fetch((unknown(server, 21),), tmp_path / "here")
    assert not (tmp_path / "here" / "a.gz").exists()


def test_a_server_that_does_not_stop_is_cut_off(tmp_path, server, monkeypatch):
    (tmp_path / "a.gz").write_bytes(bytes(3 << 20))
    monkeypatch.setattr("kanjian.storage.download.LIMIT_BYTES", 1 << 20)
    for size in (100, None):
        with pytest.raises(DownloadError, match=r"sends more than a\.gz can be long"):
            fetch((unknown(server, size),), tmp_path / "here")


def test_a_length_nobody_told_is_that_of_the_server(tmp_path, server):
    (tmp_path / "a.gz").write_bytes(bytes(3000))
    seen = []
    wanted = Download("weights", "a", "a.gz", urls=(f"{server}/a.gz",))
    fetch((wanted,), tmp_path / "here", progress=lambda *step: seen.append(step))
    assert seen[-1] == ("a.gz", 3000, 3000)
    assert (tmp_path / "here" / "a.gz").read_bytes() == bytes(3000)


def test_what_cannot_be_had_is_told_with_what_to_fetch_or_which_files_to_put_where(tmp_path):
    one = unknown("http://127.0.0.1:9")
    with pytest.raises(DownloadError) as caught:
        fetch((one,), tmp_path)
    assert str(caught.value) == (
        "cannot fetch a (127.0.0.1:9: no connection). Fetch http://127.0.0.1:9/a.gz elsewhere "
        f"and put it into {tmp_path}."
    )
    with pytest.raises(DownloadError, match=r"Without a connection, put a\.gz, b\.gz into"):
        fetch((one, unknown("http://127.0.0.1:9", file="b.gz")), tmp_path)
    with pytest.raises(DownloadError, match=r"cannot fetch the face network a \(nobody has it\)"):
        fetch((Download("detector", "a", "a.onnx"),), tmp_path)
