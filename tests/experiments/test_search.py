"""A search: the default first, the same proposals from the same seed, the test part last."""

import json
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from kanjian.datasets.fingerprint import fingerprint
from kanjian.errors import StorageError, TrainingError
from kanjian.experiments import search_loop, search_process, search_trial
from kanjian.experiments.search import opened_again, resume_search, search_recipe
from kanjian.experiments.search_axes import Axis
from kanjian.experiments.search_journal import JOURNAL, Asked, Journal, TrialRecord
from kanjian.experiments.search_process import TrialProcess
from kanjian.experiments.search_result import BEST, DEFAULT, TRIALS, best_of
from kanjian.experiments.search_trial import TrialEnded, Watch
from kanjian.images.write import write_image
from kanjian.recipes.codec import read_recipe
from kanjian.storage.locks import alone
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.events import EpochDone
from kanjian.training.trainer import open_pictures
from toy_studies import Heard, toy_recipe

OVER = {"optimizer.learning_rate": "1e-4..0.5", "training.batch_size": [16, 32, 64]}
FIXED = {"overrides": {"optimizer.weight_decay": 0.0, "training.label_smoothing": 0.0,
                       "schedule.name": "constant", "model.options": {}},
         "augment": "none"}  # fmt: skip


def searched(out, *, callback=None, recipe=None, **more):
    options = {"minutes": None, "trials": 4, "folds": 1, "over": OVER} | FIXED | more
    return search_recipe(recipe or toy_recipe(), out=out, callback=callback, **options)


def without_time(found):
    return [{k: v for k, v in each.to_dict().items() if k != "seconds"} for each in found.trials]


class Here:
    """Trains trials in this process, which starts sooner: for tests that ask something else."""

    def __init__(self, folder, data_folder, *, allow_code):
        self.folder, self.data_folder = folder, data_folder

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def try_recipe(self, first, **told):
        again = opened_again(self.folder, self.data_folder)
        place = self.folder / TRIALS / f"{first.number:03d}"
        recipe = read_recipe(place / "recipe.toml")
        return search_trial.try_recipe(recipe, again.parts, place, first, **told)


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(search_loop, "TrialProcess", Here)


@pytest.fixture(scope="module")
def started():
    return []


@pytest.fixture(scope="module")
def whole(tmp_path_factory, started):
    """A search whose process is taken for grown after its second trial."""
    start, ends = TrialProcess._started, iter([False, True, False, False])

    def spied(process):
        started.append(child := start(process))
        return child

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrialProcess, "_started", spied)
        patch.setattr(search_process, "has_grown", lambda _peak: next(ends))
        patch.setattr(search_trial, "run_trial", None)  # whoever trains here fails
        return searched(tmp_path_factory.mktemp("whole"))


def test_no_trial_takes_memory_of_this_process_and_one_that_has_grown_is_replaced(whole, started):
    assert len(whole.trials) == 4
    assert len({child.pid for child in started}) == 2
    assert all(child.returncode is not None for child in started)  # none is left behind


def test_the_default_comes_first_and_the_best_is_never_below_it(whole):
    first = whole.trials[0]
    assert first.values == {"optimizer.learning_rate": 0.05, "training.batch_size": 32}
    assert whole.best.rank <= first.rank
    assert len(whole.trials) == 4
    assert whole.best == best_of(list(whole.trials))


def test_what_is_left_behind(whole):
    folder = whole.folder
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["kind"] == "search"
    assert len(report["trials"]) == 4
    assert report["kept"] == whole.kept.name
    assert (folder / "report.html").is_file()
    assert read_recipe(folder / DEFAULT) == whole.recipe
    assert read_recipe(whole.recipe_file) == read_recipe(
        whole.kept.folder / "recipe.toml"
    ).model_copy(update={"input": read_recipe(whole.recipe_file).input})
    assert read_recipe(folder / BEST).optimizer.learning_rate == pytest.approx(
        whole.best.values["optimizer.learning_rate"]
    )
    assert (whole.kept.folder / "recognizer" / "recognizer.toml").is_file()
    assert not list((folder / "trials").glob("*/*/checkpoint"))


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(whole, tmp_path, monkeypatch):
    falls_short, asked = Asked.falls_short, []

    def stopped_once(*told):
        asked.append(told)
        if len(asked) == 1:  # the second trial has trained its first epoch
            raise KeyboardInterrupt
        return falls_short(*told)

    monkeypatch.setattr(Asked, "falls_short", stopped_once)
    with pytest.raises(TrainingInterrupted):
        searched(tmp_path)
    folder = tmp_path / "toy-search"
    assert (folder / BEST).is_file()
    assert (folder / TRIALS / "002" / "1" / "checkpoint").is_dir()
    again = resume_search(folder)
    assert without_time(again) == without_time(whole)
    assert again.default_run.accuracy == whole.default_run.accuracy
    with pytest.raises(TrainingError, match="is finished"):
        resume_search(folder)


