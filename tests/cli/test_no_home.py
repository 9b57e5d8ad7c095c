"""No HOME, no passwd entry, a home that cannot be written: kanjian works all the same."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kanjian import extras
from kanjian.storage import files
from small_recognizer import home, pictures, rgb_network, saved  # noqa: F401

FREE_USER = 54321
PLACES = (
    "import kanjian.storage.files as f;"
    "print(f.home_folder(), f.has_home(), f.kept_folder('models'))"
)
HOMES = {
    "none": {},
    "one that is not there": {"HOME": "/nonexistent"},
    "the root of all folders": {"HOME": "/"},
    "one that cannot be written": {"HOME": "read-only"},
    "one of nobody": {"HOME": "~nobody-of-this-name"},
}


def as_free_user(words, *, cwd, **environment):
    """Run Python as a user id without a passwd entry, in an environment without anything."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root may become another user")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not here")
    # it may read what root may: the checkout and Python can lie in root's home
    reads = "+dac_read_search"
    command = ["setpriv", "--reuid", str(FREE_USER), "--regid", str(FREE_USER), "--clear-groups",
               "--inh-caps", f"-all,{reads}", "--ambient-caps", f"-all,{reads}",
               sys.executable, *words]  # fmt: skip
    given = {"PATH": os.defpath, "LANG": "C", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, cwd=cwd, env=given | environment, capture_output=True, check=False, timeout=300
    )
    if b"setpriv" in done.stderr:
        pytest.skip(f"no other user may be had here: {done.stderr.decode()}")
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def place():
    """A folder anyone may write, as /tmp is; pytest's own are its user's alone."""
    with tempfile.TemporaryDirectory(prefix="anyone-") as name:
        folder = Path(name)
        folder.chmod(0o1777)
        (folder / "read-only").mkdir(mode=0o555)
        yield folder


@pytest.mark.parametrize("given", HOMES.values(), ids=HOMES)
def test_who_has_no_home_gets_a_folder_of_their_own(place, given):
    status, out, err = as_free_user(["-c", PLACES], cwd=place, TMPDIR=str(place), **given)
    own = place / f"kanjian-{FREE_USER}"
    assert (status, err) == (0, "")
    assert out.split() == [str(own), "False", str(own / "models")]
    assert stat.S_IMODE(own.stat().st_mode) == 0o700


def test_a_folder_that_others_prepared_is_not_used(place):
    (place / f"kanjian-{FREE_USER}").mkdir(mode=0o777)
    _, out, _ = as_free_user(["-c", PLACES], cwd=place, TMPDIR=str(place))
    taken = Path(out.split()[0])
    assert taken != place / f"kanjian-{FREE_USER}"
    assert taken.parent == place
    assert stat.S_IMODE(taken.stat().st_mode) == 0o700


def test_a_recognizer_answers_without_a_home(place, saved):  # noqa: F811
    from kanjian.images.write import write_image

    shutil.copytree(saved, place / "run")
    write_image(place / "run" / "看.png", pictures(1)[0])
    for path in (place / "run", *(place / "run").rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    ask = ["-m", "kanjian", "predict", "run", "run/看.png"]
    status, out, err = as_free_user(ask, cwd=place, TMPDIR=str(place))
    assert (status, err) == (0, "")
    assert "看.png: " in out


def test_packages_keep_their_things_in_our_folder(place):
    ask = [
        "-c",
        "from kanjian import extras; import os; extras.load('matplotlib').get_configdir()\n"
        "print(os.environ['MPLCONFIGDIR'], os.environ['KERAS_HOME'])",
    ]
    status, out, err = as_free_user(ask, cwd=place, TMPDIR=str(place))
    own = place / f"kanjian-{FREE_USER}"
    assert (status, err) == (0, "")
    assert out.split() == [str(own / "matplotlib"), str(own / "keras")]


def test_what_came_with_a_home_that_cannot_be_written_is_read(place):
    models = place / "image" / ".local" / "share" / "kanjian" / "models"
    models.mkdir(parents=True)
    image = {"HOME": str(place / "image")}
    _, out, _ = as_free_user(["-c", PLACES], cwd=place, TMPDIR=str(place), **image)
    assert out.split() == [str(place / f"kanjian-{FREE_USER}"), "False", str(models)]


def test_a_home_is_used_where_there_is_one(monkeypatch, tmp_path):
    monkeypatch.delenv("KANJIAN_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert files.home_folder() == tmp_path / "data" / "kanjian"
    monkeypatch.setenv("KANJIAN_HOME", "~nobody-of-this-name/k")
    assert files.home_folder() == Path.cwd() / "~nobody-of-this-name/k"
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "chosen"))
    assert files.home_folder() == tmp_path / "chosen"


def test_settings_of_packages_are_left_alone_where_there_is_a_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name in ("MPLCONFIGDIR", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    extras.load("json")
    assert not {"MPLCONFIGDIR", "KERAS_HOME"} & os.environ.keys()


def test_a_path_that_begins_with_a_tilde_is_a_name_where_there_is_no_such_user(tmp_path):
    # Path.expanduser raises there, which was told as a bug of ours
    ask = ["-m", "kanjian", "datasets", "check", "~backup of cats"]
    done = subprocess.run(
        [sys.executable, *ask], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "~backup of cats" in done.stderr
    assert "bug" not in done.stderr


def test_no_module_asks_for_a_home_that_may_be_none():
    source = Path(files.__file__).parent
    for path in source.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "Path.home()" not in text, f"{path}: use files.home_folder() or files.expanded()"
        assert ".expanduser()" not in text, f"{path}: use files.expanded()"
