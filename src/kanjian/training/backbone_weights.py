"""Which files the weights of a recipe's backbone come from."""

from pathlib import Path

from kanjian.errors import RecipeError
from kanjian.models.backbones import find_backbone, preset_weights
from kanjian.models.joined_backbone import parts_of
from kanjian.recipes.transfer import Backbone
from kanjian.storage.files import expanded
from kanjian.weights.store import find_weights


def backbone_weights(backbone: Backbone) -> Path | tuple[Path, ...] | None:
    """The file a recipe's backbone takes its weights from; None where it asks for random ones.

    Where several networks are joined there is one for each.

    Raises:
        WeightsError: If the file is not there; says how to get it.
        RecipeError: If there is no such backbone.

    Example:
        >>> backbone_weights(Backbone(name="vgg16", weights="none")) is None
        True
    """
    parts = [find_backbone(part).name for part in parts_of(backbone.name)]
    record = find_backbone(parts[0])
    if backbone.weights == "none" or record.prepare == "file":
        return None
    if record.prepare == "hub":
        return preset_weights(record, backbone.weights)
    if backbone.weights == "imagenet":
        found = tuple(find_weights(part) for part in parts)
        return found if len(found) > 1 else found[0]
    if len(parts) > 1:
        raise RecipeError(
            f'[backbone] weights of networks that are joined must be "imagenet" or "none", got '
            f"{backbone.weights!r}."
        )
    path = expanded(backbone.weights)
    if not path.is_file():
        raise RecipeError(
            f'[backbone] weights must be "imagenet", "none" or a file, got {backbone.weights!r}, '
            "which is not there."
        )
    return path
