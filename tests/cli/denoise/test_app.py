"""`denoise train`, `resume` and `strip`, as a user types them."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.cli.denoise.train import amount_of
from kanjian.denoise.folder import Denoiser
from kanjian.errors import RecipeError
from kanjian.images import read_image, write_image

SMALL = ["--set", "network.options.width=4", "--set", "network.options.deep_blocks=0",
         "--patch", "16", "--per-picture", "4", "--batch-size", "4"]  # fmt: skip


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("照片"), np.random.default_rng(0)
    for number in range(6):
        write_image(folder / f"{number} 号.png", rng.integers(0, 256, (20, 24), dtype=np.uint8))
    return folder


def run(capfd, *words):
    status = cli_app.run([str(word) for word in words])
    said = capfd.readouterr()
    return status, said.out, said.err


def test_train_then_strip(photos, tmp_path, capfd):
    status, out, err = run(
        capfd, "denoise", "train", photos, "--epochs", 2, "--sigma", "0..55", "--json", "--strip",
        "--out", tmp_path, *SMALL,
    )  # fmt: skip
    assert status == 0, err
    report = json.loads(out)
    assert report["epochs"] == 2
    assert report["noise"]["amount"] == [0, 55]
    assert "epoch 2/2" in err
    assert "with a noise map" in err
    denoiser = Denoiser.load(report["folder"])
    assert denoiser.spec.noise_map
    assert denoiser.run(np.zeros((1, 5, 5, 1), np.uint8), sigma=9).shape == (1, 5, 5, 1)
    folder = tmp_path / "denoise-fast"
    assert read_image(folder / "strip.png").ndim == 3
    status, out, _ = run(
        capfd, "denoise", "strip", folder, photos / "1 号.png", "-o", tmp_path / "one.png"
    )
    assert status == 0
    assert read_image(tmp_path / "one.png").shape[1] == 4 * 146 + 6
    # finished: neither way to resume goes on
    for words in (["resume"], ["denoise", "resume"]):
        status, _, err = run(capfd, *words, folder)
        assert status == 2
        assert "is finished" in err


def test_blind_is_not_told(photos, tmp_path, capfd):
    status, _, err = run(
        capfd, "denoise", "train", photos, "--epochs", 1, "--sigma", "0..55", "--blind",
        "--out", tmp_path, *SMALL,
    )  # fmt: skip
    assert status == 0, err
    assert not Denoiser.load(tmp_path / "denoise-fast").spec.noise_map


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "no pictures at nowhere"),
        (["digits", "--sigma", "much"], "--sigma must be like 25 or 0..55, got 'much'"),
        (["digits", "--sigma", "55..5"], "amount must go from low to high"),
        (["digits", "--noise", "jpeg", "--sigma", "300"], "amount of jpeg is at most 100"),
        (["digits", "--patch", "6"], "multiple of 4, got 6"),
        (["digits", "--patch", "64"], "no picture is as large as 64×64"),
        (["digits", "--set", "pictures.pach=3"], "Did you mean 'patch'?"),
    ],
)
def test_mistakes_are_one_line(words, message, tmp_path, capfd):
    status, out, err = run(capfd, "denoise", "train", *words, "--out", tmp_path / "runs")
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("text", ["", "..5", "-3", "5..", "a..b"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(RecipeError):
        amount_of(text)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from kanjian.cli import app; app.run(['denoise', 'train', '--help']);"
        "print([m for m in ('keras', 'openvino', 'cv2', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_minutes_end_a_run_and_an_epoch_of_it_cleans(photos, tmp_path, capfd):
    status, _, err = run(
        capfd, "denoise", "train", photos, "--minutes", 0.05, "--json", "--out", tmp_path, *SMALL
    )
    assert status == 0, err
    assert "0.05 min are enough for about" in err
    folder = tmp_path / "denoise-fast"
    (folder / "report.json").unlink()
    shutil.rmtree(folder / "denoiser")
    epoch = sorted((folder / "epochs").iterdir())[0]
    for place, said in ((folder, "is not finished; this is epoch"), (epoch, "")):
        words = ["denoise", "apply", place, photos / "1 号.png", "-o", tmp_path / "a.png"]
        status, _, err = run(capfd, *words, "--force")
        assert status == 0, err
        assert said in err
    status, _, err = run(capfd, "denoise", "train", photos, "--minutes", 1, "--epochs", 2)
    assert status == 2
    assert "--epochs and --minutes were both given" in err
