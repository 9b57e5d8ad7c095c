"""What `kanjian sort` says of the pictures it keeps apart."""

from pathlib import Path

import pytest

from kanjian.cli.sort import _unsure_line
from kanjian.inference.sort_pictures import Sorted, SortedPictures

SURE = Sorted(Path("a"), "cat", 0.9)
UNLIKE = Sorted(Path("b"), "cat", 0.9, unsure=True)
DOUBTFUL = Sorted(Path("c"), "cat", 0.3, unsure=True)


@pytest.mark.parametrize(
    ("pictures", "threshold", "said"),
    [
        ((SURE,), None, "no threshold: nothing goes to unsure; set one with --confidence"),
        ((SURE, UNLIKE), None, "unsure: 1 picture unlike the training pictures; no threshold of "
         "confidence, set one with --confidence"),
        ((SURE, DOUBTFUL), 0.5, "unsure: where the confidence is below 50.0 %"),
        ((UNLIKE, DOUBTFUL), 0.5, "unsure: where the confidence is below 50.0 %, and 1 picture "
         "unlike the training pictures"),
    ],
)  # fmt: skip
def test_the_line_of_the_doubtful_says_why_each_is_there(pictures, threshold, said):
    done = SortedPictures(pictures, Path("sorted"), None, threshold, "unsure")
    assert _unsure_line(done) == said
