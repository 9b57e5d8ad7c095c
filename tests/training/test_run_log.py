"""What a run writes down as it goes."""

import keras
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from kanjian.training.events import EpochDone, silent
from kanjian.training.run_log import TENSORBOARD, Recorder


def charts(folder):
    """Names of the curves in each folder that TensorBoard shows as one line."""
    told = {}
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        events = EventAccumulator(str(part)).Reload()
        told[part.name] = set(events.Tags()["tensors"])
    return told


def test_tensorboard_shows_training_and_validation_in_one_chart_as_keras_does(tmp_path):
    recorder = Recorder(tmp_path, silent, [])
    row = {"epoch": 1, "loss": 1.0, "accuracy": 0.5, "val_loss": 2.0, "val_accuracy": 0.4}
    recorder(EpochDone(0, row | {"learning_rate": 0.1}))
    recorder.close()
    ours = charts(tmp_path / TENSORBOARD)

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.zeros((4, 2)), np.zeros(4)
    board = keras.callbacks.TensorBoard(tmp_path / "keras", write_graph=False)
    model.fit(x, y, validation_data=(x, y), callbacks=[board], verbose=0)
    theirs = charts(tmp_path / "keras")
    for part in ("train", "validation"):
        curves = {name for name in theirs[part] if name.startswith("epoch_")}
        assert curves <= ours[part], (part, theirs)
    assert ours["train"] & ours["validation"] == {"epoch_loss", "epoch_accuracy"}
