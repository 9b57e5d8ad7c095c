"""How long a user waits before anything happens: python bench/startup.py.

Whole processes, from start to exit, each kind in turn so that a busy machine slows all alike.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from record import ROOT, spread, write_result

RUNS = 25
KINDS = {
    "python -c pass": ["-c", "pass"],
    "import kanjian": ["-c", "import kanjian"],
    "kanjian --help": ["-m", "kanjian", "--help"],
    "kanjian --version": ["-m", "kanjian", "--version"],
    "kanjian train --help": ["-m", "kanjian", "train", "--help"],
}
GOALS_S = {"import kanjian": 0.1, "kanjian --help": 0.25}


def seconds(arguments: list[str]) -> float:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment
    )
    return time.perf_counter() - started


def main() -> Path:
    measured: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for arguments in KINDS.values():
        seconds(arguments)  # byte code is written once, files are read into the cache
    for _ in range(RUNS):
        for kind, arguments in KINDS.items():
            measured[kind].append(seconds(arguments))
    result = {kind: spread(values) for kind, values in measured.items()}
    bare = result["python -c pass"]["median"]
    for kind, figures in result.items():
        print(f"{kind:22} {1000 * figures['median']:6.0f} ms", GOALS_S.get(kind, ""))
        figures["median_above_python"] = figures["median"] - bare
    return write_result("startup", {"unit": "s", "goals": GOALS_S, "seconds": result})


if __name__ == "__main__":
    main()
