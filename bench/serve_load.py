"""`kanjian serve` under load, against FastAPI with Keras `predict` in its route.

    python bench/serve_load.py [--rounds 3] [--seconds 8] [--overload 60] [--only lenet]

Servers, one at a time, and the load on them are processes of this machine; every request is
a form with one picture, and every answer is compared with the recognizer's own. Measured:

- answers per second for 32 clients, each with its next request as soon as it has an answer,
  ours and Keras' in turn;
- times at half of that rate, LeNet, requests coming at random moments;
- twice that rate: who is refused, whether all answers are right, memory before and after;
- SIGTERM under load: whether all that was accepted was answered, and the exit status.

Results: bench/results/serve_load.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import spread, write_result
from serving import (
    SIDES,
    digits,
    free_port,
    kanjian,
    load,
    memory_mb,
    photos,
    plain_keras,
    saved_lite0,
    stopped,
    write_requests,
)
from small_lenet import saved_lenet

CLIENTS = 32


def throughput(run: Path, requests: Path, rounds: int, seconds: float) -> dict:
    """Answers per second of each side, in turn; the servers run one at a time."""
    sides = {
        "kanjian": lambda port: kanjian(run, port),
        "keras_sync": lambda port: plain_keras(run, port, "sync"),
        "keras_async": lambda port: plain_keras(run, port, "async"),
    }
    said = {name: [] for name in sides}
    for _ in range(rounds):
        for name, start in sides.items():
            port = free_port()
            with start(port):
                load(port, requests, "closed", CLIENTS, 2)  # warms up
                said[name].append(load(port, requests, "closed", CLIENTS, seconds))
    result = {f"{name}_per_second": rates(each) for name, each in said.items()}
    best = max(result[f"keras_{kind}_per_second"]["median"] for kind in ("sync", "async"))
    result["kanjian_over_better_keras"] = result["kanjian_per_second"]["median"] / best
    result["kanjian_wrong"] = sum(each["wrong"] for each in said["kanjian"])
    result["kanjian_status"] = [each["status"] for each in said["kanjian"]]
    return result


def rates(said: list[dict]) -> dict:
    return spread([each["answered_per_second"] for each in said])


def latency(run: Path, requests: Path, full: float, rounds: int, seconds: float) -> dict:
    """Times at half of full load, and with a single client."""
    port = free_port()
    with kanjian(run, port):
        load(port, requests, "closed", CLIENTS, 2)
        half = [load(port, requests, "open", full / 2, seconds) for _ in range(rounds)]
        alone = load(port, requests, "closed", 1, seconds)
    result = {"at_most_p99_ms": 15, "requests_per_second": full / 2}
    for name in ("median_ms", "p90_ms", "p99_ms", "worst_ms"):
        result[name] = spread([each[name] for each in half])
        result[f"one_client_{name}"] = alone[name]
    return result | {"status": [each["status"] for each in half]}


def overload(run: Path, requests: Path, full: float, seconds: float) -> dict:
    """Twice of full load."""
    port = free_port()
    with kanjian(run, port, "--max-requests", 32) as server:
        load(port, requests, "closed", CLIENTS, 2)
        load(port, requests, "open", 2 * full, 5)  # what is held for good is held now
        before = memory_mb(server)
        said = load(port, requests, "open", 2 * full, seconds)
        after = memory_mb(server)
        status = stopped(server)
    return said | {
        "requests_per_second": 2 * full,
        "memory_before_mb": before,
        "memory_after_mb": after,
        "exit_status": status,
    }


def killed(run: Path, requests: Path, rounds: int) -> dict:
    """SIGTERM while 32 clients ask."""
    told = []
    for _ in range(rounds):
        port = free_port()
        with kanjian(run, port) as server:
            command = [sys.executable, SIDES / "http_load.py", port, requests, "closed"]
            words = [str(word) for word in [*command, CLIENTS, 4]]
            asking = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            time.sleep(2.5)
            status = stopped(server)
            said, _ = asking.communicate(timeout=60)
        told.append({"exit_status": status, "said": said_of(said)})
    return {"rounds": told}


def said_of(text: str) -> dict:
    said = json.loads(text.splitlines()[-1])
    return {name: said[name] for name in ("status", "wrong", "lost", "cut")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--overload", type=float, default=60)
    parser.add_argument("--only", choices=["lenet", "lite0"])
    options = parser.parse_args()
    result = {"clients": CLIENTS, "throughput_at_least": 5}
    with tempfile.TemporaryDirectory() as name:
        for network, save, pictures in (
            ("lenet", saved_lenet, digits),
            ("lite0", saved_lite0, photos),
        ):
            if options.only in (None, network):
                folder = Path(name, network)
                folder.mkdir()
                run = save(folder / "run")
                requests = write_requests(folder / "requests.npz", run, pictures(folder))
                result[network] = throughput(run, requests, options.rounds, options.seconds)
                full = result[network]["kanjian_per_second"]["median"]
                if network == "lenet":
                    times = latency(run, requests, full, options.rounds, options.seconds)
                    result[network]["half_load"] = times
                result[network]["twice_full_load"] = overload(run, requests, full, options.overload)
                result[network]["sigterm"] = killed(run, requests, options.rounds)
    print(write_result("serve_load", result))


if __name__ == "__main__":
    main()
