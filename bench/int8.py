"""What 8-bit numbers cost and bring: CIFAR-10 and photos, accuracy and throughput.

    python bench/int8.py [cifar10 photos] [--run NAME=FOLDER] [--set KEY=VALUE]

Trains the shipped recipe, or takes a run that is there, and quantizes it. Keeps what was measured
before for those not named. Results: bench/results/int8.json.
"""

import argparse
import json
import tempfile
import tomllib
from pathlib import Path

from kanjian.export.export import export_recognizer
from kanjian.recipes.codec import override
from kanjian.recipes.shipped import shipped
from kanjian.training.train import train
from record import DATA, RESULTS, write_result

RECIPES = {
    "cifar10": ("cifar10-fast", {"data.source": str(DATA / "cifar10-jpeg.tar.xz")}),
    "photos": ("photos-lite0", {"data.source": str(DATA / "photos/cats-dogs.tar")}),
}
MOST_POINTS_LOST = 0.5


def measured(name: str, run: Path | None, changes: dict[str, str]) -> dict:
    recipe, own = RECIPES[name]
    with tempfile.TemporaryDirectory() as place:
        if run is None:
            run = train(override(shipped(recipe), own | changes), out=Path(place)).folder
        # every loss is measured here, none refused
        made = export_recognizer(
            run, "openvino", Path(place) / "out", int8=True, max_drop=100, data_folder=DATA
        )
        epochs = json.loads((run / "report.json").read_text())["epochs"]
        recipe = tomllib.loads((run / "recipe.toml").read_text())["name"]
    told = made.int8.to_dict()
    speed = told["images_per_second"]
    return told | {
        "recipe": recipe,
        "epochs": epochs,
        "int8_over_f32": speed["int8"] / speed["f32"],
        "int8_over_bf16": speed["int8"] / speed["bf16"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(RECIPES))
    parser.add_argument("--run", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    runs = {name: Path(folder) for name, _, folder in (each.partition("=") for each in given.run)}
    changes = dict(each.split("=", 1) for each in given.set)
    path = RESULTS / "int8.json"
    known = json.loads(path.read_text())["networks"] if path.exists() else {}
    for name in given.names:
        known[name] = measured(name, runs.get(name), changes)
        print(name, known[name])
        result = {
            "what": "accuracy and images/s in f32, bf16 and int8, on pictures held back",
            "most_points_lost": MOST_POINTS_LOST,
            "networks": known,
        }
        print(write_result("int8", result))


if __name__ == "__main__":
    main()
