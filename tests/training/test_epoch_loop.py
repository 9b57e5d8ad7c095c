"""The epochs: a run stopped anywhere and gone on with is the unbroken run."""

import numpy as np
import pytest

from kanjian import backend
from kanjian.backend.seeding import set_seed
from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.errors import TrainingError
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.recipe import Training
from kanjian.training.batches import Batches
from kanjian.training.checkpoint import Progress, load_checkpoint
from kanjian.training.epoch_loop import EpochLoop, TrainingInterrupted
from kanjian.training.events import EpochDone, StepDone
from kanjian.training.probe import probe

EPOCHS, STEPS = 3, 7


def toy_batches(seed=0, *, n=STEPS * 8 - 3, shuffle=True):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, n)
    images = rng.integers(0, 100, (n, 6, 6)).astype(np.uint8) + 100 * labels[:, None, None].astype(
        np.uint8
    )
    data = Dataset(ArrayImages.of(images), labels, ("dark", "light"))
    augmentation = Augmentation(flip_horizontal=True, shift_px=1) if shuffle else Augmentation()
    return Batches(
        data, InputShape((6, 6), 1), labels, batch_size=8, augmentation=augmentation, seed=seed,
        sampling="shuffled" if shuffle else "in-order",
    )  # fmt: skip


def toy_model(steps_per_execution=1, learning_rate=0.01):
    keras = backend.load_keras()
    set_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
        steps_per_execution=steps_per_execution,
    )
    return model


class StopAfter:
    """Says stop once this many steps of the whole run are done."""

    def __init__(self, steps):
        self.left, self.rows = steps, []

    def __call__(self, event):
        if isinstance(event, StepDone):
            self.left -= 1
        if isinstance(event, EpochDone):
            self.rows.append(event.row)

    def pressed(self):
        return self.left <= 0


def loop_in(folder, stop, *, keep="average", group=1):
    training = Training(epochs=EPOCHS, batch_size=8, keep=keep)
    validation = toy_batches(shuffle=False)
    return EpochLoop(
        toy_model(group), toy_batches(), validation, training,
        progress=Progress(), folder=folder, callback=stop, interrupted=stop.pressed,
    )  # fmt: skip


def history_of(loop):
    timed = ("seconds", "images_per_second")
    return [{k: v for k, v in row.items() if k not in timed} for row in loop.progress.history]


