"""`kanjian image`, as a user types it."""

import json
import subprocess
import sys

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.images import read_image, write_image
from kanjian.imaging.chain import parse, run
from kanjian.imaging.operations import OPERATIONS
from kanjian.imaging.options import options_of


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Two pictures and a damaged one in a folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("b 图.png", "in/a.png"):
        write_image(tmp_path / "照片" / name, rng.integers(0, 256, (40, 60, 3), dtype=np.uint8))
    (tmp_path / "照片" / "hurt.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return tmp_path


def kanjian(capfd, *words):
    status = cli_app.run(["image", *map(str, words)])
    said = capfd.readouterr()
    return status, said.out, said.err


def test_a_chain_over_a_folder(home, capfd):
    chain = "gray | blur sigma=2 | threshold otsu"
    status, out, err = kanjian(capfd, chain, "照片", "-o", "out", "--json")
    assert status == 0
    told = json.loads(out)
    assert told["chain"] == ["gray", "blur sigma=2", "threshold otsu"]
    assert [each["file"] for each in told["pictures"]] == [
        "照片/b 图.png", "照片/hurt.png", "照片/in/a.png",
    ]  # fmt: skip
    assert "error" in told["pictures"][1]
    assert "hurt.png" in err
    expected = run(read_image("照片/in/a.png"), parse(chain))[-1].picture
    np.testing.assert_array_equal(read_image(home / "out" / "in" / "a.png"), expected)


@pytest.mark.parametrize(
    "words",
    [
        ("rotate 30 canvas=grow", "照片/in/a.png"),
        ("rotate", "30", "canvas=grow", "照片/in/a.png"),
        ("rotate", "照片/in/a.png", "angle=30", "canvas=grow"),
        ("rotate", "照片/in/a.png", "-p", "angle=30", "--param", "canvas=grow"),
        ("rotate", "照片/in/a.png", "--angle", "30", "--canvas=grow"),
        ("rotate", "--canvas", "grow", "--angle=30", "照片/in/a.png", "--quiet"),
        ("rotate canvas=grow", "--angle", "30", "照片/in/a.png"),
    ],
)
def test_options_may_stand_in_the_chain_after_it_or_by_themselves(words, home, capfd):
    status, _, err = kanjian(capfd, *words)
    assert status == 0, err
    expected = run(read_image("照片/in/a.png"), parse("rotate 30 canvas=grow"))[-1].picture
    np.testing.assert_array_equal(read_image(home / "a-rotate.png"), expected)


def test_compare_and_arrays_lie_beside_the_result(home, capfd):
    words = ("threshold otsu | contours", "gray.png", "--compare", "--npz")
    write_image(home / "gray.png", read_image("照片/in/a.png", color="gray"))
    status, out, _ = kanjian(capfd, *words)
    assert status == 0
    assert "contours" in out
    assert read_image(home / "gray-contours-compare.png").shape[1] > 3 * 320
    with np.load(home / "gray-contours.npz", allow_pickle=False) as arrays:
        assert arrays.files
    status, _, err = kanjian(capfd, *words)
    assert status == 2
    assert "--force" in err
    assert kanjian(capfd, *words, "--force")[0] == 0


def test_nothing_is_written_where_the_sheet_would_replace_a_file(home, capfd):
    (home / "a-negative-compare.png").write_bytes(b"mine")
    assert kanjian(capfd, "negative", "照片/in/a.png", "--compare")[0] == 2
    assert not (home / "a-negative.png").exists()
    assert (home / "a-negative-compare.png").read_bytes() == b"mine"


def test_the_list_names_operations_and_options(capfd):
    _, out, _ = kanjian(capfd, "list")
    assert "bilateral" in out
    _, out, _ = kanjian(capfd, "list", "rotate")
    assert "counterclockwise" in out
    _, out, _ = kanjian(capfd, "list", "--json")
    assert {"operation", "group", "about"} == set(json.loads(out)[0])
    _, out, _ = kanjian(capfd, "list", "blur", "--json")
    assert json.loads(out)[0]["options"][0]["option"] == "sigma"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("blurr", "照片/in/a.png"), "Did you mean 'blur'"),
        (("blur",), "no picture is named"),
        (("blur sigma=x", "照片/in/a.png"), "blur sigma must be a number"),
        (("blur", "nowhere.png"), "nowhere.png"),
        (("gray", "照片/in/a.png", "-o", "照片/in/a.png"), "take its place"),
        (("list", "blurr"), "Did you mean 'blur'"),
        (("blur", "照片/in/a.png", "--sigm", "2"), "Did you mean '--sigma'"),
        (("blur", "照片/in/a.png", "--compar"), "Did you mean '--compare'"),
        (("blur", "照片/in/a.png", "--sigma"), "--sigma needs a value: a number"),
        (("blur", "照片/in/a.png", "--sigma", "2", "-p", "sigma=3"), "given twice"),
        (("match other.png", "照片/in/a.png"), "other.png"),
    ],
)
def test_mistakes_are_one_line(words, message, capfd):
    status, _, err = kanjian(capfd, *words)
    assert status == 2
    assert message in err
    assert "Traceback" not in err
    assert err.strip().count("\n") == 0


def test_the_list_loads_nothing_heavy():
    code = (
        "import sys; from kanjian.cli import app; app.run(['image', 'list']);"
        "print([m for m in ('cv2', 'keras', 'openvino', 'scipy', 'skimage') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_black_and_white_stay_so_in_what_was_a_jpeg(home, capfd):
    write_image(home / "page.jpg", read_image("照片/in/a.png", color="gray"))
    assert kanjian(capfd, "threshold", "page.jpg")[0] == 0
    status, out, err = kanjian(capfd, "contours", "page-threshold.png", "--json")
    assert status == 0, err
    (told,) = json.loads(out)["pictures"]
    assert len(told["found"]["points_xy"]) == len(told["found"]["contour"])
    assert kanjian(capfd, "gray", "page.jpg", "-o", "own.jpg")[0] == 0
    assert read_image(home / "own.jpg").ndim == 2


def test_corners_are_told_as_points(home, capfd):
    board = np.kron(np.indices((4, 4)).sum(axis=0) % 2, np.ones((20, 20))) * 255
    write_image(home / "board.png", board.astype(np.uint8))
    for rule in ("harris", "shi-tomasi"):
        status, out, _ = kanjian(capfd, f"corners rule={rule}", "board.png", "--json", "--force")
        assert status == 0
        points = np.array(json.loads(out)["pictures"][0]["found"]["points_xy"])
        nearest = np.abs(points[:, None] - [[39.5, 39.5]]).max(axis=2).min()
        assert nearest < 0.2


def test_no_option_of_an_operation_is_one_of_the_command():
    own = {name for each in cli_app.command(["image"]).params for name in each.opts}
    for operation in OPERATIONS:
        assert not own & {f"--{option.name}" for option in options_of(operation)}


def test_a_flag_and_negative_numbers_by_themselves(home, capfd):
    write_image(home / "gray.png", read_image("照片/in/a.png", color="gray"))
    status, _, err = kanjian(capfd, "threshold", "gray.png", "--invert", "--method", "fixed")
    assert status == 0, err
    expected = np.where(read_image("gray.png") > 127, 0, 255)
    np.testing.assert_array_equal(read_image("gray-threshold.png"), expected)
    status, _, err = kanjian(capfd, "rotate", "gray.png", "--angle", "-90", "--canvas", "grow")
    assert status == 0, err
    turned = np.rot90(read_image("gray.png"), -1)
    np.testing.assert_array_equal(read_image("gray-rotate.png"), turned)
