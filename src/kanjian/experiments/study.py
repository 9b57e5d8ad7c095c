"""What the studies share: a folder that remembers what was asked, and pictures opened once."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.errors import TrainingError
from kanjian.guard.text import read_json
from kanjian.json_types import JsonObject
from kanjian.pipeline.decoded_cache import held
from kanjian.pipeline.input_shape import input_shape
from kanjian.recipes.codec import read_recipe, write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage import files
from kanjian.training.places import source_now
from kanjian.training.run_data import place_for, write_place
from kanjian.training.run_folder import RECIPE, STUDY


@dataclass(frozen=True)
class Study:
    """What was asked of a study; a folder holds it, so that it can go on after a kill.

    Args:
        kind: "crossval", "compare" or "search".
        recipe: What it is about.
        asked: What else was asked, as plain values.
        data: Fingerprint of the pictures.
    """

    kind: str
    recipe: Recipe
    asked: JsonObject
    data: str


def begin_study(out: Path, study: Study, data_folder: Path | None) -> Path:
    """Make a folder for a new study and write down what was asked, and where its pictures lie."""
    folder = files.new_run_folder(out, f"{study.recipe.name}-{study.kind}")
    with files.whole_or_gone(folder):
        write_place(folder, place_for(folder, study.recipe.data.source, data_folder))
        files.write_text(folder / RECIPE, write_recipe(study.recipe))
        text = {"kind": study.kind, "asked": study.asked, "data": study.data}
        files.write_text(folder / STUDY, json.dumps(text, indent=2, ensure_ascii=False) + "\n")
    return folder


def read_study(folder: Path, *, kind: str, recipe: str = RECIPE) -> Study:
    """Read what was asked of a study.

    Args:
        folder: Its folder.
        kind: Of which kind it must be.
        recipe: The file of the recipe it began with.

    Raises:
        TrainingError: If there is none of this kind.
    """
    path = folder / STUDY
    try:
        found = read_json(path, error=TrainingError)
        study = Study(found["kind"], read_recipe(folder / recipe), found["asked"], found["data"])
    except (OSError, ValueError, KeyError, TypeError, TrainingError) as error:
        raise TrainingError(
            f"no study to go on with in {folder}: {path.name} is missing or damaged ({error})."
        ) from error
    if study.kind != kind:
        raise TrainingError(
            f"{folder} holds a study of kind '{study.kind}', not '{kind}'. "
            f"Go on with: kanjian resume {folder}"
        )
    return study


def with_pictures_now(
    recipe: Recipe, folder: Path, data_folder: Path | None
) -> tuple[Recipe, Path | None]:
    """A recipe to open the pictures of a study by, wherever one is now; and where to look first.

    Raises:
        DatasetError: If they are not there any more.
    """
    source, data_folder = source_now(folder, recipe.data.source, data_folder)
    data = recipe.data.model_copy(update={"source": source})
    return recipe.model_copy(update={"data": data}), data_folder


def check_same_pictures(study: Study, dataset: Dataset, folder: Path) -> None:
    """Refuse to go on with a study whose pictures are no longer the same."""
    if fingerprint(dataset) != study.data:
        raise TrainingError(
            f"the pictures in {study.recipe.data.source} changed since {folder} was begun. "
            "Put them back, or start a new study."
        )


def decoded_once(recipe: Recipe, splits: Splits) -> Splits:
    """The same parts, decoded once for all trainings where memory allows."""
    shape = input_shape(recipe.input, splits.train)
    parts = [
        None
        if part is None
        else held(part, shape, cache=recipe.data.cache, augmentation=augmentation)
        for part, augmentation in ((splits.train, recipe.augmentation), (splits.validation, None))
    ]
    assert parts[0] is not None
    return Splits(parts[0], parts[1], splits.test, splits.notes)


def plain(value: Any) -> Any:
    """The same value in what JSON knows: arrays become lists, NumPy numbers Python's.

    Example:
        >>> plain({"a": np.float32(0.5), "b": (np.arange(2),)})
        {'a': 0.5, 'b': [[0, 1]]}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return value
