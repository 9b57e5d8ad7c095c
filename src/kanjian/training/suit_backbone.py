"""A recipe that starts from a trained network, for sets of photos from a few dozen up."""

from kanjian.models.backbones import find_backbone
from kanjian.recipes.codec import recipe_of
from kanjian.recipes.recipe import Input, Model, Recipe
from kanjian.recipes.transfer import Backbone
from kanjian.training.look import Look
from kanjian.weights.store import at_hand

# What comes from the package registry, and computes hundreds of pictures a second on a laptop
USUAL = "efficientnet-lite0"


def backbone_for(look: Look) -> str | None:
    """The backbone for pictures nobody named one for; None to train from nothing.

    Example:
        >>> backbone_for(Look(60000, 10, (28, 28), 28, color=False)) is None
        True
    """
    return None if look.small or not at_hand(USUAL) else USUAL


def recipe_on(look: Look, recipe: Recipe, name: str) -> Recipe:
    """The recipe for these pictures with a head on a backbone in place of its network."""
    record = find_backbone(name)
    height, width = record.input_hw
    changed = with_backbone(recipe, name)
    about = (
        f"chosen for {look.pictures} pictures of about {look.longest_px} pixels, brought to "
        f"{height}×{width}: a head on {record.name}, which has learned from ImageNet's photos"
    )
    return changed.model_copy(update={"about": about})


def with_backbone(recipe: Recipe, name: str) -> Recipe:
    """A recipe's pictures and variation, learned by a head on a backbone.

    Example:
        >>> from kanjian.recipes.shipped import shipped
        >>> changed = with_backbone(shipped("mnist-lenet"), "vgg16")
        >>> changed.backbone.name, changed.data.source, changed.model.name
        ('vgg16', 'mnist', None)
    """
    head = _HEAD.training
    training = recipe.training.model_copy(
        update={
            "epochs": head.epochs,
            "batch_size": head.batch_size,
            "keep": head.keep,
            "label_smoothing": head.label_smoothing,
        }
    )
    return recipe.model_copy(
        update={
            "backbone": Backbone(name=find_backbone(name).name),
            # the middle of the picture, larger: as these networks were trained
            "input": Input(fit="crop"),
            "model": Model(),
            "optimizer": _HEAD.optimizer,
            "schedule": _HEAD.schedule,
            "training": training,
            "fine_tune": None,
            "all_layers": None,
        }
    )


_HEAD = recipe_of(
    {
        "optimizer": {"name": "adamw", "learning_rate": 3e-3, "weight_decay": 0.05},
        "schedule": {"name": "cosine", "warmup": 0.1},
        "training": {"epochs": 20, "batch_size": 32},
    }
)
