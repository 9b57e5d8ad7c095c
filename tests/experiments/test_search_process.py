"""What a search hears from the process that trains its trials, and what becomes of it."""

import subprocess
import sys
from unittest.mock import Mock

import pytest

from kanjian.errors import ImageError, TrainingError
from kanjian.experiments import search_process
from kanjian.experiments.search_journal import TrialRecord
from kanjian.experiments.search_process import TrialProcess

FIRST = TrialRecord(2, {"x": 1.0})
TOLD = """
import json, os, signal, sys
tell = lambda **what: print(json.dumps(what), flush=True)
hear = lambda: json.loads(sys.stdin.readline())
record = dict(number=2, values={}, state="complete", accuracy=0.5, loss=1.0, epochs=1,
              seconds=1.0, reason="", steps=[[10, 0.5]])
"""


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Gives one that speaks as a script does."""
    started = []

    def speaking(script):
        def start(made):
            started.append(child := subprocess.Popen(
                [sys.executable, "-c", TOLD + script], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=made._said, encoding="utf-8",
            ))  # fmt: skip
            return child

        monkeypatch.setattr(TrialProcess, "_started", start)
        made = TrialProcess(tmp_path, None)
        made.started = started
        return made

    return speaking


def tried(process, falls_short=lambda *_so_far: False, *, times=1):
    with process:
        return [process.try_recipe(FIRST, falls_short=falls_short, time_is_up=lambda: True)
                for _ in range(times)]  # fmt: skip


ONE_TRIAL = """
assert hear() == {"number": 2}
tell(so_far=[10, 0.5, 40])
assert hear() == {"short": False, "late": True}
tell(record=record, peak_mb=%s)
"""


def test_what_is_asked_on_the_way_is_answered_and_the_record_comes_back(process):
    heard = []

    def falls_short(*so_far):
        return bool(heard.append(so_far))

    (found,) = tried(process(ONE_TRIAL % 1), falls_short)
    assert heard == [(10, 0.5, 40)]
    assert found == TrialRecord(2, {"x": 1.0}, accuracy=0.5, loss=1.0, epochs=1, seconds=1.0,
                                steps={10: 0.5})  # fmt: skip


@pytest.mark.parametrize(("peak", "processes"), [("1", 1), ("1e9", 3), ("None", 3)])
def test_a_process_serves_until_it_has_grown(process, peak, processes):
    made = process(f"while True:{ONE_TRIAL % peak}".replace("\n", "\n    "))
    tried(made, times=3)
    assert len(made.started) == processes
    assert all(child.returncode is not None for child in made.started)


def test_a_mistake_is_of_its_kind_and_one_line(process):
    script = 'hear(); tell(error="a.png: no picture.", kind="ImageError")'
    with pytest.raises(ImageError, match=r"^a.png: no picture.$"):
        tried(process(script))


def test_a_process_that_the_system_ends_is_a_trial_that_failed(process):
    (found,) = tried(process("hear(); os.kill(os.getpid(), signal.SIGKILL)"))
    assert (found.state, found.values) == ("failed", FIRST.values)
    assert "for want of memory" in found.reason


def test_an_error_of_ours_or_of_a_recipe_is_told_in_one_line(process):
    with pytest.raises(TrainingError, match=r"^trial 2 ended in an error: ValueError: no$"):
        tried(process("hear(); raise ValueError('no')"))


def test_ctrl_c_lets_it_save_before_it_ends_and_a_second_one_does_not_wait(process, tmp_path):
    saved = tmp_path / "saved"
    saves = f"""
hear(); tell(so_far=[1, 0.5, 40])
assert hear() == {search_process.INTERRUPTED!r}
tell(so_far=[2, 0.6, 40])
open({str(saved)!r}, "w").close()
"""
    pressed = Mock(side_effect=[KeyboardInterrupt, False, False])
    with pytest.raises(KeyboardInterrupt):
        tried(process(saves), pressed)
    assert saved.is_file()
    # no epoch is forgotten: neither the one it came in, nor the one that ended meanwhile
    assert [told.args[0] for told in pressed.call_args_list] == [1, 1, 2]
    hangs = process("import time; time.sleep(600)")
    hangs._hear = Mock(side_effect=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        tried(hangs)
    assert hangs.started[-1].returncode is not None
