"""The studies from the command line: a result on stdout, one line for a mistake."""

import json
import re

import pytest

from kanjian.cli import app as cli_app
from kanjian.recipes.codec import write_recipe
from kanjian.training.events import Message
from toy_studies import toy_recipe


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A fresh folder with a small recipe in it."""
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    recipe = toy_recipe(training={"epochs": 1})
    (tmp_path / "toy.toml").write_text(write_recipe(recipe), encoding="utf-8")
    return tmp_path


def said(capsys, *args, status=0):
    assert cli_app.run(list(args)) == status
    return capsys.readouterr()


def refused(capsys, *args):
    out, err = said(capsys, *args, status=2)
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_crossval_prints_one_document_and_a_table_of_its_folds(capsys, here):
    out, err = said(capsys, "crossval", "toy.toml", "--folds", "2", "--json")
    told = json.loads(out)
    assert len(told["folds"]) == 2
    assert told == {"folder": told["folder"]} | json.loads(
        (here / "runs" / "toy-crossval" / "report.json").read_text(encoding="utf-8")
    )
    assert "Fold 2 of 2" in err
    out, _ = said(capsys, "runs")
    assert "toy-crossval  crossval" in out


def test_an_interrupted_study_goes_on_with_resume(capsys, here, monkeypatch):
    whole = json.loads(said(capsys, "crossval", "toy.toml", "--folds", "2", "--json").out)

    class Stop:
        folds = 0

        def __call__(self, event):
            self.folds += isinstance(event, Message) and event.sentence.startswith("Fold")
            if self.folds == 2:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("kanjian.cli.training_progress.choose_callback", lambda **_: Stop())
        _, err = said(
            capsys, "crossval", "toy.toml", "--folds", "2", "--name", "cut", status=130
        )  # fmt: skip
    assert "kanjian resume" in err
    assert "cut-crossval" in err
    again = json.loads(said(capsys, "resume", "runs/cut-crossval", "--quiet", "--json").out)
    assert again["accuracy"] == whole["accuracy"]
    assert "is finished" in refused(capsys, "resume", "runs/cut-crossval")


def test_compare_prints_a_sorted_table_and_how_to_train_the_best(capsys, here):
    args = ["compare", "toy.toml", "--over", "optimizer.learning_rate=1e-6,0.05", "--quiet"]
    out, err = said(capsys, *args)
    lines = out.splitlines()
    assert lines[1].startswith("variant ")
    assert lines[2].startswith("learning_rate=0.05 ")
    assert lines[3].startswith("learning_rate=1e-6 ")
    best = lines[-1].removeprefix("  kanjian train ")
    assert (here / best).is_file()
    assert err == ""


def test_search_says_in_one_sentence_whether_it_found_a_better_recipe(capsys, here):
    args = ["search", "toy.toml", "--trials", "2", "--folds", "1", "--over", "dropout=0,0.1"]
    out, err = said(capsys, *args)
    assert "trial 1: the recipe as it is, the default" in err
    assert "trial 2 (best so far" in err
    assert re.search("the default is kept|Better than the default", " ".join(out.split()))
    assert max(map(len, out.splitlines())) <= 80
    kept = out.splitlines()[-1].removeprefix("  kanjian train ")
    assert kept == "runs/toy-search/recipe.toml"
    assert "toy-search  search" in said(capsys, "runs").out
    told = json.loads((here / "runs" / "toy-search" / "report.json").read_text(encoding="utf-8"))
    assert len(told["trials"]) == 2
    again = json.loads(said(capsys, "train", kept, "--quiet", "--json").out)
    runs = here / "runs" / "toy-search" / "runs" / told["kept"]
    report = json.loads((runs / "report.json").read_text(encoding="utf-8"))
    assert again["test"]["accuracy"] == report["test"]["accuracy"]
    assert "is finished" in refused(capsys, "resume", "runs/toy-search")


def test_find_rate_suggests_a_rate_and_the_command_that_uses_it(capsys, here):
    args = ["find-rate", "toy.toml", "--lowest", "1e-4", "--steps", "80", "--quiet"]
    out, _ = said(capsys, *args)
    rate = out.split()[1]
    assert out.splitlines()[-1] == f"  kanjian train toy.toml --learning-rate {rate}"
    assert 1e-3 < float(rate) < 1
    assert (here / "runs" / "toy-learning-rate" / "learning-rate.png").is_file()
    told = json.loads(said(capsys, *args, "--json").out)
    assert f"{told['suggested']:.2g}" == rate


def test_a_run_is_judged_again_listed_and_compared(capsys, here):
    first = json.loads(said(capsys, "train", "toy.toml", "--quiet", "--json").out)
    said(capsys, "train", "toy.toml", "--epochs", "3", "--quiet", "--name", "longer")
    out, _ = said(capsys, "evaluate", "runs/toy", "--json")
    assert json.loads(out)["accuracy"] == first["test"]["accuracy"]
    out, _ = said(capsys, "evaluate", "runs/toy")
    assert out.startswith("toy on digits, part 'test': 240 pictures\n")
    out, _ = said(capsys, "runs", "--json")
    assert [run["name"] for run in json.loads(out)] == ["longer", "toy"]
    out, _ = said(capsys, "runs", "longer", "toy")  # as the list names them
    assert "training.epochs  3" in out
    assert max(map(len, out.splitlines())) <= 80
    assert " ".join(out.split()).endswith("McNemar's exact test, picture by picture).")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["compare", "toy.toml", "--over", "optimizer.name=sgd,adamm"], "Did you mean"),
        (["compare", "toy.toml", "--over", "optimizer.name"], "--over wants section.key=value"),
        (["compare", "toy.toml"], "--over"),
        (["crossval", "toy.toml", "--folds", "1"], "--folds"),
        (["crossval", "nothing-here"], "no recipe, data set, file or folder"),
        (["search", "toy.toml", "--minutes", "0"], "minutes must be above 0, got 0.0"),
        (["search", "toy.toml", "--over", "augment=strng,none"], "augment must be one of"),
        (["search", "toy.toml", "--over", "dropout=0.1"], "two values or more of dropout"),
        (["search", "nothing-here"], "no recipe, data set, file or folder"),
        (["find-rate", "toy.toml", "--steps", "3"], "in 20 steps or more"),
        (["evaluate", "nowhere"], "nowhere"),
        (["runs"], "no folder runs"),
        (["runs", "one"], "two run folders"),
        (["runs", "one", "two"], "no run in"),
    ],
)
def test_a_mistake_is_one_line(capsys, args, line):
    assert line in refused(capsys, *args, *(["--quiet"] if args[0] in {"compare"} else []))
