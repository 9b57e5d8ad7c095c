"""What a search varies: the keys that decide most for a recipe, and the recipe of a trial."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kanjian.errors import RecipeError
from kanjian.experiments.search_axes import Axis, Value, axis_of
from kanjian.experiments.search_head import dropout_of, hidden_of, with_dropout, with_hidden
from kanjian.models.backbone_registry import (
    BACKBONES,
    USUAL_BACKBONES,
    BackboneRecord,
    find_backbone,
)
from kanjian.recipes.augmentation import PRESETS, preset
from kanjian.recipes.learning import Optimizer
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.shipped import shipped
from kanjian.training.auto_backbone import TEMPLATE, with_backbone
from kanjian.training.choose_backbone import AUTO
from kanjian.training.optimizers import build_optimizer
from kanjian.training.resolve_recipe import with_changes
from kanjian.weights.store import at_hand

# What leaves the recipe as it is
OWN = "own"
# Names of a search for what no single key of a recipe says
AUGMENT, DROPOUT, HIDDEN, FINE_TUNE = "augment", "dropout", "hidden", "fine_tune"
_BACKBONE, _SIZE, _RATE = "backbone.name", "input.size", "optimizer.learning_rate"
_DECAY, _SMOOTHING = "optimizer.weight_decay", "training.label_smoothing"
_SCHEDULE, _BATCH = "schedule.name", "training.batch_size"
_FINE_RATE = "fine_tune.optimizer.learning_rate"
_TUNED = "efficientnet-lite"
_DEPTHS = {"top": "block6", "deep": "block5"}
_SIDES = (192, 224, 256, 288)
# A larger backbone than this many times the recipe's own would eat the time of ten trials
_MOST_TIMES = 3
# Above so many pictures, what a backbone sees in them takes minutes to compute
_FEW = 5000


def trained_in_steps(recipe: Recipe) -> Recipe:
    """What trials vary: the recipe, or where its head is fitted at once, one that is trained.

    A head that is fitted at once has no learning rate, and a network that is chosen no size.

    Example:
        >>> at_once = Recipe(backbone={"name": "auto"}, training={"epochs": 0}, probe={})
        >>> made = trained_in_steps(at_once)
        >>> made.backbone.name, made.training.epochs > 0, made.probe
        ('efficientnet-lite0', True, None)
    """
    backbone = recipe.backbone
    if backbone is None or (backbone.name != AUTO and recipe.training.epochs):
        return recipe
    name = USUAL_BACKBONES[0] if backbone.name == AUTO or "+" in backbone.name else backbone.name
    return with_backbone(recipe, name).model_copy(update={"choice": None})


def usual_space(recipe: Recipe, *, pictures: int | None = None) -> dict[str, Axis]:
    """The keys that decide most for this recipe, each with the values to try.

    On a backbone: which of those at hand, input size, head, learning rates, weight decay,
    label smoothing, augmentation, and how deep fine-tuning goes. Without: a backbone at hand
    in place of the network, learning rate, schedule, batch size, weight decay, dropout, label
    smoothing and augmentation. The recipe's own value is always among them.

    Args:
        recipe: The first trial.
        pictures: How many there are to learn from; features of very many take too long to try
            a backbone where the recipe has none.

    Example:
        >>> list(usual_space(shipped("mnist-fast")))[:3]
        ['optimizer.learning_rate', 'schedule.name', 'training.batch_size']
    """
    rate = recipe.optimizer.learning_rate
    axes = {_RATE: Axis(low=rate / 10, high=rate * 10, log=True, own=rate)}
    if recipe.backbone is not None:
        axes = _of_backbone(recipe) | axes
    else:
        axes = _of_network(recipe, pictures) | axes
        axes[_SCHEDULE] = _among(recipe.schedule.name, ("cosine", "linear", "constant"))
        size = recipe.training.batch_size
        axes[_BATCH] = _among(size, (max(1, size // 2), 2 * size))
    axes[_DECAY] = _among(_decay_of(recipe.optimizer), (0.0, 0.001, 0.01, 0.1))
    axes[_SMOOTHING] = _among(recipe.training.label_smoothing, (0.0, 0.05, 0.1))
    others = [name for name, each in PRESETS.items() if each != recipe.augmentation]
    axes[AUGMENT] = _among(OWN, others)
    return axes | _of_head(recipe)


def _decay_of(optimizer: Optimizer) -> float:
    """Its weight decay; that of Keras' AdamW is not 0 where it is not said."""
    usual = 0.004 if optimizer.name.casefold() == "adamw" else 0.0
    decay = optimizer.parameters.get("weight_decay")
    return usual if decay is None else float(decay)


