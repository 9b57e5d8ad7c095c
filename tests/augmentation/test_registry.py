"""Augmentations are found in their files; a new one is one file."""

import json
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

from kanjian.augmentation import operations
from kanjian.augmentation.operation import Operation, Pixels
from kanjian.augmentation.registry import OPERATIONS, keys, largest_zoom
from kanjian.augmentation.streams import Streams
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from kanjian.recipes.augmentation import Augmentation

NEW = '''
from typing import Annotated, ClassVar

from pydantic import Field

from kanjian.augmentation.operation import Pixels


class Invert(Pixels):
    """Pictures as their negatives."""

    order = 450
    neutral: ClassVar = {"inverted": False}

    invert_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Show this share of the pictures as negatives."""

    def draw(self, streams):
        share = self.invert_share
        return {"inverted": streams.uniform("invert") < share if share else None}

    def change(self, out, params, k):
        if params.inverted[k]:
            out[...] = 255 - out
'''
# What the file's folder is for a moment: one of those that operations are found in
COMMAND = """
import sys
from kanjian.augmentation import operations
operations.__path__.append(sys.argv[1])
from kanjian.cli.app import run
sys.exit(run(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def with_new(tmp_path_factory):
    """Runs a command of a kanjian that has one file more."""
    folder = tmp_path_factory.mktemp("more")
    (folder / "invert.py").write_text(NEW)

    def command(*words):
        return subprocess.run(
            [sys.executable, "-c", COMMAND, folder, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
        )

    return command


def test_a_new_file_is_a_new_augmentation(with_new, tmp_path):
    for name in ("a", "b"):
        write_image(tmp_path / "photos" / name / "gray.png", np.full((8, 8), 200, np.uint8))
    out = tmp_path / "varied"
    done = with_new(
        "datasets", "augment", tmp_path / "photos", "--out", out, "--augment", "none",
        "--set", "augmentation.invert_share=1.0", "--set", "data.validation=0",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    varied = [read_image(path) for path in out.rglob("*.png")]
    assert len(varied) == 8
    assert all((image == 55).all() for image in varied)


def test_a_new_key_is_explained_and_checked(with_new):
    done = with_new("recipes", "--explain", "augmentation.invert_share", "--json")
    (key,) = json.loads(done.stdout)
    assert key["about"] == "Show this share of the pictures as negatives."
    done = with_new("train", "mnist-lenet", "--set", "augmentation.invert_share=2")
    assert done.returncode == 2
    assert "[augmentation] invert_share must be less than or equal to 1, got 2" in done.stderr


def test_every_file_holds_an_operation():
    files = {file.name for file in pkgutil.iter_modules(operations.__path__)}
    assert files == {each.__module__.rpartition(".")[2] for each in OPERATIONS}


def test_no_two_operations_claim_the_same():
    assert len({each.order for each in OPERATIONS}) == len(OPERATIONS)
    drawn = [name for each in OPERATIONS for name in each.neutral]
    assert len(set(drawn)) == len(drawn)
    own = [
        name for each in OPERATIONS for name in each.__annotations__ if name in each.model_fields
    ]
    assert len(set(own)) == len(own)
    assert set(own) == set(keys()) == set(Augmentation.model_fields)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.__name__)
def test_an_operation_that_is_off_draws_nothing(operation):
    drawn = operation().draw(Streams(2, seed=0, epoch=0))
    assert all(value is None for value in drawn.values())


def test_what_is_drawn_must_have_a_neutral_value():
    class Forgetful(Pixels):
        """One that draws what it does not name."""

        order = 1

        def draw(self, streams):
            return {"tint": streams.uniform("tint")}

        def change(self, out, params, k):
            pass

    with pytest.raises(TypeError, match=r"Forgetful draws \['tint'\] without a neutral value"):
        Forgetful().add(None, Streams(2, seed=0, epoch=0))


def test_what_is_off_enlarges_nothing():
    assert largest_zoom(Augmentation()) == 1
    assert largest_zoom(Augmentation(zoom_frac=0.2, crop_area=0.25)) == 2.4


def test_an_operation_may_be_of_no_kind():
    assert Operation().enlarged(1.5) == 1.5
