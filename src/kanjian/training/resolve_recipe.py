"""From what a user types after `train` to a recipe: shipped, from a file, or made for data."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kanjian.checks import check_choice, nearest
from kanjian.datasets.builtin import BUILTIN
from kanjian.datasets.dataset import Splits
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError, RecipeError
from kanjian.paths import AnyPath
from kanjian.recipes.augmentation import PRESETS, preset
from kanjian.recipes.codec import override, read_recipe
from kanjian.recipes.recipe import Model, Recipe
from kanjian.recipes.shipped import shipped, shipped_names
from kanjian.storage.files import expanded
from kanjian.training.auto_backbone import with_backbone
from kanjian.training.auto_recipe import recipe_for_pictures, recipe_for_splits
from kanjian.training.choose_backbone import AUTO
from kanjian.training.dataset_summary import summarize_dataset
from kanjian.training.places import source_now
from kanjian.training.run_folder import RECIPE, STUDY


def recipe_for(
    what: Recipe | AnyPath | Splits,
    *,
    overrides: Mapping[str, Any] | None = None,
    on: AnyPath | Splits | None = None,
    augment: str | None = None,
    backbone: str | None = None,
    weights: str | None = None,
    data_folder: Path | None = None,
    step_by_step: bool = False,
) -> Recipe:
    """The recipe a user means.

    Args:
        what: A recipe; the name of a shipped one; a recipe.toml or a run folder, whose recipe is
            taken; or pictures in any form `open_dataset` understands, for which a
            recipe is chosen: its `about` says which and why.
        overrides: Keys to change, as "training.epochs"; see `codec.override`.
            "backbone.name" means what `backbone` means.
        on: Pictures to train on instead of those the recipe names; in memory, or where they lie.
        augment: "none", "light", "standard" or "strong" instead of the recipe's own
            [augmentation]; gray pictures (digits, letters) are not mirrored.
        backbone: A trained network to start from, in place of what the recipe would train;
            "none" trains from nothing. For photos without a recipe, one whose weights are at
            hand is taken.
        weights: The backbone's weights: "imagenet", a file, or "none" for random ones.
        data_folder: Where built-in data sets are looked for first.
        step_by_step: Whether a recipe chosen for pictures trains in epochs and holds a part back,
            however few they are; what is changed can ask for that, too.

    Raises:
        RecipeError: If it is none of these, or a key does not exist.
        DatasetError: If pictures are meant that cannot be opened.

    Example:
        >>> recipe_for("mnist-lenet", overrides={"training.epochs": 3}).training.epochs
        3
        >>> recipe_for("mnist-lenett")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: no recipe, data set, file or folder 'mnist-lenett'.
            Did you mean 'mnist-lenet'?
    """
    changes = dict(overrides or {})
    if "backbone.name" in changes:
        named = str(changes.pop("backbone.name"))
        backbone = backbone or named
    given = _in_memory(what, on)
    others = on is not None or "data.source" in changes
    recipe = _written(what, data_folder, with_data=not others)
    if recipe is not None:
        changes = _with_small_epochs(recipe, changes)
        if backbone is not None:
            recipe = _on_backbone(recipe, backbone)
    else:
        recipe = _for_pictures(
            what, on, changes, backbone=backbone, data_folder=data_folder,
            step_by_step=step_by_step,
        )  # fmt: skip
    _check_choice(recipe, changes)
    if on is not None:
        recipe = trained_on(recipe, on)
    if weights is not None:
        recipe = _with_weights(recipe, weights)
    if augment is not None:
        recipe = _augmented(override(recipe, changes), augment, data_folder, given)
    recipe = override(recipe, changes)
    if given is None:
        _check_source(recipe, data_folder)
    return recipe


def _in_memory(*places: object) -> Splits | None:
    """The pictures among these that lie in memory."""
    return next((each for each in places if isinstance(each, Splits)), None)


def _for_pictures(
    what: Any,
    on: AnyPath | Splits | None,
    changes: Mapping[str, Any],
    *,
    backbone: str | None,
    data_folder: Path | None,
    step_by_step: bool,
) -> Recipe:
    """A recipe chosen for pictures."""
    if not isinstance(what, Splits):
        _check_there(what, data_folder)
    if on is not None:
        if isinstance(what, Splits) or isinstance(on, Splits):
            raise DatasetError("pictures are given twice, by on and in place of a recipe.")
        raise RecipeError(
            f"--on {on} goes with a recipe, but {what} is pictures. Give one of the two."
        )
    # what the user has decided can decide other choices: a limit leaves fewer pictures
    asked = override(Recipe(), {key: v for key, v in changes.items() if key.startswith("data.")})
    step_by_step = step_by_step or any(map(_of_steps, changes.items()))
    if isinstance(what, Splits):
        return recipe_for_splits(
            what, source="", name="arrays", asked=asked, backbone=backbone,
            step_by_step=step_by_step,
        )  # fmt: skip
    return recipe_for_pictures(
        str(what), asked=asked, backbone=backbone, data_folder=data_folder,
        step_by_step=step_by_step,
    )  # fmt: skip


def _of_steps(change: tuple[str, Any]) -> bool:
    """Whether a change only means something where a network is trained step by step."""
    (key, value), (section, _, name) = change, change[0].partition(".")
    if key == "training.epochs":
        return str(value) != "0"
    if section == "training":
        return name not in {"seed", "class_weights", "precision"}
    return key == "backbone.words" or section in {
        "optimizer",
        "schedule",
        "model",
        "fine_tune",
        "all_layers",
    }


def with_changes(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with single keys changed; "backbone.name" means what `--backbone` means.

    To change that one key alone would put the network of a recipe that has no backbone on top
    of features.

    Example:
        >>> changed = with_changes(shipped("mnist-lenet"), {"backbone.name": "vgg16"})
        >>> changed.backbone.name, changed.model.name
        ('vgg16', None)
    """
    others = {key: value for key, value in changes.items() if key != "backbone.name"}
    if "backbone.name" in changes:
        recipe = _on_backbone(recipe, str(changes["backbone.name"]))
    return override(recipe, others)


