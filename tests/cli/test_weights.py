import json
import re

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.features.cache import FeatureCache
from kanjian.storage.download import Download
from kanjian.weights import known
from weight_files import little


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("KANJIAN_HOME", str(home))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("KANJIAN_MODELS", "KANJIAN_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def tiny(monkeypatch):
    """One network whose published weights are the two letters "hi"."""
    entries = {
        ("tiny", top): Download(
            "weights", "tiny", f"tiny{top:d}.h5", "md5:49f68a5c8493ec2c0bf489821c21fc3b",
            urls=(f"http://127.0.0.1:9/tiny{top:d}.h5",), top=top,
        )
        for top in (False, True)
    }  # fmt: skip
    monkeypatch.setattr(known, "_table", lambda: entries)


def run(capsys, *words):
    status = cli_app.run(["weights", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_list_has_every_network(capsys, own_home):
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert out.splitlines()[0].split("  ")[0] == "weights"
    assert "efficientnet-lite0" in out
    assert out.rstrip().endswith(f"they go to {own_home / 'models'}")
    assert run(capsys)[1] == out
    status, out, _ = run(capsys, "list", "--json")
    rows = json.loads(out)
    assert (status, len(rows), rows[0]["name"]) == (0, 86, "convnext-base")
    assert run(capsys, "--json")[1] == out


def test_import_list_get_verify(capsys, tiny, own_home, tmp_path):
    file = tmp_path / "download.bin"
    file.write_bytes(b"hi")
    place = own_home / "models" / "tiny0.h5"
    status, out, _ = run(capsys, "import", str(file))
    assert (status, out) == (0, f"kept as {place}\n")
    listed = re.sub(" +", " ", run(capsys, "list")[1])
    assert f"tiny – – – – at hand no {place}" in listed
    assert run(capsys, "get", "tiny")[:2] == (0, f"tiny: {place}\n")
    own = tmp_path / "best.keras"
    own.write_bytes(little())
    assert run(capsys, "import", str(own), "--as", "my-tiny")[0] == 0
    assert json.loads(run(capsys, "list", "--json")[1])[-1] == {
        "name": "my-tiny", "top": False, "file": None, "origin": None,
        "place": str(own_home / "models" / "my-tiny.keras"), "size_mb": None,
        "imagenet_top1": None, "imagenet_source": None, "images_per_second": None, "licence": None,
    }  # fmt: skip
    status, out, _ = run(capsys, "verify")
    assert (status, out.count("sound")) == (0, 2)
    place.write_bytes(b"ho")
    status, out, _ = run(capsys, "verify", "--json")
    faults = {row["name"]: row["fault"] for row in json.loads(out)}
    assert (status, faults) == (2, {"tiny": "changed since it was checked", "my-tiny": None})


def test_nothing_to_verify(capsys):
    assert run(capsys, "verify")[:2] == (0, "No weights here yet. See: kanjian weights list\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["get", "tinny"], "unknown weights 'tinny'. Did you mean 'tiny'?"),
        (["get", "tiny", "-q"], "no connection). Fetch http://127.0.0.1:9/tiny0.h5 elsewhere"),
        (["get", "tiny", "--top", "-q"], "Fetch http://127.0.0.1:9/tiny1.h5 elsewhere"),
        (["import", "nowhere.h5"], "cannot read nowhere.h5: No such file or directory."),
        (["improt", "a"], "unknown command 'improt'. Did you mean 'import'?"),
    ],
)
def test_mistakes_are_one_line(capsys, tiny, words, line):
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert line in err
    assert len(err.strip().splitlines()) == 1


def test_get_says_what_it_fetches(capsys, tiny, server, tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "tiny0.h5").write_bytes(b"hi")
    monkeypatch.setenv("KANJIAN_MIRROR", server)
    status, out, err = run(capsys, "get", "tiny")
    place = tmp_path / "home" / "models"
    assert (status, err) == (0, f"tiny goes to {place}\nfetching tiny0.h5, 0.0 MB\n")
    assert out.endswith("tiny0.h5\n")


def test_the_list_tells_size_accuracy_speed_and_licence(capsys, own_home):
    rows = json.loads(run(capsys, "list", "--json")[1])
    vgg = next(row for row in rows if row["name"] == "vgg16")
    assert (round(vgg["size_mb"]), vgg["imagenet_top1"], vgg["licence"]) == (59, 71.3, "CC-BY-4.0")
    assert vgg["imagenet_source"].startswith("https://keras.io")
    assert vgg["images_per_second"] is None
    cache = FeatureCache()
    for seconds in (2.0, 1.0, 4.0):
        about = {"backbone": "vgg16", "pictures": 8, "pass_seconds": seconds}
        cache.write(f"a{seconds:.0f}", (1, 1), np.float32, [np.ones((1, 1))], about=about)
    rows = json.loads(run(capsys, "list", "--json")[1])
    assert next(r for r in rows if r["name"] == "vgg16")["images_per_second"] == 4.0
    out = run(capsys, "list")[1]
    assert "kanjian features PICTURES --backbone NAME" in out


def test_a_folder_that_is_only_read_from_is_never_written(
    capsys, tiny, own_home, tmp_path, monkeypatch
):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "tiny0.h5").write_bytes(b"hi")
    (shared / "others.txt").write_text("not ours")
    monkeypatch.setenv("KANJIAN_MODELS", str(shared))
    before = sorted(shared.iterdir())
    assert run(capsys, "get", "tiny")[1] == f"tiny: {shared / 'tiny0.h5'}\n"
    status, _, err = run(capsys, "get", "tiny", "--top")
    assert status == 2
    assert f"tiny goes to {own_home / 'models'}" in err.splitlines()[0]
    file = tmp_path / "mine.npz"
    np.savez(file, a=np.ones(3))
    assert run(capsys, "import", str(file), "--as", "mine")[0] == 0
    assert (own_home / "models" / "mine.npz").is_file()
    assert sorted(shared.iterdir()) == before
    assert "sound" in run(capsys, "verify")[1]
