"""Whoever hears of a run is called with each event, and passes on what others may want."""

from typing import get_args

import pytest

import kanjian
from kanjian.cli.training_progress import Bar, Lines
from kanjian.denoise.epoch_snapshots import EpochSnapshots
from kanjian.errors import TrainingError
from kanjian.recipes.recipe import Recipe
from kanjian.training.events import (
    EpochDone,
    Estimate,
    Event,
    FeaturesPassed,
    Message,
    PhaseStart,
    Plan,
    StepDone,
)
from kanjian.training.former_listener import Listener, hears_listeners
from kanjian.training.run_log import LOG, Recorder

PLAN = Plan(Recipe(model={"name": "lenet"}), 80, 20, 0, ("cat", "dog"), (28, 28, 1), 1256080,
            "tensorflow", "float32", 2)  # fmt: skip
EVENTS = (
    PLAN,
    PhaseStart("head", 1, 2, 0, 1, 2, 32, 2562),
    FeaturesPassed(40, 80),
    FeaturesPassed(80, 80),
    Estimate(0.5, 5700.4, None),
    StepDone(0, 1, {"loss": 0.5, "accuracy": 0.25}),
    Message("half of it is done"),
    EpochDone(0, {"epoch": 1, "loss": 0.125, "val_accuracy": 0.75}),
)


def test_every_event_is_tried_here():
    assert {type(event) for event in EVENTS} == set(get_args(Event))


def test_what_writes_and_what_keeps_pass_every_event_on(tmp_path, monkeypatch):
    kept, passed = [], []
    monkeypatch.setattr(EpochSnapshots, "keep", lambda _, epoch: kept.append(epoch))
    recorder = Recorder(tmp_path, EpochSnapshots(tmp_path, passed.append), [])
    for event in EVENTS:
        recorder(event)
    recorder.close()
    assert passed == list(EVENTS)
    assert kept == [1]
    log = (tmp_path / LOG).read_text(encoding="utf-8")
    for said in ("2 classes", "phase 1 of 2, head", "expected: 0.5 min", "loss 0.125", "half of"):
        assert said in log, said


@pytest.mark.parametrize("kind", [Lines, Bar])
def test_lines_and_bar_say_what_a_person_wants_to_know(kind, capsys):
    callback = kind()
    for event in EVENTS:
        callback(event)
    if kind is Bar:
        assert callback._bar is None, "the bar goes with the last epoch"
    out, err = capsys.readouterr()
    assert not out
    for said in ("lenet", "phase 1 of 2, head", "expected: 30 s", "val acc 75.0 %", "half of"):
        assert said in err, said


def test_a_listener_of_before_hears_every_event_by_its_method():
    heard = []

    class Everything(Listener):
        def __getattribute__(self, method):
            return lambda *what: heard.append((method, *what))

    with pytest.warns(DeprecationWarning, match="listener with methods"):
        pass_on = hears_listeners(lambda *, callback: callback)(callback=Everything())
    for event in EVENTS:
        pass_on(event)
    assert heard == [
        ("planned", PLAN),
        ("entered", EVENTS[1]),
        ("passed", 40, 80),
        ("passed", 80, 80),
        ("estimated", EVENTS[4]),
        ("stepped", 0, 1, {"loss": 0.5, "accuracy": 0.25}),
        ("said", "half of it is done"),
        ("finished_epoch", 0, {"epoch": 1, "loss": 0.125, "val_accuracy": 0.75}),
    ]


def test_what_cannot_hear_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(TrainingError, match="must be a function that takes an event, got list"):
        kanjian.train("digits", out=tmp_path, callback=[])
    assert not list(tmp_path.iterdir())
