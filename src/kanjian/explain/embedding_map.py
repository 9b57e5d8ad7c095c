"""Where pictures lie for a network: features of a layer brought to two dimensions."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.checks import check_choice
from kanjian.datasets.dataset import Dataset, FileImages
from kanjian.errors import DatasetError, RecognizerError
from kanjian.features.cache import FeatureCache
from kanjian.features.features import features_of
from kanjian.features.one_pass import Progress
from kanjian.i18n import _
from kanjian.models.split_model import cut, cuttable
from kanjian.paths import AnyPath
from kanjian.pipeline.input_shape import InputShape

if TYPE_CHECKING:
    from kanjian.explain.inspected_model import InspectedModel

# t-SNE looks at distances; beyond these directions they are noise, and time
_DIRECTIONS = 50
_PERPLEXITY = 30


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """Pictures as points.

    Args:
        dataset: The pictures.
        layer: Whose output the features are.
        method: "pca" or "t-sne".
        features: (n, d) float32, scaled to length 1.
        points_xy: (n, 2) float64, x to the right and y upwards.
        note: What the two axes tell, a sentence.
    """

    dataset: Dataset
    layer: str
    method: str
    features: np.ndarray
    points_xy: np.ndarray
    note: str


def embedding_map_of(
    inspected: "InspectedModel",
    dataset: Dataset,
    *,
    layer: str | None = None,
    method: Literal["pca", "t-sne"] = "t-sne",
    seed: int = 0,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> EmbeddingMap:
    """Features of all pictures, in two dimensions.

    Maps are averaged over height and width. Features come from the cache where they were
    computed before.

    Args:
        inspected: The network.
        dataset: At least three pictures.
        layer: The layer to take; by default the last before the output.
        method: "pca": the two directions in which they vary most; distances mean what they
            say. "t-sne": neighbors stay neighbors; distances between groups mean little.
        seed: Of t-SNE.
        cache: Where features are kept; kanjian's own by default.
        progress: Called with how many pictures are done and how many there are.

    Raises:
        DatasetError: If there are fewer than three pictures.
        RecipeError: If there is no such layer, or other tensors pass beside it.
        KanjianError: See `features_of`.
    """
    check_choice("method", method, ("pca", "t-sne"), error=RecognizerError, where="space")
    if len(dataset) < 3:
        raise DatasetError(
            f"a map needs at least three pictures, {dataset.name} has {len(dataset)}."
        )
    name, network = feature_network(inspected, layer)
    features = _features(inspected, name, network, dataset, cache, progress)
    points, note = (_pca if method == "pca" else _tsne)(features, seed)
    return EmbeddingMap(dataset, name, method, features, points, note)


def _features(
    inspected: "InspectedModel", layer: str, network: Any, dataset: Dataset,
    cache: FeatureCache | None, progress: Progress | None,
) -> np.ndarray:  # fmt: skip
    found = features_of(
        dataset, network, shape_of(inspected), cache=cache, progress=progress,
        about={"network": inspected.name, "layer": layer},
    )  # fmt: skip
    return unit(found.rows(np.arange(len(dataset))))


def nearest_to(
    inspected: "InspectedModel",
    space: EmbeddingMap,
    picture: AnyPath,
    *,
    most: int,
    cache: FeatureCache | None = None,
) -> list[tuple[int, float]]:
    """Which pictures of a space are most like one from elsewhere, the nearest first.

    Args:
        inspected: The network the space was made with.
        space: See `embedding_map_of`.
        picture: A file.
        most: How many at most.
        cache: As for `embedding_map_of`.

    Returns:
        Row in the space's data set, and the cosine of the angle between the features.

    Raises:
        ImageError: If the picture cannot be read.
    """
    picture = Path(picture)
    layer, network = feature_network(inspected, space.layer)
    alone = Dataset(FileImages((picture,)), np.zeros(1, np.int64), ("",), name=str(picture))
    # the same way as those of the space, so that a picture is found to be like itself
    query = _features(inspected, layer, network, alone, cache, None)[0]
    return nearest_rows(space.features, query, most=most)


def feature_network(inspected: "InspectedModel", layer: str | None = None) -> tuple[str, Any]:
    """The name of a layer and the network up to it, averaged over height and width.

    Args:
        inspected: The network.
        layer: By default the last one before the output whose output has one axis.

    Raises:
        RecognizerError: If there is no such layer.
        RecipeError: If other tensors pass beside it.

    Example:
        >>> from kanjian.explain.inspected_model import InspectedModel
        >>> from kanjian.models.split_model import flat
        >>> keras = load_keras()
        >>> inspected = InspectedModel("small", flat(keras.Sequential([
        ...     keras.Input((8, 8, 1)), keras.layers.Conv2D(5, 3, name="conv"),
        ...     keras.layers.GlobalAveragePooling2D(name="pool"), keras.layers.Dense(2)])))
        >>> feature_network(inspected)[0], feature_network(inspected, "conv")[1].output_shape
        ('pool', (None, 5))
    """
    if layer is not None:
        inspected.layer(layer)
    layer = layer or _before_the_answer(inspected)
    lower, _ = cut(inspected.network, layer)
    output, layers = lower.outputs[0], load_keras().layers
    if len(output.shape) == 4:
        output = layers.GlobalAveragePooling2D(dtype="float32")(output)
    elif len(output.shape) > 2:
        output = layers.Flatten()(output)
    return layer, load_keras().Model(lower.inputs[0], output)


def _before_the_answer(inspected: "InspectedModel") -> str:
    """What the last layer that learned takes; dropout does nothing when asked and is passed by."""
    places = [
        name for name in cuttable(inspected.network)
        if "Dropout" not in type(inspected.layer(name)).__name__
    ]  # fmt: skip
    learned = [
        number for number, name in enumerate(places)
        if getattr(inspected.layer(name), "weights", ())
    ]  # fmt: skip
    return places[learned[-1] - 1] if learned and learned[-1] else places[-1]


def shape_of(inspected: "InspectedModel") -> InputShape:
    """What the network takes, for those who fit pictures."""
    height, width, channels = inspected.shape_hwc
    return InputShape((height, width), 3 if channels == 3 else 1, inspected.fit_mode)


def unit(features: np.ndarray) -> np.ndarray:
    """Rows of length 1, so that a picture's brightness or contrast does not set it apart.

    Example:
        >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    flat_rows = np.asarray(features, np.float32).reshape(len(features), -1)
    length = np.linalg.norm(flat_rows, axis=1, keepdims=True)
    rows: np.ndarray = np.divide(flat_rows, length, out=np.zeros_like(flat_rows), where=length > 0)
    return rows


