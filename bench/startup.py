"""How long a user waits before anything happens: python bench/startup.py.

Whole processes, from start to exit, each kind in turn so that a busy machine slows all alike.
"""

import os
import resource
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


def seconds(arguments: list[str]) -> tuple[float, float]:
    """Wall and processor time; the second hardly changes when the machine is busy."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def main() -> Path:
    measured: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for arguments in KINDS.values():
        seconds(arguments)  # byte code is written once, files are read into the cache
    for _ in range(RUNS):
        for kind, arguments in KINDS.items():
            measured[kind].append(seconds(arguments))
    wall = {kind: spread([wall for wall, _ in pairs]) for kind, pairs in measured.items()}
    processor = {kind: spread([used for _, used in pairs]) for kind, pairs in measured.items()}
    for kind in KINDS:
        print(f"{kind:22} {1000 * wall[kind]['median']:5.0f} ms, "
              f"processor {1000 * processor[kind]['median']:5.0f} ms")  # fmt: skip
    result = {"unit": "s", "goals": GOALS_S, "seconds": wall, "processor_seconds": processor}
    return write_result("startup", result)


if __name__ == "__main__":
    main()
