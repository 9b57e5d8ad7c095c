"""Many pictures at once are asked in groups, so that memory does not grow with their number."""

import numpy as np
import pytest

from kanjian.inference import engines
from kanjian.inference.recognizer import Recognizer


@pytest.mark.parametrize("numbers", [1, 200, 10**9])
def test_the_size_of_groups_changes_no_answer(saved, monkeypatch, numbers):
    recognizer = Recognizer.load(saved)
    height, width = recognizer.card.size_hw
    shape = (13, height, width, recognizer.card.channels)
    batch = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    alone = np.concatenate([recognizer.probabilities(batch[n : n + 1]) for n in range(13)])
    monkeypatch.setattr(engines, "_NUMBERS", numbers)
    np.testing.assert_allclose(recognizer.probabilities(batch), alone, atol=1e-6)
