"""Photos to augmented 224×224 uint8 batches: kanjian and its peers, in turn.

    python bench/augment_photos.py [--rounds 3] [--passes 3]

The same photos in the same folder, the same operations within the same bounds (decode, bring to
224×224, mirror, turn by up to 15°, shift by up to a tenth, zoom by up to a tenth), batches of
32, two cores. Each side is a process of its own; its first pass does not count. Peers run in
the environment of bench/requirements-augment.txt. Results: bench/results/augment_photos.json.
"""

import argparse
import json
import statistics
import sys
import tarfile
import tempfile
from pathlib import Path

from record import DATA, ROOT, rates_of, spread, write_result

SIDES = ROOT / "bench" / "sides"
PEERS = ROOT / ".venv-augment" / "bin" / "python"
PEER_NAMES = ("image_data_generator", "keras_layers", "torchvision", "albumentations")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passes", type=int, default=3)
    given = parser.parse_args()
    rates: dict[str, list[float]] = {"kanjian": [], **{name: [] for name in PEER_NAMES}}
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(DATA / "photos" / "cats-dogs.tar") as tar:
            tar.extractall(folder, filter="data")
        train = next(Path(folder).rglob("train"))
        commands = {"kanjian": [sys.executable, SIDES / "kanjian_augment.py", train, given.passes]}
        for name in PEER_NAMES:
            commands[name] = [PEERS, SIDES / "peers_augment.py", name, train, given.passes]
        for _ in range(given.rounds):
            for side, command in commands.items():
                rates[side].append(statistics.median(rates_of(command)))
                print(side, round(rates[side][-1]), flush=True)
    best = max(
        (name for name in PEER_NAMES if name != "image_data_generator"),
        key=lambda name: statistics.median(rates[name]),
    )

    def ratio(peer: str) -> float:
        return statistics.median(a / b for a, b in zip(rates["kanjian"], rates[peer], strict=True))

    result = {
        "what": "640 photos to augmented 224×224 uint8 batches of 32, images/s, 2 cores",
        "images_per_second": {side: spread(values) for side, values in rates.items()},
        "fastest_peer": best,
        "ratio": {
            "kanjian / ImageDataGenerator": ratio("image_data_generator"),
            "kanjian / fastest of the others": ratio(best),
        },
    }
    print(json.dumps(result["ratio"]), write_result("augment_photos", result))


main()
