"""kanjian (看见, "to see"): from a folder of pictures to a recognizer you understand.

Three nouns: a `Dataset` is labeled pictures, a `Recipe` is everything that decides a
training run, a `Recognizer` is a trained network that takes raw pictures and returns
named answers.

Importing this package imports nothing else; each name is loaded when first used.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

# The whole public surface: name -> the module that defines it.
_HOME_OF: dict[str, str] = {
    "Prediction": "kanjian.inference.prediction",
    "Dataset": "kanjian.datasets.dataset",
    "UnreadableImage": "kanjian.inference.prediction",
    "KanjianError": "kanjian.errors",
    "Recipe": "kanjian.recipes.recipe",
    "Recognizer": "kanjian.inference.recognizer",
    "Run": "kanjian.training.trainer",
    "Splits": "kanjian.datasets.dataset",
    "compare": "kanjian.experiments.compare",
    "cross_validate": "kanjian.experiments.cross_validation",
    "export_recognizer": "kanjian.export.export",
    "resize_image": "kanjian.images.resize",
    "from_arrays": "kanjian.datasets.arrays",
    "import_network": "kanjian.importing.import_network",
    "open_dataset": "kanjian.datasets.open_dataset",
    "read_image": "kanjian.images.decode",
    "read_recipe": "kanjian.recipes.codec",
    "resume": "kanjian.training.trainer",
    "shipped": "kanjian.recipes.shipped",
    "similar": "kanjian.search.similar",
    "train": "kanjian.training.trainer",
    "write_image": "kanjian.images.write",
    "write_recipe": "kanjian.recipes.codec",
}
__all__ = ["__version__", *_HOME_OF]  # noqa: PLE0604 - names of the table above


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'kanjian' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
