"""What "kanjian train PICTURES" reaches without a word more: python bench/suit.py [SET…].

Each set is trained once with the recipe chosen for it, on nothing but its training part;
the figures are of the test part where there is one, else of the validation part.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train
from record import DATA, RESULTS, write_result

SETS = {
    "digits": ("digits", None),
    "mnist-5k": ("mnist-5k", None),
    "mnist, 1 000 pictures": ("mnist", 1000),
    "cifar10, 4 000 pictures": ("cifar10", 4000),
    "orl faces, 30 people": (DATA / "faces" / "orl-faces.tar", None),
    "5 athletes": (DATA / "faces" / "people-colour.tar", None),
    "cats and dogs": (DATA / "photos" / "cats-dogs.tar", None),
}


def measured(source: str | Path, limit: int | None) -> dict:
    overrides = {} if limit is None else {"data.limit": limit}
    recipe = recipe_for(source, overrides=overrides, data_folder=DATA)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        report = train(recipe, out=Path(out), data_folder=DATA).report.to_dict()
    part = "test" if report.get("test") else "validation"
    return {
        "chosen": recipe.about,
        "judged_on": part,
        "pictures": report[part]["n"],
        "accuracy": report[part]["accuracy"],
        "interval": report[part]["interval"],
        "validation_accuracy": report["validation"]["accuracy"],
        "epochs": report["epochs"],
        "fit_seconds": report["fit_seconds"],
        "images_per_second": report["images_per_second"],
        "total_seconds": time.perf_counter() - started,
        "peak_memory_mb": report["peak_memory_mb"],
        "parameters": report["parameters"],
        "seeds": 1,
    }


def main(wanted: list[str]) -> None:
    kept = RESULTS / "suit.json"
    sets = json.loads(kept.read_text())["sets"] if kept.exists() and wanted else {}
    for name in wanted or SETS:
        sets[name] = measured(*SETS[name])
        figures = sets[name]
        print(f"{name:26} {figures['judged_on']:10} {100 * figures['accuracy']:5.1f} % of "
              f"{figures['pictures']}, {figures['fit_seconds']:4.0f} s", flush=True)  # fmt: skip
        write_result("suit", {"sets": sets})


if __name__ == "__main__":
    main(sys.argv[1:])
