"""What a run folder holds, told without loading Keras."""

from pathlib import Path

from kanjian.errors import TrainingError
from kanjian.guard.text import read_json
from kanjian.inference import saved_network
from kanjian.inference.card import RECOGNIZER

RECIPE, REPORT, CHECKPOINT = RECOGNIZER.recipe, saved_network.REPORT, "checkpoint"
ENVIRONMENT = "environment.json"
# In the folder of a study only: what was asked of it
STUDY = saved_network.STUDY


def check_unfinished(folder: Path) -> None:
    """Raise unless there is a run in the folder that `resume` can go on with.

    Raises:
        TrainingError: If there is no run, or it is finished.

    Example:
        >>> check_unfinished(Path("nowhere"))
        Traceback (most recent call last):
        kanjian.errors.TrainingError: no run in nowhere: it has no recipe.toml. Name a folder
            below runs/.
    """
    check_run(folder)
    if (folder / REPORT).is_file():
        further = (
            " To train on, say up to which epoch: --epochs." if kind_of(folder) == "run" else ""
        )
        raise TrainingError(
            f"the run in {folder} is finished; see {folder / 'report.html'}.{further}"
        )


def check_run(folder: Path) -> None:
    """Raise unless there is a run in the folder, finished or not."""
    if not (folder / RECIPE).is_file():
        raise TrainingError(f"no run in {folder}: it has no {RECIPE}. Name a folder below runs/.")


def run_of(folder: Path) -> Path:
    """The run folder of a recognizer: that of its recipe, or the recognizer's own.

    Example:
        >>> run_of(Path("nowhere/recognizer")).name
        'recognizer'
    """
    home = RECOGNIZER.home_of(folder)
    for place in (folder, home, home.parent):
        if (place / RECIPE).is_file():
            return place
    return home


def kind_of(folder: Path) -> str:
    """What lies in a run folder: "run", or the study "crossval", "compare" or "search".

    Raises:
        TrainingError: If the study's file is damaged.

    Example:
        >>> kind_of(Path("nowhere"))
        'run'
    """
    path = folder / STUDY
    if not path.is_file():
        return "run"
    try:
        return str(read_json(path, error=TrainingError)["kind"])
    except (OSError, KeyError, TypeError, TrainingError) as error:
        raise TrainingError(f"{path} cannot be read ({error}). Start the study anew.") from error
