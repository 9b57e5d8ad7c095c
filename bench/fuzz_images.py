"""Mutated picture files: does reading them ever crash, hang, eat memory or lie?

    python bench/fuzz_images.py [--count 100000] [--seed 0]

Real pictures, as they are and written as a file of every format, are damaged in eight
ways and read in child processes. Each child has a memory limit and is killed by an alarm
when one file takes too long; what the codecs print is caught. A child that dies costs one
file, which is counted. A hang is a second of processor time, or the alarm: the clock of a
shared machine says little, and is given beside it. Results: bench/results/fuzz_images.json.
"""

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from kanjian.errors import ImageError
from kanjian.images import read_image
from record import DATA, ROOT, write_result

sys.path.append(str(ROOT / "tests"))
from picture_files import every_format

MEMORY_MB, ALARM_S, SLOW_S = 3000, 30, 1.0
EDGES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\x01\0\0")


def corpus() -> list[tuple[str, bytes]]:
    """Real files as they are, and real pictures of three sizes in every format."""
    real = sorted(p for p in (DATA / "images").iterdir() if p.suffix in (".png", ".jpg"))
    files = [(p.name, p.read_bytes()) for p in real if p.stat().st_size < 300_000]
    for name, side in (("skimage-chelsea.png", 256), ("photo-dog.jpg", 97), ("photo-cat.jpg", 16)):
        whole = read_image(DATA / "images" / name, color="rgb")
        part = np.ascontiguousarray(whole[40 : 40 + side, 90 : 90 + side])
        files += [(f"{side}-{kind}", data) for kind, data in every_format(part).items()]
    return files


def cut(data: bytearray, rnd: random.Random, _: bytes) -> None:
    del data[rnd.randrange(len(data)) :]


def flip(data: bytearray, rnd: random.Random, _: bytes) -> None:
    for _ in range(rnd.choice((1, 1, 2, 4, 16))):
        data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)


def scramble_head(data: bytearray, rnd: random.Random, _: bytes) -> None:
    for _ in range(rnd.choice((1, 2, 4))):
        data[rnd.randrange(min(len(data), 200))] = rnd.randrange(256)


def edge_values(data: bytearray, rnd: random.Random, _: bytes) -> None:
    at, value = rnd.randrange(min(len(data), 400)), rnd.choice(EDGES)
    data[at : at + len(value)] = value


def overwrite(data: bytearray, rnd: random.Random, _: bytes) -> None:
    at, size = rnd.randrange(len(data)), rnd.choice((4, 64, 1024))
    data[at : at + size] = rnd.choice((bytes(size), rnd.randbytes(size)))[: len(data) - at]


def remove(data: bytearray, rnd: random.Random, _: bytes) -> None:
    at = rnd.randrange(len(data))
    del data[at : at + rnd.choice((1, 8, 256))]


def repeat(data: bytearray, rnd: random.Random, _: bytes) -> None:
    at, size = rnd.randrange(len(data)), rnd.choice((1, 16, 512))
    data[at:at] = data[at : at + size] * rnd.choice((1, 2, 50))


def splice(data: bytearray, rnd: random.Random, other: bytes) -> None:
    at, start = rnd.randrange(len(data)), rnd.randrange(len(other))
    data[at:] = other[start:]


def repair(data: bytearray) -> None:
    """Make the checksums of a PNG and the length of a WebP right again, to get past them."""
    if data[:4] == b"RIFF":
        data[4:8] = (len(data) - 8).to_bytes(4, "little", signed=False)
    at = 8
    while data[:4] == b"\x89PNG" and at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4


MUTATIONS = (cut, flip, scramble_head, edge_values, overwrite, remove, repeat, splice)


def mutant(files: list[tuple[str, bytes]], seed: int, number: int) -> tuple[int, str, bytes]:
    """File `number` of the run `seed`: which file it was, how it was damaged, its bytes."""
    rnd = random.Random(f"{seed} {number}")
    which = rnd.randrange(len(files))
    data, mutate = bytearray(files[which][1]), rnd.choice(MUTATIONS)
    mutate(data, rnd, rnd.choice(files)[1])
    if rnd.random() < 0.5 and mutate is not cut and len(data) > 8:
        repair(data)
    return which, mutate.__name__, bytes(data)


