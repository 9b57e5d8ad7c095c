"""What a run folder holds, told without loading Keras."""

from pathlib import Path

from kanjian.errors import TrainingError

RECIPE, CHECKPOINT, REPORT = "recipe.toml", "checkpoint", "report.json"


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
    if not (folder / RECIPE).is_file():
        raise TrainingError(f"no run in {folder}: it has no {RECIPE}. Name a folder below runs/.")
    if (folder / REPORT).is_file():
        raise TrainingError(f"the run in {folder} is finished; see {folder / 'report.html'}.")
