"""A recipe that starts from a trained network, for sets of photos from a few dozen up."""

from kanjian.models.backbones import find_backbone
from kanjian.recipes.augmentation import preset
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.shipped import shipped
from kanjian.training.dataset_summary import DatasetSummary
from kanjian.weights.store import at_hand

# What comes from the package registry, and computes hundreds of pictures a second on a laptop
USUAL = "efficientnet-lite0"
TEMPLATE = "photos-lite0"


def backbone_for(look: DatasetSummary) -> str | None:
    """The backbone for pictures nobody named one for; None to train from nothing.

    Example:
        >>> backbone_for(DatasetSummary(60000, 10, (28, 28), 28, color=False)) is None
        True
    """
    return None if look.small or not at_hand(USUAL) else USUAL


def recipe_on(look: DatasetSummary, recipe: Recipe, name: str) -> Recipe:
    """The recipe for these pictures with a head on a backbone in place of its network."""
    record = find_backbone(name)
    changed = with_backbone(recipe, name)
    larger = shipped(TEMPLATE).input.size
    if record.name == USUAL and larger is not None and look.longest_px >= max(larger):
        changed = changed.model_copy(
            update={"input": changed.input.model_copy(update={"size": larger})}
        )
    height, width = changed.input.size or record.input_hw
    about = (
        f"chosen for {look.pictures} pictures of about {look.longest_px} pixels, resized to "
        f"{height}×{width}: a head on {record.name}, which was trained on ImageNet's photos"
    )
    varied = preset("light", mirror=look.color)
    return changed.model_copy(update={"about": about, "augmentation": varied})


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
    record = find_backbone(name)
    of_data = ("seed", "class_weights", "sampling", "precision", "early_stopping")
    kept = {key: getattr(recipe.training, key) for key in of_data}
    return recipe.model_copy(
        update={
            "backbone": model.backbone.model_copy(update={"name": record.name}),
            "input": model.input.model_copy(update={"size": None}),
            "model": model.model,
            "optimizer": model.optimizer,
            "schedule": model.schedule,
            "training": model.training.model_copy(update=kept),
            "fine_tune": model.fine_tune if record.name == USUAL else None,
            "all_layers": None,
        }
    )
