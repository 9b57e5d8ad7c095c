import json
import re
import time
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

from kanjian.errors import KanjianError
from kanjian.evaluation.abstain import calibrate_abstain
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.evaluation.mistakes import Mistake, worst_mistakes
from kanjian.reporting.figures import confusion_png, curves_png, mistakes_png, tile
from kanjian.reporting.page import report_page
from kanjian.reporting.report import ReportFacts, TrainingFigures, report_dict, write_report

EVIL = "<script>alert(1)</script>"
NAMES = ("苹果", EVIL, "$x^2$", 'a "b" & c', "Ünïcode straße", "🍓", "two\nlines")
FILES = {"report.json", "report.html", "curves.png", "confusion.png", "mistakes.png"}
VOID = {"meta", "img", "br", "rect", "circle", "line", "polyline"}


def answers(n, k, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    logits = random.normal(size=(n, k))
    logits[np.arange(n), labels] += 2
    odds = np.exp(logits)
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32), labels


def facts(classes, n=300, *, test=True, **more):
    probabilities, labels = answers(n, len(classes))
    worst = worst_mistakes(probabilities, labels)
    random = np.random.default_rng(0)
    return ReportFacts(
        title=f"a run of {EVIL}",
        recipe=f'name = "{EVIL}"\n',
        history=[
            {"epoch": i, "loss": 1 / i, "accuracy": 1 - 0.5 / i, "val_loss": 1.1 / i,
             "val_accuracy": 1 - 0.6 / i, "learning_rate": 1e-3, "seconds": 2.0,
             "images_per_second": 900.0}
            for i in range(1, 4)
        ],
        training=TrainingFigures(
            fit_seconds=6.2, epochs=3, images_per_second=np.float32(900), peak_memory_mb=800,
            batch_size=32, parameters=10, trainable_parameters=10, precision="float32",
            backend="tensorflow", classes=classes,
        ),
        validation=evaluate_probabilities(probabilities, labels, classes),
        test=evaluate_probabilities(probabilities, labels, classes) if test else None,
        abstain=calibrate_abstain(probabilities, labels, target=0.9),
        mistakes=[
            Mistake(random.integers(0, 255, (28, 28, 3), dtype=np.uint8), f"{EVIL}/{i}.png",
                    classes[labels[i]], classes[probabilities[i].argmax()],
                    float(probabilities[i].max()))
            for i in worst
        ],
        skipped=[f"{EVIL}.jpg: truncated"],
        notes=[f"classes are {EVIL}"],
        **more,
    )  # fmt: skip


