"""The run folder of a denoiser: its recipe, a network for every epoch, and what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanjian.denoise.folder import FOLDER
from kanjian.denoise.pictures import Parts, open_parts
from kanjian.errors import TrainingError
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.training.run_data import source_now

RECIPE, EPOCHS = "denoise.toml", "epochs"


@dataclass(frozen=True)
class DenoiseRun:
    """A finished training run of a denoiser.

    Args:
        folder: The run folder.
        report: What `report.json` holds.
    """

    folder: Path
    report: dict[str, Any]

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


def own_parts(folder: Path, recipe: DenoiseRecipe, data_folder: Path | None) -> Parts:
    """The pictures of a run, wherever they and we are now.

    Args:
        folder: The run folder.
        recipe: What lies in it.
        data_folder: Where to look first.

    Raises:
        DatasetError: If they are not there any more, or one is damaged.
    """
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
