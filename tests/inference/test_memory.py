"""Memory does not creep, and real pictures of every kind are answered."""

import gc
from pathlib import Path

import numpy as np
import pytest

from kanjian.images import encode_png
from kanjian.inference import Prediction, Recognizer, pictures_in
from small_recognizer import pictures

STATM = Path("/proc/self/statm")


def resident_mb():
    return int(STATM.read_text().split()[1]) * 4096 / 2**20


def ask_in_every_way(recognizer, times):
    """Single pictures of changing sizes as arrays and as files, and batches of changing length."""
    rng = np.random.default_rng(0)
    data = encode_png(pictures(1)[0])
    for number in range(times // 10):
        for _ in range(4):
            height, width = rng.integers(8, 64, 2)
            recognizer.predict(rng.integers(0, 256, (height, width, 3), np.uint8))
        recognizer.predict(data)
        stream = recognizer.predict_many([data] * 5, batch_size=1 + number % 5)
        assert sum(answer.known for answer in stream) == 5


@pytest.mark.skipif(not STATM.exists(), reason="resident memory is read from /proc")
@pytest.mark.parametrize("times", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_memory_stays_flat_over_many_answers(saved, times):
    recognizer = Recognizer.load(saved)
    ask_in_every_way(recognizer, 300)  # buffers, thread stacks and shape caches settle
    gc.collect()
    before = resident_mb()
    ask_in_every_way(recognizer, times)
    gc.collect()
    assert resident_mb() - before < 4


def test_a_stream_of_large_pictures_holds_only_three_batches(saved):
    recognizer = Recognizer.load(saved)
    held = {"now": 0, "most": 0}

    class Large(bytes):
        def __new__(cls, data):
            held["now"] += 1
            held["most"] = max(held["most"], held["now"])
            return super().__new__(cls, data)

        def __del__(self):
            held["now"] -= 1

    data = encode_png(pictures(1)[0])
    answers = recognizer.predict_many((Large(data) for _ in range(200)), batch_size=4)
    assert sum(1 for _ in answers) == 200
    assert held["most"] <= 3 * 4 + 1


def test_real_pictures_of_every_kind_are_answered(saved, shared_data):
    recognizer = Recognizer.load(saved)
    paths = [
        path for path in pictures_in([shared_data / "images"]) if path.stat().st_size < 1_000_000
    ]
    assert len(paths) > 30
    answers = list(recognizer.predict_many(paths, on_error="report"))
    assert [answer.name for answer in answers] == [str(path) for path in paths]
    assert [answer.name for answer in answers if not isinstance(answer, Prediction)] == []
