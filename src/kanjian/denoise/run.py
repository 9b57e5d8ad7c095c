"""The run folder of a denoiser: its recipe, a network for every epoch, and what came of it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Dataset, Splits
from kanjian.denoise.card import DENOISER
from kanjian.denoise.image_sets import ImageSet, Parts, open_parts, parts_from
from kanjian.errors import TrainingError
from kanjian.json_types import JsonObject
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.denoising import DenoiseRecipe, Noise
from kanjian.training.own_pictures import found_again
from kanjian.training.places import source_now
from kanjian.training.run_data import (
    describe,
    place_for,
    read_run_data,
    write_place,
    write_run_data,
)

RECIPE, FOLDER, EPOCHS = DENOISER.recipe, DENOISER.noun, "epochs"


@dataclass(frozen=True)
class DenoiseReport:
    """What training a denoiser reached; `report.json` holds it and the history.

    Args:
        name: That of the recipe.
        network: Its name.
        learned_from: What it learned from, for a person.
        noise: The noise that was added to clean pictures.
        epochs: Epochs trained.
        validation: What it reached on the held-out pictures: "loss", and "psnr" in dB where they
            are clean; empty where none were held out.
        fit_seconds: Time spent fitting.
        patches_per_second: In the last epoch.
        peak_memory_mb: Of the whole process; None where the system does not tell.
        parameters: Numbers in the network.
        precision: As "mixed_bfloat16".
        backend: As "tensorflow".
        seed: The run's.
    """

    name: str
    network: str
    learned_from: str
    noise: Noise
    epochs: int
    validation: dict[str, float]
    fit_seconds: float
    patches_per_second: float
    peak_memory_mb: float | None
    parameters: int
    precision: str
    backend: str
    seed: int

    def to_dict(self) -> JsonObject:
        """The report as plain values."""
        return {**vars(self), "noise": self.noise.model_dump()}


@dataclass(frozen=True)
class DenoiseRun:
    """A finished training run of a denoiser.

    Args:
        folder: The run folder.
        report: What came of it.
    """

    folder: Path
    report: DenoiseReport

    @property
    def denoiser_folder(self) -> Path:
        """What to hand to anyone who should clean pictures with it."""
        return self.folder / FOLDER


def recipe_in(folder: Path) -> DenoiseRecipe:
    """The recipe of a run.

    Raises:
        TrainingError: If there is no run of a denoiser in the folder.
    """
    if not (folder / RECIPE).is_file():
        raise TrainingError(
            f"no run of 'kanjian denoise train' in {folder}: it has no {RECIPE}. Name a folder "
            "below runs/."
        )
    return read_recipe(folder / RECIPE, kind=DenoiseRecipe)


def keep_pictures(
    folder: Path, recipe: DenoiseRecipe, parts: Parts, data_folder: Path | None
) -> None:
    """Write down which pictures a run has; of pairs only where they lie.

    Args:
        folder: The run folder.
        recipe: The run's.
        parts: What it will train on and be evaluated on.
        data_folder: Where built-in sets were looked for first.
    """
    source = recipe.pictures.source
    place = place_for(folder, source, data_folder, limited=recipe.pictures.limit is not None)
    if recipe.pictures.learn_from == "pairs":
        write_place(folder, place)
        return
    judged = None if parts.validation is None else _dataset(parts.validation)
    splits = Splits(_dataset(parts.train), validation=judged, notes=parts.notes)
    write_run_data(folder, place, splits, describe(splits, source, data_folder), [])


def _dataset(image_set: ImageSet) -> Dataset:
    labels = np.zeros(len(image_set), np.int64)
    return Dataset(image_set.images.subset(image_set.rows), labels, ("picture",))


def own_parts(folder: Path, recipe: DenoiseRecipe, data_folder: Path | None) -> Parts:
    """The pictures of a run in the parts they were in, wherever they and we are now.

    Args:
        folder: The run folder.
        recipe: What lies in it.
        data_folder: Where to look first.

    Raises:
        DatasetError: If they are not there any more, or one is damaged.
    """
    data = read_run_data(folder)
    if data is not None:
        own = found_again(data, data_folder).splits(cure="Put them back, or start a new run.")
        judged = None if own.validation is None else own.validation.images
        return replace(parts_from(own.train.images, judged, recipe), notes=data.notes)
    source, data_folder = source_now(folder, recipe.pictures.source, data_folder)
    pictures = recipe.pictures.model_copy(update={"source": source})
    now = recipe.model_copy(update={"pictures": pictures})
    return open_parts(now, data_folder=data_folder)


def epoch_file(folder: Path, epoch: int) -> Path:
    """Where a run keeps the network of an epoch, counted from 1.

    Example:
        >>> epoch_file(Path("runs/grain"), 3).name
        'epoch-003.keras'
    """
    return folder / EPOCHS / f"epoch-{epoch:03d}.keras"


def kept_epochs(folder: Path) -> list[tuple[int, Path]]:
    """The epochs of a run that have a network, with its file.

    Example:
        >>> kept_epochs(Path("nowhere"))
        []
    """
    found = sorted((folder / EPOCHS).glob("epoch-*.keras"))
    return [(int(path.stem.partition("-")[2]), path) for path in found]
