"""A head that begins with what a preset knows of the classes by their names."""

from pathlib import Path

import numpy as np

from kanjian.errors import RecipeError
from kanjian.models.backbones import find_backbone
from kanjian.models.text_tower import text_features
from kanjian.recipes.transfer import Backbone


def check_words(backbone: Backbone) -> None:
    """Refuse words for a backbone that cannot read, before anything is trained.

    Raises:
        RecipeError: If it is no preset, or the text has no place for a name.

    Example:
        >>> check_words(Backbone(name="vgg16", words="a photo of a {}"))
        Traceback (most recent call last):
        kanjian.errors.RecipeError: [backbone] words need a preset of CLIP or SigLIP, got 'vgg16'.
    """
    if backbone.words is None:
        return
    if not backbone.name.startswith("hub:"):
        raise RecipeError(
            f"[backbone] words need a preset of CLIP or SigLIP, got {backbone.name!r}."
        )
    if "{}" not in backbone.words:
        raise RecipeError(
            "[backbone] words must have {} where the name of a class stands, got "
            f'{backbone.words!r}. As in: words = "a photo of a {{}}"'
        )


def words_as_head(
    backbone: Backbone, classes: tuple[str, ...], features: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a dense layer on these features that begins as the preset's own logits.

    The preset compares directions; here features keep their length, which is about the same for
    all pictures, so that the mean length serves.

    Args:
        backbone: The recipe's section, with words.
        classes: Their names.
        features: (n, d) of training pictures.

    Raises:
        RecipeError: If the preset has no text tower, or its words are no such features.
    """
    assert backbone.words is not None
    folder = Path(find_backbone(backbone.name).reference)
    labels = [backbone.words.replace("{}", name.replace("_", " ")) for name in classes]
    words = text_features(folder, backbone.name, labels)
    if features.ndim != 2 or features.shape[1] != words.directions.shape[1]:
        raise RecipeError(
            f"[backbone] words are {words.directions.shape[1]} numbers each, features are "
            f"{features.shape[1:]}. Leave [backbone] layer and pool out."
        )
    length = float(np.linalg.norm(features.astype(np.float64), axis=1).mean()) or 1.0
    kernel = (words.scale / length * words.directions.T).astype(np.float32)
    return kernel, np.full(len(classes), words.bias, np.float32)
