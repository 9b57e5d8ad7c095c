"""The run folder of a denoiser: its recipe, a network for every epoch, and what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanjian.denoise.folder import FOLDER
from kanjian.errors import TrainingError
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.denoising import DenoiseRecipe

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
