"""Ten epochs of a head on a frozen backbone: kanjian against plain Keras, wall seconds.

    python bench/transfer_head.py [--backbone lite0|vgg16] [--photos 1024] [--epochs 10]
                                  [--epochs-plain 10] [--rounds 3]

The same photos, the same network at 224×224 with the same weights (EfficientNet-Lite0 those of
ImageNet, VGG16 random ones), one dense layer on its pooled features, Adam, batches of 32, no
augmentation. Each side is a process of its own, in turn; seconds go from the first look at the
folder to the trained head, with the building of the network, without imports. kanjian starts with
an empty cache every time. Plain Keras runs the network in every epoch (`fit`, `trainable = False`,
photos from `image_dataset_from_directory`); with --epochs-plain it runs fewer, at least two, and
the missing ones are taken to last as long as those after the first, which compiles. Keeps what
was measured before for the other backbone. Results: bench/results/transfer_head.json.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from kanjian.models.backbones import build_backbone
from kanjian.weights.record import models_folder
from kanjian.weights.store import find_weights
from photos import linked_photos
from record import RESULTS, ROOT, said_by, spread, write_result

SIDES = ROOT / "bench" / "sides"
NAMES = {"lite0": "efficientnet-lite0", "vgg16": "vgg16"}


def kanjian_side(name: str, weights: str, photos: Path, epochs: int) -> dict:
    models = str(models_folder())
    with tempfile.TemporaryDirectory() as home:
        said = said_by(
            [sys.executable, SIDES / "kanjian_head.py", name, weights, photos, epochs],
            KANJIAN_HOME=home, KANJIAN_MODELS=models,
        )  # fmt: skip
    assert not said["from_cache"]
    return said


def keras_side(network: Path, photos: Path, epochs: int, measured: int) -> dict:
    said = said_by([sys.executable, SIDES / "keras_head.py", network, photos, measured])
    first, *later = said["epoch_seconds"]
    missing = (epochs - measured) * statistics.mean(later or [first])
    return said | {"seconds": said["before_seconds"] + first + sum(later) + missing}


def compared(name: str, given: argparse.Namespace) -> dict:
    weights = find_weights(name) if name == "efficientnet-lite0" else None
    sides: dict[str, list[dict]] = {"kanjian": [], "plain keras": []}
    with tempfile.TemporaryDirectory() as place:
        photos = linked_photos(Path(place), given.photos)
        network = Path(place) / "backbone.keras"
        build_backbone(name, size_hw=(224, 224), weights=weights, seed=0).save(network)
        measured = min(max(given.epochs_plain or given.epochs, 2), given.epochs)
        for _ in range(given.rounds):
            asked = "none" if weights is None else "imagenet"
            sides["kanjian"].append(kanjian_side(name, asked, photos, given.epochs))
            sides["plain keras"].append(keras_side(network, photos, given.epochs, measured))
            for side, runs in sides.items():
                print(name, side, f"{runs[-1]['seconds']:.1f} s", flush=True)
    seconds = {side: [run["seconds"] for run in runs] for side, runs in sides.items()}
    pairs = zip(seconds["kanjian"], seconds["plain keras"], strict=True)
    return {
        "photos": given.photos,
        "epochs": given.epochs,
        "epochs measured": {"kanjian": given.epochs, "plain keras": measured},
        "weights": "random" if weights is None else weights.name,
        "seconds": {side: spread(values) for side, values in seconds.items()},
        "ratio": statistics.median(ours / theirs for ours, theirs in pairs),
        "runs": sides,
        "load_average": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", choices=NAMES, action="append")
    parser.add_argument("--photos", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--epochs-plain", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    kept = RESULTS / "transfer_head.json"
    backbones = json.loads(kept.read_text())["backbones"] if kept.exists() else {}
    for short in given.backbone or NAMES:
        name = NAMES[short]
        backbones[name] = compared(name, given)
        print(name, f"1/{1 / backbones[name]['ratio']:.1f}", flush=True)
        what = "epochs of a head on a frozen backbone at 224×224, wall seconds, kanjian ÷ Keras"
        print(write_result("transfer_head", {"what": what, "backbones": backbones}))


if __name__ == "__main__":
    main()
