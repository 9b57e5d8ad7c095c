"""`kanjian predict`, through a command line of its own."""

import csv
import io
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from kanjian.cli.predict import _why, predict
from kanjian.errors import RecognizerError
from kanjian.images import encode_png, write_image
from kanjian.inference import Recognizer
from kanjian.inference.prediction import Prediction
from small_recognizer import CLASSES, pictures, save

app = typer.Typer()
app.command()(predict)


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    """Three pictures, one damaged file, in a folder with a name."""
    folder = tmp_path_factory.mktemp("shots 看 🐈")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KANJIAN_HOME", str(folder / ".home"))
        for number, image in enumerate(pictures(3)):
            write_image(folder / f"{number}.png", image)
        (folder / "1b.png").write_bytes((folder / "1.png").read_bytes()[:60])
        save(folder / ".run/recognizer")
        yield folder


def ask(shots, *args, **options):
    return CliRunner().invoke(app, [str(shots / ".run"), *map(str, args)], **options)


def test_answers_come_in_order_and_the_damaged_one_on_stderr(shots):
    done = ask(shots, shots)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(shots / f"{i}.png") for i in range(3)]
    answer = Recognizer.load(shots / ".run").predict(shots / "0.png")
    (label, share), *_ = answer.top(3)
    assert f": {label} {100 * share:.1f} %   (" in lines[0]
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("kanjian: cannot read ")
    assert "1b.png" in done.stderr


def test_strict_exits_with_2_after_all_answers(shots):
    done = ask(shots, shots, "--strict")
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 3


def test_whole_pictures_with_a_flaw_are_answered_and_counted(shots, tmp_path):
    for number in range(2):
        whole = (shots / f"{number}.png").read_bytes()
        (tmp_path / f"{number}.png").write_bytes(whole[:-12])
    done = ask(shots, tmp_path, "--strict")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.startswith("kanjian: 2 pictures have a flaw in their file and were read")


def test_if_nothing_could_be_read_the_status_is_2(shots):
    assert ask(shots, shots / "1b.png").exit_code == 2
    assert ask(shots, shots / "nowhere.png").exit_code == 2


def test_json_is_one_document_with_every_picture(shots):
    done = ask(shots, shots, "--json", "--top", "2", "--batch-size", "1")
    document = json.loads(done.stdout)
    assert document["recognizer"] == "pets"
    answers = document["answers"]
    assert [answer["picture"][-6:] for answer in answers] == [
        "/0.png",
        "/1.png",
        "1b.png",
        "/2.png",
    ]
    assert "damaged" in answers[2]["error"] or "cut short" in answers[2]["error"]
    first = answers[0]
    assert first["known"] is True
    assert first["label"] == first["best_label"] == first["top"][0]["label"]
    assert first["probability"] == first["top"][0]["probability"]
    assert len(first["top"]) == 2


def test_csv_has_a_row_for_every_picture(shots):
    rows = list(csv.DictReader(io.StringIO(ask(shots, shots, "--csv").stdout)))
    assert len(rows) == 4
    assert set(rows[0]) == {
        "picture", "label", "probability", "known", "reason", "unlikeness", "best_label", "error",
        "label_2", "probability_2", "label_3", "probability_3",
    }  # fmt: skip
    assert {rows[0][name] for name in ("label", "label_2", "label_3")} == set(CLASSES)
    assert (rows[2]["label"], rows[2]["error"] != "") == ("", True)


def test_a_picture_comes_through_stdin(shots):
    done = ask(shots, "-", input=encode_png(pictures(1)[0]))
    file = ask(shots, shots / "0.png")
    assert done.exit_code == 0
    assert done.stdout.split(": ")[1] == file.stdout.split(": ")[1]


def test_unknown_is_told_with_the_best_guess(shots, tmp_path):
    save(tmp_path / "recognizer", abstain_threshold=1.0)
    done = CliRunner().invoke(app, [str(tmp_path), str(shots / "0.png"), "--top", "1"])
    assert ": unknown (" in done.stdout
    assert done.stdout.rstrip().endswith("%?)")


def test_a_file_name_that_is_no_text_can_be_told(shots, tmp_path):
    name = b"caf\xe9.png".decode(errors="surrogateescape")
    try:
        (tmp_path / name).write_bytes((shots / "0.png").read_bytes())
    except OSError:
        pytest.skip("this file system wants UTF-8 names")
    done = ask(shots, tmp_path, "--json")
    assert json.loads(done.stdout)["answers"][0]["picture"].endswith("caf�.png")


def test_wrong_requests_are_errors_of_the_user(shots, tmp_path):
    def error(*args):
        return ask(shots, *args).exception

    both = error(shots, "--json", "--csv")
    assert isinstance(both, RecognizerError)
    assert str(both) == "--json and --csv were both given. Choose one."
    assert "no pictures in the folder" in str(error(tmp_path))
    assert "unknown engine 'kears'. Did you mean 'keras'?" in str(error(shots, "--engine", "kears"))
    missing = CliRunner().invoke(app, [str(tmp_path), str(shots)]).exception
    assert "no recognizer in" in str(missing)


def test_views_are_averaged_over_and_a_wrong_number_is_one_line(shots):
    place = shots / "0.png"
    done = ask(shots, place, "--views", 3, "--json")
    (answer,) = json.loads(done.stdout)["answers"]
    wanted = Recognizer.load(shots / ".run", views=3).predict(place)
    assert answer["probability"] == pytest.approx(wanted.probability)
    for views in (0, 9):
        with pytest.raises(RecognizerError, match=f"views must be 1 to 8, got {views}"):
            CliRunner().invoke(
                app, [str(shots / ".run"), str(place), "--views", str(views)],
                catch_exceptions=False,
            )  # fmt: skip


def test_what_is_just_too_far_off_does_not_read_as_near_enough():
    scores = np.array([0.2, 0.8], np.float32)
    answer = Prediction("car.png", ("cat", "dog"), scores, False, unlikeness=1.003)
    assert (
        _why(answer) == "; unlike the training pictures, 1.01 times as far off as a class is named"
    )
