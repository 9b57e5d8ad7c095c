"""Run folders: what they say of themselves, and whether two differ beyond chance."""

import json
import shutil
import signal

import numpy as np
import pytest

from kanjian.errors import TrainingError
from kanjian.experiments.cross_validation import cross_validate
from kanjian.experiments.runs import compare_runs, list_runs, recipe_differences, summarize
from kanjian.recipes.codec import write_recipe
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.events import EpochDone
from kanjian.training.train import train
from toy_studies import toy_recipe


def stop_after_one_epoch(event):
    if isinstance(event, EpochDone):
        signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A short run, one that is longer, and one stopped after its first epoch."""
    out = tmp_path_factory.mktemp("runs")
    train(toy_recipe(training={"epochs": 1}), out=out)
    train(toy_recipe(training={"epochs": 4}).model_copy(update={"name": "longer"}), out=out)
    with pytest.raises(TrainingInterrupted):
        stopped = toy_recipe(training={"epochs": 9}).model_copy(update={"name": "stopped"})
        train(stopped, out=out, callback=stop_after_one_epoch)
    (out / "notes").mkdir()  # no run: passed over
    return out


def fake(folder, *, right, n=400, part="test", data="same", recipe=None):
    """A finished run in a few files, with the answers of a recognizer that is right on `right`."""
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text(write_recipe(recipe or toy_recipe()), encoding="utf-8")
    judged = {"accuracy": float(right.mean()), "n": n}
    (folder / "report.json").write_text(json.dumps({part: judged, "epochs": 2}), encoding="utf-8")
    facts = {"data": {"test": data}}
    (folder / "environment.json").write_text(json.dumps(facts), encoding="utf-8")
    labels = np.zeros(n, np.int64)
    np.savez(folder / "answers.npz", test_labels=labels, test_predicted=np.where(right, 0, 1))
    return folder


def test_finished_and_unfinished_runs_are_listed(runs):
    found = {run.name: run for run in list_runs(runs)}
    assert set(found) == {"toy", "longer", "stopped"}
    assert found["longer"].state == "finished"
    report = json.loads((runs / "longer" / "report.json").read_text(encoding="utf-8"))
    assert found["longer"].accuracy == report["test"]["accuracy"]
    assert (found["longer"].part, found["longer"].n, found["longer"].epochs) == ("test", 240, 4)
    assert found["stopped"].state == "unfinished"
    assert (found["stopped"].epochs, found["stopped"].planned) == (1, 9)
    assert found["stopped"].accuracy is None
    assert [run.changed_s for run in list_runs(runs)] == sorted(
        (run.changed_s for run in found.values()), reverse=True
    )


def test_real_runs_are_compared_picture_by_picture(runs):
    found = compare_runs(runs / "longer", runs / "toy")
    assert found.difference.method.startswith("McNemar")
    a, b = (summarize(runs / name).accuracy for name in ("longer", "toy"))
    assert found.difference.difference == pytest.approx(a - b)
    assert found.recipe == {"training.epochs": (4, 1)}
    assert "longer is better than toy" in found.verdict


def test_the_same_count_is_proof_only_on_the_same_pictures(tmp_path):
    better = np.arange(400) >= 10
    worse = np.arange(400) >= 20
    a, b = fake(tmp_path / "a", right=better), fake(tmp_path / "b", right=worse)
    assert compare_runs(a, b).difference.beyond_chance
    other = fake(tmp_path / "c", right=worse, data="others")
    found = compare_runs(a, other)
    assert found.difference.method.startswith("Fisher")
    assert not found.difference.beyond_chance
    assert "No difference beyond chance" in found.verdict


def test_without_stored_answers_counts_are_compared(tmp_path):
    right = np.arange(400) >= 10
    a, b = fake(tmp_path / "a", right=right), fake(tmp_path / "b", right=right)
    (b / "answers.npz").unlink()
    assert compare_runs(a, b).difference.method.startswith("Fisher")


def test_results_on_different_parts_are_not_compared(tmp_path):
    right = np.arange(400) >= 10
    a = fake(tmp_path / "a", right=right)
    b = fake(tmp_path / "b", right=right, part="validation")
    found = compare_runs(a, b)
    assert found.difference is None
    assert "on its test part, the other on its validation part" in found.verdict


def test_a_run_is_not_compared_with_a_cross_validation(tmp_path):
    study = cross_validate(toy_recipe(training={"epochs": 1}), folds=2, out=tmp_path)
    found = summarize(study.folder)
    assert (found.kind, found.state, found.part, found.n) == ("crossval", "finished", "folds", 240)
    assert found.accuracy == study.accuracy.mean
    run = fake(tmp_path / "a", right=np.arange(400) >= 10)
    assert "one is of kind run, the other crossval" in compare_runs(run, study.folder).verdict


def test_a_run_that_is_not_finished_has_no_result_to_compare(runs):
    with pytest.raises(TrainingError, match="is unfinished"):
        compare_runs(runs / "toy", runs / "stopped")


@pytest.mark.parametrize(
    ("file", "content"),
    [("report.json", "{"), ("report.json", '{"test": {}}'), ("recipe.toml", "[data]\nsorce = 1")],
)
def test_a_damaged_run_is_listed_as_damaged_and_hides_no_other(tmp_path, file, content):
    right = np.arange(400) >= 10
    fake(tmp_path / "sound", right=right)
    bad = fake(tmp_path / "bad", right=right)
    (bad / file).write_text(content, encoding="utf-8")
    found = {run.name: run for run in list_runs(tmp_path)}
    assert found["sound"].state == "finished"
    assert found["bad"].state == "damaged"
    assert found["bad"].problem
    with pytest.raises(TrainingError, match="is damaged"):
        compare_runs(tmp_path / "sound", bad)


def test_a_damaged_checkpoint_is_told(runs, tmp_path):
    shutil.copytree(runs / "stopped", tmp_path / "stopped")
    (tmp_path / "stopped" / "checkpoint" / "state.npz").write_bytes(b"PK no more")
    assert summarize(tmp_path / "stopped").state == "damaged"


def test_no_folder_and_no_run_are_told(tmp_path):
    with pytest.raises(TrainingError, match="no folder"):
        list_runs(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="no run in"):
        summarize(tmp_path)
    assert list_runs(tmp_path) == []


def test_recipes_differ_in_the_keys_that_differ(tmp_path):
    right = np.arange(400) >= 10
    a = fake(tmp_path / "a", right=right)
    sgd = toy_recipe(optimizer={"name": "sgd", "momentum": 0.9})
    b = fake(tmp_path / "b", right=right, recipe=sgd)
    assert recipe_differences(a, b) == {
        "optimizer.name": ("adam", "sgd"),
        "optimizer.momentum": (None, 0.9),
    }
    assert recipe_differences(a, a) == {}
