"""The recipe: every choice that decides a training run, with its default.

Each section is one class, each key one field; a TOML file spells the same names.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.learning import Optimizer, Positive, Schedule, Share, Table
from kanjian.recipes.section import Name, Section
from kanjian.recipes.transfer import AllLayers, Backbone, FineTune

ClassWeight = Annotated[float, Field(ge=0)]


class Data(Section):
    r"""Which pictures, and how they are parted.

    `validation` and `test` are shares (below 1) or numbers of pictures, cut from the
    training part when the source has no such part of its own; 0 cuts none. `split` says
    how validation is cut: "stratified" keeps the class shares, "grouped" keeps groups
    together, "random" does neither, "first" and "last" take the ends as they lie.
    `group_by` is a regular expression over the path of a picture; what its first group
    matches names the picture's group ("person(\d+)"). `weights` names the column of a table
    that says how much each picture counts in the loss; what is judged is not weighted. `cache`
    says where decoded pictures are kept between epochs: "auto" in memory while they are few,
    "disk" in a file under $KANJIAN_HOME, "none" nowhere.
    """

    source: str = ""
    validation: Share | Positive = 0.1
    test: Share | Positive = 0.0
    split: Literal["stratified", "grouped", "random", "first", "last"] = "stratified"
    group_by: str | None = None
    weights: str | None = None
    limit: Positive | None = None
    skip_damaged: bool = False
    cache: Literal["auto", "disk", "none"] = "auto"


class Input(Section):
    """What the network sees; all of it is fitted on the training part and saved inside the network.

    `size` (height, width) and `channels` default to those of the data. Pixels 0…255 are
    scaled to `scale`, then the mean is taken off (`center`), then the spread is brought to
    one (`standardize`), each per pixel position, per channel or over the whole; `zca`
    whitens what comes out, with this much added to every variance; `whiten_px` every
    overlapping patch of that many pixels a side, so that the network sees its principal
    directions, one channel each (2 on RGB: 12). In place of all that `sample` takes each
    picture by itself: "center" takes off its own mean, "standardize" brings its spread to
    one, too.
    """

    size: tuple[Positive, Positive] | None = None
    channels: Literal[1, 3] | None = None
    fit: Literal["letterbox", "crop", "stretch"] = "letterbox"
    scale: tuple[float, float] = (0.0, 1.0)
    center: Literal["none", "pixel", "channel", "whole"] = "none"
    standardize: Literal["none", "pixel", "channel", "whole"] = "none"
    zca: Annotated[float, Field(gt=0)] | None = None
    whiten_px: Annotated[int, Field(ge=0, le=7)] = 0
    sample: Literal["none", "center", "standardize"] = "none"

    @model_validator(mode="after")
    def _scale_rises(self) -> Self:
        if not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale must go from low to high, got {list(self.scale)}")
        return self

    @model_validator(mode="after")
    def _by_itself_or_by_the_set(self) -> Self:
        fitted = (self.center, self.standardize, self.zca, self.whiten_px)
        if self.sample != "none" and fitted != ("none", "none", None, 0):
            raise ValueError(
                "sample goes without center, standardize, zca and whiten_px: give one or others"
            )
        return self

    @model_validator(mode="after")
    def _patches_or_pixels(self) -> Self:
        if self.whiten_px and (self.zca or "pixel" in (self.center, self.standardize)):
            raise ValueError(
                "whiten_px is the same everywhere in the picture, so it goes without zca and "
                'without "pixel" in center and standardize'
            )
        return self


class Model(Section):
    """The network: a name from the catalog, or layers spelled out, or a Python function.

    `options` go to the named network or the function. `layers` is a list of Keras layers,
    { type = "Conv2D", filters = 32, kernel_size = 3 }, that ends with the answer,
    { type = "Dense", units = "classes", activation = "softmax" }. A layer takes what the one
    before it gives, or what those give that its `inputs` name: { type = "Add", inputs = ["a",
    "b"] } joins the layers with name = "a" and "b". `function` is
    "module:function", called with (height, width, channels), the number of classes and the
    options; it returns a Keras model of prepared pixels (floats), and needs --allow-code.
    `file` is a network that Keras saved (.keras), of its own layers: training begins with its
    weights. It takes prepared pixels, or those from 0 to 255 if it begins with a Rescaling of
    its own, and gives probabilities or logits for the classes. From Python it is
    kanjian.train(…, model=network), which keeps such a file in the run folder.
    """

    name: str | None = None
    options: Table = Field(default_factory=dict)
    layers: tuple[Table, ...] | None = None
    function: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        kinds = ("name", "layers", "function", "file")
        given = [key for key in kinds if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(
                f"give one of name, layers, function and file, not {' and '.join(given)}"
            )
        return self


class Training(Section):
    """How the network is trained.

    `loss` is any Keras loss by name, or "auto" for cross-entropy. `precision` "auto"
    takes bfloat16 where the processor computes it fast. `keep` says which weights become
    the recognizer: of the last epoch, of the best by validation loss or accuracy, or the
    running average ("average", with `average_decay` per step). `early_stopping` ends after
    that many epochs without a better validation loss. Against classes of unequal size,
    `class_weights` "balanced" lets every class count the same, `sampling` "balanced" shows
    every class as often; { cat = 2.0, dog = 1.0 } says how much each class counts in the
    loss, 1 where it is not named. `metrics` are followed from epoch to epoch beside the
    accuracy: Keras metrics by name ("precision", "f1_score", "top_k"), or with their
    parameters, { type = "TopKCategoricalAccuracy", k = 3, name = "top_3" }. The first
    `small_epochs` see pictures at `small_share` of their height and width: with half of it
    they take a quarter of the time. With [backbone] this is the first phase, in which the
    head learns; `epochs` 0 leaves it out.
    """

    epochs: Annotated[int, Field(ge=0)] = 10
    batch_size: Positive = 128
    seed: Annotated[int, Field(ge=0)] = 0
    loss: str = "auto"
    label_smoothing: Share = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, ClassWeight] = "none"
    sampling: Literal["natural", "balanced"] = "natural"
    metrics: tuple[str | Table, ...] = ()
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "auto"
    keep: Literal["last", "best-loss", "best-accuracy", "average"] = "last"
    average_decay: Annotated[float, Field(gt=0, lt=1)] = 0.99
    early_stopping: Positive | None = None
    small_epochs: Annotated[int, Field(ge=0)] = 0
    small_share: Annotated[float, Field(gt=0, lt=1)] = 0.75
    checkpoint_minutes: Annotated[float, Field(gt=0)] = 5.0
    steps_per_execution: Positive | None = None

    @model_validator(mode="after")
    def _balanced_once(self) -> Self:
        if self.class_weights == self.sampling == "balanced":
            raise ValueError("balance by class_weights or by sampling: both would do it twice")
        return self

    @model_validator(mode="after")
    def _grows_up(self) -> Self:
        if self.small_epochs and self.small_epochs >= self.epochs:
            raise ValueError(
                f"small_epochs must leave epochs for the full size, got {self.small_epochs} of "
                f"{self.epochs}"
            )
        return self


class Answer(Section):
    """How the recognizer answers.

    `abstain` 0.99 answers only where 99 % of the answers given on the validation part were
    right, and says "unknown" elsewhere; None always answers.
    """

    abstain: Annotated[float, Field(gt=0, lt=1)] | None = None


class Recipe(Section):
    """Everything that decides a training run.

    Example:
        >>> recipe = Recipe(name="mine", model={"name": "lenet"})
        >>> recipe.training.batch_size
        128
        >>> recipe.quick().data.limit
        32
    """

    name: Name = "recipe"
    about: str = ""
    data: Data = Data()
    input: Input = Input()
    backbone: Backbone | None = None
    model: Model = Model()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    augmentation: Augmentation = Augmentation()
    training: Training = Training()
    fine_tune: FineTune | None = None
    all_layers: AllLayers | None = None
    answer: Answer = Answer()

    @model_validator(mode="after")
    def _phases_need_a_backbone(self) -> Self:
        later = [name for name in ("fine_tune", "all_layers") if getattr(self, name) is not None]
        if later and self.backbone is None:
            raise ValueError(f"[{later[0]}] goes on from a trained network: add [backbone] name")
        if self.training.epochs == 0 and not later:
            raise ValueError("[training] epochs = 0 leaves nothing to train")
        model = self.model
        if self.backbone is not None and (model.name or model.function or model.file):
            raise ValueError(
                "with [backbone], [model] layers is the head; leave name, function and file"
            )
        if self.backbone is not None and self.training.small_epochs:
            raise ValueError("a backbone sees pictures at one size: leave small_epochs out")
        return self

    def quick(self) -> "Recipe":
        """The same recipe cut down to two steps a phase, to try whether it runs at all."""
        short = {"epochs": 1, "batch_size": 12}
        one_size = {"training": {"small_epochs": 0}}
        phases = ("training", "fine_tune", "all_layers")
        return self.model_copy(
            update={
                "data": self.data.model_copy(update={"limit": 32, "validation": 0.25}),
                **{
                    name: phase.model_copy(update=short | one_size.get(name, {}))
                    for name in phases
                    if (phase := getattr(self, name)) is not None
                },
            }
        )
