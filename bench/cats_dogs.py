"""Cats and dogs from scratch, 640 photos to train on, 240 to test on: augmented and as they are.

    python bench/cats_dogs.py [--seeds 3] [--set KEY=VALUE ...]

The recipe is the one that `kanjian train photos/ --backbone none` chooses; the other side is the
same with `--augment none`. Results: bench/results/cats_dogs.json.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train
from record import DATA, write_result


def run(seed: int, augment: str | None, settings: dict[str, str]) -> dict:
    recipe = recipe_for(
        DATA / "photos" / "cats-dogs.tar",
        overrides={"training.seed": str(seed), **settings},
        augment=augment,
        backbone="none",
    )
    with tempfile.TemporaryDirectory() as folder:
        report = train(recipe, out=Path(folder)).report.to_dict()
    return {
        "seed": seed,
        "validation_accuracy": report["validation"]["accuracy"],
        "pictures": report["validation"]["n"],
        "fit_seconds": report["fit_seconds"],
        "epochs": report["epochs"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[])
    given = parser.parse_args()
    settings = dict(text.split("=", 1) for text in given.set)
    runs: dict[str, list[dict]] = {"augmented": [], "plain": []}
    for seed in range(given.seeds):
        for side, augment in (("augmented", None), ("plain", "none")):
            runs[side].append(run(seed, augment, settings))
            print(side, runs[side][-1], flush=True)
    means = {
        side: statistics.mean(each["validation_accuracy"] for each in each_side)
        for side, each_side in runs.items()
    }
    result = {
        "what": "cats and dogs from scratch, validation accuracy",
        "chosen": recipe_for(DATA / "photos" / "cats-dogs.tar", backbone="none").about,
        "settings": settings,
        "mean": means,
        "gain_points": 100 * (means["augmented"] - means["plain"]),
        "runs": runs,
    }
    print(means, write_result("cats_dogs", result))


main()
