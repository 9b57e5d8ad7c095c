"""The same pictures, cleaned by the network of epoch 1, 2, 3 …: what training does, to be seen."""

from pathlib import Path
from typing import Any

import numpy as np

from kanjian.denoise.image_sets import as_channels
from kanjian.denoise.pairs import PairBatches, made_noise
from kanjian.denoise.run import kept_epochs, own_parts, recipe_in
from kanjian.errors import TrainingError
from kanjian.guard.keras_file import load_network
from kanjian.i18n import _
from kanjian.images import draw
from kanjian.images.decode import read_image
from kanjian.images.fonts import words_in_pictures
from kanjian.models.denoisers import spec_of
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.denoising import DenoiseRecipe

_TILE, _LARGEST = 140, 256
Row = tuple[np.ndarray, np.ndarray | None]


@words_in_pictures()
def epoch_strip(
    folder: AnyPath,
    *,
    picture: AnyPath | None = None,
    rows: int = 3,
    most: int = 10,
    data_folder: AnyPath | None = None,
) -> np.ndarray:
    """A sheet: each row is a picture as it goes in, cleaned after each epoch, and clean.

    Args:
        folder: A run folder of `learn`.
        picture: A clean picture (a noisy one for a network that was trained on noisy ones);
            those held out from training by default.
        rows: How many pictures, where they come from the run.
        most: Epochs shown at most; the first and the last are always among them.
        data_folder: Where built-in data sets are looked for first.

    Returns:
        RGB (h, w, 3) uint8; under every tile its PSNR, where there is a clean picture.

    Raises:
        TrainingError: If there is no run, or no epoch is finished.
    """
    folder, picture, data_folder = Path(folder), as_path(picture), as_path(data_folder)
    recipe = recipe_in(folder)
    epochs = _shown(kept_epochs(folder), most)
    if not epochs:
        raise TrainingError(f"no epoch is finished in {folder}. Wait for the first one.")
    shown = [_row_of(picture, recipe)] if picture else _held_out(folder, recipe, rows, data_folder)
    # one network that takes the weights of each: every other one would be traced anew
    network = load_network(epochs[0][1], error=TrainingError)
    learned = [
        (number, load_network(path, error=TrainingError).get_weights()) for number, path in epochs
    ]
    tiles: list[np.ndarray] = []
    captions: list[str] = []
    for into, clean in shown:
        channels = into.shape[2] - recipe.noise.noise_map
        row = [(_("goes in"), into[..., :channels])]
        for number, weights in learned:
            network.set_weights(weights)
            row.append((_("epoch {n}", n=number), _cleaned(network, into)))
        row += [] if clean is None else [(_("clean"), clean)]
        for name, pixels in row:
            tiles.append(_enlarged(pixels))
            known = clean is not None and pixels is not clean
            captions.append(f"{name}\n{_psnr(clean, pixels):.2f} dB" if known else f"{name}\n ")
    return draw.contact_sheet(
        tiles, captions=captions, columns=len(tiles) // len(shown), tile_hw=(_TILE, _TILE)
    )


def _shown(epochs: list[tuple[int, Path]], most: int) -> list[tuple[int, Path]]:
    """At most so many, evenly spaced, with the first and the last.

    Example:
        >>> [number for number, _ in _shown([(n, Path()) for n in range(1, 21)], 4)]
        [1, 7, 14, 20]
    """
    picked = np.linspace(0, len(epochs) - 1, min(most, len(epochs))).round().astype(int)
    return [epochs[number] for number in dict.fromkeys(picked.tolist())]


def _held_out(
    folder: Path, recipe: DenoiseRecipe, rows: int, data_folder: Path | None
) -> list[Row]:
    """Pictures of the validation part, as every epoch was evaluated on them."""
    parts = own_parts(folder, recipe, data_folder)
    image_set = parts.train if parts.validation is None else parts.validation
    picked = np.linspace(0, len(image_set) - 1, min(rows, len(image_set))).astype(int)
    if recipe.pictures.learn_from == "clean":
        return [_noisy_row(image_set.read(int(n)), recipe, seed=int(n)) for n in picked]
    pairs = PairBatches(image_set, recipe, validating=True)
    return [(pairs.pair(int(n))[0], None) for n in picked]


def _row_of(picture: Path, recipe: DenoiseRecipe) -> Row:
    image = as_channels(read_image(picture), 3 if recipe.pictures.color == "rgb" else 1)
    if recipe.pictures.learn_from == "clean":
        return _noisy_row(image, recipe, seed=0)
    return _middle(image, recipe).astype(np.float32), None


def _noisy_row(image: np.ndarray, recipe: DenoiseRecipe, *, seed: int) -> Row:
    clean = _middle(image, recipe).astype(np.float32)
    return made_noise(clean, recipe.noise, np.random.default_rng([recipe.learning.seed, seed]))


def _middle(image: np.ndarray, recipe: DenoiseRecipe) -> np.ndarray:
    """The middle of a large picture, with sides that the network takes."""
    multiple = spec_of(recipe.network.name, **recipe.network.options)["multiple"]
    height, width = (min(side, _LARGEST) // multiple * multiple for side in image.shape[:2])
    if not height or not width:
        raise TrainingError(
            f"the picture is smaller than {multiple}×{multiple}, the least the network takes."
        )
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def _cleaned(network: Any, into: np.ndarray) -> np.ndarray:
    cleaned: np.ndarray = np.asarray(network.predict_on_batch(into[None]), np.float32)[0]
    return cleaned


def _enlarged(pixels: np.ndarray) -> np.ndarray:
    """As it is seen: rounded to gray levels; small pictures enlarged by whole pixels."""
    levels: np.ndarray = np.rint(pixels.clip(0, 255)).astype(np.uint8)
    factor = max(1, _TILE // max(levels.shape[:2]))
    levels = levels.repeat(factor, 0).repeat(factor, 1)
    return levels[..., 0] if levels.shape[2] == 1 else levels


def _psnr(clean: np.ndarray | None, other: np.ndarray) -> float:
    assert clean is not None
    mean = float(np.mean((clean - other) ** 2, dtype=np.float64))
    return float(10 * np.log10(255**2 / max(mean, 1e-9)))
