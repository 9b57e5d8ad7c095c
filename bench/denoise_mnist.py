"""The source's autoencoder on noisy digits: kanjian's training against plain Keras.

    python bench/denoise_mnist.py [--epochs 10] [--limit N]

The plain side is the source: 28,353 parameters, noise of 0.5 drawn once and clipped, binary
cross-entropy, Adadelta with rate 1.0, batches of 128. Kanjian's is
`kanjian denoise train mnist`. Both are evaluated on the same noisy test digits, by Keras in
float32. Results: bench/results/denoise_mnist.json, and the strip of kanjian's epochs as
denoise_mnist.png beside it.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.backend import load_keras
from kanjian.datasets.open_dataset import open_dataset
from kanjian.denoise.run import DenoiseRun
from kanjian.denoise.strip import epoch_strip
from kanjian.denoise.train import train
from kanjian.images import write_image
from kanjian.recipes.codec import override, recipe_of
from kanjian.recipes.denoising import DenoiseRecipe, suited
from record import DATA, RESULTS, write_result


def digits(limit: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Training and test digits as the source has them, from 0 to 1."""
    splits = open_dataset("mnist", data_folder=DATA)
    parts = []
    for part in (splits.train, splits.test):
        count = min(limit or len(part), len(part))
        pixels = np.stack([part.images.read(number) for number in range(count)])
        parts.append(pixels[..., None].astype(np.float32) / 255)
    return parts[0], parts[1]


def with_noise(clean: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, clean.shape)
    return np.clip(clean + 0.5 * noise, 0, 1).astype(np.float32)


def source_network():
    """Line by line as the source has it, in the words of today's Keras."""
    keras = load_keras()
    layers = keras.layers
    pixels = keras.Input((28, 28, 1))
    x = layers.Conv2D(32, (3, 3), activation="relu", padding="same")(pixels)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(32, (3, 3), activation="relu", padding="same")(x)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(32, (3, 3), activation="relu", padding="same")(x)
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(32, (3, 3), activation="relu", padding="same")(x)
    x = layers.UpSampling2D((2, 2))(x)
    return keras.Model(pixels, layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x))


def plain(train: np.ndarray, test: np.ndarray, epochs: int) -> dict:
    keras = load_keras()
    keras.utils.set_random_seed(0)
    network = source_network()
    assert network.count_params() == 28_353
    network.compile(optimizer=keras.optimizers.Adadelta(1.0), loss="binary_crossentropy")
    started = time.perf_counter()
    network.fit(with_noise(train, 1), train, epochs=epochs, batch_size=128, verbose=2)
    spent = time.perf_counter() - started
    return {
        "loss": mean_loss(lambda batch: network.predict(batch, verbose=0), test),
        "seconds": spent,
    }


def mean_loss(cleaned, test: np.ndarray) -> float:
    """Mean binary cross-entropy over the noisy test digits."""
    keras = load_keras()
    losses = keras.losses.binary_crossentropy(test, cleaned(with_noise(test, 2)))
    return float(np.mean(np.asarray(losses)))


def kanjian_run(epochs: int, limit: int | None) -> DenoiseRun:
    recipe = recipe_of(suited("autoencoder") | {"network": {"name": "autoencoder"}},
                       kind=DenoiseRecipe)  # fmt: skip
    changes = {"pictures.source": "mnist", "learning.epochs": epochs, "pictures.limit": limit}
    return train(override(recipe, changes), out=Path(tempfile.mkdtemp()), data_folder=DATA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    train, test = digits(arguments.limit)
    source = plain(train, test, arguments.epochs)
    run = kanjian_run(arguments.epochs, arguments.limit)
    network = load_keras().saving.load_model(run.denoiser_folder / "model.keras")
    ours = {
        # the denoiser takes gray levels
        "loss": mean_loss(lambda batch: network.predict(255 * batch, verbose=0) / 255, test),
        "seconds": run.report.fit_seconds,
        "parameters": run.report.parameters,
        "precision": run.report.precision,
    }
    print({"plain Keras": source, "kanjian": ours})
    write_result(
        "denoise_mnist",
        {"epochs": arguments.epochs, "digits": len(train), "plain_keras": source, "kanjian": ours},
    )
    write_image(RESULTS / "denoise_mnist.png", epoch_strip(run.folder, data_folder=DATA))


if __name__ == "__main__":
    main()