def child(seed: int, numbers: range) -> None:
    """Read these mutants; one line before each and one after, on stdout."""
    files = corpus()
    whole: dict[int, np.ndarray] = {}
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB << 20, MEMORY_MB << 20))
    read_image(files[0][1])  # imports are not the first file's time
    for number in numbers:
        which, how, data = mutant(files, seed, number)
        print(json.dumps({"begin": number}), flush=True)
        signal.alarm(ALARM_S)
        start, start_cpu = time.perf_counter(), time.process_time()
        try:
            image = read_image(data)
            outcome = "image"
        except ImageError:
            image, outcome = None, "error"
        except Exception as error:  # noqa: BLE001 - what this bench looks for
            image, outcome = None, f"escaped {type(error).__name__}: {error}"
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        signal.alarm(0)
        if image is not None and how == "cut":
            if which not in whole:
                whole[which] = read_image(files[which][1])
            if not np.array_equal(image, whole[which]):
                outcome = "wrong picture"
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            json.dumps({"end": number, "file": files[which][0], "how": how, "outcome": outcome,
                        "seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak_mb}),
            flush=True,
        )  # fmt: skip


def read_all(seed: int, count: int) -> tuple[list[dict], list[dict], str]:
    """Run children until every mutant was read or killed one."""
    done: list[dict] = []
    deaths: list[dict] = []
    said, at = "", 0
    while at < count:
        last = min(at + 2500, count)  # a fresh child now and then, so that peaks are its own
        run = subprocess.run(
            [sys.executable, __file__, "--child", str(seed), str(at), str(last)],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        done += [line for line in lines if "end" in line]
        said += run.stderr
        begun = [line["begin"] for line in lines if "begin" in line]
        if run.returncode == 0:
            at = last
        elif not begun:
            sys.exit(f"the child did not start: {run.stderr}")
        else:
            deaths.append({"number": begun[-1], "signal": -run.returncode})
            at = begun[-1] + 1
        print(f"{at} of {count}, {len(deaths)} deaths", file=sys.stderr, flush=True)
    return done, deaths, said


def summary(seed: int, done: list[dict], deaths: list[dict], said: str) -> dict:
    clock = np.array([line["seconds"] for line in done])
    times = np.array([line["cpu_seconds"] for line in done])
    outcomes = Counter(line["outcome"] for line in done)
    by_kind: dict[str, Counter] = {}
    for line in done:
        by_kind.setdefault(line["file"].rsplit(".", 1)[-1], Counter())[line["outcome"]] += 1
    return {
        "what": "mutated picture files through read_image()",
        "seed": seed,
        "n": len(done) + len(deaths),
        "files": len(corpus()),
        "crashes": sum(d["signal"] != signal.SIGALRM for d in deaths),
        "hangs_over_1_s": int((times > SLOW_S).sum())
        + sum(d["signal"] == signal.SIGALRM for d in deaths),
        "escaped_exceptions": sum(n for o, n in outcomes.items() if o.startswith("escaped")),
        "cut_files_read_as_another_picture": outcomes["wrong picture"],
        "lines_on_stderr": len(said.splitlines()),
        "outcomes": dict(outcomes),
        "outcomes_by_suffix": {kind: dict(c) for kind, c in sorted(by_kind.items())},
        "cpu_seconds_median": float(np.median(times)),
        "cpu_seconds_99_9_percent": float(np.quantile(times, 0.999)),
        "cpu_seconds_max": float(times.max()),
        "over_1_s_on_the_clock": int((clock > SLOW_S).sum()),
        "clock_seconds_max": float(clock.max()),
        "peak_memory_mb": max(line["peak_mb"] for line in done),
        "memory_limit_mb": MEMORY_MB,
        "deaths": deaths,
        "slowest": sorted(done, key=lambda line: -line["cpu_seconds"])[:5],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", type=int, nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help="also write every line here")
    options = parser.parse_args()
    if options.child:
        seed, first, last = options.child
        return child(seed, range(first, last))
    done, deaths, said = read_all(options.seed, options.count)
    if options.log:
        options.log.write_text("\n".join(map(json.dumps, done)) + "\n" + said)
    result = summary(options.seed, done, deaths, said)
    write_result("fuzz_images", result)
    print(json.dumps(result, indent=2))
    return None


if __name__ == "__main__":
    main()