@pytest.mark.backends
@pytest.mark.parametrize(
    ("keep", "stop_at"),
    [("last", 1), ("average", STEPS - 1), ("best-loss", STEPS), ("average", STEPS + 3)],
)
def test_a_run_stopped_at_any_step_and_resumed_equals_the_unbroken_one(tmp_path, keep, stop_at):
    whole = loop_in(tmp_path / "whole", StopAfter(10**9), keep=keep)
    whole.run()
    broken = loop_in(tmp_path / "broken", StopAfter(stop_at), keep=keep)
    with pytest.raises(TrainingInterrupted):
        broken.run()

    resumed = loop_in(tmp_path / "broken", StopAfter(10**9), keep=keep)
    resumed.progress, arrays = load_checkpoint(tmp_path / "broken")
    resumed.restore(arrays)
    resumed.run(arrays)

    assert history_of(resumed) == history_of(whole)
    for ours, theirs in zip(resumed.kept_weights(), whole.kept_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.backends
def test_a_checkpoint_within_an_epoch_holds_the_weights_of_that_step(tmp_path):
    """As a kill leaves it: nothing but what the clock had saved."""
    whole = loop_in(tmp_path / "whole", StopAfter(10**9), keep="last")
    whole.run()
    killed = loop_in(tmp_path / "killed", StopAfter(10**9), keep="last")
    # a checkpoint after every step, and a death right after the second one of epoch 2
    killed.training = killed.training.model_copy(update={"checkpoint_minutes": 1e-9})
    saved = killed.save

    def save_and_die(seconds):
        saved(seconds)
        if (killed.progress.epoch, killed.progress.step) == (1, 2):
            raise MemoryError

    killed.save = save_and_die
    with pytest.raises(MemoryError):
        killed.run()
    resumed = loop_in(tmp_path / "killed", StopAfter(10**9), keep="last")
    resumed.progress, arrays = load_checkpoint(tmp_path / "killed")
    assert (resumed.progress.epoch, resumed.progress.step) == (1, 2)
    resumed.restore(arrays)
    resumed.run(arrays)
    assert history_of(resumed) == history_of(whole)
    for ours, theirs in zip(resumed.kept_weights(), whole.kept_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_groups_of_steps_resume_bit_for_bit_too(tmp_path):
    whole = loop_in(tmp_path / "whole", StopAfter(10**9), group=3)
    whole.run()
    broken = loop_in(tmp_path / "broken", StopAfter(4), group=3)
    with pytest.raises(TrainingInterrupted):
        broken.run()
    resumed = loop_in(tmp_path / "broken", StopAfter(10**9), group=3)
    resumed.progress, arrays = load_checkpoint(tmp_path / "broken")
    resumed.restore(arrays)
    resumed.run(arrays)
    for ours, theirs in zip(resumed.kept_weights(), whole.kept_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.backends
def test_the_probe_leaves_no_trace(tmp_path):
    plain = loop_in(tmp_path / "plain", StopAfter(10**9), keep="last")
    plain.run()
    probed = loop_in(tmp_path / "probed", StopAfter(10**9), keep="last")
    estimate = probe(probed.model, probed.train, epochs=range(EPOCHS))
    probed.run()
    assert estimate.minutes > 0
    assert estimate.images_per_second > 0
    assert history_of(probed) == history_of(plain)


def test_the_average_is_the_debiased_mean_of_all_steps(tmp_path):
    loop = loop_in(tmp_path, StopAfter(10**9))
    loop.training = loop.training.model_copy(update={"average_decay": 0.5})
    seen = []
    for value in (1.0, 2.0, 4.0):
        loop.model.set_weights([np.full_like(w, value) for w in loop.model.get_weights()])
        loop.update_average(loop.model.get_weights(), 1)
        seen.append(float(loop.averaged()[0].flat[0]))
    # worked by hand: 1; (1 + 2·2)/3; (1 + 2·2 + 4·4)/7
    np.testing.assert_allclose(seen, [1, 5 / 3, 3], rtol=1e-6)


def test_what_is_kept_is_the_average_of_the_weights_after_every_step(tmp_path):
    """Worked out again from the weights themselves, as a run goes through them."""
    seen = []

    class Look(StopAfter):
        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, StepDone):
                seen.append(loop.model.get_weights())

    loop = loop_in(tmp_path, Look(10**9))
    loop.run()
    assert len(seen) == EPOCHS * STEPS
    decay = loop.training.average_decay
    shares = decay ** np.arange(len(seen))[::-1]
    for kept, steps in zip(loop.kept_weights(), zip(*seen, strict=True), strict=True):
        if kept.dtype.kind == "f":
            wanted = np.average(np.float64(steps), axis=0, weights=shares)
            np.testing.assert_allclose(kept, wanted, rtol=1e-4, atol=1e-6)


def test_early_stopping_waits_for_its_patience(tmp_path):
    loop = loop_in(tmp_path, StopAfter(10**9), keep="best-loss")
    loop.training = loop.training.model_copy(update={"early_stopping": 2})
    stopped = []
    for loss in (1.0, 0.5, 0.6, 0.7):
        loop._keep_best({"val_loss": loss, "val_accuracy": 0.5})
        stopped.append(loop.progress.stopped_early)
    assert stopped == [False, False, False, True]
    assert loop.progress.best == -0.5


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(tmp_path):
    loop = loop_in(tmp_path, StopAfter(10**9), keep="last")
    loop.training = loop.training.model_copy(update={"epochs": 1})
    loop.run()
    loop.training = loop.training.model_copy(update={"epochs": 2})
    loop.model.set_weights([np.full_like(w, np.nan) for w in loop.model.get_weights()])
    with pytest.raises(TrainingError, match=r"the loss became nan in epoch 2\. Try a learning"):
        loop.run()
    progress, arrays = load_checkpoint(tmp_path)
    assert progress.epoch == 1
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_the_second_epoch_does_not_retrace(tmp_path):
    if backend.backend_name() != "tensorflow":
        pytest.skip("only TensorFlow traces")
    loop = loop_in(tmp_path, StopAfter(10**9), keep="last")
    traces = []
    original = loop.model.train_step
    loop.model.train_step = lambda data: (traces.append(1), original(data))[1]
    loop.run()
    # one for whole batches, at most one more for the smaller last one
    assert len(traces) <= 2


def test_every_epoch_shows_every_picture_once_in_a_new_order():
    batches = toy_batches()
    orders = []
    for epoch in range(2):
        batches.begin(epoch)
        assert sum(len(batches[step][0]) for step in range(len(batches))) == len(batches.dataset)
        orders.append(batches._order)
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(len(batches.dataset)))
    assert (orders[0] != orders[1]).any()
