"""Every example runs, on a handful of pictures, and says what it promises."""

import runpy
from pathlib import Path

import pytest

from kanjian.images.write import write_image

FOLDER = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = {path.name for path in FOLDER.glob("*.py")}


def example(name):
    return runpy.run_path(str(FOLDER / name))["main"]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Three classes of 20 digits each."""
    sklearn = pytest.importorskip("sklearn.datasets")
    images, labels = sklearn.load_digits(return_X_y=True)
    folder = tmp_path_factory.mktemp("pictures") / "digits"
    for digit in (0, 1, 2):
        for number, pixels in enumerate(images[labels == digit][:20]):
            picture = (15 * pixels).astype("uint8").reshape(8, 8).repeat(4, 0).repeat(4, 1)
            write_image(folder / str(digit) / f"{number}.png", picture)
    return folder


@pytest.fixture(scope="module")
def run(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    example("train_on_a_folder.py")(str(digits), str(out))
    (found,) = out.iterdir()
    return found


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_on_a_folder_gives_a_report_and_a_recognizer(run):
    assert (run / "report.html").is_file()
    assert (run / "recognizer" / "recognizer.toml").is_file()


def test_predicting_names_every_picture(run, digits, capsys):
    example("predict.py")(str(run), str(digits / "0/0.png"), str(digits / "nothing.png"))
    first, second = capsys.readouterr().out.splitlines()
    assert "0.png: " in first
    assert "nothing.png" in second


def test_explaining_draws_a_picture(run, digits, there, capsys):
    example("explain.py")(str(run), str(digits / "1/0.png"))
    assert (there / "why.png").is_file()
    assert "why.png" in capsys.readouterr().out


def test_exporting_says_that_the_labels_are_the_same(run, capsys):
    example("export.py")(str(run))
    assert "same labels as in Keras: 100%" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "said"), [("own_network.py", "trained:"), ("compare.py", "best:")]
)
def test_recipes_in_python_train(script, said, digits, there, capsys):
    example(script)(str(digits))
    assert said in capsys.readouterr().out


def test_a_chain_of_operations_writes_the_outlines(digits, there, capsys):
    example("image_chain.py")(str(digits / "0/0.png"))
    assert (there / "outlines.png").is_file()
    assert "contours" in capsys.readouterr().out


def test_faces_are_cut_out(there, capsys):
    data = pytest.importorskip("skimage.data")
    write_image("astronaut.png", data.astronaut())
    example("find_faces.py")("astronaut.png")
    assert capsys.readouterr().out == "1 found\n"
    assert (there / "faces" / "1.png").is_file()


def test_no_example_is_left_out():
    tests = Path(__file__).read_text(encoding="utf-8")
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in SCRIPTS:
        assert f'"{name}"' in tests, f"{name} is run by no test"
        assert f"({name})" in listed, f"{name} is not in examples/README.md"
