"""Mutated model, data, recipe and gallery files: does opening them ever crash, hang or write?

    python bench/fuzz_files.py [--count 20000] [--seed 0] [--workers 2]

Small files of every kind that a stranger can hand over are damaged as in `fuzz_images.py`, the
texts by their words too, the parts of a zip inside it, and a recognizer's hashes are made right
again. Then the door of their kind opens them, in child processes with a limit of memory and an
alarm. Anything but an answer or one line for the user counts: a death, a hang of processor
time, an exception that escapes, a file that appears outside of where the command may write.
Results: bench/results/fuzz_files.json.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np

from fuzz_doors import DOORS, Door
from fuzz_images import MUTATIONS
from kanjian.errors import KanjianError
from record import write_result

MEMORY_MB, ALARM_S, SLOW_S, CHUNK = 6000, 120, 20.0, 2500
WORDS = ("", "-1", "0", "99999999999999999999", "1e999", "nan", "null", "true", '"', "[", "]", "{",
         "}", "../../outside", "/etc/passwd", "\\u0000", "狐", "a" * 300, "[" * 300)  # fmt: skip


# damage


def words(data: bytearray, rnd: random.Random, _: bytes) -> None:
    """Numbers and names of a text become others."""
    text = data.decode("utf-8", errors="replace")
    places = list(re.finditer(r"[\w.]+", text))
    for _ in range(rnd.choice((1, 1, 2, 5))):
        if places:
            found = rnd.choice(places)
            text = text[: found.start()] + rnd.choice(WORDS) + text[found.end() :]
            places = list(re.finditer(r"[\w.]+", text))
    data[:] = text.encode("utf-8")


def lines(data: bytearray, rnd: random.Random, _: bytes) -> None:
    """A line goes, comes twice, or stands elsewhere."""
    parts = bytes(data).split(b"\n")
    at = rnd.randrange(len(parts))
    line = parts.pop(at)
    for _ in range(rnd.choice((0, 1, 2, 100))):
        parts.insert(rnd.randrange(len(parts) + 1), line)
    data[:] = b"\n".join(parts)


def damaged(content: bytes, rnd: random.Random, other: bytes) -> tuple[str, bytes]:
    """How it was damaged, and what became of it."""
    if content[:2] == b"PK" and rnd.random() < 0.6:
        return _inside_zip(content, rnd, other)
    is_text = b"\0" not in content[:2000]
    ways = (*MUTATIONS, words, words, words, lines) if is_text else MUTATIONS
    mutate, data = rnd.choice(ways), bytearray(content or b"\0")
    mutate(data, rnd, other or b"\0")
    return mutate.__name__, bytes(data)


def _inside_zip(content: bytes, rnd: random.Random, other: bytes) -> tuple[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rnd.choice(sorted(parts))
    how, parts[name] = damaged(parts[name], rnd, other)
    packed = BytesIO()
    with zipfile.ZipFile(
        packed, "w", rnd.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as out:
        for each, part in parts.items():
            out.writestr(each, part)
    return f"inside {how}", packed.getvalue()


# children


def child(seed: int, numbers: range) -> None:
    """Open these mutants; one line before each and one after, on stdout."""
    from hostile_folders import rehashed

    root = Path(tempfile.mkdtemp(prefix="fuzz-"))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    whole = {door.name: _whole(door, root / "whole" / door.name) for door in DOORS}
    outside = root / "outside"
    outside.mkdir()
    os.environ |= {
        "KANJIAN_HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "HOME": str(root),
    }
    (root / "tmp").mkdir()
    tempfile.tempdir = str(root / "tmp")
    resource.setrlimit(resource.RLIMIT_AS, (_mapped() + (MEMORY_MB << 20), -1))
    known = _names(root)
    for number in numbers:
        rnd = random.Random(f"{seed} {number}")
        door = rnd.choices(DOORS, [each.share for each in DOORS])[0]
        place = outside / "inside"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole[door.name], place)
        files = sorted(path for pattern in door.targets for path in place.glob(pattern))
        target = rnd.choice(files)
        how, content = damaged(target.read_bytes(), rnd, rnd.choice(files).read_bytes())
        target.write_bytes(content)
        if (place / "r").is_dir() and not target.name.endswith(".toml"):
            rehashed(place / "r")
        (place / "changed").write_text(str(target.relative_to(place)))
        print(json.dumps({"begin": number}), file=answers, flush=True)
        signal.alarm(ALARM_S)
        start, start_cpu = time.perf_counter(), time.process_time()
        outcome = _outcome(door, place)
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        signal.alarm(0)
        new = _names(root) - known
        known |= new
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            json.dumps({"end": number, "door": door.name, "file": target.name, "how": how,
                        "outcome": outcome, "seconds": seconds, "cpu_seconds": cpu,
                        "peak_mb": peak_mb, "outside": sorted(new)}),
            file=answers, flush=True,
        )  # fmt: skip
    shutil.rmtree(root, ignore_errors=True)


def _whole(door: Door, place: Path) -> Path:
    place.mkdir(parents=True)
    door.make(place)
    target = next(path for pattern in door.targets for path in sorted(place.glob(pattern)))
    (place / "changed").write_text(str(target.relative_to(place)))
    door.enter(place)  # imports are not the first mutant's time, and whole files must come in
    shutil.rmtree(place / "made", ignore_errors=True)
    return place


def _outcome(door: Door, place: Path) -> str:
    try:
        door.enter(place)
    except KanjianError as error:
        return "more than one line" if "\n" in str(error) else "error"
    except Exception as error:  # noqa: BLE001 - what this bench looks for
        return f"escaped {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return "opened"


def _names(root: Path) -> set[str]:
    """Everything that is neither where the command may write nor its own home."""
    own = ("outside/inside", "home", "whole", "tmp")
    found = (str(path.relative_to(root)) for path in root.glob("*"))
    names = {name for name in found if not name.startswith(own)}
    return names | {f"outside/{path.name}" for path in (root / "outside").iterdir()} - {
        "outside/inside"
    }


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def opened(seed: int, first: int, last: int) -> tuple[list[dict], list[dict]]:
    """Run children until every mutant from `first` to `last` was opened or killed one."""
    done: list[dict] = []
    deaths: list[dict] = []
    at = first
    while at < last:
        run = subprocess.run(
            [sys.executable, __file__, "--child", str(seed), str(at), str(last)],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        said = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
        done += [line for line in said if "end" in line]
        begun = [line["begin"] for line in said if "begin" in line]
        if run.returncode == 0:
            break
        if not begun:
            sys.exit(f"the child did not start: {run.stderr[-3000:]}")
        deaths.append({"number": begun[-1], "signal": -run.returncode})
        at = begun[-1] + 1
    sys.stderr.write(f"{last}: {len(deaths)} deaths\n")
    return done, deaths


def summary(seed: int, done: list[dict], deaths: list[dict]) -> dict:
    times = np.array([line["cpu_seconds"] for line in done])
    outcomes = Counter(line["outcome"] for line in done)
    by_door: dict[str, Counter] = {}
    for line in done:
        kind = line["outcome"].partition(" ")[0]
        by_door.setdefault(line["door"], Counter())[kind] += 1
    return {
        "what": "mutated model, data, recipe and gallery files through the doors that open them",
        "seed": seed,
        "n": len(done) + len(deaths),
        "crashes": sum(each["signal"] != signal.SIGALRM for each in deaths),
        f"hangs_over_{SLOW_S:.0f}_s": int((times > SLOW_S).sum())
        + sum(each["signal"] == signal.SIGALRM for each in deaths),
        "escaped_exceptions": sum(n for o, n in outcomes.items() if o.startswith("escaped")),
        "messages_of_more_than_one_line": outcomes["more than one line"],
        "files_written_outside": sum(len(line["outside"]) for line in done),
        "outcomes": dict(outcomes),
        "outcomes_by_door": {door: dict(found) for door, found in sorted(by_door.items())},
        "cpu_seconds_median": float(np.median(times)),
        "cpu_seconds_99_9_percent": float(np.quantile(times, 0.999)),
        "cpu_seconds_max": float(times.max()),
        "peak_memory_mb": max(line["peak_mb"] for line in done),
        "memory_limit_mb": MEMORY_MB,
        "deaths": deaths,
        "slowest": sorted(done, key=lambda line: -line["cpu_seconds"])[:5],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--child", type=int, nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help="also write every line here")
    options = parser.parse_args()
    if options.child:
        seed, first, last = options.child
        return child(seed, range(first, last))
    starts = range(0, options.count, CHUNK)
    with ThreadPoolExecutor(options.workers) as pool:
        parts = list(pool.map(
            lambda at: opened(options.seed, at, min(at + CHUNK, options.count)), starts
        ))  # fmt: skip
    done = [line for part, _ in parts for line in part]
    deaths = [line for _, part in parts for line in part]
    if options.log:
        options.log.write_text("\n".join(map(json.dumps, [*done, *deaths])) + "\n")
    result = summary(options.seed, done, deaths)
    write_result("fuzz_files", result)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return None


if __name__ == "__main__":
    main()
