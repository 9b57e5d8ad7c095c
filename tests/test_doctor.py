import gzip
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from kanjian import doctor, extras
from kanjian.doctor import diagnose


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    for name in ("KANJIAN_DATA", "KERAS_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def found(name, **options):
    return next(finding for finding in diagnose(**options) if finding.name == name)


def test_every_finding_is_said_once_and_what_is_broken_has_its_cure():
    findings = diagnose()
    names = [finding.name for finding in findings]
    assert len(set(names)) == len(names)
    assert {"python", "openvino", "backend", "processor", "camera", "gpu", "memory"} <= set(names)
    assert all(finding.what and (finding.mend or finding.ok is not False) for finding in findings)


def test_every_package_that_is_depended_on_is_looked_at():
    about = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    named = {
        part: {re.match(r"[\w-]+", line)[0] for line in lines}
        for part, lines in [
            ("base", about["project"]["dependencies"]),
            ("train", about["project"]["optional-dependencies"]["train"]),
        ]
    }
    assert set(doctor.BASE.values()) == named["base"]
    # the finding "backend" looks at TensorFlow
    assert set(doctor.TRAIN.values()) == named["train"] - {"tensorflow", "tensorflow-cpu"}


def test_looking_changes_nothing(home):
    diagnose()
    assert not home.exists()
    assert found("KANJIAN_HOME").what == f"{home}, made when needed"


def test_looking_imports_no_training_framework():
    code = (
        "import sys; from kanjian.doctor import diagnose; diagnose();"
        "print({'keras', 'tensorflow', 'torch', 'sklearn', 'mlxtend'} & set(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    child = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert child.stdout.strip() == "set()"
    assert child.stderr == ""


@pytest.fixture
def without(monkeypatch):
    """Make a package look uninstalled."""
    find = importlib.util.find_spec

    def hide(*hidden):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *_: None if name in hidden else find(name)
        )

    return hide


def test_a_missing_training_package_is_missing_but_no_fault(without):
    without("keras", "tensorflow")
    keras, backend = found("keras"), found("backend")
    assert (keras.ok, keras.mend) == (None, extras.cure("train"))
    assert (backend.ok, backend.mend) == (None, extras.cure("train"))


def test_a_missing_base_package_is_a_fault(without):
    without("cv2")
    finding = found("opencv-python-headless")
    assert (finding.ok, finding.mend) == (False, f"{extras.pip_install()} 'opencv-python-headless'")


def test_a_backend_that_was_asked_for_and_is_not_there_is_a_fault(without, monkeypatch):
    without("jax")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    finding = found("backend")
    assert (finding.ok, finding.what, finding.mend) == (
        False, "jax is not installed", f"{extras.pip_install()} jax",
    )  # fmt: skip
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    assert found("backend").mend == "unset KERAS_BACKEND"


@pytest.mark.parametrize(
    ("features", "precision"), [({"avx512_bf16"}, "mixed_bfloat16"), ({"avx2"}, "float32")]
)
def test_the_precision_told_is_the_one_training_would_take(features, precision, monkeypatch):
    from kanjian.backend import backend_name, has_gpu, mixed_precision

    monkeypatch.setattr(doctor, "cpu_features", lambda: features)
    monkeypatch.setattr(mixed_precision, "cpu_features", lambda: features)
    assert found("backend").what == f"tensorflow, {precision} on the processor"
    if backend_name() == "tensorflow" and not has_gpu():
        assert mixed_precision.choose_precision() == precision


def test_a_home_that_cannot_be_written_is_a_fault(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "file"))
    finding = found("KANJIAN_HOME")
    assert finding.ok is False
    assert finding.mend == "export KANJIAN_HOME=ANOTHER_FOLDER"


def test_a_full_disk_is_a_fault(monkeypatch):
    usage = doctor.shutil.disk_usage(os.curdir)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage._replace(free=2**20))
    assert (found("disk").ok, found("disk").what) == (False, "0.0 GB free there")


def test_little_memory_is_worth_knowing(monkeypatch):
    monkeypatch.setattr(doctor, "_memory_gb", lambda: (0.5, 4.0))
    assert (
        found("memory").what == "0.5 GB free of 4.0 GB: little for training, close other programs"
    )
    monkeypatch.setattr(doctor, "_memory_gb", lambda: (None, None))
    assert found("memory").ok is None


def test_a_broken_openvino_is_a_fault(monkeypatch):
    def broken():
        raise ImportError("libopenvino.so: cannot open shared object file")

    monkeypatch.setattr(doctor, "shared_core", broken)
    finding = found("openvino devices")
    assert finding.ok is False
    assert finding.what.startswith("libopenvino.so")
    assert finding.mend == f"{extras.pip_install()} --force-reinstall openvino"


def mnist_in(folder):
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(b""))


def test_sets_at_hand_are_found_where_the_data_sets_are_looked_for(tmp_path, monkeypatch, home):
    missing = found("data set mnist")
    assert (missing.ok, missing.mend) == (None, "kanjian datasets get mnist")
    assert found("data set digits").ok
    mnist_in(tmp_path / "given/mnist")
    assert found("data set mnist", data_folder=tmp_path / "given").ok
    monkeypatch.setenv("KANJIAN_DATA", str(tmp_path / "given"))
    assert found("data set mnist").what == str(tmp_path / "given/mnist")
    assert found("data set fashion-mnist").what != str(tmp_path / "given/mnist")
    (tmp_path / "given/cifar-10-python.tar.gz").touch()
    assert found("data set cifar10").ok
    assert not found("data set cifar100").ok
    monkeypatch.delenv("KANJIAN_DATA")
    mnist_in(home / "data/mnist")
    assert found("data set mnist").ok


def test_the_shared_data_is_recognized(shared_data):
    assert found("data set mnist", data_folder=shared_data).what == str(shared_data / "mnist")
    assert found("data set cifar10", data_folder=shared_data).ok
    assert found("data folder", data_folder=shared_data).ok


def test_a_data_folder_that_is_none_is_a_fault(tmp_path):
    finding = found("data folder", data_folder=tmp_path / "nowhere")
    assert finding.ok is False
    assert finding.mend == f"mkdir -p '{tmp_path / 'nowhere'}'"


@pytest.fixture
def command():
    from kanjian.cli.doctor import doctor as command

    app = typer.Typer()
    app.command()(command)
    return app


def test_the_command_prints_a_table_or_one_document(command):
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 0
    assert done.stdout.rstrip().endswith("Nothing to mend.")
    document = json.loads(CliRunner().invoke(command, ["--json"]).stdout)
    assert [entry["name"] for entry in document] == [finding.name for finding in diagnose()]
    assert set(document[0]) == {"name", "ok", "what", "mend"}


def test_the_command_exits_with_2_if_something_is_to_be_mended(command, tmp_path):
    done = CliRunner().invoke(command, ["--data", str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert "1 to mend" in done.stdout
    assert f"mkdir -p '{tmp_path / 'nowhere'}'" in done.stdout
