"""What every layer makes of one picture, as strips of feature maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kanjian.errors import RecognizerError
from kanjian.explain.cam import strongest
from kanjian.explain.colors import colored, spread01
from kanjian.explain.diagram import steps_of
from kanjian.explain.summary import structure_of
from kanjian.i18n import _
from kanjian.images.pictures import Picture

if TYPE_CHECKING:
    from kanjian.explain.inspected_model import InspectedModel

TILE, _GAP = 72, 2


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """What one layer gives for one picture.

    Args:
        name: The layer.
        kind: Its class.
        maps: (h, w, c) float32.
        shown: Which of the c stand out, the strongest first.
    """

    name: str
    kind: str
    maps: np.ndarray
    shown: np.ndarray

    @property
    def caption(self) -> str:
        """Name, shape, and which maps are shown."""
        shape = "×".join(map(str, self.maps.shape))
        silent = int((self.maps.std(axis=(0, 1)) == 0).sum())
        said = f"{self.name} · {shape}"
        return _("{maps}, {n} silent", maps=said, n=silent) if silent else said

    def strip(self, *, tile: int = TILE, columns: int = 16) -> np.ndarray:
        """The maps side by side, each from its own least to its own greatest value.

        Args:
            tile: Height and width of each.
            columns: How many stand in a row; a shorter row is filled up with white.

        Returns:
            RGB (tile, columns * (tile + 2) - 2, 3) uint8.
        """
        from kanjian.images.resize import resize

        row = np.full((tile, columns * (tile + _GAP) - _GAP, 3), 255, np.uint8)
        for place, channel in enumerate(self.shown[:columns]):
            values = spread01(self.maps[:, :, channel]).astype(np.float32)
            values = _by_whole_pixels(values, tile) if max(values.shape) < tile else values
            left = place * (tile + _GAP)
            row[:, left : left + tile] = colored(resize(values, (tile, tile)))
        return row


def _by_whole_pixels(values: np.ndarray, tile: int) -> np.ndarray:
    """Small maps keep their squares: a map of 7×7 shall look like one."""
    down, across = (np.arange(tile) * side // tile for side in values.shape)
    squares: np.ndarray = values[down][:, across]
    return squares


def feature_maps_of(
    inspected: "InspectedModel",
    picture: Picture,
    *,
    layers: Sequence[str] = (),
    most: int = 16,
) -> tuple[LayerMaps, ...]:
    """What layers give for one picture.

    Args:
        inspected: The network.
        picture: (h, w, c) uint8 as the network takes it, see `InspectedModel.fit`; or a path or PIL
            image.
        layers: Their names; by default every step that gives maps: a layer with the
            normalization and activation that follow it.
        most: How many maps of each are shown, those that vary most over the picture.

    Raises:
        RecognizerError: If there is no such layer, or it gives no maps.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(32, 32))
        >>> image = np.zeros((32, 32, 3), np.uint8)
        >>> made, = feature_maps_of(inspected, image, layers=["block_1_expand"])
        >>> made.caption
        'block_1_expand · 16×16×96'
    """
    picture = inspected.taken(picture)
    names = list(layers) or _steps(inspected)
    for name in names:
        inspected.layer(name)
        shape = tuple(inspected.tensors[name].shape[1:])
        if len(shape) != 3:
            raise RecognizerError(
                f"layer {name!r} gives {' × '.join(map(str, shape))} numbers, no map with height "
                "and width. 'kanjian see layers' shows what each gives."
            )
    if not names:
        raise RecognizerError(f"no layer of {inspected.name} gives maps with height and width.")
    given = inspected.up_to(*names).predict_on_batch(picture[None].astype(np.float32))
    outputs = [given] if len(names) == 1 else given
    return tuple(
        LayerMaps(name, type(inspected.layer(name)).__name__, maps, strongest(maps, most))
        for name, maps in zip(names, (np.asarray(each[0], np.float32) for each in outputs),
                              strict=True)
    )  # fmt: skip


def _steps(inspected: "InspectedModel") -> list[str]:
    """The last layer of each step; the input and what only prepares pixels is left out."""
    found = []
    for step in steps_of(structure_of(inspected.network)):
        last = step.last or step.row
        prepares = last.name.endswith("_pixels") or step.row.kind in {"Rescaling", "Normalization"}
        if len(last.shape) == 3 and step.row.inputs and not prepares:
            found.append(last.name)
    return found
