import numpy as np
import pytest

from kanjian.backend import backend_name, load_keras
from kanjian.recipes.learning import Schedule
from kanjian.training.schedules import build_schedule, learning_rate_at

STEPS = {"total_steps": 40, "steps_per_epoch": 10}
SCHEDULES = [
    Schedule(warmup=0.1),
    Schedule(name="cosine", warmup=0.25, final=0.1),
    Schedule(name="linear", final=0.2),
    Schedule(name="step", factor=0.5),
    Schedule(name="exponential", factor=0.9, warmup=0.1),
    Schedule(name="inverse-time", factor=1e-2),
    Schedule(name="exponential", factor=0.0),
]


def at(step, schedule, peak=1.0):
    return learning_rate_at(step, schedule, peak, **STEPS)


@pytest.mark.backends
@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_keras_follows_the_formula(schedule):
    keras_schedule = build_schedule(schedule, 0.3, **STEPS)
    steps = np.arange(45)
    got = [float(keras_schedule(int(step))) for step in steps]
    np.testing.assert_allclose(got, at(steps, schedule, 0.3), rtol=2e-5, atol=1e-7)


def test_the_formula_runs_inside_a_compiled_function():
    if backend_name() != "tensorflow":
        pytest.skip("tf.function is TensorFlow's")
    tf = pytest.importorskip("tensorflow")
    for schedule in SCHEDULES:
        compiled = tf.function(build_schedule(schedule, 0.3, **STEPS))
        got = float(compiled(tf.constant(7, tf.int64)))
        assert got == pytest.approx(float(at(7, schedule, 0.3)), rel=2e-5)


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    [
        (Schedule(), 17, 1),
        (Schedule(warmup=0.1), 0, 1 / 5),
        (Schedule(warmup=0.1), 4, 1),
        (Schedule(name="cosine"), 0, 1),
        (Schedule(name="cosine"), 20, 0.5),
        (Schedule(name="cosine"), 40, 0),
        (Schedule(name="cosine", final=0.1, warmup=0.5), 30, 0.55),
        (Schedule(name="linear", final=0.2), 10, 0.8),
        (Schedule(name="step"), 19, 1),
        (Schedule(name="step"), 20, 0.1),
        (Schedule(name="step"), 30, 0.01),
        (Schedule(name="exponential", factor=0.9), 9, 1),
        (Schedule(name="exponential", factor=0.9), 20, 0.81),
        (Schedule(name="inverse-time", factor=0.01), 25, 0.8),
        (Schedule(name="inverse-time", factor=1, final=0.5), 30, 0.5),
    ],
)
def test_rates_by_hand(schedule, step, rate):
    assert float(at(step, schedule)) == pytest.approx(rate, abs=1e-12)


def test_no_schedule_is_a_plain_number():
    assert build_schedule(Schedule(), 0.5, **STEPS) == 0.5


def test_warm_up_never_starts_at_zero_and_the_rate_never_passes_its_peak():
    for schedule in SCHEDULES:
        rates = at(np.arange(40), schedule, 2.0)
        assert rates[0] > 0
        assert rates.max() <= 2.0


@pytest.mark.backends
def test_an_optimizer_follows_it():
    keras = load_keras()
    schedule = build_schedule(Schedule(name="inverse-time", factor=1.0), 0.5, **STEPS)
    optimizer = keras.optimizers.SGD(schedule)
    weight = keras.Variable(np.zeros(1, np.float32))
    moved = []
    for _ in range(3):
        before = np.array(weight)[0]
        optimizer.apply([keras.ops.ones((1,))], [weight])
        moved.append(before - np.array(weight)[0])
    np.testing.assert_allclose(moved, [0.5, 0.25, 1 / 6], rtol=1e-5)
