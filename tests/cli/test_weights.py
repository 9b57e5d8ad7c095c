import json

import pytest

from kanjian.cli import app as cli_app
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
    assert f"tiny     at hand      no        {place}" in run(capsys, "list")[1]
    assert run(capsys, "get", "tiny")[:2] == (0, f"tiny: {place}\n")
    own = tmp_path / "best.keras"
    own.write_bytes(little())
    assert run(capsys, "import", str(own), "--as", "my-tiny")[0] == 0
    assert json.loads(run(capsys, "list", "--json")[1])[-1] == {
        "name": "my-tiny", "top": False, "file": None, "origin": None,
        "place": str(own_home / "models" / "my-tiny.keras"),
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
    assert (status, err) == (0, "fetching tiny0.h5, 0.0 MB\n")
    assert out.endswith("tiny0.h5\n")