def trained_on(recipe: Recipe, pictures: AnyPath | Splits) -> Recipe:
    """The recipe for other pictures, without what only its own can satisfy.

    Args:
        recipe: Stays as it is.
        pictures: Where they lie; those in memory get no source.

    Example:
        >>> trained_on(shipped("mnist-demo"), "photos").data.source
        'photos'
    """
    source = "" if isinstance(pictures, Splits) else os.fspath(pictures)
    return override(_freed_from_its_data(recipe), {"data.source": source})


def _with_small_epochs(recipe: Recipe, changes: dict[str, Any]) -> dict[str, Any]:
    """The epochs at a small size shrink and grow with all epochs, unless they are given, too."""
    training, epochs = recipe.training, changes.get("training.epochs")
    if not training.small_epochs or not str(epochs).isdecimal():
        return changes
    small = training.small_epochs * int(str(epochs)) // training.epochs
    return {"training.small_epochs": small, **changes}


def _on_backbone(recipe: Recipe, name: str) -> Recipe:
    """The recipe's pictures and epochs, with a backbone in place of its network."""
    if name == "none":
        if recipe.backbone is None:
            return recipe
        raise RecipeError(
            f"recipe {recipe.name!r} goes on from {recipe.backbone.name!r}; without it nothing is "
            "left of it. Name the pictures instead of the recipe, with --backbone none."
        )
    return with_backbone(recipe, name)


def _check_choice(recipe: Recipe, changes: Mapping[str, Any]) -> None:
    asked = [key.removeprefix("choice.") for key in changes if key.startswith("choice.")]
    if asked and (recipe.backbone is None or recipe.backbone.name != AUTO):
        network = recipe.model.name if recipe.backbone is None else recipe.backbone.name
        raise RecipeError(
            f"--{asked[0]} says how a trained network is chosen, but {recipe.name!r} "
            f"{f'has {network!r}' if network else 'is trained from nothing'}. Leave it out, or "
            "choose one with --backbone auto."
        )


def _with_weights(recipe: Recipe, weights: str) -> Recipe:
    if recipe.backbone is None:
        raise RecipeError(f"--weights {weights} goes with a backbone. Name one with --backbone.")
    backbone = recipe.backbone.model_copy(update={"weights": weights})
    return recipe.model_copy(update={"backbone": backbone})


