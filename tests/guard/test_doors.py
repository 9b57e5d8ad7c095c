"""Every command that opens a file of strangers refuses what is made to burst, in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hostile_folders as hostile
from kanjian.cli.app import COMMANDS, command
from kanjian.denoise.card import NetworkSpec
from kanjian.denoise.folder import save_denoiser
from kanjian.images import write_image
from kanjian.models.denoisers import build_denoiser, spec_of
from small_recognizer import pictures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
MEMORY_MB, GROWN_MB, SECONDS = 4000, 300, 60
# door: how it is opened, and what it reads; FOLDER is the recognizer, PICTURE a picture
EVERYTHING = {"card", "openvino", "selftest"}
RECOGNIZERS = {
    "predict": (["predict", "FOLDER", "PICTURE"], EVERYTHING),
    "predict keras": (
        ["predict", "FOLDER", "PICTURE", "--engine", "keras"], {"card", "keras", "selftest"},
    ),
    "card": (["card", "FOLDER"], {"card"}),
    "evaluate": (["evaluate", "FOLDER", "PICTURES"], EVERYTHING),
    "see": (["see", "layers", "FOLDER"], {"card", "keras"}),
    "export": (["export", "FOLDER", "--to", "openvino", "--out", "OUT"], EVERYTHING),
    "export keras": (
        ["export", "FOLDER", "--to", "saved-model", "--out", "OUT"], {"card", "keras", "selftest"},
    ),
    "serve": ({"serve": "FOLDER"}, EVERYTHING),
}  # fmt: skip
DENOISERS = {
    "denoise apply": (
        ["denoise", "apply", "FOLDER", "PICTURE", "--out", "OUT.png"], {"card", "openvino"},
    ),
    "denoise compare": (
        ["denoise", "compare", "PICTURE", "--model", "FOLDER", "--out", "OUT.png"],
        {"card", "openvino"},
    ),
}  # fmt: skip
KINDS = {
    "card": hostile.CARDS, "openvino": hostile.OPENVINO, "keras": hostile.KERAS,
    "selftest": hostile.SELFTEST,
}  # fmt: skip
# Commands that take a run by its recognizer as one of the doors above does, by the same function
SAME = {"video tag", "video label", "video highlights", "faces", "denoise", "see",
        "sort", "suggest"}  # fmt: skip
# Commands that take a run folder and open no network of it
NO_NETWORK = {"resume", "runs"}


def cases():
    for doors, owner in ((RECOGNIZERS, "recognizer"), (DENOISERS, "denoiser")):
        for door, (words, reads) in doors.items():
            for kind in sorted(reads):
                for change in KINDS[kind]:
                    if owner == "denoiser" and change in {hostile.lying_xml}:
                        continue
                    yield door, owner, change, words


@pytest.fixture(scope="module")
def place(tmp_path_factory, rgb_network, saved):
    """A recognizer, a denoiser and a picture, whole."""
    folder = tmp_path_factory.mktemp("doors")
    shutil.copytree(saved / "recognizer", folder / "recognizer")
    network = build_denoiser("fast", channels=3, noise_map=False, width=8, deep_blocks=1)
    spec = NetworkSpec(channels=3, noise_map=False, **spec_of("fast", width=8, deep_blocks=1))
    save_denoiser(folder / "denoiser", network, facts={}, spec=spec)
    for name, image in zip(("cat", "dog", "fox"), pictures(3), strict=True):
        write_image(folder / "pictures" / name / "1.png", image)
    write_image(folder / "p.png", pictures(1)[0])
    return folder


@pytest.fixture(scope="module")
def answers(place):
    """What every door said to every hostile folder, all asked in one process."""
    lines, made = [], {}
    ordinary = [("predict keras", "recognizer", None, RECOGNIZERS["predict keras"][0]),
                ("predict", "recognizer", None, RECOGNIZERS["predict"][0]),
                ("export keras", "recognizer", None, RECOGNIZERS["export keras"][0]),
                ("denoise apply", "denoiser", None, DENOISERS["denoise apply"][0])]  # fmt: skip
    asked = [*ordinary, None, *cases()]
    for number, case in enumerate(asked):
        if case is None:
            lines.append("limit")
            continue
        _, owner, change, words = case
        key = owner, change
        if key not in made:
            made[key] = place / f"{owner}-{change.__name__ if change else 'whole'}"
            shutil.copytree(place / owner, made[key])
            if change:
                change(made[key])
                hostile.rehashed(made[key])
        lines.append(_filled(words, place, made[key], number))
    environment = os.environ | {"KANJIAN_HOME": str(place / "home"), "COLUMNS": "200"}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("behind_the_door.py")), str(MEMORY_MB)],
        input="\n".join(map(json.dumps, lines)), env=environment, cwd=place,
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    told = [json.loads(line) for line in child.stdout.splitlines() if line.startswith("{")]
    assert child.returncode == 0, (told[-1:], child.stderr[-2000:])
    for answer in told[: len(ordinary)]:
        assert answer["status"] == 0, answer
    found = {answer["number"]: answer for answer in told}
    return {(case[0], case[2].__name__): found[number]
            for number, case in enumerate(asked) if case and case[2]}  # fmt: skip


def _filled(words, place, folder, number):
    new = {"FOLDER": str(folder), "PICTURE": str(place / "p.png"), "OUT": f"out-{number}",
           "PICTURES": str(place / "pictures"), "OUT.png": f"out-{number}.png"}  # fmt: skip
    if isinstance(words, dict):
        return {key: new[value] for key, value in words.items()}
    return [new.get(word, word) for word in words]


@pytest.mark.parametrize(
    ("door", "change"), [(door, change.__name__) for door, _, change, _ in cases()]
)
def test_a_hostile_folder_is_refused_in_one_line_before_memory_is_taken(answers, door, change):
    answer = answers[door, change]
    assert answer["status"] == 2, answer
    assert len(answer["said"].strip().splitlines()) == 1, answer["said"]
    assert "Traceback" not in answer["said"]
    assert answer["mb"] < GROWN_MB, answer
    assert answer["seconds"] < SECONDS, answer


def test_every_command_that_takes_a_run_is_one_of_the_doors():
    doors = {words[0] for words, _ in [*RECOGNIZERS.values(), *DENOISERS.values()]
             if isinstance(words, list)} | {"serve"}  # fmt: skip
    known = doors | NO_NETWORK | {name.split()[0] for name in SAME}
    for name in COMMANDS:
        metavars = {str(each.metavar) for each in command([name]).params}
        if metavars & {"RUN", "RUN...", "NETWORK"}:
            assert name in known, f"{name} takes a run and is no door in this table"
