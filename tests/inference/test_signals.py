"""Ctrl-C after recognizers have come and gone interrupts; it does not kill."""

import subprocess
import sys

from small_recognizer import pictures, save

CODE = """
import gc, signal, sys, threading
from kanjian.inference.recognizer import Recognizer

held = [Recognizer.load(sys.argv[1]) for _ in range(2)]
for recognizer in held:
    recognizer.probabilities(sys.modules["numpy"].zeros((1, 12, 20, 3), "uint8"))
del recognizer
held.pop(0)  # the first to come is the first to go
gc.collect()
thread = threading.Thread(target=held.clear)  # the other goes in another thread
thread.start()
thread.join()
gc.collect()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("heard")
"""


def test_ctrl_c_is_heard_after_recognizers_have_gone(tmp_path):
    folder = save(tmp_path / "recognizer", selftest_images=pictures())
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "heard\n"), done.stderr