def _augmented(recipe: Recipe, name: str, data_folder: Path | None, given: Splits | None) -> Recipe:
    """The recipe under a preset; mirroring changes what a digit or a letter is."""
    check_choice("augment", name, PRESETS, error=RecipeError, where="recipe_for()")
    if given is None:
        _check_source(recipe, data_folder)
        given = open_dataset(recipe.data.source, data_folder=data_folder)
    color = summarize_dataset(given.train).color
    chosen, about = preset(name, mirror=color), recipe.about
    if recipe.backbone is not None:
        chosen = chosen.unmixed()
        if gone := chosen.lacks_of(name):
            left_out = f"Without {gone}: on a backbone a feature stands for one picture"
            about = ". ".join(filter(None, (about, left_out)))
    return recipe.model_copy(update={"augmentation": chosen, "about": about})


def _written(
    what: Recipe | AnyPath | Splits, data_folder: Path | None, *, with_data: bool
) -> Recipe | None:
    """The recipe that is written down under this name, or None if it means pictures."""
    if isinstance(what, Recipe | Splits):
        return what if isinstance(what, Recipe) else None
    if isinstance(what, str) and what in shipped_names():
        return shipped(what)
    path = expanded(what)
    if path.suffix.lower() != ".toml":
        path = path / RECIPE
        if not path.is_file():
            return None
    recipe = _with_its_network(read_recipe(path), path.parent)
    return _with_its_data(recipe, path.parent, data_folder) if with_data else recipe


def _with_its_data(recipe: Recipe, folder: Path, data_folder: Path | None) -> Recipe:
    """The recipe of a run with its pictures where they are now, seen from here.

    That of a variant lies two folders below its study, which wrote down where they are.
    """
    study = folder.absolute().parents[1:2]
    home = next((place for place in study if (place / STUDY).is_file()), folder)
    source, _ = source_now(home, recipe.data.source, data_folder)
    data = recipe.data.model_copy(update={"source": source})
    return recipe.model_copy(update={"data": data})


def _with_its_network(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with the network of a file that lies beside it, seen from here."""
    if recipe.model.file is None or not (folder / recipe.model.file).is_file():
        return recipe
    return recipe.model_copy(update={"model": Model(file=str(folder / recipe.model.file))})


def _is_there(source: str | Path, data_folder: Path | None) -> bool:
    if isinstance(source, str) and source.casefold() in BUILTIN:
        return True
    places = [Path(), data_folder, os.environ.get("KANJIAN_DATA")]
    given = expanded(source)
    return any(place is not None and (Path(place) / given).exists() for place in places)


def _check_there(what: str | Path, data_folder: Path | None) -> None:
    if _is_there(what, data_folder):
        return
    close = nearest(str(what), [*shipped_names(), *BUILTIN])
    hint = (
        f"Did you mean {close!r}?"
        if close
        else "See 'kanjian recipes' and 'kanjian datasets' for what there is by name."
    )
    raise RecipeError(f"no recipe, data set, file or folder {str(what)!r}. {hint}")


def _check_source(recipe: Recipe, data_folder: Path | None) -> None:
    """Say at once that pictures are missing; Keras takes seconds to load before training would."""
    if not recipe.data.source:
        raise RecipeError(
            f"recipe {recipe.name!r} brings no pictures. Say on which to train it: --on FOLDER"
        )
    if not _is_there(recipe.data.source, data_folder):
        open_dataset(recipe.data.source, data_folder=data_folder)  # says what it looked for, where


def _freed_from_its_data(recipe: Recipe) -> Recipe:
    """The recipe without what only its own pictures can satisfy: counts, their order, a limit."""
    data = recipe.data
    validation = data.validation if data.validation and data.validation < 1 else 0.2
    split = "stratified" if data.split in {"first", "last"} else data.split
    return recipe.model_copy(
        update={
            "data": data.model_copy(
                update={
                    "validation": validation,
                    "test": 0.0,
                    "split": split,
                    "group_by": None,
                    "weights": None,
                }
            )
        }
    )
