"""The joined recognizer against its head on kept features, on the validation photos.

    python bench/joined_parity.py [--photos N] [--epochs 20]

The head of `photos-lite0` is trained on cats and dogs and saved with its backbone as an ordinary
recognizer. What that answers to pictures is compared with what the head answers to the features in
the cache: the largest difference of a probability where all is float32, the share of equal labels
where the features were computed in bfloat16 (for a recognizer run in float32, as is usual, and in
bfloat16). Results: bench/results/joined_parity.json.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from kanjian.backend import load_keras
from kanjian.datasets.dataset import Dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.features import features_of
from kanjian.inference.recognizer import Recognizer
from kanjian.models.split_model import cut
from kanjian.models.transfer_model import FEATURES
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.codec import override
from kanjian.training.predictions import probabilities_of
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train
from kanjian.training.trainer import open_pictures
from record import DATA, write_result


def some_of(dataset: Dataset, wanted: int | None) -> Dataset:
    """Pictures spread over the set, which lies in order of class."""
    count = min(wanted or len(dataset), len(dataset))
    return dataset.subset(np.linspace(0, len(dataset) - 1, count).astype(int))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int)
    parser.add_argument("--epochs", type=int, default=20)
    given = parser.parse_args()
    data = DATA / "photos" / "cats-dogs.tar"
    changes = {"training.epochs": given.epochs, "backbone.variants": 1}
    recipe = recipe_for("photos-lite0", overrides=changes, on=data, augment="none")
    recipe = recipe.model_copy(update={"fine_tune": None})  # the features are those it came with
    if given.photos:
        recipe = override(recipe, {"data.limit": given.photos})
    splits, _ = open_pictures(recipe, None)
    assert splits.validation is not None
    photos = some_of(splits.validation, given.photos)
    with tempfile.TemporaryDirectory() as place:
        cache = FeatureCache(Path(place) / "cache", limit_gb=10)
        folder = train(recipe, out=Path(place) / "runs").recognizer_folder
        model = load_keras().saving.load_model(folder / "model.keras", compile=False)
        lower, head = cut(model, FEATURES)
        shape = InputShape(recipe.input.size, 3, recipe.input.fit)
        by_head, by_recognizer, errors = {}, {}, {}
        for precision in ("f32", "bf16"):
            features = features_of(photos, lower, shape, precision=precision, cache=cache)
            errors[precision] = features.relative_error
            rows = np.array(features.array, np.float32)
            by_head[precision] = head.predict(rows, verbose=0)
            recognizer = Recognizer.load(folder, precision=precision)
            by_recognizer[precision] = probabilities_of(recognizer, photos, shape)

    def equal(recognizer: str, kept: str) -> float:
        answers = by_recognizer[recognizer].argmax(1), by_head[kept].argmax(1)
        return float((answers[0] == answers[1]).mean())

    result = {
        "what": "the joined recognizer against its head on kept features, validation photos",
        "photos": len(photos),
        "accuracy": float((by_recognizer["f32"].argmax(1) == photos.labels).mean()),
        "largest difference in f32": float(np.abs(by_recognizer["f32"] - by_head["f32"]).max()),
        "equal labels": {
            "f32 recognizer, f32 features": equal("f32", "f32"),
            "f32 recognizer, bf16 features": equal("f32", "bf16"),
            "bf16 recognizer, bf16 features": equal("bf16", "bf16"),
        },
        "relative error of the features": errors,
    }
    print(result, write_result("joined_parity", result))


if __name__ == "__main__":
    main()
