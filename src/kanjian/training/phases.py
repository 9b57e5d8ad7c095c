"""The phases a recipe spells: head, then the top of the backbone, then all layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kanjian.i18n import gettext_noop
from kanjian.recipes.learning import Optimizer, Schedule
from kanjian.recipes.recipe import Recipe, Training
from kanjian.recipes.transfer import AllLayers, Probe


@dataclass(frozen=True)
class Phase:
    """One stretch of training with its own epochs, optimizer and set of layers that learn.

    Args:
        name: For people.
        learns: What learns: the head, the layers `unfreeze` names and those behind, or all.
        unfreeze: A block, a layer or a count, where `learns` is "top".
        training: Epochs, batch size and all else of [training].
        optimizer: Its own.
        schedule: Its own.
        rate_decay: See `AllLayers`.
        train_batchnorm: See `AllLayers`.
        skip_if_val_accuracy: See `AllLayers`.
        minutes: See `AllLayers`.
        probe: How the head is fitted before its first epoch; None leaves that out.
    """

    name: str
    learns: Literal["head", "top", "all"]
    unfreeze: str | int | None
    training: Training
    optimizer: Optimizer
    schedule: Schedule
    rate_decay: float = 1.0
    train_batchnorm: bool = True
    skip_if_val_accuracy: float | None = None
    minutes: float | None = None
    probe: Probe | None = None


@dataclass(frozen=True)
class FeaturePass:
    """What it cost to have the features of some pictures.

    Args:
        pictures: How many.
        varied: Whether they were augmented.
        seconds: Spent in this run.
        pass_seconds: What the pass took when it was made.
        from_cache: Whether it was made before.
        precision: What they were computed in.
        relative_error: How far that is from float32; see `Features`.
    """

    pictures: int
    varied: bool
    seconds: float
    pass_seconds: float
    from_cache: bool
    precision: str
    relative_error: float


@dataclass(frozen=True)
class PhaseResult:
    """What a phase reached; as the defaults are, of one that was left out.

    Args:
        name: That of the phase.
        before: What validation said before it, "val_loss" and "val_accuracy"; None without one.
        after: What it says after it, of the weights it came to.
        epochs: Epochs trained.
        parameters: Numbers that learned.
        seconds: Spent fitting.
        passes: What its features cost.
        kept: Whether its weights were kept.
    """

    name: str
    before: dict[str, float] | None
    after: dict[str, float] | None
    epochs: int = 0
    parameters: int = 0
    seconds: float = 0.0
    passes: tuple[FeaturePass, ...] = ()
    kept: bool = True

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "PhaseResult":
        """The result that `asdict` made plain.

        Example:
            >>> from dataclasses import asdict
            >>> result = PhaseResult("head", None, {"val_loss": 0.5, "val_accuracy": 0.75})
            >>> PhaseResult.of(asdict(result)) == result
            True
        """
        return cls(**{**record, "passes": tuple(FeaturePass(**each) for each in record["passes"])})


def phases_of(recipe: Recipe) -> tuple[Phase, ...]:
    """The phases of a recipe, in order; one without a backbone has a single one.

    Example:
        >>> from kanjian.recipes.transfer import Backbone, FineTune
        >>> recipe = Recipe(backbone=Backbone(name="vgg16"),
        ...                 fine_tune=FineTune(unfreeze=["block5", "block4"]))
        >>> [phase.name for phase in phases_of(recipe)]
        ['head', 'fine-tune from block5', 'fine-tune from block4']
        >>> [phase.learns for phase in phases_of(Recipe())]
        ['all']
    """
    first = Phase(
        name="training" if recipe.backbone is None else gettext_noop("head"),
        learns="all" if recipe.backbone is None else "head",
        unfreeze=None,
        training=recipe.training,
        optimizer=recipe.optimizer,
        schedule=recipe.schedule,
        probe=recipe.probe,
    )
    phases = [first] if recipe.training.epochs or recipe.probe else []
    if recipe.fine_tune is not None:
        places = recipe.fine_tune.unfreeze
        for place in places if isinstance(places, tuple) else (places,):
            name = f"fine-tune from {place if isinstance(place, str) else f'layer {place}'}"
            phases.append(_later(recipe, recipe.fine_tune, name, place))
    if recipe.all_layers is not None:
        phases.append(_later(recipe, recipe.all_layers, gettext_noop("all layers"), None))
    return tuple(phases)


def _later(recipe: Recipe, section: AllLayers, name: str, unfreeze: str | int | None) -> Phase:
    own = {"epochs": section.epochs, "batch_size": section.batch_size}
    return Phase(
        name=name,
        learns="all" if unfreeze is None else "top",
        unfreeze=unfreeze,
        training=recipe.training.model_copy(update=own),
        optimizer=section.optimizer,
        schedule=section.schedule,
        rate_decay=section.rate_decay,
        train_batchnorm=section.train_batchnorm,
        skip_if_val_accuracy=section.skip_if_val_accuracy,
        minutes=section.minutes,
    )
