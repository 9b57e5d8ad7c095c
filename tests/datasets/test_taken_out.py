"""Single pictures of a set as files."""

import numpy as np
import pytest

from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.dataset import Splits
from kanjian.datasets.taken_out import numbers_of, take_out
from kanjian.errors import DatasetError, KanjianError
from kanjian.images.decode import read_image


@pytest.fixture(scope="module")
def splits():
    """Eight gray pictures to learn from, five to judge with."""
    images = np.random.default_rng(0).integers(0, 256, (13, 6, 5)).astype(np.uint8)
    whole = from_arrays(images, np.arange(13) % 2, classes=("cat", "dog")).train
    return Splits(whole.subset(np.arange(8)), test=whole.subset(np.arange(8, 13)))


@pytest.mark.parametrize(("part", "of"), [(None, "test"), ("test", "test"), ("train", "train")])
def test_the_file_holds_the_pictures_pixels(splits, part, of, tmp_path):
    (taken,) = take_out(splits, [3], [tmp_path / "a.png"], part=part)
    chosen = getattr(splits, of)
    np.testing.assert_array_equal(read_image(taken.file), chosen.images.read(3))
    assert (taken.part, taken.label) == (of, chosen.classes[chosen.labels[3]])


def test_several_go_to_as_many_files_or_one_folder(splits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    take_out(splits, [0, 1], ["a.png", "b.bmp"])
    take_out(splits, [0, 1], [tmp_path / "both"])
    take_out(splits, [4])
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    assert found == {"a.png", "b.bmp", "both/test-0.png", "both/test-1.png", "test-4.png"}


@pytest.mark.parametrize(
    ("numbers", "targets", "part", "said"),
    [
        ([5], ["a.png"], None, "no picture 5 in the test part, which has 5 pictures: 0 to 4"),
        ([0], ["a.png"], "validation", "no validation part. There is: train, test"),
        ([0, 1], ["a.png"], None, "2 pictures must go to as many files, or to one folder"),
        ([0, 1], ["a.png", "a.png"], None, "to one file"),
        ([0, 0], ["folder"], None, "to one file"),
        ([0], ["there.png"], None, "there.png is there already"),
        ([0], ["a.xyz"], None, "unknown suffix"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    splits, numbers, targets, part, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_text("mine")
    with pytest.raises(KanjianError, match=said) as caught:
        take_out(splits, numbers, targets, part=part)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
    assert (tmp_path / "there.png").read_text() == "mine"


@pytest.mark.parametrize("text", ["-1", "x", "3-1", "1-2-3", "0-99999999", "", "0,,1", "1.5"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(DatasetError, match="numbers of pictures from 0 on"):
        numbers_of([text])
