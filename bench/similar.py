"""`kanjian similar` on cats and dogs: seconds to an answer, and how often neighbors are alike.

    python bench/similar.py [--rounds 5] [--data TAR]

The first question with a $KANJIAN_HOME that holds nothing but the file of weights, the later
ones about the same folder with other pictures, each from process start to end. Then every
picture of the set is asked about: of its five nearest, itself and copies of it left out, the
share of its own class. Results: bench/results/similar.json.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from kanjian.features.cache import FeatureCache
from kanjian.search.image_sets import every_picture
from kanjian.search.similar import similar
from kanjian.weights.store import find_weights
from record import DATA, ROOT, spread, write_result

COUNT = 5


def ask(folder: Path, picture: Path, home: Path) -> float:
    command = [sys.executable, "-m", "kanjian", "similar", folder, picture, "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "KANJIAN_HOME": str(home)}
    environment.pop("KANJIAN_MODELS", None)
    started = time.perf_counter()
    subprocess.run(
        [str(part) for part in command], env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - started


def seconds(folder: Path, home: Path, rounds: int) -> dict:
    (home / "models").mkdir(parents=True)
    shutil.copy(find_weights("efficientnet-lite0"), home / "models")
    outside = [DATA / "images" / f"photo-{name}.jpg" for name in ("cat", "dog")]
    inside = sorted(folder.rglob("*.jpg"))
    return {
        "first": ask(folder, outside[0], home),
        "second, a picture from elsewhere": spread(
            [ask(folder, outside[k % 2], home) for k in range(rounds)]
        ),
        "second, a picture of the folder": spread(
            [ask(folder, inside[k], home) for k in range(rounds)]
        ),
    }


def precision(folder: Path, cache: FeatureCache, fit: str) -> dict:
    """Share of the five nearest that have the class of the picture asked about."""
    pictures = [name for part in every_picture(str(folder)) for name in part.names]
    started = time.perf_counter()
    found = similar(folder, pictures, count=2 * COUNT, fit=fit, cache=cache)
    shares = []
    for match in found.matches:
        others = [each for each in match.neighbors if not each.same_file][:COUNT]
        assert len(others) == COUNT
        shares.append(sum(each.label == match.picture.parent.name for each in others) / COUNT)
    return {
        "precision_at_5": sum(shares) / len(shares),
        "pictures_with_all_five_right": shares.count(1.0),
        "asked": len(shares),
        "searched": found.searched,
        "seconds_for_all": time.perf_counter() - started,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=DATA / "photos" / "cats-dogs.tar")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(given.data) as archive:
            archive.extractall(Path(name) / "photos", filter="data")
        folder = Path(name) / "photos"
        took = seconds(folder, Path(name) / "home", given.rounds)
        print(took["first"], *(took[key]["median"] for key in took if key != "first"), flush=True)
        cache = FeatureCache(Path(name) / "cache")
        alike = {fit: precision(folder, cache, fit) for fit in ("crop", "letterbox", "stretch")}
    result = {
        "what": "kanjian similar FOLDER PICTURE, efficientnet-lite0, last feature map averaged",
        "data": given.data.name,
        "seconds from process start to answer": took,
        "neighbors of the same class": alike,
        "niceness": os.nice(0),
    }
    print(alike, write_result("similar", result))


if __name__ == "__main__":
    main()
