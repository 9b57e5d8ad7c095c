"""From process start to printed answer, one picture, against the same with Keras.

Run: python bench/predict_start.py
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.images import write_image
from record import spread, write_result
from small_lenet import saved_lenet

ROUNDS, KERAS_EVERY = 20, 4  # Keras takes ten times as long
# The command as `kanjian predict` runs it, without the table of the other commands
KANJIAN = """
import sys, typer
from kanjian.cli.predict import predict
app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(predict)
app()
"""
KERAS = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy, cv2
model = keras.saving.load_model(sys.argv[1] + "/recognizer/model.keras")
image = cv2.imread(sys.argv[2], cv2.IMREAD_GRAYSCALE)
answer = model.predict(image[None, :, :, None], verbose=0)[0]
print(sys.argv[2], answer.argmax(), answer.max())
"""
# What a plain `import openvino` costs more than ours
PLAIN = "import numpy, openvino"
LEAN = "import numpy; from kanjian.inference.runtime import load_openvino; load_openvino()"


def seconds(code: str, *args: str) -> tuple[float, float]:
    """Wall and processor seconds of one process; the second hardly depends on who else works."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", code, *args],
        check=True, capture_output=True, timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )  # fmt: skip
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run, picture = Path(folder), Path(folder, "picture.png")
        os.environ["KANJIAN_HOME"] = str(run / "home")
        os.environ["HOME"] = str(run)  # the plain import leaves files behind
        saved_lenet(run)
        image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
        write_image(picture, image)
        sides = {
            "kanjian": (KANJIAN, str(run), str(picture)),
            "keras": (KERAS, str(run), str(picture)),
            "import_openvino_plain": (PLAIN,),
            "import_openvino_lean": (LEAN,),
        }
        first, _ = seconds(*sides["kanjian"])  # the self-test is replayed in this one
        taken = {name: [] for name in sides}
        for number in range(ROUNDS):
            for name, command in sides.items():
                if name != "keras" or number % KERAS_EVERY == 0:
                    taken[name].append(seconds(*command))
    result = {"what": "seconds from process start to printed answer", "at_most_s": 0.6}
    for name, values in taken.items():
        wall, processor = zip(*values, strict=True)
        result[f"{name}_s"] = spread(list(wall))
        result[f"{name}_processor_s"] = spread(list(processor))
    result["first_time_on_the_machine_s"] = first
    result["keras_over_kanjian"] = result["keras_s"]["median"] / result["kanjian_s"]["median"]
    print(write_result("predict_start", result))


if __name__ == "__main__":
    main()
