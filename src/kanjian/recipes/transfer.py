"""The sections of a recipe that starts from a trained network: backbone and what is unfrozen."""

from typing import Annotated, Literal

from pydantic import Field

from kanjian.recipes.learning import Optimizer, Positive, Schedule
from kanjian.recipes.section import Section


class Backbone(Section):
    """The backbone, a trained network to start from; `[model] layers` is the head on its features.

    Features of frozen layers are computed once and kept.
    """

    name: str
    """Which trained network to start from: one of `kanjian models`, or two as "a+b", whose features
    are joined; a preset of KerasHub, "hub:FOLDER", "hub:hf://OWNER/NAME",
    "hub:kaggle://OWNER/MODEL/keras/NAME" or "hub:NAME" of its own list; an ONNX or OpenVINO file
    (.onnx, .xml), which stays frozen; or "auto", what predicts the training pictures best, see
    [choice]."""
    weights: str = "imagenet"
    """Its weights: "imagenet", a file, the name of imported weights, or "none" for random ones. A
    preset or a file of a network has its own, which "imagenet" means there."""
    layer: str | None = None
    """The layer whose output are the features; the last one by default, of a network in a file
    what its last fully connected layer takes. `kanjian models NAME --layers` lists those that will
    do."""
    pool: Literal["average", "max", "none"] = "average"
    """How features are pooled over the picture: their "average", their "max", or "none" to keep
    them as a map."""
    variants: Annotated[int, Field(ge=0)] = 0
    """How many augmented variants of every picture have their features computed and kept;
    epochs take them in turn. 0 computes a new one in every epoch."""
    precision: Literal["auto", "f32", "bf16"] = "auto"
    """What features are computed in; "auto" is bfloat16 where the processor is fast at it, else
    float32."""
    pixels: Literal["own", "unit"] = "own"
    """What the pixels are brought to: "own" is what the network was trained on, "unit" 0 to 1, as
    tutorials often do with any network."""
    pixel_range: str | None = None
    """Of a network in a file, where it does not say so itself: what pixels 0 to 255 become before
    it. 0..1, -1..1, 0..255, any LOW..HIGH, "imagenet-torch" or "imagenet-caffe"."""
    colors: Literal["rgb", "bgr"] | None = None
    """Of a network in a file: "bgr" where it was trained on pictures that OpenCV read."""
    words: str | None = None
    """Begin the head with what a CLIP or SigLIP preset knows of the classes by their names: a text
    with {} where the name stands, as "a photo of a {}". By default it begins as a linear probe."""


class Choice(Section):
    """The choice of network, size and fit, where `[backbone] name` is "auto".

    Linear probes of each are cross-validated on the training part. A run writes down what was
    chosen in place of this section.
    """

    quality: Literal["fast", "good", "best"] = "good"
    """How much is tried: "fast" one small network; "good" two and both joined, at one size; "best"
    several sizes and fits; of few pictures also views at prediction and fine-tuning, which are
    taken where they win beyond chance on pictures that were held back."""
    minutes: Annotated[float, Field(gt=0)] | None = None
    """The time that trying and fine-tuning may take together; what would take longer is left out.
    By default half a minute for "fast", 5 minutes for "good" and 30 for "best"."""


class Probe(Section):
    """The head as a linear probe: a logistic regression on the features, fitted at once.

    `[training] epochs` go on from it; 0 leaves it as it is.
    """

    folds: Annotated[int, Field(ge=2, le=20)] = 5
    """Cross-validation: the folds by which `decay` is chosen and, where no pictures are held back
    for validation, the figures of validation are found: each picture is predicted by a head that
    was fitted on the other folds."""
    decay: Literal["auto"] | Annotated[float, Field(gt=0)] = "auto"
    """Weight decay per picture, for features of mean length one; "auto" is the one of several
    under which the folds have the lowest loss."""


_CAUTIOUS = Optimizer.model_validate({"name": "sgd", "learning_rate": 1e-4, "momentum": 0.9})


class AllLayers(Section):
    """The last phase: every layer of the network learns, on pictures augmented in every epoch."""

    epochs: Positive = 5
    """How often this phase goes through the training pictures."""
    batch_size: Positive = 32
    """How many pictures make one step of this phase."""
    optimizer: Optimizer = _CAUTIOUS
    """The optimizer of this phase, a table with the keys of [optimizer]; a slow SGD by default,
    so that what the backbone knows is not lost."""
    schedule: Schedule = Schedule()
    """The learning rate schedule of this phase, a table with the keys of [schedule]."""
    rate_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Layer-wise decay: every block learns at this many times the rate of the block after it. 1
    is the same rate everywhere."""
    train_batchnorm: bool = False
    """Whether normalization layers learn new statistics. Those of a small set are worse than
    the ones they came with."""
    skip_if_val_accuracy: Annotated[float, Field(gt=0, le=1)] | None = None
    """Skip this phase where validation accuracy is already this high: there is nothing to win,
    and something to spoil."""
    minutes: Annotated[float, Field(gt=0)] | None = None
    """Skip this phase where a few steps tell that it would take longer than this."""


class FineTune(AllLayers):
    """Fine-tuning, the second phase: the top of the backbone learns together with the head."""

    unfreeze: str | int | tuple[str | int, ...]
    """What learns: a block ("block5": it and every layer after it), a layer, or the number of
    layers that stay frozen. A list unfreezes one after the other, `epochs` each."""
