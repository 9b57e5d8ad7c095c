"""What is missing is told with a command that works for this very copy."""

import importlib.metadata
import importlib.util
import json
import shlex
import sys
from pathlib import Path

import pytest

from kanjian import extras
from kanjian.errors import MissingExtraError


class Copy:
    """How a copy of kanjian was installed, as its metadata tell."""

    def __init__(self, origin):
        self.origin = origin

    def read_text(self, name):
        return self.origin if name == "direct_url.json" else None


@pytest.fixture
def copied(monkeypatch):
    """Say that this copy lies in an environment and came from `origin`."""

    real = importlib.metadata.distribution

    def say(origin):
        text = origin if isinstance(origin, str | None) else json.dumps(origin)
        monkeypatch.setattr(extras, "_checkout", lambda: None)
        monkeypatch.setattr(
            importlib.metadata,
            "distribution",
            lambda name: Copy(text) if name == "kanjian" else real(name),
        )

    return say


@pytest.fixture
def requires(monkeypatch):
    lines = [
        "numpy>=2.0",
        "keras_of_tomorrow>=3.15; extra == 'train'",
        "tensorflow_of_tomorrow>=2; (platform_machine == 'x86_64') and extra == 'train'",
        "pillow>=12; extra == 'train'",
        "onnx_of_tomorrow>=1; extra == 'onnx'",
        "pytest>=8; extra == 'dev'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: lines)


def words(command):
    return shlex.split(command.partition("install ")[2])


def test_a_checkout_is_named_by_its_path(tmp_path, monkeypatch):
    (tmp_path / "my checkout").mkdir()
    monkeypatch.setattr(extras, "_checkout", lambda: tmp_path / "my checkout")
    assert words(extras.cure("train")) == ["-e", f"{tmp_path}/my checkout[train]"]
    monkeypatch.chdir(tmp_path)
    assert words(extras.cure("train")) == ["-e", "./my checkout[train]"]
    monkeypatch.chdir(tmp_path / "my checkout")
    assert words(extras.cure("train", "onnx")) == ["-e", ".[onnx,train]"]


def test_a_folder_it_was_installed_from_is_named_while_it_is_there(copied, requires, tmp_path):
    copied({"url": tmp_path.as_uri(), "dir_info": {}})
    assert words(extras.cure("onnx")) == ["onnx_of_tomorrow>=1"]
    (tmp_path / "pyproject.toml").touch()
    assert words(extras.cure("onnx")) == [f"{tmp_path}[onnx]"]


def test_a_wheel_is_named_by_its_file_or_its_address(copied, requires, tmp_path):
    wheel = tmp_path / "看见" / "kanjian-0.1.0-py3-none-any.whl"
    copied({"url": wheel.as_uri(), "archive_info": {}})
    assert words(extras.cure("onnx")) == ["onnx_of_tomorrow>=1"]
    wheel.parent.mkdir()
    wheel.touch()
    assert words(extras.cure("onnx")) == [f"{wheel}[onnx]"]
    copied({"url": "https://example.org/kanjian.whl", "archive_info": {}})
    assert words(extras.cure("onnx")) == ["kanjian[onnx] @ https://example.org/kanjian.whl"]


def test_a_repository_is_named_with_the_commit(copied):
    info = {"vcs": "git", "commit_id": "c0ffee", "requested_revision": "main"}
    copied({"url": "https://example.org/k.git", "vcs_info": info, "subdirectory": "py"})
    asked = "kanjian[train] @ git+https://example.org/k.git@c0ffee#subdirectory=py"
    assert words(extras.cure("train")) == [asked]
    assert "git+https://example.org/k.git@main" in extras.update()


@pytest.mark.parametrize("origin", [None, "", "no JSON", "[]", {"url": "file:///nowhere"}])
def test_a_copy_of_unknown_origin_gets_the_packages_that_miss(copied, requires, origin):
    copied(origin)
    assert words(extras.cure("train")) == [
        "keras_of_tomorrow>=3.15",
        "tensorflow_of_tomorrow>=2; (platform_machine == 'x86_64')",
    ]
    # what no registry has of us is never asked of one
    assert "kanjian" not in extras.cure("train", "onnx").partition("install ")[2]


def test_all_that_is_missing_is_told_at_once(monkeypatch):
    monkeypatch.setattr(extras, "installed", lambda module: False)
    with pytest.raises(MissingExtraError) as told:
        extras.need("keras", "tensorflow", "tf2onnx", "bm3d", "ai_edge_litert")
    line = str(told.value)
    assert line.startswith("packages 'keras', 'tensorflow' and others are needed for this")
    assert line.endswith(f"Run: {extras.cure('onnx', 'train')} bm3d ai-edge-litert")


def test_every_module_of_the_table_comes_with_its_extra():
    packages = importlib.metadata.packages_distributions()
    known = importlib.metadata.requires("kanjian") or []
    for module, extra in extras.EXTRA_OF.items():
        if not extras.installed(module):
            continue
        names = {name.lower().replace("_", "-") for name in packages.get(module, [])}
        names |= {"keras"} if module == "h5py" else set()  # Keras brings it
        asked = {
            line.partition(">")[0].lower().replace("_", "-")
            for line in known
            if f"extra == '{extra}'" in line
        }
        assert names & asked, (module, names, asked)


def test_pip_is_the_one_of_this_environment(monkeypatch, tmp_path):
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(binaries / "python"))
    monkeypatch.setattr(extras.shutil, "which", lambda name: None)
    assert extras.pip_install() == f"{binaries}/python -m pip install"
    monkeypatch.chdir(tmp_path)
    assert extras.pip_install() == ".venv/bin/python -m pip install"
    monkeypatch.setattr(extras.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert extras.pip_install() == ".venv/bin/python -m pip install"
    monkeypatch.setattr(extras.shutil, "which", lambda name: str(binaries / name))
    assert extras.pip_install() == "pip install"


def test_an_environment_of_uv_has_no_pip(monkeypatch):
    monkeypatch.setattr(extras, "installed", lambda module: module != "pip")
    monkeypatch.setattr(extras.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert extras.pip_install().startswith("uv pip install --python ")


def test_no_text_of_ours_asks_a_registry_for_kanjian():
    source = Path(extras.__file__).parent
    for path in source.rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert "install 'kanjian" not in line, f"{path}:{number}"
            assert "install --upgrade kanjian" not in line, f"{path}:{number}"
            if "pip install" in line and path.name not in {"extras.py", "readme.py", "formats.py"}:
                assert ">>>" in line, f"{path}:{number}: use extras.pip_install() or extras.cure()"


def test_a_module_that_is_broken_inside_is_no_missing_extra(tmp_path, monkeypatch):
    (tmp_path / "broken_of_ours.py").write_text("import nothing_like_it")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nothing_like_it"):
        extras.load("broken_of_ours")
    assert importlib.util.find_spec("broken_of_ours") is not None
