"""From process start to printed answer, one picture, against the same with Keras.

Run: python bench/predict_start.py
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.images import write_image
from record import spread, write_result
from small_lenet import saved_lenet

ROUNDS = 20
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
LEAN = "import numpy; from kanjian.recognizer.runtime import load_openvino; load_openvino()"


def seconds(code: str, *args: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, *args],
        check=True, capture_output=True, timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )  # fmt: skip
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run, picture = Path(folder), Path(folder, "picture.png")
        os.environ["KANJIAN_HOME"] = str(run / "home")
        os.environ["HOME"] = str(run)  # the plain import leaves files behind
        saved_lenet(run)
        image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
        write_image(picture, image)
        sides = {
            "kanjian_s": (KANJIAN, str(run), str(picture)),
            "keras_s": (KERAS, str(run), str(picture)),
            "import_openvino_plain_s": (PLAIN,),
            "import_openvino_lean_s": (LEAN,),
        }
        first = seconds(*sides["kanjian_s"])  # the self-test is replayed in this one
        taken = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, command in sides.items():
                taken[name].append(seconds(*command))
    result = {"what": "seconds from process start to printed answer", "at_most_s": 0.6}
    result |= {name: spread(values) for name, values in taken.items()}
    result["first_time_on_the_machine_s"] = first
    result["keras_over_kanjian"] = statistics.median(taken["keras_s"]) / statistics.median(
        taken["kanjian_s"]
    )
    print(write_result("predict_start", result))


if __name__ == "__main__":
    main()