def _of_network(recipe: Recipe, pictures: int | None) -> dict[str, Axis]:
    few = pictures is not None and pictures <= _FEW
    light = (
        [each for each in _light(find_backbone(USUAL_BACKBONES[0])) if at_hand(each)] if few else []
    )
    if not light or recipe.model.file or recipe.model.function:
        return {}
    return {_BACKBONE: _among("none", light)}


def _light(record: BackboneRecord) -> list[str]:
    most = _MOST_TIMES * record.parameters
    return [each.name for each in BACKBONES if each.parameters <= most]


def _among(own: Value, others: Sequence[Value]) -> Axis:
    return Axis(tuple(dict.fromkeys((own, *others))), own=own)


def _of_backbone(recipe: Recipe) -> dict[str, Axis]:
    assert recipe.backbone is not None
    record, axes = find_backbone(recipe.backbone.name), dict[str, Axis]()
    light = [each for each in _light(record) if at_hand(each)]
    if recipe.backbone.weights == "imagenet" and recipe.backbone.layer is None and light:
        axes[_BACKBONE] = _among(record.name, light)
    side = max(recipe.input.size or record.input_hw)
    sides = [each for each in _SIDES if each != side and each >= max(record.least_hw)]
    axes[_SIZE] = _among(OWN, [f"[{each}, {each}]" for each in sides])
    depths = tuple(_DEPTHS) if record.name.startswith(_TUNED) else ()
    axes[FINE_TUNE] = _among(OWN, ("none", *depths))
    template = recipe.fine_tune or shipped(TEMPLATE).fine_tune
    if template is not None and depths:
        rate = template.optimizer.learning_rate
        axes[_FINE_RATE] = Axis(low=rate / 10, high=3 * rate, log=True, own=rate)
    return axes


def _of_head(recipe: Recipe) -> dict[str, Axis]:
    axes = {}
    layers = recipe.model.layers
    if layers is not None and (rate := dropout_of(layers)) is not None:
        axes[DROPOUT] = _among(rate, (0.0, 0.2, 0.4))
        if recipe.backbone is not None and hidden_of(layers) == 0:
            axes[HIDDEN] = _among(0, (64, 256))
    return axes


def space_for(
    recipe: Recipe,
    over: Mapping[str, Sequence[Any] | str] | None = None,
    *,
    fixed: Collection[str] = (),
    mirror: bool = True,
    pictures: int | None = None,
) -> dict[str, Axis]:
    """The axes of a search: the usual ones, less what is fixed, with what the user adds.

    Args:
        recipe: The first trial.
        over: Keys with the values to try: a list, or a range "low..high".
        fixed: Keys that stay as they are in the recipe.
        mirror: Whether augmentation may mirror pictures.
        pictures: See `usual_space`.

    Raises:
        RecipeError: If a key or value is none, or nothing is left to vary.

    Example:
        >>> space = space_for(shipped("mnist-fast"), {"training.epochs": [1, 2]})
        >>> space["training.epochs"].choices
        (1, 2)
    """
    given = {key: axis_of(key, values) for key, values in (over or {}).items()}
    usual = usual_space(recipe, pictures=pictures)
    axes = {key: axis for key, axis in usual.items() if key not in fixed} | given
    for key, axis in given.items():
        for value in axis.ends():
            _checked(recipe, key, value, mirror=mirror)
        axes[key] = replace(axis, own=_own(recipe, key, axis, mirror=mirror))
    if not axes:
        raise RecipeError(
            "nothing is left to vary: every key is set. Leave one open, or add --over."
        )
    return axes


def _checked(recipe: Recipe, key: str, value: Value, *, mirror: bool) -> None:
    if key == AUGMENT and value not in (OWN, *PRESETS):
        known = ", ".join((OWN, *PRESETS))
        raise RecipeError(f"augment must be one of {known}, got {value!r}.")
    if key == FINE_TUNE and value not in (OWN, "none", *_DEPTHS):
        known = ", ".join((OWN, "none", *_DEPTHS))
        raise RecipeError(f"fine_tune must be one of {known}, got {value!r}.")
    build_optimizer(recipe_with(recipe, {key: value}, mirror=mirror).optimizer)


def _own(recipe: Recipe, key: str, axis: Axis, *, mirror: bool) -> Value | None:
    """The value of an axis that changes nothing in the recipe."""
    for value in axis.choices:
        if recipe_with(recipe, {key: value}, mirror=mirror) == recipe:
            return value
    found: Any = recipe.model_dump()
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found if not axis.choices and axis.holds(found) else None


def first_values(space: Mapping[str, Axis]) -> dict[str, Value]:
    """What the first recipe is on each axis that holds it.

    Example:
        >>> first_values({"a.b": Axis((1, 2), own=1), "c.d": Axis((3, 4))})
        {'a.b': 1}
    """
    return {key: axis.own for key, axis in space.items() if axis.own is not None}


