"""A recipe that starts from a trained network, for photos and for few pictures of any kind."""

from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.models.joined_backbone import joined_record
from kanjian.recipes.augmentation import Augmentation, preset
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.shipped import shipped
from kanjian.recipes.transfer import Probe
from kanjian.training.choose_backbone import AUTO
from kanjian.training.dataset_summary import DatasetSummary
from kanjian.weights.known import command_for, known_weights
from kanjian.weights.store import at_hand

TEMPLATE = "photos-lite0"
# Of so many a head is fitted at once and judged by folds, so that all are trained on; of more,
# parts are held back and the top of the network is fine-tuned
FEW = 2000
# Photos that have the pixels are told apart better at this size: see photos-lite0
LARGE_INPUT = (256, 256)
# Of more small color pictures a network of their own learns more than a trained one knows
_MANY_SMALL = 5000


def backbone_for(look: DatasetSummary) -> str | None:
    """The backbone for pictures nobody named one for; None to train from nothing.

    Digits and letters, small and gray, are learned better from nothing, as are many small ones.

    Example:
        >>> backbone_for(DatasetSummary(60000, 10, (28, 28), 28, color=False)) is None
        True
    """
    return AUTO if suits_backbone(look) and any(map(at_hand, USUAL_BACKBONES)) else None


def suits_backbone(look: DatasetSummary) -> bool:
    """Whether a trained network is worth more for these pictures than one of their own.

    Example:
        >>> suits_backbone(DatasetSummary(300, 10, (32, 32), 32, color=True))
        True
    """
    if not look.small:
        return True
    return look.color and look.pictures <= _MANY_SMALL


def missed() -> str:
    """What is missed where no trained weights are at hand, and the command that brings them."""
    known = known_weights(USUAL_BACKBONES[0])
    assert known is not None
    return (
        "no trained weights are at hand, which are worth 20 points and more of accuracy on a few "
        f"hundred photos: {command_for(known)}"
    )


def recipe_on(
    look: DatasetSummary, recipe: Recipe, name: str, *, step_by_step: bool = False
) -> Recipe:
    """The recipe for these pictures with a head on a backbone in place of its network.

    Args:
        look: What a glance at the pictures showed.
        recipe: What would be trained from nothing.
        name: The backbone; "auto" for the one that predicts the training pictures best.
        step_by_step: Whether the head is trained in epochs, however few the pictures.
    """
    changed = with_backbone(recipe, name)
    if name in USUAL_BACKBONES and look.longest_px >= min(LARGE_INPUT):
        changed = changed.model_copy(
            update={"input": changed.input.model_copy(update={"size": LARGE_INPUT})}
        )
    whose = "the trained network that suits them best" if name == AUTO else name
    about = (
        f"chosen for {look.pictures} pictures of about {look.longest_px} pixels: a head on {whose}"
    )
    if look.pictures > FEW or step_by_step:
        varied = preset("light", mirror=look.color)
        return changed.model_copy(update={"about": about, "augmentation": varied})
    return changed.model_copy(
        update={
            "about": f"{about}, fitted at once on all of them",
            "data": changed.data.model_copy(update={"validation": 0.0, "test": 0.0}),
            "augmentation": Augmentation(),
            "training": changed.training.model_copy(update={"epochs": 0}),
            "probe": Probe(),
            "fine_tune": None,
        }
    )


def with_backbone(recipe: Recipe, name: str) -> Recipe:
    """A recipe's pictures and augmentation, trained as `photos-lite0` does on this backbone.

    Where the top of the backbone is small enough to be trained on a laptop, it is fine-tuned.

    Example:
        >>> changed = with_backbone(shipped("mnist-lenet"), "vgg16")
        >>> changed.backbone.name, changed.data.source, changed.fine_tune
        ('vgg16', 'mnist', None)
    """
    model = shipped(TEMPLATE)
    assert model.backbone is not None
    name = AUTO if name == AUTO else joined_record(name).name
    of_data = ("seed", "class_weights", "sampling", "precision", "early_stopping")
    kept = {key: getattr(recipe.training, key) for key in of_data}
    return recipe.model_copy(
        update={
            "backbone": model.backbone.model_copy(update={"name": name}),
            "input": model.input.model_copy(update={"size": None}),
            "model": model.model,
            "optimizer": model.optimizer,
            "schedule": model.schedule,
            "training": model.training.model_copy(update=kept),
            "fine_tune": model.fine_tune if name in (AUTO, *USUAL_BACKBONES) else None,
            "probe": None,
            "all_layers": None,
        }
    )
