"""The first thing a newcomer runs."""

import subprocess
import sys

import numpy as np
import pytest

from kanjian.cli.demo import text_art, unseen_digit
from kanjian.recipes.shipped import shipped


@pytest.mark.slow
def test_demo_trains_and_knows_a_digit_it_has_not_seen(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    done = subprocess.run(
        [sys.executable, "-m", "kanjian", "demo", "--out", str(tmp_path / "跑 runs")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "It is a 3. The prediction is 3, with a confidence of" in done.stdout
    assert max(map(len, done.stderr.splitlines())) <= 80
    run = tmp_path / "跑 runs" / "mnist-demo"
    assert f"kanjian predict '{run}' '{run / 'demo.png'}'" in done.stdout
    assert (run / "demo.png").is_file()


def test_the_digit_is_of_the_test_part():
    image, truth = unseen_digit(shipped("mnist-demo"))
    assert image.shape == (28, 28)
    assert truth == "3"


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (5, 9, 3), (300, 400, 3)])
def test_text_art_keeps_the_shape_of_the_picture(shape):
    lines = text_art(np.full(shape, 255, np.uint8), columns=40).splitlines()
    assert {len(line) for line in lines} == {40}
    assert len(lines) == max(1, round(40 * shape[0] / shape[1] / 2))


def test_text_art_of_black_is_nothing():
    assert text_art(np.zeros((28, 28), np.uint8)) == ""