def recipe_with(recipe: Recipe, values: Mapping[str, Value], *, mirror: bool = True) -> Recipe:
    """The recipe of a trial: the first one with these keys set.

    What equals the first recipe's own value changes nothing, so that the first values give
    the recipe back as it is. Another backbone comes with the head, optimizer and size that
    `--backbone` gives it; what the trial says of those wins.

    Args:
        recipe: The first one.
        values: Keys of `space_for` to values.
        mirror: Whether augmentation may mirror pictures.

    Raises:
        RecipeError: If a key does not exist or a value does not fit it.

    Example:
        >>> changed = recipe_with(shipped("photos-lite0"), {"fine_tune": "none", "dropout": 0.1})
        >>> changed.fine_tune, changed.model.layers[0]
        (None, {'type': 'Dropout', 'rate': 0.1})
    """
    made, values = _on_its_backbone(recipe, values)
    for key, change in _SPECIAL.items():
        if (value := values.get(key, OWN)) != OWN:
            made = change(made, value, mirror)
    keys = {key: value for key, value in values.items() if key not in _SPECIAL and value != OWN}
    if made.fine_tune is None:
        keys.pop(_FINE_RATE, None)
    if keys.get(_DECAY) == _decay_of(made.optimizer):
        del keys[_DECAY]
    return with_changes(made, keys) if keys else made


def _on_its_backbone(
    recipe: Recipe, values: Mapping[str, Value]
) -> tuple[Recipe, dict[str, Value]]:
    """The recipe on the backbone that the values name, and the other values as they suit it.

    In place of a network from nothing it brings rates of its own: there the learning rate counts
    in relation to the first recipe's, and what equals the first recipe's value is left out.
    """
    others = {key: value for key, value in values.items() if key != _BACKBONE}
    own = "none" if recipe.backbone is None else recipe.backbone.name
    named = values.get(_BACKBONE, OWN)
    if named in (OWN, own):
        return recipe, others
    made = with_changes(recipe, {_BACKBONE: named})
    if recipe.backbone is not None:
        return made, others
    made = made.model_copy(update={"augmentation": made.augmentation.unmixed()})
    first = first_values(usual_space(recipe))
    others = {key: value for key, value in others.items() if value != first.get(key)}
    if isinstance(rate := others.get(_RATE), float):
        others[_RATE] = made.optimizer.learning_rate * rate / recipe.optimizer.learning_rate
    return made, others


def _augmented(recipe: Recipe, value: Value, mirror: bool) -> Recipe:
    chosen = preset(str(value), mirror=mirror)
    if recipe.backbone is not None:
        chosen = chosen.unmixed()  # on a backbone a feature stands for one picture
    return recipe.model_copy(update={"augmentation": chosen})


def _fine_tuned(recipe: Recipe, value: Value, mirror: bool) -> Recipe:  # noqa: ARG001
    if recipe.backbone is None or value == "none":
        return recipe.model_copy(update={"fine_tune": None})
    if not find_backbone(recipe.backbone.name).name.startswith(_TUNED):
        return recipe
    model = recipe.fine_tune or shipped(TEMPLATE).fine_tune
    assert model is not None
    tuned = model.model_copy(update={"unfreeze": _DEPTHS[str(value)]})
    return recipe.model_copy(update={"fine_tune": tuned})


def _dropped(recipe: Recipe, value: Value, mirror: bool) -> Recipe:  # noqa: ARG001
    layers = with_dropout(_layers(recipe, DROPOUT), _number(DROPOUT, value))
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"layers": layers})})


def _hidden(recipe: Recipe, value: Value, mirror: bool) -> Recipe:  # noqa: ARG001
    layers = with_hidden(_layers(recipe, HIDDEN), int(_number(HIDDEN, value)))
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"layers": layers})})


def _layers(recipe: Recipe, key: str) -> tuple[dict[str, Any], ...]:
    layers = recipe.model.layers
    if layers is None or dropout_of(layers) is None:
        raise RecipeError(
            f"{key} is searched where [model] layers are listed one after the other and end in "
            f"the classes; recipe {recipe.name!r} has none. Leave {key} out."
        )
    return layers


def _number(key: str, value: Value) -> float:
    try:
        found = float(value)
    except ValueError as error:
        raise RecipeError(f"{key} must be a number, got {value!r}.") from error
    if not (math.isfinite(found) and found >= 0 and (key != DROPOUT or found < 1)):
        raise RecipeError(
            f"{key} must be {'0 to 1' if key == DROPOUT else '0 or more'}, got {value}."
        )
    return found


# In this order: a hidden layer comes before the dropout that follows it
_SPECIAL: dict[str, Callable[[Recipe, Value, bool], Recipe]] = {
    AUGMENT: _augmented,
    FINE_TUNE: _fine_tuned,
    HIDDEN: _hidden,
    DROPOUT: _dropped,
}
