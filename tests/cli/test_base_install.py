"""On the base installation every command works, or names in one line the extra that it needs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import base_install
from kanjian.images.write import write_image
from small_recognizer import home, rgb_network, saved  # noqa: F401

# A line for each command that gets as far as it can without extras, and the extra it then asks
# for: "" for none. A new command needs a line here; a test says so.
LINES = {
    "train PICTURES": "train",
    "resume RUN": "",
    "crossval PICTURES": "train",
    "compare PICTURES --over optimizer.name=sgd,adam": "train",
    "search PICTURES --minutes 1": "search,train",
    "find-rate PICTURES": "train",
    "predict RUN PICTURE": "",
    "evaluate RUN PICTURES": "",
    "features PICTURES --backbone vgg16 --weights none": "train",
    "features PICTURES --backbone vgg16 --list-layers": "train",
    "similar PICTURES PICTURE --backbone vgg16 --weights none": "train",
    "sort RUN PICTURES --into OUT/sorted": "",
    "suggest RUN PICTURES": "train",
    "see layers RUN": "train",
    "see filters RUN --all": "train",
    "see class RUN --label cat": "train",
    "see maps RUN PICTURE": "train",
    "see why RUN PICTURE": "train",
    "see fool RUN PICTURE": "train",
    "see dream RUN PICTURE": "train",
    "see space RUN PICTURES": "train",
    "denoise train PICTURES": "train",
    "denoise resume RUN": "train",
    "denoise strip RUN": "train",
    "denoise apply RUN PICTURES": "",
    "denoise compare PICTURE --limit 1 --method gaussian": "",
    "image list": "",
    "image gray PICTURE -o OUT/gray.png": "",
    "image skeleton PICTURE -o OUT/skeleton.png": "imaging",
    "export RUN --to openvino -o OUT/openvino": "",
    "export RUN --to openvino --int8 -o OUT/int8": "int8",
    "export RUN --to onnx -o OUT/onnx": "onnx,train",
    "export RUN --to litert -o OUT/litert": "train",
    "export RUN --to saved-model -o OUT/saved": "train",
    "export RUN --to keras-json -o OUT/json": "train",
    "export RUN --to h5 -o OUT/h5": "train",
    "export RUN --to weights -o OUT/weights": "train",
    "import RUN/recognizer/model.keras -o OUT/imported": "train",
    "import ONNX -o OUT/imported": "onnx",
    "card RUN": "",
    "serve RUN": "serve",
    "faces enroll Ann PICTURES --detector mtcnn": "faces,train",
    "faces list": "",
    "faces group PICTURES": "",
    "faces name 1 Ann": "",
    "faces show": "",
    "faces rename Ann Bea": "",
    "faces merge Ann Bea": "",
    "faces remove Ann 1": "",
    "faces undo": "",
    "faces export OUT/people.sqlite": "",
    "faces import OUT/none.sqlite": "",
    "faces verify PICTURE PICTURE": "",
    "faces search PICTURE PICTURES": "",
    "faces forget Ann": "",
    "faces threshold": "",
    "faces restore": "",
    "faces identify PICTURE": "",
    "faces label PICTURE -o OUT/named.png": "",
    "faces watch 0": "",
    "faces collect PICTURE --name Ann -o OUT/crops": "",
    "faces collect PICTURE --name Ann -o OUT/crops --detector mtcnn": "faces,train",
    "faces train PICTURES": "train",
    "faces get yunet": "",
    "video frames CLIP": "video",
    "video scenes CLIP": "video",
    "video tag CLIP --model RUN": "video",
    "video tag CLIP --people": "",
    "video label CLIP --model RUN": "video",
    "video highlights CLIP --person Ann": "",
    "video cut OUT/none.csv": "",
    "runs OUT": "",
    "recipes": "",
    "models": "",
    "models vgg16 --layers": "train",
    "datasets get digits": "train",
    "datasets get mnist": "",
    "datasets show PICTURES": "",
    "datasets show PICTURES --save 0 OUT/first.png": "",
    "datasets check PICTURES": "",
    "datasets check PICTURES --labels": "train",
    "datasets preview PICTURES -o OUT/preview.png": "",
    "datasets augment PICTURES -o OUT/augmented": "",
    "datasets augment PICTURE -o OUT/varied": "",
    "weights list": "",
    "weights get of-nobody": "",
    "weights import OUT/none.h5": "",
    "weights verify": "",
    "cache list": "",
    "cache clear": "",
    "demo": "train",
    "doctor": "",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory, saved):  # noqa: F811
    """What became of each line, and the commands that there are; one process for all."""
    place = tmp_path_factory.mktemp("base")
    draws = np.random.default_rng(0)
    for name in ("cat", "dog"):
        for number in range(12):
            write_image(
                place / "pictures" / name / f"{number}.png",
                draws.integers(0, 255, (32, 32, 3), np.uint8),
            )
    (place / "clip.mp4").write_bytes(b"no clip")
    (place / "net.onnx").write_bytes(b"\x08\x07")
    (place / "out").mkdir()
    stands_for = {
        "PICTURES": "pictures", "PICTURE": "pictures/cat/0.png", "RUN": "run", "OUT": "out",
        "CLIP": "clip.mp4", "ONNX": "net.onnx",
    }  # fmt: skip
    shutil.copytree(saved, place / "run")
    lines = [
        ["/".join(stands_for.get(part, part) for part in word.split("/")) for word in line.split()]
        for line in LINES
    ]
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, base_install.__file__], input=json.dumps(lines), text=True,
        capture_output=True, cwd=place, timeout=300, check=False,
        env=environment | {
            "KANJIAN_HOME": str(place / "home"), "KERAS_HOME": str(place / "keras"),
            # nothing is fetched: whoever asks for a file is told that there is no connection
            **dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9"), "no_proxy": "",
            "KANJIAN_MIRROR": "http://127.0.0.1:9/", "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_command_has_a_line(told):
    commands = [" ".join(words) for words in told["commands"]]
    without = [
        command for command in commands
        if not any(line == command or line.startswith(f"{command} ") for line in LINES)
    ]  # fmt: skip
    assert without == [], "give these a line in LINES"


def test_each_works_or_names_its_extra_in_one_line(told):
    wrong = []
    for (line, extra), got in zip(LINES.items(), told["outcomes"], strict=True):
        last = got["err"].rstrip("\n").rpartition("\n")[2]
        if extra:
            right = got["status"] == 2 and "needed for this" in last and f"[{extra}]" in last
        else:
            # what it lacks is no package: there is no gallery, no such run
            right = got["status"] in {0, 2} and "needed for this" not in last
        if not right or "this is a bug" in got["err"]:
            wrong.append((line, extra, got["status"], got["err"][-300:]))
    assert wrong == []


WORKS = ("predict", "evaluate", "denoise compare", "image", "export RUN --to openvino -o", "card",
         "recipes", "datasets show", "datasets check", "datasets preview", "datasets augment",
         "weights list", "weights verify", "cache", "doctor")  # fmt: skip


@pytest.mark.parametrize("start", WORKS)
def test_what_needs_no_extra_works(told, start):
    for (line, extra), got in zip(LINES.items(), told["outcomes"], strict=True):
        if line.startswith(start) and not extra:
            assert got["status"] == 0, (line, got["err"])


@pytest.mark.slow
def test_a_real_environment_hides_the_same(told, tmp_path):
    # the stand-in must not hide less than an installation without extras has
    done = subprocess.run(
        [sys.executable, "-c", "import base_install, sys; base_install.hide_extras()\n"
         "for name in ('keras', 'tensorflow', 'matplotlib', 'pytest', 'scipy', 'av', 'sklearn'):\n"
         "    try: __import__(name)\n"
         "    except ModuleNotFoundError: continue\n"
         "    sys.exit(f'{name} is there')\n"
         "import cv2, openvino, PIL, pydantic, rich, simplejpeg, tomli_w, typer, kanjian"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(base_install.__file__).parent),
                                                         *sys.path])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
