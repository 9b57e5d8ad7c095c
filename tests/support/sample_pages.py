"""Every page there is, filled with pictures of noise and with names that a test chooses."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
from markupsafe import Markup

from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.health import check
from kanjian.evaluation.abstain import calibrate_abstain
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.evaluation.mistakes import Mistake, worst_mistakes
from kanjian.evaluation.statistics import MeanInterval, differ_beyond_chance
from kanjian.experiments.health_page import health_page
from kanjian.experiments.pages import comparison_page, crossval_page
from kanjian.experiments.runs import RunSummary
from kanjian.experiments.search_axes import Axis
from kanjian.experiments.search_journal import TrialRecord
from kanjian.experiments.search_page import search_page
from kanjian.experiments.search_result import SearchResult, best_of
from kanjian.explain.diagram import as_svg, draw_network
from kanjian.explain.embedding_page import space_html
from kanjian.explain.page import Figure, Table, write_page
from kanjian.explain.summary import LayerRow
from kanjian.faces.contact_page import contact_page
from kanjian.faces.found_cache import FoundFace
from kanjian.faces.found_faces import Found
from kanjian.faces.groups import Group, Groups
from kanjian.faces.people_page import people_page
from kanjian.images.write import write_image
from kanjian.media.frame import VideoInfo
from kanjian.reporting.embedded import embedded
from kanjian.reporting.facts import Doubts
from kanjian.reporting.page import report_page
from kanjian.reporting.render import render
from kanjian.reporting.report import ReportFacts, TrainingFigures
from kanjian.reporting.run_report import PhaseReport, ProbeReport
from kanjian.video.on_screen import OnScreen
from kanjian.video.samples import Samples
from kanjian.video.scene_files import scenes_page
from kanjian.video.scenes import Scene, Scenes
from kanjian.video.segments import Segment
from kanjian.video.tag import Tag, Tagged, Tagging
from kanjian.video.timeline import timeline_page

RANDOM = np.random.default_rng(0)


def noise(high, wide):
    coarse = RANDOM.integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)


def predictions(classes, n=240):
    k = len(classes)
    labels = RANDOM.integers(0, k, n)
    logits = RANDOM.normal(size=(n, k))
    logits[np.arange(n), labels] += 2
    odds = np.exp(logits)
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32), labels


def judged(classes, n=240):
    return evaluate_probabilities(*predictions(classes, n), tuple(classes))


def history(epochs=4):
    return [
        {"epoch": i, "loss": 1 / i, "accuracy": 1 - 0.2 / i, "val_loss": 1.1 / i,
         "val_accuracy": 0.9 - 0.4 / i}
        for i in range(1, epochs + 1)
    ]  # fmt: skip


def report(word, classes):
    probabilities, labels = predictions(classes)
    undone = PhaseReport(
        name=f"{word}_head", epochs=3, parameters=2000, after={"val_accuracy": 0.9}, kept=False,
        seconds=80.0, passes=[{"pictures": 1200, "pass_seconds": 3.0}],
    )  # fmt: skip
    left_out = undone.model_copy(update={"kept": True, "epochs": 0})
    return report_page(
        ReportFacts(
            title=f"{word}_run",
            recipe=f'name = "{word}"\n',
            history=history(),
            training=TrainingFigures(
                fit_seconds=620.0, epochs=4, images_per_second=900.0, peak_memory_mb=812,
                parameters=1256080, trainable_parameters=10, precision=f"{word}32", backend=word,
                linear_probe=ProbeReport(accuracy=0.9, seconds=1.2), phases=[undone, left_out],
            ),
            validation=judged(classes),
            test=evaluate_probabilities(probabilities, labels, tuple(classes)),
            abstain=calibrate_abstain(probabilities, labels, target=0.9),
            mistakes=[
                Mistake(noise(90, 120), f"{word}/{word}{i}.png", classes[labels[i]],
                        classes[int(probabilities[i].argmax())], float(probabilities[i].max()))
                for i in worst_mistakes(probabilities, labels)[:8]
            ],
            skipped=[f"{word}.jpg: {word}"],
            notes=[f"{word}_note"],
            doubts=Doubts((f"{word}_wrong",), (f"{word} {word}",)),
        )
    )  # fmt: skip


def comparison(word, classes):
    def result(number, *, diverged=False):
        name = f"{word}{number}"
        recipe = SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.01), name=name)
        rows = [{**row, "val_accuracy": row["val_accuracy"] - 0.03 * number} for row in history()]
        trial = SimpleNamespace(history=rows, fit_seconds=3.0)
        p = SimpleNamespace(p_value=0.2 / number**8, beyond_chance=number > 2) if number else None
        return SimpleNamespace(
            variant=SimpleNamespace(name=name, recipe=recipe), trial=trial, against_best=p,
            metrics=None if diverged else judged(classes),
        )  # fmt: skip

    results = [*map(result, range(9)), result(9, diverged=True)]
    return comparison_page(
        SimpleNamespace(recipe=SimpleNamespace(name=word), results=results, best=results[0],
                        notes=(f"{word}_note",))
    )  # fmt: skip


def crossval(word, classes):
    folds = [judged(classes, 80) for _ in range(5)]
    shares = [fold.accuracy for fold in folds]
    mean = float(np.mean(shares))
    return crossval_page(
        SimpleNamespace(
            recipe=SimpleNamespace(name=word), folds=folds, pooled=judged(classes, 400),
            accuracies=tuple(shares), notes=(f"{word}_note",),
            trials=[SimpleNamespace(history=history(), fit_seconds=2.0)] * 5,
            accuracy=MeanInterval(mean, 0.02, mean - 0.02, mean + 0.02),
        )
    )  # fmt: skip


def search(word, classes):
    rows = RANDOM.random((14, 30)).cumsum(axis=1) / 30
    ends = ("complete", "pruned", "complete", "failed", "stopped")
    trials = tuple(
        TrialRecord(
            number, {f"{word}.{word}a": f"{word}{number}", f"{word}.{word}b": 0.01 * number},
            ends[number % 5], None if number % 5 == 3 else float(row[-1]), 0.3, 12, 4.0,
            f"{word}_reason", dict(enumerate(map(float, row), 1)),
        )
        for number, row in enumerate(rows, 1)
    )  # fmt: skip
    space = {f"{word}.{word}a": Axis((f"{word}1", f"{word}2"), own=f"{word}1"),
             f"{word}.{word}b": Axis(low=0.0, high=1.0, own=0.01)}  # fmt: skip
    run = RunSummary(Path(f"{word}_run"), "run", "finished", accuracy=0.9, part="test", n=300)
    return search_page(
        SearchResult(
            Path(word), SimpleNamespace(name=word), space, trials, best_of(trials), run, run,
            differ_beyond_chance((290, 300), (240, 300)),
            {f"{word}.{word}a": 0.8, f"{word}.{word}b": 0.2}, 600.0, (f"{word}_note",),
        )
    )  # fmt: skip


def health(word, classes, folder):
    """A set with one of each thing that can be found."""
    paths, labels = [], []
    for number in range(40):
        paths.append(folder / f"{word.replace('/', '_')}{number}.png")
        labels.append(number % len(classes))
        write_image(paths[-1], noise(72, 80))
    write_image(paths[3], cv2.imread(str(paths[2]))[..., ::-1])  # in two classes
    write_image(paths[25], cv2.imread(str(paths[5]))[..., ::-1])  # in two parts
    write_image(paths[10], cv2.imread(str(paths[6 + len(classes)]))[..., ::-1])
    write_image(paths[7], np.full((70, 70, 3), 99, np.uint8))
    write_image(paths[8], noise(72, 80) // 10)
    write_image(paths[9], noise(72, 80)[:5, :5])
    paths[11].write_bytes(b"")
    paths[12].rename(paths[12].with_suffix(".jpg"))
    paths[12] = paths[12].with_suffix(".jpg")
    parts = [
        Dataset(FileImages(tuple(paths[a:b])), np.array(labels[a:b]), tuple(classes))
        for a, b in ((0, 24), (24, 40))
    ]
    splits = Splits(parts[0], parts[1], None, (f"{word}_note",))
    found = check(splits, name=word)
    # why a file is damaged is told by an error, and no text of the page
    damaged = tuple(replace(each, reason=word) for each in found.damaged)
    return health_page(replace(found, damaged=damaged), splits)


def figures(word, classes, folder):
    sizes = (("Conv2D", 28), ("MaxPooling2D", 14), ("Dense", 1))
    rows = [
        LayerRow(i, f"{word}{i}", kind, (side, side, 8), 100, 2000, (3, 3), (i - 1,) if i else ())
        for i, (kind, side) in enumerate(sizes)
    ]
    path = folder / "figures.html"
    write_page(
        path, f"{word}_title",
        [
            Figure(noise(32, 32), f"{word}_small", section=f"{word}_A", why=f"{word}_why"),
            Figure(noise(200, 300), f"{word}_large", section=f"{word}_A"),
            Figure(as_svg(draw_network(rows)), f"{word}_drawn", section=f"{word}_B", wide=True),
        ],
        tables=[Table(f"{word}_table", (word, word), [(word, "1")], why=word)],
        lead=f"{word}_lead", extra=space(word, classes),
    )  # fmt: skip
    return path.read_text(encoding="utf-8")


def space(word, classes) -> Markup:
    images = np.stack([noise(24, 24) for _ in range(30)])
    dataset = from_arrays(images, np.arange(30) % len(classes), classes=tuple(classes)).train
    n = len(dataset)
    made = SimpleNamespace(
        dataset=SimpleNamespace(images=dataset.images, labels=dataset.labels, names=[word] * n,
                                classes=tuple(classes)),
        points_xy=RANDOM.normal(size=(n, 2)), features=RANDOM.normal(size=(n, 6)),
    )  # fmt: skip
    return space_html(made, np.stack([noise(48, 48) for _ in range(n)]))


def timeline(word, classes):
    times = np.arange(60.0)
    scores = RANDOM.random((60, len(classes))).astype(np.float32)
    thumbs = {i: cv2.imencode(".jpg", noise(90, 160))[1].tobytes() for i in range(0, 60, 6)}
    segments = tuple(
        Segment(classes[i % len(classes)], i % 3 > 0, 6.0 * i, 6.0 * i + 6, 0.9) for i in range(10)
    )
    return timeline_page(
        Tagged(
            f"a/{word}.mp4", word, Tagging(),
            Samples(tuple(classes), None, times, scores / scores.sum(1, keepdims=True), 0.0, 60.0,
                    thumbs, f"{word}_note"),
            (Tag(classes[0], 0.6, 36.0, 0.9), Tag(classes[1], 0.3, 18.0, 0.8)), 0.1, segments,
            (OnScreen(word, True, 0.4, 0.71, ((0.0, 9.0), (30.0, 45.0))),
             OnScreen("unknown", False, 0.1, None, ((50.0, 56.0),))),
        )
    )  # fmt: skip


def scenes(word):
    thumb = cv2.imencode(".jpg", noise(90, 160))[1].tobytes()
    shown = tuple(Scene(30 * n, 30, 3.0 * n, 3.0 * n + 3, thumb) for n in range(8))
    info = VideoInfo((90, 160), Fraction(10), None, None, "h264", False, False)
    return scenes_page(Scenes(f"a/{word}.mp4", info, shown, f"{word}_note"))


def groups(word):
    """Two of several pictures, one with a name; one seen once; one too poor to tell."""
    thumb = cv2.imencode(".jpg", noise(90, 80))[1].tobytes()
    faces = [
        FoundFace(f"{word}{at}", "0,0,9,9", 40.0 + at, 0.2, np.ones(1), thumb, 0.0, 2.0, 9)
        for at in range(32)
    ]
    files = {face.picture: [Path(f"{word}/{face.picture}.jpg")] for face in faces}
    found = Found(tuple(faces), files, (word, word), word, ((Path(word), word),), 0, (word,))
    made = [Group(tuple(faces[:28]), f"{word}_name"), Group(tuple(faces[28:30]), number=3),
            Group((faces[30],), number=4)]  # fmt: skip
    return contact_page(Groups(tuple(made), (faces[31],), 0.5), found)


def suggest(word):
    figures = [{"picture": embedded(noise(32, 32), side=32), "file": f"{word}{n}.png",
                "caption": f"{word}_said"} for n in range(2)]  # fmt: skip
    return render("suggest.html", title=f"{word}_title", figures=figures)


def people(word):
    photo = {"number": 1, "similarity": "0.50", "doubt": f"{word}_doubt", "gap": "",
             "picture": embedded(noise(64, 64), side=64), "file": f"{word}/a.png",
             "name": "a.png"}  # fmt: skip
    gone = photo | {"number": 2, "similarity": None, "doubt": "", "gap": f"{word}_gap",
                    "picture": None}  # fmt: skip
    return people_page(
        word, [{"name": f"{word}_name", "why": f"{word}_why", "photos": [photo, gone]}]
    )


def sample_pages(word: str, folder: Path) -> dict[str, str]:
    """Each page by the name of its template; names of classes and files begin with `word`."""
    classes = [f"{word}{letter}" for letter in "ABCDEF"]
    return {
        "report.html": report(word, classes),
        "comparison.html": comparison(word, classes),
        "crossval.html": crossval(word, classes),
        "search.html": search(word, classes),
        "health.html": health(word, classes, folder),
        "figures.html": figures(word, classes, folder),
        "suggest.html": suggest(word),
        "scenes.html": scenes(word),
        "groups.html": groups(word),
        "timeline.html": timeline(word, classes),
        "people.html": people(word),
        "watch.html": render("watch.html", title=word),
        "serve.html": render("serve.html", title=word),
    }
