"""Photos of a folder to augmented 224×224 uint8 batches, the way each peer is meant to be used.

    python peers_augment.py PEER FOLDER PASSES

PEER is image_data_generator, keras_layers, torchvision or albumentations; each has two workers.
Prints JSON: images/s of every pass.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

SIZE, BATCH, WORKERS = 224, 32, 2


def image_data_generator(folder):
    from tf_keras.preprocessing.image import ImageDataGenerator
    from tf_keras.utils import OrderedEnqueuer

    flow = ImageDataGenerator(
        horizontal_flip=True, rotation_range=15, width_shift_range=0.1, height_shift_range=0.1,
        zoom_range=0.1, fill_mode="nearest", dtype="uint8",
    ).flow_from_directory(folder, target_size=(SIZE, SIZE), batch_size=BATCH, seed=0)  # fmt: skip
    # what `fit(workers=2, use_multiprocessing=True)` starts
    queue = OrderedEnqueuer(flow, use_multiprocessing=True)
    queue.start(workers=WORKERS)
    stream = queue.get()
    while True:
        yield (next(stream)[0].astype(np.uint8) for _ in range(len(flow)))


def keras_layers(folder):
    import keras
    import tensorflow as tf

    vary = keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomRotation(15 / 360, fill_mode="nearest"),
            keras.layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
            keras.layers.RandomZoom(0.1, fill_mode="nearest"),
        ]
    )
    pictures = keras.utils.image_dataset_from_directory(
        folder, image_size=(SIZE, SIZE), batch_size=BATCH, verbose=False
    )
    stream = (
        pictures.map(
            lambda x, y: tf.cast(vary(x, training=True), tf.uint8), num_parallel_calls=WORKERS
        )
        .prefetch(2)
        .as_numpy_iterator
    )
    while True:
        yield stream()


def _torch_loader(folder, vary):
    import torch

    class Photos(torch.utils.data.Dataset):
        files = sorted(Path(folder).rglob("*.jpg"))

        def __len__(self):
            return len(self.files)

        def __getitem__(self, index):
            return vary(self.files[index])

    loader = torch.utils.data.DataLoader(
        Photos(), batch_size=BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True
    )
    while True:
        yield loader


def torchvision(folder):
    import torch
    from PIL import Image

    # a CPU build of PyTorch cannot load torchvision's compiled operators, which transforms
    # do not use; without their names the import fails
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision.transforms import v2

    torch.set_num_threads(1)
    vary = v2.Compose(
        [
            v2.Resize((SIZE, SIZE)),
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1),
                            interpolation=v2.InterpolationMode.BILINEAR),
            v2.PILToTensor(),
        ]
    )  # fmt: skip
    return _torch_loader(folder, lambda path: vary(Image.open(path).convert("RGB")))


def albumentations(folder):
    import albumentations as A
    import cv2
    import torch

    cv2.setNumThreads(1)
    vary = A.Compose(
        [
            A.Resize(SIZE, SIZE),
            A.HorizontalFlip(p=0.5),
            A.Affine(rotate=(-15, 15), translate_percent=(-0.1, 0.1), scale=(0.9, 1.1),
                     border_mode=cv2.BORDER_REPLICATE, p=1),
        ]
    )  # fmt: skip

    def read(path):
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        return torch.from_numpy(vary(image=image)["image"])

    return _torch_loader(folder, read)


def main():
    passes = globals()[sys.argv[1]](sys.argv[2])
    rates = []
    for _ in range(int(sys.argv[3])):
        started, pictures = time.perf_counter(), 0
        for batch in next(passes):
            assert batch.dtype in ("uint8",) or str(batch.dtype) == "torch.uint8", batch.dtype
            pictures += len(batch)
        rates.append(pictures / (time.perf_counter() - started))
    print(json.dumps({"images_per_second": rates}), flush=True)
    os._exit(0)  # the workers of some peers do not end by themselves


main()
