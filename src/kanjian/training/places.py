"""Where the pictures of a run are now, from whatever folder that is asked."""

import os
from pathlib import Path

import numpy as np

from kanjian.datasets.content import file_hash
from kanjian.datasets.open_dataset import root_of
from kanjian.datasets.recorded import DIGITS
from kanjian.errors import DatasetError, ImageError
from kanjian.models.backbone_registry import is_file
from kanjian.recipes.recipe import Model, Recipe
from kanjian.storage.files import expanded
from kanjian.training.run_data import Place, RunData, read_place, read_run_data
from kanjian.weights.hub_preset import with_whole_path

_PROBED = 16  # of each part, to tell which of several places holds them


def places_now(folder: Path, place: Place, data_folder: Path | None) -> list[Path]:
    """Where the pictures of a run may lie now, the likeliest first; only places there are.

    Args:
        folder: The run folder.
        place: Where they lay.
        data_folder: Where someone says to look.

    Raises:
        DatasetError: If they are nowhere: says where they were.
    """
    asked = [] if data_folder is None else [Path(data_folder)]
    given = expanded(place.source)
    tried = [each / name for each in asked for name in dict.fromkeys((given, Path(given.name)))]
    # a project that was copied or moved as a whole has its own pictures
    if place.from_run is not None:
        tried.append(Path(os.path.normpath(folder.resolve() / place.from_run)))
    tried += [] if place.absolute is None else [Path(place.absolute)]
    found = [each for each in (*tried, *asked) if each.exists()]
    if not found:
        raise DatasetError(
            f"the pictures of {folder} were in {place.absolute}, which is not there any more. "
            "Put them back, or say which folder holds them now: --data FOLDER."
        )
    return list({each.resolve(): each for each in reversed(found)}.values())[::-1]


def place_now(data: RunData, data_folder: Path | None) -> Path:
    """Of the places where the files of a run may be, the one that holds them.

    Raises:
        DatasetError: If they are nowhere.
    """
    places = places_now(data.folder, data.place, data_folder)
    if len(places) == 1:
        return places[0]
    # another project may have pictures of the same names: content tells
    some = [
        (part.names[n], part.hashes[n])
        for part in data.parts.values()
        for n in np.linspace(0, len(part) - 1, min(_PROBED, len(part))).astype(int)
    ]

    def held(place: Path) -> int:
        root = root_of(place)
        return sum(hash_or_none(root / name) == digest for name, digest in some)

    return max(places, key=held)


def hash_or_none(path: Path) -> str | None:
    """What is written down of a file's content; None if it cannot be read, or is no plain file."""
    try:
        if not path.is_file():  # a device has no end
            return None
        return file_hash(path).hex()[:DIGITS]
    except (ImageError, OSError, ValueError):  # a name that no file can have, too
        return None


def data_folder_now(place: Place, data_folder: Path | None) -> Path | None:
    """Where built-in sets are looked for first: as is said now, or as was said then."""
    if data_folder is not None or place.data_folder is None:
        return data_folder
    former = Path(place.data_folder)
    return former if former.is_dir() else None


def source_now(folder: Path, source: str, data_folder: Path | None) -> tuple[str, Path | None]:
    """What to open today in place of a recipe's source, and where to look for built-in sets.

    A relative source counts from the folder that the training was started in; the run wrote
    down where that led. A source that someone has changed in the recipe since is taken as it is.

    Args:
        folder: The run folder, or that of a study.
        source: As the recipe in it says.
        data_folder: Where to look first, if that is said now.

    Raises:
        DatasetError: If the pictures are not there any more.

    Example:
        >>> source_now(Path("nowhere"), "digits", None)
        ('digits', None)
    """
    place = read_place(folder)
    if place is None or place.source != source:
        return source, data_folder
    first = data_folder_now(place, data_folder)
    if place.absolute is None:
        return source, first
    data = read_run_data(folder)
    if data is not None and data.kind == "bytes":
        found = place_now(data, data_folder)
    else:
        found = places_now(folder, place, data_folder)[0]
    return _shortest(source, found), first


def with_own_weights(recipe: Recipe) -> Recipe:
    """The recipe with the whole path of its network or its backbone's weights, if they are files.

    Like that of the pictures it counts from the folder that the training was started in.

    Example:
        >>> with_own_weights(Recipe()) == Recipe()
        True
    """
    if recipe.model.file is not None and expanded(recipe.model.file).is_file():
        whole = str(expanded(recipe.model.file).absolute())
        return recipe.model_copy(update={"model": Model(file=whole)})
    backbone = recipe.backbone
    if backbone is None:
        return recipe
    found = {"name": with_whole_path(backbone.name)}
    if is_file(backbone.name):
        found["name"] = str(expanded(backbone.name).absolute())
    if expanded(backbone.weights).is_file():
        found["weights"] = str(expanded(backbone.weights).absolute())
    return recipe.model_copy(update={"backbone": backbone.model_copy(update=found)})


def _shortest(source: str, found: Path) -> str:
    """The source as it was given where that still leads to the same place."""
    given = expanded(source)
    return source if given.exists() and given.resolve() == found.resolve() else str(found)
