"""Augmentation made visible: what the network will see, before it is trained."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.augmentation.mix import MIXING_KEYS, mix_batch
from kanjian.augmentation.sample_params import draw
from kanjian.datasets.dataset import Dataset
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.errors import RecipeError
from kanjian.i18n import _
from kanjian.images.draw import contact_sheet
from kanjian.images.fonts import words_in_pictures
from kanjian.images.write import write_image
from kanjian.names import file_name, file_names
from kanjian.paths import AnyPath, as_path
from kanjian.pipeline.augmented import augmented_batch
from kanjian.pipeline.input_shape import InputShape, input_shape
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.recipe import Recipe

_COLUMNS, _ROWS = 8, 3
_LEAST_TILE, _MOST_TILE = 64, 160


@dataclass(frozen=True, eq=False)
class Preview:
    """Pictures as a network will see them.

    Args:
        original: The first picture, fitted only.
        variants: The first picture as it comes in one epoch after the other.
        batch: Pictures of the first batch of the first epoch.
        answers: What is asked for each picture of the batch.
    """

    original: np.ndarray
    variants: np.ndarray
    batch: np.ndarray
    answers: tuple[str, ...]

    @words_in_pictures()
    def sheet(self) -> np.ndarray:
        """Both on one sheet: RGB (height, width, 3) uint8."""
        side = int(np.clip(max(self.original.shape[:2]), _LEAST_TILE, _MOST_TILE))
        images = [self.original, *self.variants, *self.batch]
        captions = [
            _("as it is"),
            *(_("epoch {n}", n=epoch + 1) for epoch in range(len(self.variants))),
            *self.answers,
        ]
        plain = [image[:, :, 0] if image.shape[2] == 1 else image for image in images]
        return contact_sheet(plain, captions=captions, columns=_COLUMNS, tile_hw=(side, side))


def preview(recipe: Recipe, *, picture: int = 0, data_folder: AnyPath | None = None) -> Preview:
    """Variants of one training picture, and a batch, exactly as `train` will make them.

    Args:
        recipe: Its [data], [input], [augmentation] and [training] count.
        picture: Which picture of the training part to augment.
        data_folder: Where built-in data sets are looked for first.

    Raises:
        RecipeError: If there is no such picture.
        DatasetError: If the pictures cannot be opened.

    Example:
        >>> from kanjian.training.resolve_recipe import recipe_for
        >>> preview(recipe_for("digits")).sheet().shape[2]
        3
    """
    data_folder = as_path(data_folder)
    train, shape = _opened(recipe, data_folder)
    if not 0 <= picture < len(train):
        raise RecipeError(f"picture must be 0 to {len(train) - 1}, got {picture}.")
    bounds, seed = recipe.augmentation, recipe.training.seed
    one = np.array([picture])
    variants = []
    for epoch in range(_COLUMNS * _ROWS - 1):
        draws = draw(bounds, len(train), seed=seed, epoch=epoch).of(one)
        variants += [*augmented_batch(train, one, shape, bounds, draws)]
    n = min(_COLUMNS * _ROWS, recipe.training.batch_size, len(train))
    order = np.random.default_rng([seed, 0]).permutation(len(train))[:n]
    draws = draw(bounds, len(train), seed=seed, epoch=0).of(order)
    batch = augmented_batch(train, order, shape, bounds, draws)
    names = _names(train, order)
    if bounds.mixes:
        batch, share = mix_batch(batch, bounds, seed=seed, epoch=0, step=0)
        others = [names[-1], *names[:-1]]
        names = [
            f"{share:.0%} {a}\n{1 - share:.0%} {b}" for a, b in zip(names, others, strict=True)
        ]
    original = fitted_batch(train, one, shape)[0]
    return Preview(original, np.stack(variants), batch, tuple(names))


def _opened(recipe: Recipe, data_folder: Path | None) -> tuple[Dataset, InputShape]:
    splits = prepare_splits(recipe.data, seed=recipe.training.seed, data_folder=data_folder)
    return splits.train, input_shape(recipe.input, splits.train)


def _names(dataset: Dataset, indices: np.ndarray) -> list[str]:
    return [dataset.classes[label] for label in dataset.labels[indices]]


def write_variants(
    recipe: Recipe,
    out: AnyPath,
    *,
    variants: int = 4,
    suffix: str = ".png",
    data_folder: AnyPath | None = None,
) -> int:
    """Every training picture several times, augmented, as files in a folder per class.

    Args:
        recipe: As for `preview`; pictures get the size the network would see.
        out: A folder that does not exist yet, or is empty.
        variants: How many of each picture.
        suffix: Of the files, as `write_image` takes it.
        data_folder: Where built-in data sets are looked for first.

    Returns:
        How many files were written.

    Raises:
        RecipeError: If the folder has something in it, or pictures of a batch are mixed.
        DatasetError: If the pictures cannot be opened.
        KanjianError: If a file cannot be written.

    Example:
        >>> import tempfile
        >>> from kanjian.training.resolve_recipe import recipe_for
        >>> recipe = recipe_for("digits", overrides={"data.limit": 20})
        >>> write_variants(recipe, Path(tempfile.mkdtemp()), variants=2) >= 20
        True
    """
    out, data_folder = Path(out), as_path(data_folder)
    check_free_folder(out)
    check_unmixed(recipe.augmentation)
    train, shape = _opened(recipe, data_folder)
    bounds = recipe.augmentation
    digits = len(str(len(train) - 1))
    folders = file_names(train.classes)
    for epoch in range(variants):
        drawn = draw(bounds, len(train), seed=recipe.training.seed, epoch=epoch)
        for index in range(len(train)):
            one = np.array([index])
            image = augmented_batch(train, one, shape, bounds, drawn.of(one))[0]
            stem = f"{index:0{digits}}-{Path(train.names[index]).stem}-{epoch}"
            folder = out / folders[train.classes[train.labels[index]]]
            path = folder / file_name(stem, suffix=suffix)
            write_image(path, image[:, :, 0] if image.shape[2] == 1 else image)
    return variants * len(train)


def check_free_folder(out: AnyPath) -> None:
    """Refuse a place for many files that holds something already.

    Raises:
        RecipeError: If it is a file, or a folder with something in it.

    Example:
        >>> check_free_folder("not there yet")
    """
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise RecipeError(f"{out} is a file. Name a new folder.")
    if out.exists() and any(out.iterdir()):
        raise RecipeError(f"{out} is not empty. Name a new folder.")


def check_unmixed(augmentation: Augmentation) -> None:
    """Refuse what mixes pictures, where each must stay a picture of one class.

    Raises:
        RecipeError: If it does.

    Example:
        >>> check_unmixed(Augmentation(rotate_deg=9))
    """
    if augmentation.mixes:
        raise RecipeError(
            "mixed pictures are of two classes, which no folder can say. "
            f"Set {' and '.join(MIXING_KEYS)} to 0."
        )
