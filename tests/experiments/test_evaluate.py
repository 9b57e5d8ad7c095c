"""A saved recognizer judged again says what its report said, whatever the order of things."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from kanjian.cli.evaluate import show
from kanjian.datasets.leavings import is_ours
from kanjian.datasets.open_dataset import open_dataset
from kanjian.denoise.card import CARD as DENOISER_CARD
from kanjian.errors import DatasetError, RecognizerError
from kanjian.experiments.evaluate import evaluate
from kanjian.experiments.health_page import PAGE
from kanjian.experiments.lr_finder import CURVE, FIGURE
from kanjian.export.export import MARK
from kanjian.images.write import write_image
from kanjian.inference.card import CARD
from kanjian.training.run_folder import CHECKPOINT, ENVIRONMENT, RECIPE, REPORT, STUDY
from kanjian.training.run_log import LOG
from kanjian.training.train import train
from toy_studies import toy_recipe


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(toy_recipe(answer={"abstain": 0.9}), out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def digits():
    test = open_dataset("digits").test
    return [(image, test.classes[label]) for image, label in test][:60]


def folder_of(pictures, folder):
    for number, (image, name) in enumerate(pictures):
        write_image(folder / name / f"{number:03d}.png", image)
    return folder


def test_the_own_test_part_gives_the_figures_of_the_report(run):
    found = evaluate(run.folder)
    assert found.part == "test"
    assert found.data == "digits"
    assert found.metrics.to_dict() == run.report.to_dict()["test"]
    assert found.recognizer.engine == "openvino"


def test_the_own_validation_part_too(run):
    found = evaluate(run.folder, part="validation")
    assert found.metrics.to_dict() == run.report.to_dict()["validation"]


def test_other_pictures_in_another_class_order_give_the_same_answers(run, digits, tmp_path):
    straight = evaluate(run.folder, folder_of(digits, tmp_path / "straight"))
    # a table names classes in any order it likes; folders are read sorted by name
    names = sorted({name for _, name in digits}, reverse=True)
    lines = [
        f"straight/{name}/{number:03d}.png,{name}"
        for wanted in names
        for number, (_, name) in enumerate(digits)
        if name == wanted
    ]
    (tmp_path / "turned.csv").write_text("path,label\n" + "\n".join(lines), encoding="utf-8")
    turned = evaluate(run.folder, tmp_path / "turned.csv")
    assert turned.metrics.accuracy == straight.metrics.accuracy > 0.5
    np.testing.assert_array_equal(turned.metrics.confusion, straight.metrics.confusion)
    assert straight.part == "all"


def test_classes_are_matched_by_name_even_where_positions_would_do(run, digits, tmp_path):
    few = [(image, name) for image, name in digits if name in {"3", "7"}]
    found = evaluate(run.folder, folder_of(few, tmp_path / "few"))
    # as positions, "3" and "7" would be classes 0 and 1 and nearly all would be wrong
    assert found.metrics.accuracy > 0.5
    assert found.metrics.per_class[3].support + found.metrics.per_class[7].support == len(few)
    assert any("no pictures of '0'" in note for note in found.notes)


def test_a_class_it_does_not_know_is_refused(run, digits, tmp_path):
    folder_of(digits, tmp_path / "more")
    write_image(tmp_path / "more" / "eleven" / "1.png", digits[0][0])
    with pytest.raises(DatasetError, match="pictures of 'eleven', which the recognizer") as caught:
        evaluate(run.folder, tmp_path / "more")
    assert "\n" not in str(caught.value)


def test_a_damaged_picture_is_named_or_left_out(run, digits, tmp_path):
    folder = folder_of(digits, tmp_path / "pictures")
    (folder / "3" / "broken.png").write_bytes(b"\x89PNG no more")
    with pytest.raises(DatasetError, match=r"1 damaged pictures: .*broken\.png"):
        evaluate(run.folder, folder)
    found = evaluate(run.folder, folder, skip_damaged=True)
    assert found.metrics.n == len(digits)
    assert any("broken.png" in note for note in found.notes)


def test_answers_given_at_the_threshold_are_counted(run):
    found = evaluate(run.folder)
    threshold = found.recognizer.abstain_threshold
    assert 0 <= found.given_right <= found.given <= found.metrics.n
    assert found.to_dict()["abstain"]["threshold"] == threshold
    assert found.to_dict()["abstain"]["coverage"] == found.given / found.metrics.n


def test_a_report_is_written_where_it_is_wanted(run, tmp_path):
    found = evaluate(run.folder, out=tmp_path)
    assert found.folder == tmp_path / "toy-evaluation"
    written = json.loads((found.folder / "report.json").read_text(encoding="utf-8"))
    assert written["test"]["accuracy"] == found.metrics.accuracy
    assert {path.name for path in found.folder.iterdir()} == {
        "report.html", "report.json", "mistakes.png", "confusion.png",
    }  # fmt: skip


def test_pictures_around_a_run_are_what_they_were_before_it(run, digits, tmp_path):
    folder = folder_of(digits, tmp_path)
    before = open_dataset(folder)
    shutil.copytree(run.folder, folder / "runs" / "toy")
    evaluate(run.folder, out=folder)
    after = open_dataset(folder)
    assert (after.classes, after.train.names) == (before.classes, before.train.names)
    assert "skipped 2 folders that kanjian wrote (toy-evaluation, runs/toy)" in after.notes


def test_every_kind_of_folder_that_is_written_is_known_by_its_marks():
    for marks in (
        {RECIPE, REPORT}, {RECIPE, STUDY}, {RECIPE, ENVIRONMENT}, {RECIPE, CHECKPOINT},
        {RECIPE, LOG}, {CARD}, {DENOISER_CARD}, {PAGE}, {MARK, "card.md"}, {CURVE, FIGURE},
    ):  # fmt: skip
        assert is_ours(marks | {"curves.png"})


def test_evaluating_on_training_pictures_is_called_by_its_name(run):
    assert any("measures memory" in note for note in evaluate(run.folder, part="train").notes)
    assert not any("memory" in note for note in evaluate(run.folder).notes)


@pytest.mark.parametrize(
    ("part", "error"),
    [("all", "lie in parts: test, train, validation"), ("tset", "unknown part 'tset'. Did you")],
)
def test_a_part_that_is_none_is_told(run, part, error):
    with pytest.raises(DatasetError, match=error):
        evaluate(run.folder, part=part)


def test_a_part_that_other_pictures_lack_is_told(run, digits, tmp_path):
    folder = folder_of(digits, tmp_path / "flat")
    with pytest.raises(DatasetError, match="no test part, only train"):
        evaluate(run.folder, folder, part="test")


def test_a_recognizer_alone_needs_pictures(run, tmp_path):
    with pytest.raises(DatasetError, match="kanjian evaluate RUN"):
        evaluate(run.recognizer_folder)
    with pytest.raises(RecognizerError):
        evaluate(tmp_path)
    assert evaluate(run.recognizer_folder, "digits").metrics.n == 360


def test_evaluating_again_loads_no_training_framework(run):
    code = (
        "import sys; from pathlib import Path; from kanjian.experiments.evaluate import evaluate; "
        f"evaluate(Path({str(run.folder)!r})); "
        "print([m for m in ('keras', 'tensorflow', 'torch', 'jax') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout == "[]\n"


@pytest.fixture(scope="module")
def on_files(tmp_path_factory):
    """A run on a folder of pictures; only to be copied."""
    base = tmp_path_factory.mktemp("project")
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 90)):
        for number in range(20):
            image = rng.integers(low, low + 160, (8, 8), np.uint8)
            write_image(base / "shades" / name / f"{number:02d}.png", image)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        train(toy_recipe(data={"source": "shades", "validation": 0.2, "test": 0.25, "limit": None}))
    return base.rename(base.with_name("kept"))


@pytest.fixture
def project(on_files, tmp_path):
    """A copy of the whole, to do with as one likes."""
    return shutil.copytree(on_files, tmp_path / "项目")


def test_the_test_part_is_that_of_the_run_whatever_comes_to_the_folder(project, monkeypatch):
    (run,) = (project / "runs").iterdir()
    before = evaluate(run)
    assert before.metrics.n == 10
    for number in range(3):
        write_image(
            project / "shades" / "dark" / f"0{number}a.png", np.full((8, 8), number, np.uint8)
        )
    write_image(project / "shades" / "green" / "1.png", np.zeros((8, 8, 3), np.uint8))
    others = project / "others"
    shutil.copytree(project / "shades", others / "shades")
    monkeypatch.chdir(others)
    after = evaluate(run)
    assert after.metrics.to_dict() == before.metrics.to_dict()
    assert any("4 pictures in shades have come since" in note for note in after.notes)


def test_what_it_has_seen_is_told_apart_by_content(project, capsys):
    (run,) = (project / "runs").iterdir()
    # renamed, copied elsewhere, and something new among them
    photos = project / "mixed"
    for number, path in enumerate(sorted((project / "shades").rglob("*.png"))):
        target = photos / path.parent.name / f"p{number:03d}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    for number in range(3):
        write_image(photos / "light" / f"new{number}.png", np.full((8, 8), 200 + number, np.uint8))
    found = evaluate(run, photos)
    assert {group.origin: group.pictures for group in found.groups} == {
        "train": 22, "validation": 8, "test": 10, "new": 3,
    }  # fmt: skip
    assert found.part == "unseen"
    assert found.metrics.n == 13
    test = next(group for group in found.groups if group.origin == "test")
    assert test.accuracy == evaluate(run).metrics.accuracy
    assert any("30 of 43 pictures were seen in training" in note for note in found.notes)
    assert found.to_dict()["groups"][0]["measures"] == "memory, not skill"
    show(found)
    said = capsys.readouterr().out
    assert re.search(r"its training part +22 +[\d.]+ % +memory, not skill", said)
    assert re.search(r"new +3 +[\d.]+ % +skill", said)
    whole = evaluate(run, photos, part="all")
    assert whole.metrics.n == 43
    assert round(whole.metrics.accuracy * 43) == sum(group.right for group in whole.groups)
    assert any("measures memory" in note for note in whole.notes)


def test_pictures_of_arrays_are_known_again_in_files(run, digits, tmp_path):
    found = evaluate(run.folder, folder_of(digits, tmp_path / "files"), part="all")
    assert {group.origin for group in found.groups} == {"test", "new"}


def test_what_is_gone_is_told_and_left_out_when_asked(project):
    (run,) = (project / "runs").iterdir()
    shutil.rmtree(project / "shades" / "dark")
    with pytest.raises(DatasetError, match=r"5 of the 10 test .* gone .*dark/.* and 2 more\. Put"):
        evaluate(run)
    assert evaluate(run, skip_damaged=True).metrics.n == 5
    shutil.rmtree(project / "shades")
    with pytest.raises(DatasetError, match="shades, which is not there any more"):
        evaluate(run)


@pytest.mark.parametrize(
    "form",
    [
        "folder",
        "class folder",
        "deep",
        "deep class folder",
        "part",
        "parts",
        "table",
        "test rows",
        "npz",
    ],
)
def test_one_class_is_enough_to_judge(run, digits, tmp_path, form):
    threes = [(image, name) for image, name in digits if name == "3"]
    folder = folder_of(threes, tmp_path / "set")
    data, part, n = folder, "auto", len(threes)
    if form == "class folder":
        data = folder / "3"
    elif form.startswith("deep"):
        (folder / "3").rename(tmp_path / "a")
        (folder / "3").mkdir()
        (tmp_path / "a").rename(folder / "3" / "a")
        data = folder / "3" if form.endswith("folder") else folder
    elif form == "part":
        data, part = tmp_path / "lone", "test"
        data.mkdir()
        folder.rename(data / "test")
    elif form == "parts":
        data = tmp_path / "two"
        shutil.copytree(folder, data / "val")
        folder.rename(data / "test")
    elif form in ("table", "test rows"):
        data = tmp_path / "set.csv"
        split = ",test" if form == "test rows" else ""
        rows = [f"set/3/{path.name},3{split}" for path in (folder / "3").iterdir()]
        data.write_text(f"path,label{',split' if split else ''}\n" + "\n".join(rows))
    elif form == "npz":
        data = tmp_path / "set.npz"
        np.savez(data, x_test=np.stack([image for image, _ in threes]), y_test=np.full(n, 3))
    found = evaluate(run.folder, data, part=part)
    assert found.metrics.n == found.metrics.per_class[3].support == n
    with pytest.raises(DatasetError):
        open_dataset(data)  # to learn from it is not enough


@pytest.fixture(scope="module")
def viewed(tmp_path_factory):
    """A run of two views with mirror images; those of digits harm, which is no matter here."""
    recipe = toy_recipe(answer={"views": 2, "abstain": 0.9}, augmentation={"flip_horizontal": True})
    return train(recipe, out=tmp_path_factory.mktemp("runs"))


def test_report_threshold_and_evaluation_are_those_of_the_views(viewed):
    told = viewed.report.to_dict()
    found = evaluate(viewed.folder)
    assert (found.recognizer.views, found.to_dict()["views"]) == (2, 2)
    assert found.metrics.to_dict() == told["test"]
    one, four = (evaluate(viewed.folder, views=views) for views in (1, 4))
    assert one.metrics.loss != found.metrics.loss != four.metrics.loss
    assert found.recognizer.abstain_threshold == told["abstain"]["threshold"]


def test_views_are_said_where_there_are_several(viewed, run, capsys, tmp_path):
    show(evaluate(viewed.folder))
    assert re.search(r"views +2\n", capsys.readouterr().out)
    show(evaluate(run.folder))
    assert "views" not in capsys.readouterr().out
    page = evaluate(viewed.folder, views=3, out=tmp_path).folder
    assert json.loads((page / "report.json").read_text())["views"] == 3
