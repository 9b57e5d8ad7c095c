"""A recipe that suits a set of pictures, with the reasons in its `about`."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.datasets.dataset import Splits
from kanjian.datasets.open_dataset import open_dataset
from kanjian.names import file_name
from kanjian.recipes.augmentation import preset
from kanjian.recipes.learning import Optimizer, Schedule
from kanjian.recipes.recipe import Data, Input, Model, Recipe, Training
from kanjian.training.auto_backbone import backbone_for, missed, recipe_on, suits_backbone
from kanjian.training.dataset_summary import LARGE_PX, DatasetSummary, summarize_dataset


def recipe_for_pictures(
    source: str | Path,
    *,
    asked: Recipe | None = None,
    backbone: str | None = None,
    step_by_step: bool = False,
    data_folder: Path | None = None,
) -> Recipe:
    """Open a set, look at some of its pictures and choose a recipe for them.

    Args:
        source: Pictures in any form `open_dataset` understands.
        asked: What the user has decided already; only `data.limit` counts here.
        backbone: The trained network to start from; "none" for none; by default one for
            photos whose weights are at hand, and none for small pictures.
        step_by_step: Whether a head is trained in epochs, however few the pictures.
        data_folder: Where built-in data sets are looked for first.

    Raises:
        DatasetError: If the pictures cannot be opened.

    Example:
        >>> recipe = recipe_for_pictures("digits")
        >>> recipe.input.size, recipe.augmentation.flip_horizontal
        ((8, 8), False)
    """
    splits = open_dataset(source, data_folder=data_folder)
    return recipe_for_splits(
        splits, source=str(source), name=name_of(source), asked=asked, backbone=backbone,
        step_by_step=step_by_step,
    )  # fmt: skip


def recipe_for_splits(
    splits: Splits,
    *,
    source: str,
    name: str,
    asked: Recipe | None = None,
    backbone: str | None = None,
    step_by_step: bool = False,
) -> Recipe:
    """Look at some pictures of an open set and choose a recipe for them.

    Args:
        splits: The set.
        source: What `[data] source` shall say.
        name: What to call the recipe.
        asked: As for `recipe_for_pictures`.
        backbone: As for `recipe_for_pictures`.
        step_by_step: As for `recipe_for_pictures`.

    Example:
        >>> from kanjian.datasets.arrays import from_arrays
        >>> splits = from_arrays(np.zeros((6, 8, 8), np.uint8), np.arange(6) % 2)
        >>> recipe_for_splits(splits, source="", name="mine").input.size
        (8, 8)
    """
    look = summarize_dataset(
        splits.train,
        has_validation=splits.validation is not None,
        has_test=splits.test is not None,
    )
    limit = asked.data.limit if asked else None
    if limit is not None and limit < look.pictures:
        look = DatasetSummary(**{**look.__dict__, "pictures": limit})
    recipe = suited(look, source=source, name=name)
    chosen = backbone or backbone_for(look)
    if chosen is None and suits_backbone(look):
        return recipe.model_copy(update={"about": f"{recipe.about}; {missed()}"})
    if chosen in (None, "none"):
        return recipe
    return recipe_on(look, recipe, chosen, step_by_step=step_by_step)


def name_of(source: str | Path) -> str:
    """What to call a run on these pictures: the last part of the path, fit for a folder name.

    Example:
        >>> name_of("我的 猫/照片.tar.gz"), name_of("."), name_of("mnist")
        ('照片', 'pictures', 'mnist')
    """
    stem = re.sub(
        r"\.(tar|zip|tgz|csv|tsv|npz|t?[gx]z|bz2)\b.*$", "", Path(source).name, flags=re.I
    )
    # blanks go too: a run folder is typed
    return file_name(re.sub(r'[\s/\\:*?"<>|]+', "-", stem).strip(".-") or "pictures")


def suited(look: DatasetSummary, *, source: str, name: str) -> Recipe:
    """A recipe for pictures like these.

    What it reaches on digits, faces, athletes, cats and dogs stands in
    bench/results/suit.json. LeNet for small gray pictures; for all others a plain stack of
    convolutions, each with batch normalization, that ends in a mean over the picture, so
    that few pictures can teach it.

    Args:
        look: What a glance at the set showed.
        source: What `[data] source` shall say.
        name: What to call the recipe.

    Example:
        >>> digits = DatasetSummary(60000, 10, (28, 28), 28, color=False)
        >>> small = suited(digits, source="a", name="a")
        >>> small.model.name, small.training.epochs
        ('lenet', 8)
        >>> photos = suited(DatasetSummary(100, 5, None, 400, color=True), source="b", name="b")
        >>> photos.input.size, photos.augmentation.flip_horizontal
        ((96, 96), True)
    """
    side = max(look.sides) if look.small and look.sides else LARGE_PX
    size = look.sides if look.small and look.sides else (side, side)
    model, network = _model(look, side)
    flip = look.color
    augmentation = preset("light" if look.small else "standard", mirror=flip)
    if look.small and not look.color:  # the ground of digits and letters is black
        augmentation = augmentation.model_copy(update={"fill": "constant"})
    learned = max(1, round(look.pictures * (1 - sum(_shares(look)))))
    return Recipe(
        name=name,
        about=_reason(look, network, flip=flip),
        data=_data(look, source),
        input=Input(size=size, channels=3 if look.color else 1),
        model=model,
        optimizer=Optimizer(name="adam" if model.name else "adamw", learning_rate=3e-3),
        schedule=Schedule(name="cosine", warmup=0.2),
        augmentation=augmentation,
        training=Training(
            epochs=_epochs(learned, look),
            batch_size=_batch_size(learned),
            # the schedule ends where the weights are best; the least validation loss of a
            # small part is luck (LeNet on 800 digits: 94.7 % by it, 97.3 % at the end)
            keep="last",
        ),
    )


def _shares(look: DatasetSummary) -> tuple[float, float]:
    """Shares to cut off for validation and test, where the set does not bring them."""
    # below this a tenth of the pictures measures nothing; all are better trained on
    few = look.pictures < 200
    validation = 0.0 if look.has_validation else 0.25 if few else 0.15
    test = 0.0 if look.has_test or few else 0.15
    return validation, test


def _data(look: DatasetSummary, source: str) -> Data:
    validation, test = _shares(look)
    return Data(source=source, validation=validation, test=test)


def _model(look: DatasetSummary, side: int) -> tuple[Model, str]:
    if look.small and not look.color and side >= 20:
        return Model(name="lenet"), "LeNet"
    # each block halves the picture; the last sees about 4 to 8 pixels a side
    blocks = int(np.clip(np.log2(max(side, 8)) - 2, 2, 4))
    widths = (24, 48, 96, 192)[:blocks] if side > 32 else (32, 64, 128)[:blocks]
    return Model(layers=_stack(widths)), f"{blocks} convolutions with batch normalization"


def _stack(widths: tuple[int, ...]) -> tuple[dict[str, Any], ...]:
    layers: list[dict[str, Any]] = []
    for width in widths:
        layers += [
            {"type": "Conv2D", "filters": width, "kernel_size": 3, "padding": "same",
             "use_bias": False},
            # Keras' 0.99 needs more steps than a small set has: 30 faces at chance, not at 100 %
            {"type": "BatchNormalization", "momentum": 0.9},
            {"type": "Activation", "activation": "relu"},
            {"type": "MaxPooling2D"},
        ]  # fmt: skip
    answer = {"type": "Dense", "units": "classes", "activation": "softmax"}
    return (*layers, {"type": "GlobalAveragePooling2D"}, {"type": "Dropout", "rate": 0.3}, answer)


def _epochs(learned: int, look: DatasetSummary) -> int:
    """Enough to look at this many pictures in all, within bounds."""
    looked_at = 60_000 if look.small else 24_000
    return int(np.clip(round(looked_at / learned), 8, 60))


def _batch_size(learned: int) -> int:
    """Small sets need small batches to make enough steps."""
    return next(
        size
        for size, most in ((16, 500), (32, 5000), (64, 20_000), (128, 1 << 62))
        if learned <= most
    )


def _reason(look: DatasetSummary, network: str, *, flip: bool) -> str:
    if look.small and look.sides:
        height, width = look.sides
        size = f"small {'color' if look.color else 'gray'} pictures of {height}×{width}"
    else:
        size = (
            f"{'color' if look.color else 'gray'} pictures of about {look.longest_px} pixels, "
            f"resized to {LARGE_PX}×{LARGE_PX}"
        )
    steps = "shift, turn, zoom" if look.small else "random crop, turn, shear, color"
    steps = f"flip, {steps}" if flip else f"{steps}, no flip"
    return f"chosen for {look.pictures} {size}: {network}; augmentation: {steps}"
