"""A process of its own in which doors are opened: what they say, how long, how much memory.

    python behind_the_door.py MEMORY_MB < lines

Each line is JSON: a list of words for `kanjian`, or {"serve": folder}. The first ones are
ordinary and load the libraries; then the memory is limited to MEMORY_MB more than is taken.
"""

import contextlib
import io
import json
import resource
import sys
import time
from pathlib import Path


def main():
    lines = [json.loads(line) for line in sys.stdin]
    answers = sys.stdout
    for number, line in enumerate(lines):
        if line == "limit":
            limit = _mapped() + (int(sys.argv[1]) << 20)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            continue
        said, before, start = io.StringIO(), _peak_mb(), time.perf_counter()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = _opened(line)
        told = {"number": number, "status": status, "said": said.getvalue(),
                "seconds": time.perf_counter() - start, "mb": _peak_mb() - before}  # fmt: skip
        print(json.dumps(told), file=answers, flush=True)


def _opened(line):
    from kanjian.cli.app import run
    from kanjian.errors import KanjianError

    if isinstance(line, list):
        return run(line)
    from kanjian.serve.registry import ModelRegistry

    try:
        ModelRegistry({"served": Path(line["serve"])})
    except KanjianError as error:
        sys.stderr.write(str(error))
        return 2
    return 0


def _peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _mapped():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main()