def _pca(features: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    model = extras.load("sklearn.decomposition").PCA(2, random_state=seed)
    points: np.ndarray = model.fit_transform(features.astype(np.float64))
    across, up = (100 * share for share in model.explained_variance_ratio_)
    note = _(
        "The two directions hold {across} % and {up} % of the variance.",
        across=f"{across:.0f}",
        up=f"{up:.0f}",
    )
    return points, note


def _tsne(features: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    count = min(_DIRECTIONS, *features.shape)
    decomposition, manifold = extras.load("sklearn.decomposition"), extras.load("sklearn.manifold")
    less = decomposition.PCA(count, random_state=seed).fit_transform(features.astype(np.float64))
    perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
    model = manifold.TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    points = np.asarray(model.fit_transform(less), np.float64)
    return points, _("Neighbors are alike for the network; how far groups lie apart means little.")


def nearest_rows(features: np.ndarray, query: np.ndarray, *, most: int) -> list[tuple[int, float]]:
    """The rows most like a query, with the cosine of the angle between them, the nearest first.

    Args:
        features: (n, d), rows of length 1.
        query: (d,), of length 1.
        most: How many at most.

    Example:
        >>> rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
        >>> nearest_rows(rows, np.array([0.0, 1.0]), most=2)
        [(1, 1.0), (2, 0.8)]
    """
    similarity = features @ query
    order = np.argsort(-similarity, kind="stable")[:most]
    return [(int(row), float(similarity[row])) for row in order]