class Balance(HTMLParser):
    """Raises where a tag is closed that is not open; collects attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize(
    "told",
    [
        facts(NAMES),
        facts(tuple(f"class {i}" for i in range(100)), 1000),
        facts(("cats", "dogs"), 60, test=False),
        facts(("only",), 5),
        ReportFacts(title=EVIL),
    ],
    ids=["wild names", "100 classes", "no test part", "one class", "nothing"],
)
def test_the_page_stands_alone_and_is_well_formed(told):
    page = report_page(told)
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert not {"script", "link", "iframe", "object", "form"} & set(parser.seen)
    assert all(address.startswith("data:image/") for address in parser.addresses)
    assert "http:" not in page and "https:" not in page and "@import" not in page
    assert "url(" not in page and EVIL not in page
    assert 'name="viewport"' in page and page.startswith("<!DOCTYPE html>")
    assert "nan" not in re.sub('base64,[^"]*', "", page).lower().replace("name", "")


def test_every_name_is_on_the_page_in_full():
    page = report_page(facts(NAMES))
    for name in ("苹果", "$x^2$", "Ünïcode straße", "🍓", "&lt;script&gt;alert(1)&lt;/script&gt;"):
        assert name in page


def test_write_report_gives_what_the_json_holds(tmp_path):
    folder = tmp_path / "runs 苹果"
    told = write_report(folder, facts(NAMES))
    assert {path.name for path in folder.iterdir()} == FILES
    text = (folder / "report.json").read_text(encoding="utf-8")
    written = json.loads(text, parse_constant=pytest.fail)
    assert told.to_dict() == written
    told = written
    for part in ("validation", "test"):
        assert {"accuracy", "loss", "interval", "confusion", "n"} <= set(told[part])
    numbers = (
        "fit_seconds", "images_per_second", "peak_memory_mb", "epochs", "precision", "backend",
        "parameters", "trainable_parameters", "classes",
    )  # fmt: skip
    assert all(key in told for key in numbers)
    assert told["abstain"]["test"]["coverage"] == pytest.approx(told["abstain"]["coverage"])
    for name in FILES - {"report.html", "report.json"}:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_the_same_facts_give_the_same_files(tmp_path):
    for name in ("one", "two"):
        write_report(tmp_path / name, facts(NAMES))
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_unwritable_folder_is_one_clear_error(tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(KanjianError, match="cannot write"):
        write_report(tmp_path / "taken", ReportFacts(title="x"))


def test_json_turns_what_is_not_finite_into_null():
    told = report_dict(
        ReportFacts(
            title="x",
            history=({"loss": float("nan"), "accuracy": np.float32("inf")},),
            training=TrainingFigures(fit_seconds=np.float64("nan"), epochs=np.int64(3)),
        )
    )
    assert told["history"] == [{"loss": None, "accuracy": None}]
    assert told["fit_seconds"] is None and told["epochs"] == 3


def test_a_thousand_classes_stay_small(tmp_path):
    probabilities, labels = answers(3000, 1000)
    classes = tuple(f"class {i}" for i in range(1000))
    told = write_report(
        tmp_path, ReportFacts("big", test=evaluate_probabilities(probabilities, labels, classes))
    )
    assert told.test.confusion is None and told.to_dict()["test"]["confused_pairs"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1_500_000


def test_history_that_diverged_is_drawn():
    rows = [{"epoch": 1, "loss": 2.0, "accuracy": 0.1}, {"epoch": 2, "loss": float("nan")}]
    assert curves_png(rows).startswith(b"\x89PNG")
    assert "<polyline" in report_page(ReportFacts("x", history=rows))


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (5, 300), (300, 5, 3), (128, 128, 3)])
def test_pictures_of_any_shape_fit_the_sheet(shape, count):
    image = np.full(shape, 7, np.uint8)
    square = tile(image, 128)
    assert square.shape == (128, 128, 3) and (square == 7).any()
    mistake = Mistake(image, "a.png", NAMES[0], NAMES[5], 0.5)
    assert mistakes_png([mistake] * count).startswith(b"\x89PNG")
    assert "data:image/" in report_page(ReportFacts("x", mistakes=[mistake]))


def test_small_pictures_are_enlarged_by_whole_pixels():
    image = np.arange(4, dtype=np.uint8).reshape(2, 2)
    assert (tile(image, 8)[..., 0] == image.repeat(4, axis=0).repeat(4, axis=1)).all()


def test_colors_reach_the_page_in_order():
    import base64

    import cv2

    image = np.zeros((4, 4, 3), np.uint8)
    image[..., 0] = 250  # red
    page = report_page(ReportFacts("x", mistakes=[Mistake(image, "a", "b", "c", 0.5)]))
    content = base64.b64decode(re.search('base64,([^"]*)', page)[1])
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded[0, 0].tolist() == [0, 0, 250]  # cv2 gives blue, green, red


def test_nothing_is_left_open_in_matplotlib():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(25):  # pyplot would warn after 20 figures
            confusion_png(None)
    pyplot = __import__("sys").modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_worst_mistakes_are_wrong_and_surest_first():
    probabilities, labels = answers(400, 6)
    worst = worst_mistakes(probabilities, labels, most=10)
    assert len(worst) == 10
    assert (probabilities[worst].argmax(axis=1) != labels[worst]).all()
    sure = probabilities[worst].max(axis=1)
    assert (np.diff(sure) <= 0).all()
    wrong = probabilities.argmax(axis=1) != labels
    assert sure[-1] >= np.sort(probabilities[wrong].max(axis=1))[-10]
    assert worst_mistakes(np.eye(3), np.arange(3)).size == 0


def test_ten_classes_are_reported_in_under_two_seconds_of_work(tmp_path):
    told = facts(tuple("0123456789"), 1000)
    write_report(tmp_path, told)  # imports and the font list are paid once
    start = time.process_time()  # not the clock on the wall: others work here too
    write_report(tmp_path, told)
    assert time.process_time() - start < 2
