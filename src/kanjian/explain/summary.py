"""A network as a table: what each layer gives, learns, costs and sees."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kanjian.backend import load_keras
from kanjian.explain.flops import flops_of
from kanjian.explain.receptive_field import PIXEL, ReceptiveField, receptive_field_after
from kanjian.i18n import _
from kanjian.json_types import JsonObject
from kanjian.models.graph import calls
from kanjian.models.split_model import flat


@dataclass(frozen=True)
class LayerRow:
    """One layer at work.

    Args:
        index: Its place in the order of computation, from 0.
        name: Its name.
        kind: Its class, as Keras calls it.
        shape: Of one picture's output; None where a side is not fixed.
        parameters: Numbers it has learned or could learn; 0 where it is called again.
        flops: Operations for one picture; None where not known.
        field_hw: Pixels of the input that one number sees; infinite for all, None unknown.
        inputs: Indices of the layers it takes from.
        detail: Kernel and stride, where it has them: "3×3 /2".
        activation: The function inside it, "" for none.
    """

    index: int
    name: str
    kind: str
    shape: tuple[int | None, ...]
    parameters: int
    flops: int | None
    field_hw: tuple[float, float] | None
    inputs: tuple[int, ...]
    detail: str = ""
    activation: str = ""

    @property
    def output(self) -> str:
        """The shape as people write it."""
        return "×".join("?" if side is None else str(side) for side in self.shape)

    @property
    def field(self) -> str:
        """The receptive field as people write it."""
        if self.field_hw is None:
            return "–"
        height, width = (_whole(side) for side in self.field_hw)
        return height if height == width else f"{height}×{width}"

    def to_dict(self) -> JsonObject:
        """Plain values for JSON; "all" where it sees the whole picture."""
        known = self.field_hw
        sides = known and ["all" if math.isinf(side) else side for side in known]
        return asdict(self) | {"field_hw": sides}


def _whole(side: float) -> str:
    return _("all") if math.isinf(side) else f"{side:g}"


def structure_of(network: Any) -> tuple[LayerRow, ...]:
    """Every layer of a network, in the order of computation; networks inside it are opened.

    Args:
        network: A Keras model with one input and one output.

    Raises:
        RecipeError: If it has several inputs or outputs, or is no graph of layers.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3),
        ...                             keras.layers.MaxPooling2D(2)])
        >>> for row in structure_of(network)[1:]:
        ...     row.kind, row.output, row.parameters, row.flops, row.field
        ('Conv2D', '6×6×4', 40, 2736, '3')
        ('MaxPooling2D', '3×3×4', 0, 144, '4')
    """
    rows: list[LayerRow] = []
    reaches: list[ReceptiveField | None] = []
    place: dict[int, int] = {}  # of the row that makes a tensor
    counted: set[int] = set()
    for number, call in enumerate(calls(flat(network))):
        operation, output = call.operation, call.outputs[0]
        before = tuple(place[id(tensor)] for tensor in call.input_tensors)
        seen = [reaches[index] for index in before] or [PIXEL]
        reaches.append(receptive_field_after(operation, seen, len(output.shape)))
        place.update({id(tensor): number for tensor in call.outputs})
        shape = tuple(output.shape[1:])
        given = [tuple(tensor.shape[1:]) for tensor in call.input_tensors]
        known = None not in shape and all(None not in each for each in given)
        reach = reaches[-1]
        rows.append(LayerRow(
            index=number,
            name=operation.name,
            kind=type(operation).__name__,
            shape=shape,
            parameters=0 if id(operation) in counted else _parameters(operation),
            flops=flops_of(operation, given, shape) if known else None,
            field_hw=None if reach is None else reach.field_hw,
            inputs=before,
            detail=_detail(operation),
            activation=_activation(operation),
        ))  # fmt: skip
        counted.add(id(operation))
    return tuple(rows)


def _parameters(operation: Any) -> int:
    return operation.count_params() if isinstance(operation, load_keras().Layer) else 0


def _detail(operation: Any) -> str:
    size = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None)
    if size is None:
        return ""
    strides = tuple(getattr(operation, "strides", None) or (1,))
    text = "×".join(map(str, size))
    if set(strides) == {1}:
        return text
    return f"{text} /{strides[0] if len(set(strides)) == 1 else '×'.join(map(str, strides))}"


def _activation(operation: Any) -> str:
    name = getattr(getattr(operation, "activation", None), "__name__", "")
    return "" if name == "linear" else name


def total_flops(rows: Sequence[LayerRow]) -> tuple[int, int]:
    """Operations for one picture, and how many layers could not be counted.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
        >>> total_flops(structure_of(network))
        (33, 0)
    """
    counted = [row.flops for row in rows if row.flops is not None]
    return sum(counted), len(rows) - len(counted)
