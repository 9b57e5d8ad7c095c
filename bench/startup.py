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
    result = {
        kind: {
            "wall_s": spread([w for w, _ in pairs]),
            "processor_s": spread([p for _, p in pairs]),
        }
        for kind, pairs in measured.items()
    }
    for kind, figures in result.items():
        wall, processor = figures["wall_s"]["median"], figures["processor_s"]["median"]
        print(f"{kind:22} {1000 * wall:5.0f} ms, processor {1000 * processor:5.0f} ms")
    return write_result("startup", {"goals_wall_s": GOALS_S, "kinds": result})


if __name__ == "__main__":
    main()
