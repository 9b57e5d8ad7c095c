"""The sections of a recipe that starts from a trained network: backbone and what is unfrozen."""

from typing import Annotated, Literal

from pydantic import Field

from kanjian.recipes.learning import Optimizer, Positive, Schedule
from kanjian.recipes.section import Section


class Backbone(Section):
    """The network to start from; `[model] layers` is the head that learns on its features.

    `weights` is "imagenet", a file, or "none" for random numbers. Features are taken at
    `layer` (the last one by default; see `kanjian models NAME --layers`), then pooled over
    the picture ("average", "max") or left as they are ("none"). They are computed once and
    kept: with [augmentation], for as many `variants` of every picture, which epochs take in
    turn; 0 stands for a new one every epoch. `precision` "auto" computes them in bfloat16
    where the processor is fast at it. `pixels` "own" brings them to what the network was
    trained on; "unit" to 0 … 1, as tutorials often do with any network.
    """

    name: str
    weights: str = "imagenet"
    layer: str | None = None
    pool: Literal["average", "max", "none"] = "average"
    variants: Annotated[int, Field(ge=0)] = 0
    precision: Literal["auto", "f32", "bf16"] = "auto"
    pixels: Literal["own", "unit"] = "own"


_CAUTIOUS = Optimizer.model_validate({"name": "sgd", "learning_rate": 1e-4, "momentum": 0.9})


class AllLayers(Section):
    """The last phase: every layer of the joined network learns, on pictures varied live.

    With `rate_decay` below 1 every block learns at that many times the rate of the block
    behind it. Where validation is right on `only_below` or more before the phase, it is left
    out: there is nothing to win, and something to spoil. Normalization keeps the statistics
    it came with unless `train_norm`: those of a small set are worse.
    """

    epochs: Positive = 5
    batch_size: Positive = 32
    optimizer: Optimizer = _CAUTIOUS
    schedule: Schedule = Schedule()
    rate_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    train_norm: bool = False
    only_below: Annotated[float, Field(gt=0, le=1)] | None = None


class FineTune(AllLayers):
    """The second phase: the top of the backbone learns with the head, from features kept below.

    `unfreeze` says what learns: a block ("block5": it and all behind it), a layer, or the
    number of layers that stay frozen. A list unfreezes one after the other, `epochs` each.
    """

    unfreeze: str | int | tuple[str | int, ...]