class StopAtSentence(Heard):
    """Presses Ctrl-C at the sentence of this number, from 1."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def __call__(self, event):
        super().__call__(event)
        if len(self.sentences) == self.number:
            self.number = 0
            raise KeyboardInterrupt


def test_the_same_seed_proposes_the_same(tmp_path):
    proposals = [journal_with(tmp_path / name, seed).ask().values
                 for name, seed in (("a", 1), ("b", 1), ("c", 2))]  # fmt: skip
    assert proposals[0] == proposals[1] != proposals[2]


SPACE = {"x": Axis(low=0.0, high=1.0, own=0.5), "y": Axis(("a", "b"), own="a")}


def journal_with(folder, seed=1, trials=1):
    folder.mkdir(exist_ok=True)
    journal = Journal(folder, SPACE, seed)
    for number in range(1, trials + 1):
        if number == 1:
            journal.add(TrialRecord(1, {"x": 0.5, "y": "a"}, accuracy=0.5, loss=1.0))
            continue
        asked = journal.ask()
        journal.tell(asked, TrialRecord(number, asked.values, accuracy=asked.values["x"], loss=1.0))
    return journal


def test_a_proposal_depends_on_what_was_and_not_on_how_often_one_stopped(tmp_path):
    straight = journal_with(tmp_path / "straight", trials=12).trials()
    journal_with(tmp_path / "cut", trials=5)
    for number in range(6, 13):
        Journal(tmp_path / "cut", SPACE, 1).ask()  # and killed
        again = Journal(tmp_path / "cut", SPACE, 1)
        asked = again.ask()
        assert asked.number == number
        again.tell(asked, TrialRecord(number, asked.values, accuracy=asked.values["x"], loss=1.0))
    assert Journal(tmp_path / "cut", SPACE, 1).trials() == straight
    assert np.mean([each.accuracy for each in straight[6:]]) > 0.5  # it learns


def test_importance_says_which_key_matters(tmp_path):
    assert journal_with(tmp_path / "few", trials=3).importance() == {}
    found = journal_with(tmp_path / "many", trials=14).importance()
    assert list(found) == ["x", "y"]
    assert sum(found.values()) == pytest.approx(1)


def test_half_a_line_of_a_killed_process_is_taken_off(tmp_path):
    before = journal_with(tmp_path, trials=3).trials()
    with (tmp_path / JOURNAL).open("ab") as stream:
        stream.write(b'{"op_code": 4, "wor')
    again = Journal(tmp_path, SPACE, 1)
    assert again.trials() == before
    again.tell(asked := again.ask(), TrialRecord(4, asked.values, accuracy=0.1, loss=1.0))
    assert len(Journal(tmp_path, SPACE, 1).trials()) == 4


@pytest.mark.parametrize("line", ["no json", "[]", '{"op_code": 77}', '{"op_code": 5}'])
def test_a_damaged_journal_is_told_in_one_line(tmp_path, line):
    journal_with(tmp_path, trials=2)
    with (tmp_path / JOURNAL).open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n{line}\n")
    with pytest.raises(TrainingError, match="is damaged") as caught:
        Journal(tmp_path, SPACE, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("here")
def test_the_test_part_is_not_seen_before_the_end(tmp_path, monkeypatch):
    recipe = toy_recipe()
    test = open_pictures(recipe, None)[0].test
    seen, trained = [], []
    run_trial = search_trial.run_trial

    def spied(recipe, splits, judged, folder, **more):
        seen.append(splits)
        assert splits.test is None
        assert splits.validation is judged
        return run_trial(recipe, splits, judged, folder, **more)

    def heard(event):
        trained.append(len(seen)) if "in the end" in getattr(event, "sentence", "") else None

    monkeypatch.setattr(search_trial, "run_trial", spied)
    searched(tmp_path, trials=2, folds=2, callback=heard)
    assert set(trained) == {len(seen)}  # all before the end
    assert len(seen) >= 3
    whole = {fingerprint(test)} & {
        fingerprint(part) for s in seen for part in (s.train, s.validation)
    }
    assert whole == set()
    assert sum(len(splits.validation) for splits in seen[:2]) == 240


@pytest.mark.usefixtures("here")
def test_a_set_without_a_test_part_has_one_held_out_first(tmp_path):
    heard = Heard()
    recipe = toy_recipe(training={"epochs": 1})
    rng = np.random.default_rng(0)
    for number in range(60):
        place = tmp_path / "set" / "ab"[number % 2] / f"{number}.png"
        write_image(place, rng.integers(0, 256, (8, 8)).astype(np.uint8))
    data = {"data.source": str(tmp_path / "set")}
    found = searched(tmp_path, recipe=recipe, trials=1, callback=heard, folds=None,
                     overrides=FIXED["overrides"] | data)  # fmt: skip
    assert found.default_run.n == 12
    assert found.best.number == 1
    assert "The default alone was tried" in found.verdict
    assert found.best_run is None


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_a_trial_that_lags_costs_fewer_epochs_and_one_that_fails_is_no_end(tmp_path):
    recipe = toy_recipe(training={"epochs": 4})
    # 1e38 overflows float32, a small rate learns nothing
    over = {"optimizer.learning_rate": [0.05, 0.04, 0.03, 0.06, 1e-7, 1e-6, 1e38]}
    fixed = FIXED["overrides"] | {"training.batch_size": 32}
    found = searched(tmp_path, recipe=recipe, over=over, trials=24, overrides=fixed)
    states = {each.state for each in found.trials}
    assert states >= {"complete", "failed", "pruned"}
    for trial in found.trials:
        if trial.state == "pruned":
            assert trial.epochs < 4
            assert trial.values["optimizer.learning_rate"] < 1e-5
        if trial.state == "failed":
            assert "loss became" in trial.reason
    assert found.best.values["optimizer.learning_rate"] >= 0.03
    # seven recipes are trained once each, whatever was proposed
    trained = {path.parent.name for path in found.folder.glob("trials/*/recipe.toml")}
    assert len(trained) <= 7


class Folds:
    """Two folds of ten pictures, of which trainings say how many they got right."""

    parts = [(None, range(10)), (None, range(10))]  # noqa: RUF012


def epoch(number, accuracy):
    return EpochDone(0, {"epoch": number, "val_accuracy": accuracy})


def trained(*accuracies, right):
    history = [epoch(number, each).row for number, each in enumerate(accuracies, 1)]
    return SimpleNamespace(history=history, labels=np.zeros(10), right=np.arange(10) < right)


def test_a_trial_is_watched_at_equal_shares_of_its_folds():
    short, late = [], []
    watch = Watch(Folds.parts, 4, lambda *told: bool(short.append(told)), lambda: bool(late))
    for number, accuracy in enumerate((0.1, 0.2, 0.4, 0.4), 1):
        watch(epoch(number, accuracy))
    watch.next_fold(trained(0.1, 0.2, 0.4, 0.4, right=4))
    watch(epoch(1, 0.6))
    assert short == [(3, 0.1, 10), (5, 0.2, 10), (8, 0.4, 10), (10, 0.4, 10), (13, 0.5, 20)]
    late.append("the time is up")
    with pytest.raises(TrialEnded, match="stopped"):
        watch(epoch(2, 0.7))
    watch(epoch(4, 0.8))  # the last epoch of the last fold ends by itself
    assert (watch.trained, watch.steps[20]) == (8, pytest.approx(0.6))


def test_a_fold_that_was_done_before_counts_as_if_it_had_been_watched():
    watch = Watch(Folds.parts, 4, lambda *_told: True, lambda: False)
    watch.next_fold(trained(0.1, 0.2, 0.4, 0.4, right=4))
    assert watch.steps == {3: 0.1, 5: 0.2, 8: 0.4, 10: 0.4}
    with pytest.raises(TrialEnded, match="pruned"):
        watch(epoch(1, 0.0))
    assert (watch.trained, watch.steps[13]) == (5, 0.2)


@pytest.mark.usefixtures("here")
def test_the_time_ends_a_search_but_never_its_first_trial(tmp_path):
    heard = Heard()
    found = searched(tmp_path, minutes=1e-4, trials=None, callback=heard)
    assert [(each.number, each.state) for each in found.trials] == [(1, "complete")]
    assert "in the end the default" in " ".join(heard.sentences)


@pytest.mark.usefixtures("here")
def test_two_processes_do_not_search_in_one_folder(tmp_path):
    with pytest.raises(TrainingInterrupted):
        searched(tmp_path, callback=StopAtSentence(3))
    folder = tmp_path / "toy-search"
    held, done = threading.Event(), threading.Event()

    def other():
        with alone(folder / "checkpoint"):
            held.set()
            done.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(60)
    try:
        with pytest.raises(StorageError, match="is being written by another kanjian"):
            resume_search(folder)
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"minutes": 0}, "minutes must be above 0, got 0"),
        ({"minutes": float("nan")}, "minutes must be above 0, got nan"),
        ({"trials": 0}, "trials must be 1 or more, got 0"),
        ({"folds": 0}, "folds must be 1 or more, got 0"),
        ({"minutes": None, "trials": None}, "give minutes, trials or both"),
        ({"over": {"optimizer.name": ["adam", "adamm"]}}, "Did you mean"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(tmp_path, options, line):
    with pytest.raises(Exception, match=line) as caught:
        searched(tmp_path, **options)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
