"""How near we are to what the machine can do: ours beside a bare loop of the same work, in turns.

    python bench/limits.py [--only photos|head|serve] [--rounds 5] [--seconds 8]

- photos: pictures/s of augmented 224×224 batches, ours and bare calls of simplejpeg and OpenCV in
  two threads (bench/sides/bare_photos.py).
- head: seconds of ten epochs of a head on frozen EfficientNet-Lite0, ours and bare calls of Keras,
  OpenVINO and NumPy (bench/sides/bare_head.py), from the first look at 1024 photos.
- serve: 99th percentile of the response time of LeNet at half of our full load, ours, a bare server
  of asyncio with OpenVINO (bench/sides/bare_server.py), and, where there is a C compiler, a server
  that answers without looking (bench/sides/echo.c).

A share of the limit of 1 is as fast as the bare loop. Keeps what was measured before for the parts
not asked for. Results: bench/results/limits.json.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from kanjian.features.engine import resolved_precision
from kanjian.models.backbones import build_backbone
from kanjian.weights.record import models_folder
from kanjian.weights.store import find_weights
from photos import linked_photos
from record import DATA, RESULTS, rates_of, said_by, spread, write_result
from serving import SIDES, digits, free_port, kanjian, load, running, write_requests
from small_lenet import saved_lenet

CLIENTS, PASSES, PHOTOS, EPOCHS, BACKBONE = 32, 4, 1024, 10, "efficientnet-lite0"
C_SERVER = Path(__file__).parent / "sides" / "echo.c"


def photos(rounds: int, place: Path) -> dict:
    """Pictures/s, ours and bare."""
    with tarfile.open(DATA / "photos" / "cats-dogs.tar") as tar:
        tar.extractall(place, filter="data")
    train = next(place.rglob("train"))
    rates: dict[str, list[float]] = {"kanjian": [], "bare": []}
    for _ in range(rounds):
        for side, script in (("kanjian", "kanjian_augment.py"), ("bare", "bare_photos.py")):
            said = rates_of([sys.executable, SIDES / script, train, PASSES])
            rates[side].append(statistics.median(said))
            print("photos", side, round(rates[side][-1]), "images/s", flush=True)
    shares = [ours / bare for ours, bare in zip(*rates.values(), strict=True)]
    return {
        "images_per_second": {side: spread(values) for side, values in rates.items()},
        "share_of_limit": spread(shares),
    }


def head(rounds: int, place: Path) -> dict:
    """Seconds from the first look at the photos to the trained head, ours and bare."""
    files = linked_photos(place, PHOTOS)
    network, weights = place / "backbone.keras", find_weights(BACKBONE)
    build_backbone(BACKBONE, size_hw=(224, 224), weights=weights, seed=0).save(network)
    sides: dict[str, list[dict]] = {"kanjian": [], "bare": []}
    models = str(models_folder())
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            ours = [sys.executable, SIDES / "kanjian_head.py", BACKBONE, "imagenet", files, EPOCHS]
            sides["kanjian"].append(said_by(ours, KANJIAN_HOME=home, KANJIAN_MODELS=models))
        precision = resolved_precision("auto")
        bare = [sys.executable, SIDES / "bare_head.py", network, files, EPOCHS, precision]
        sides["bare"].append(said_by(bare))
        print("head", *(f"{side} {said[-1]['seconds']:.1f} s" for side, said in sides.items()))
    seconds = {side: [each["seconds"] for each in said] for side, said in sides.items()}
    shares = [bare / ours for ours, bare in zip(*seconds.values(), strict=True)]
    return {
        "photos": PHOTOS,
        "epochs": EPOCHS,
        "seconds": {side: spread(values) for side, values in seconds.items()},
        "share_of_limit": spread(shares),
        "runs": sides,
    }


def serve(rounds: int, seconds: float, place: Path) -> dict:
    """Response times at half of our full load: ours, bare, and of a server that does nothing."""
    run = saved_lenet(place / "run")
    requests = write_requests(place / "requests.npz", run, digits(place))
    servers = {
        "kanjian": lambda port: kanjian(run, port),
        "bare": lambda port: running([sys.executable, SIDES / "bare_server.py", run, port], port),
    }
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler:
        echo = place / "echo"
        command = [compiler, "-O2", "-D_GNU_SOURCE", str(C_SERVER), "-o", str(echo)]
        subprocess.run(command, check=True)
        servers["answers without looking, in C"] = lambda port: running([echo, port], port)
    port = free_port()
    with kanjian(run, port):
        load(port, requests, "closed", CLIENTS, 2)
        full = load(port, requests, "closed", CLIENTS, seconds)["answered_per_second"]
    said: dict[str, list[dict]] = {side: [] for side in servers}
    for _ in range(rounds):
        for side, start in servers.items():
            port = free_port()
            with start(port):
                load(port, requests, "closed", CLIENTS, 2)
                said[side].append(load(port, requests, "open", full / 2, seconds))
            print("serve", side, f"p99 {said[side][-1]['p99_ms']:.1f} ms", flush=True)
    assert not any(each["wrong"] for side in ("kanjian", "bare") for each in said[side])
    p99 = {side: [each["p99_ms"] for each in values] for side, values in said.items()}
    shares = [bare / ours for ours, bare in zip(p99["kanjian"], p99["bare"], strict=True)]
    return {
        "full_load_per_second": full,
        "p99_ms": {side: spread(values) for side, values in p99.items()},
        "median_ms": {side: spread([each["median_ms"] for each in v]) for side, v in said.items()},
        "share_of_limit": spread(shares),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["photos", "head", "serve"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    parts = {
        "photos": lambda place: photos(given.rounds, place),
        "head": lambda place: head(given.rounds, place),
        "serve": lambda place: serve(given.rounds, given.seconds, place),
    }
    kept = RESULTS / "limits.json"
    result = json.loads(kept.read_text())["parts"] if kept.exists() else {}
    for name in [given.only] if given.only else parts:
        with tempfile.TemporaryDirectory() as folder:
            result[name] = parts[name](Path(folder)) | {"load_average": os.getloadavg()[0]}
        share = result[name]["share_of_limit"]["median"]
        print(name, f"{100 * share:.0f} % of the limit", write_result("limits", {"parts": result}))


if __name__ == "__main__":
    main()
