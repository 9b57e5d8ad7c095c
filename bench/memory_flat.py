"""Resident memory while reading 1 000, 10 000 and 60 000 pictures of a folder, batch by batch.

    python bench/memory_flat.py

Photos: those of the shared data, linked as often as needed; small: the CIFAR tar unpacked.
Each count is a process of its own: augmented batches of 32 from live decoding. What counts is
the peak less what the process had before it opened the folder.
Results: bench/results/memory_flat.json.
"""

import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from record import DATA, ROOT, write_result

COUNTS = (1_000, 10_000, 60_000)
PHOTOS, SMALL = "photos at 224×224", "CIFAR JPEGs at 32×32"


def resident_mb() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def read(folder: str, side: int, most: int) -> None:
    """One process: read up to `most` pictures, say how much memory it took."""
    from kanjian.datasets.open_dataset import open_dataset
    from kanjian.pipeline.input_shape import InputShape
    from kanjian.recipes.augmentation import preset
    from kanjian.training.batches import Batches

    train = open_dataset(folder).train
    batches = Batches(
        train, InputShape((side, side), 3), train.labels, batch_size=32,
        augmentation=preset("standard"), seed=0,
    )  # fmt: skip
    seen, most_mb = 0, 0.0
    for step in range(len(batches)):
        seen += len(batches[step][0])
        most_mb = max(most_mb, resident_mb())
        if seen >= most:
            break
    print(json.dumps({"pictures": seen, "peak_mb": most_mb}))


def linked(folder: Path, files: list[Path], count: int) -> Path:
    """A set of `count` pictures in ten classes, each a link to one of the files."""
    made = folder / f"set-{count}"
    for number in range(count):
        place = made / f"class-{number % 10}"
        if number < 10:
            place.mkdir(parents=True)
        os.link(files[number % len(files)], place / f"{number:06}.jpg")
    return made


def main() -> None:
    peaks: dict[str, dict[str, float]] = {}
    for kind, tar, side in (
        (PHOTOS, "photos/cats-dogs.tar", 224),
        (SMALL, "cifar10-jpeg.tar.xz", 32),
    ):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
            folder = Path(name)
            with tarfile.open(DATA / tar) as archive:
                archive.extractall(folder / "files", filter="data")
            files = sorted((folder / "files").rglob("*.jpg"))
            peaks[kind] = {}
            for count in COUNTS:
                command = [sys.executable, __file__, str(linked(folder, files, count)), str(side),
                           str(count)]  # fmt: skip
                environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
                done = subprocess.run(
                    command, capture_output=True, text=True, env=environment, check=True
                )
                peaks[kind][str(count)] = json.loads(done.stdout.splitlines()[-1])["peak_mb"]
                print(kind, count, round(peaks[kind][str(count)]), flush=True)
    growth = {kind: max(mb.values()) / mb["1000"] - 1 for kind, mb in peaks.items()}
    result = {"what": "peak resident MB of a reading process", "peak_mb": peaks, "growth": growth}
    print(json.dumps(growth), write_result("memory_flat", result))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
