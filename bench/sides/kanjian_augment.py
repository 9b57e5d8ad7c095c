"""Photos of a folder to augmented 224×224 batches, as training asks for them.

python kanjian_augment.py FOLDER PASSES

Prints JSON: images/s of every pass.
"""

import json
import sys
import time

from kanjian.datasets.open_dataset import open_dataset
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.augmentation import Augmentation
from kanjian.training.batches import Batches


def main():
    train = open_dataset(sys.argv[1]).train
    batches = Batches(
        train,
        InputShape((224, 224), 3, "stretch"),
        train.labels,
        batch_size=32,
        augmentation=Augmentation(
            flip_horizontal=True, rotate_deg=15, shift_frac=0.1, zoom_frac=0.1, fill="nearest"
        ),
        seed=0,
    )
    rates = []
    for epoch in range(int(sys.argv[2])):
        batches.begin(epoch)
        started, pictures = time.perf_counter(), 0
        for step in range(len(batches)):
            images, _ = batches[step]
            pictures += len(images)
        rates.append(pictures / (time.perf_counter() - started))
    print(json.dumps({"images_per_second": rates}))


main()
