"""One 28×28 picture through `Recognizer.predict`, in process, against Keras' `predict`.

Run: python bench/predict_one.py
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.backend import load_keras
from kanjian.inference import Recognizer
from record import spread, write_result
from small_lenet import saved_lenet

ROUNDS, ASKS = 30, 100


def seconds_each(ask, image: np.ndarray, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        ask(image)
    return (time.perf_counter() - start) / repeats


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = saved_lenet(Path(folder))
        recognizer = Recognizer.load(run)
        model = load_keras().saving.load_model(run / "recognizer/model.keras")
    image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    by_keras, by_call, ours = [], [], []
    for _ in range(ROUNDS + 1):  # the first round warms up
        ours.append(1e3 * seconds_each(recognizer.predict, image, ASKS))
        predict = lambda one: model.predict(one[None, :, :, None], verbose=0)  # noqa: E731
        by_keras.append(1e3 * seconds_each(predict, image, 3))
        call = lambda one: model.predict_on_batch(one[None, :, :, None])  # noqa: E731
        by_call.append(1e3 * seconds_each(call, image, 10))
    result = {
        "what": "milliseconds for one 28×28 picture, LeNet of 1.26 million parameters",
        "at_most_ms": 0.5,
        "kanjian_ms": spread(ours[1:]),
        "keras_predict_ms": spread(by_keras[1:]),
        "keras_predict_on_batch_ms": spread(by_call[1:]),
    }
    result["keras_predict_over_kanjian"] = (
        result["keras_predict_ms"]["median"] / result["kanjian_ms"]["median"]
    )
    print(write_result("predict_one", result))


if __name__ == "__main__":
    main()
