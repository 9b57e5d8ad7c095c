"""What hands batches to Keras fastest: ours, PyDataset, tf.data or Grain, fed by the same code.

    python bench/loaders.py [--rounds 3] [--photos 640]

Each makes the batches that training makes of the shared photos (decoded live, standard
augmentation, 96×96) and hands them to the network that `kanjian train` chooses for them; images/s
of an epoch, in turn. Grain takes part where it is installed. Results: bench/results/loaders.json.
"""

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.datasets.open_dataset import open_dataset
from kanjian.recipes.codec import override
from kanjian.training.batches import feed
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import prepare
from kanjian.training.resolve_recipe import recipe_for
from record import DATA, spread, write_result

keras = load_keras()


class Threaded(keras.utils.PyDataset):
    """The same batches from a PyDataset with this many threads of Keras' own; 1 for none."""

    def __init__(self, batches: Any, workers: int) -> None:
        super().__init__(workers=workers, max_queue_size=4)
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, step: int) -> tuple[np.ndarray, ...]:
        return self.batches.make(step)


def tf_data(batches: Any) -> Any:
    import tensorflow as tf

    height, width, channels = batches.shape.shape_hwc
    steps = tf.data.Dataset.range(len(batches))

    def make(step: Any) -> Any:
        images, targets = tf.numpy_function(
            lambda k: batches.make(int(k)), [step], (tf.uint8, batches.targets.dtype)
        )
        images.set_shape((None, height, width, channels))
        targets.set_shape((None, *batches.targets.shape[1:]))
        return images, targets

    return steps.map(make, num_parallel_calls=2).prefetch(2)


def grain(batches: Any) -> Any:
    import grain

    return (
        grain.MapDataset.range(len(batches)).map(lambda k: batches.make(int(k))).to_iter_dataset()
    )


def some_of(n: int, wanted: int) -> np.ndarray:
    """Rows spread over the whole set: pictures lie in order of class."""
    return np.linspace(0, n - 1, min(n, wanted)).astype(int)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=int, default=640)
    given = parser.parse_args()
    source = DATA / "photos" / "cats-dogs.tar"
    # from nothing: with a backbone, what batches are made of is read once and kept
    recipe = override(recipe_for(source, backbone="none"), {"data.cache": "none"})
    splits = open_dataset(str(source))
    few = replace(splits, train=splits.train.subset(some_of(len(splits.train), given.photos)))
    prepared = prepare(recipe, few)
    setup = set_up_phase(prepared, phases_of(prepared.recipe)[0])
    loaders: dict[str, Callable[[Any], Any]] = {
        "made ahead, as training uses it": feed,
        "made ahead, behind Keras' queue": lambda batches: batches,
        "PyDataset, one at a time": lambda batches: Threaded(batches, 1),
        "PyDataset, 2 workers": lambda batches: Threaded(batches, 2),
        "tf.data": tf_data,
    }
    if importlib.util.find_spec("grain"):
        loaders["Grain"] = grain
    rates: dict[str, list[float]] = {name: [] for name in loaders}
    for number in range(given.rounds + 1):
        for name, loader in loaders.items():
            setup.train.begin(number)
            started = time.perf_counter()
            setup.model.fit(loader(setup.train), epochs=1, shuffle=False, verbose=0)
            rate = len(few.train) / (time.perf_counter() - started)
            if number:  # the first epoch traces
                rates[name].append(rate)
                print(name, round(rate), flush=True)
    # over all rounds together: what has two speeds is measured by both
    together = {name: statistics.harmonic_mean(values) for name, values in rates.items()}
    result = {
        "what": "training on photos decoded live, 96×96, images/s by what hands over the batches",
        "images_per_second": {name: spread(values) for name, values in rates.items()},
        "images_per_second_over_all_rounds": together,
        "fastest": max(together, key=lambda name: together[name]),
    }
    print(json.dumps(result["fastest"]), write_result("loaders", result))


main()
