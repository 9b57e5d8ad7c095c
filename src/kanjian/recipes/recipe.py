"""The recipe: every choice that decides a training run, with its default.

Each section is one class, each key one field; a TOML file spells the same names.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kanjian.paths import AnyPath
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.learning import Optimizer, Positive, Schedule, Share, Table, TrainingOptions
from kanjian.recipes.section import Name, Section
from kanjian.recipes.transfer import AllLayers, Backbone, Choice, FineTune, Probe
from kanjian.storage import files

RECIPE = "recipe.toml"  # in a run folder

ClassWeight = Annotated[float, Field(ge=0)]


class Data(Section):
    """The data set: which pictures, and how they are split into training, validation and test."""

    source: str = ""
    """A folder, an archive or a table of labeled pictures, or the name of a data set."""
    validation: Share | Positive = 0.1
    """The validation part: a share (below 1) or a number of pictures, split off from the
    training part where the source has no such part of its own; 0 splits off none."""
    test: Share | Positive = 0.0
    """The test part, in the same way."""
    split: Literal["stratified", "grouped", "random", "first", "last"] = "stratified"
    """How these parts are split off: "stratified" keeps the shares of the classes, "grouped"
    keeps each group in one part, "random" does neither, "first" and "last" take the ends as
    they lie."""
    group_by: str | None = None
    r"""A regular expression over the path of a picture; what its first group matches is the
    group of the picture, as in "person(\d+)"."""
    weights: str | None = None
    """The column of a table that says how much each picture counts in the loss; the evaluation
    is not weighted."""
    limit: Positive | None = None
    """Take only so many pictures of each part, a stratified sample, to try things out."""
    skip_damaged: bool = False
    """Leave damaged pictures out and name them, instead of refusing to train."""
    cache: Literal["auto", "disk", "none"] = "auto"
    """Where decoded pictures are kept between epochs: "auto" in memory while they are few,
    "disk" in a file under $KANJIAN_HOME, "none" nowhere."""


class Input(Section):
    """The input of the network; what is fitted here on the training part is saved inside it."""

    size: tuple[Positive, Positive] | None = None
    """Height and width of the input in pixels; those of the data by default."""
    channels: Literal[1, 3] | None = None
    """1 for gray, 3 for color; those of the data by default."""
    fit: Literal["letterbox", "crop", "stretch"] = "letterbox"
    """How a picture of other proportions is resized: "letterbox" adds a border, "crop" cuts off
    the ends, "stretch" distorts."""
    scale: tuple[float, float] = (0.0, 1.0)
    """The range that pixels of 0 to 255 are scaled to, low and high."""
    center: Literal["none", "pixel", "channel", "whole"] = "none"
    """Subtract the mean of the training part: per "pixel" position, per "channel", or one for
    the "whole"."""
    standardize: Literal["none", "pixel", "channel", "whole"] = "none"
    """Divide by the standard deviation of the training part, in the same three ways."""
    zca: Annotated[float, Field(gt=0)] | None = None
    """ZCA whitening, with this much added to every variance."""
    patch_whitening_px: Annotated[int, Field(ge=0, le=7)] = 0
    """Patch whitening: every overlapping patch of this many pixels a side becomes its principal
    components, one channel each (2 on RGB: 12); 0 is off."""
    sample: Literal["none", "center", "standardize"] = "none"
    """Normalize each picture by itself instead: "center" subtracts its own mean, "standardize"
    also divides by its own standard deviation."""

    @model_validator(mode="after")
    def _scale_rises(self) -> Self:
        if not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale must go from low to high, got {list(self.scale)}")
        return self

    @model_validator(mode="after")
    def _by_itself_or_by_the_set(self) -> Self:
        fitted = (self.center, self.standardize, self.zca, self.patch_whitening_px)
        if self.sample != "none" and fitted != ("none", "none", None, 0):
            raise ValueError(
                "sample goes without center, standardize, zca and patch_whitening_px: give one "
                "or others"
            )
        return self

    @model_validator(mode="after")
    def _patches_or_pixels(self) -> Self:
        if self.patch_whitening_px and (self.zca or "pixel" in (self.center, self.standardize)):
            raise ValueError(
                "patch_whitening_px is the same everywhere in the picture, so it goes without "
                'zca and without "pixel" in center and standardize'
            )
        return self


class Model(Section):
    """The network: a name from the catalog, layers spelled out, a Python function, or a file."""

    name: str | None = None
    """A network of the catalog; `kanjian models` lists them."""
    options: Table = Field(default_factory=dict)
    """Options of the named network or the function, as a table."""
    layers: tuple[Table, ...] | None = None
    """The network as a list of Keras layers, { type = "Conv2D", filters = 32, kernel_size = 3 },
    that ends with { type = "Dense", units = "classes", activation = "softmax" }. A layer takes
    the output of the one before it, or of the layers its `inputs` name:
    { type = "Add", inputs = ["a", "b"] }."""
    function: str | None = None
    """A Python function as "module:function", called with (height, width, channels), the number
    of classes and the options. It returns a Keras model that takes normalized pixels (floats),
    and needs --allow-code."""
    file: str | None = None
    """A network that Keras saved (.keras), of Keras' own layers: training starts from its weights.
    It takes normalized pixels, or those from 0 to 255 if it begins with a Rescaling of its own,
    and gives probabilities or logits of the classes. In Python: kanjian.train(…, model=network),
    which keeps such a file in the run folder."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        kinds = ("name", "layers", "function", "file")
        given = [key for key in kinds if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(
                f"give one of name, layers, function and file, not {' and '.join(given)}"
            )
        return self


class Training(TrainingOptions):
    """Training: how long, in what steps, and which weights are kept."""

    epochs: Annotated[int, Field(ge=0)] = 10
    """How often training goes through the training pictures. With [backbone] this is the first
    phase, which trains the head; 0 leaves it out."""
    batch_size: Positive = 128
    """How many pictures make one step."""
    loss: str = "auto"
    """Any Keras loss by name; "auto" is cross-entropy."""
    label_smoothing: Share = 0.0
    """Label smoothing: this share of every label is spread evenly over all classes, its own among
    them."""
    class_weights: Literal["none", "balanced"] | dict[str, ClassWeight] = "none"
    """Against classes of unequal size: "balanced" weights the loss so that every class counts
    the same; { cat = 2.0, dog = 1.0 } says how much each class counts, 1 where it is not named."""
    sampling: Literal["natural", "balanced"] = "natural"
    """Against classes of unequal size: "balanced" shows every class equally often."""
    metrics: tuple[str | Table, ...] = ()
    """Metrics of Keras that are followed from epoch to epoch beside the accuracy: names, such as
    "precision", "f1_score" and "top_k", or tables with their parameters,
    { type = "TopKCategoricalAccuracy", k = 3, name = "top_3" }."""
    small_epochs: Annotated[int, Field(ge=0)] = 0
    """Progressive resizing: so many first epochs see smaller pictures and take less time."""
    small_scale: Annotated[float, Field(gt=0, lt=1)] = 0.75
    """Height and width of the pictures in these epochs, as a share of the full size."""

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
    """How the recognizer predicts, and when it says "unknown"."""

    abstain: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Predict only where this share of the predictions on the validation part was right (0.99),
    and say "unknown" elsewhere. Not set: always predict."""
    open_set: Annotated[float, Field(ge=0, lt=1)] = 0.95
    """Say "unknown" to pictures unlike the training pictures, however probable a class is: those
    further off than this share of the right predictions on the validation part. Of these 5 of 100
    become "unknown", too, and most pictures of anything else (bench/open_set.py). Left out with 0,
    without 19 right predictions to calibrate on, and where it does not tell made pictures of
    nothing from them."""
    views: Annotated[int, Field(ge=1, le=8)] = 1
    """Average predictions over so many views of each picture: as it is, its mirror image, and both
    closer up; a prediction takes as many times as long. Without flip_horizontal in [augmentation]
    none is mirrored: as it is, further off, closer up. What it wins is small, on a few hundred
    photos within chance (bench/views.py): evaluate with --views 1 and 4, and compare."""


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
    """The name of the recipe; the run folder is called after it."""
    about: str = ""
    """One line that says what the recipe is for."""
    data: Data = Data()
    input: Input = Input()
    backbone: Backbone | None = None
    choice: Choice | None = None
    model: Model = Model()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    augmentation: Augmentation = Augmentation()
    training: Training = Training()
    probe: Probe | None = None
    fine_tune: FineTune | None = None
    all_layers: AllLayers | None = None
    answer: Answer = Answer()

    @model_validator(mode="after")
    def _phases_need_a_backbone(self) -> Self:
        phases = ("choice", "probe", "fine_tune", "all_layers")
        later = [name for name in phases if getattr(self, name) is not None]
        if later and self.backbone is None:
            raise ValueError(f"[{later[0]}] goes on from a trained network: add [backbone] name")
        if self.choice is not None and self.backbone and self.backbone.name != "auto":
            raise ValueError(
                f'[choice] goes with [backbone] name = "auto", got {self.backbone.name!r}'
            )
        if self.training.epochs == 0 and not set(later) - {"choice"}:
            raise ValueError("[training] epochs = 0 leaves nothing to train")
        model = self.model
        if self.backbone is not None and (model.name or model.function or model.file):
            raise ValueError(
                "with [backbone], [model] layers is the head; leave name, function and file"
            )
        if self.backbone is not None and self.training.small_epochs:
            raise ValueError("a backbone sees pictures at one size: leave small_epochs out")
        return self

    @property
    def mirrors(self) -> bool:
        """Whether mirror images may be among the views of a prediction: training showed them."""
        return bool(self.augmentation.flip_horizontal)

    @classmethod
    def load(cls, place: AnyPath) -> "Recipe":
        """The recipe in a TOML file, or that of a run.

        Args:
            place: The file, or a run folder.

        Raises:
            RecipeError: If there is none, or a key or value is wrong; says where, what was
                expected and what came.

        Example:
            >>> import tempfile
            >>> place = Recipe.shipped("mnist-lenet").save(Path(tempfile.mkdtemp()) / "mine.toml")
            >>> Recipe.load(place) == Recipe.shipped("mnist-lenet")
            True
        """
        from kanjian.recipes.codec import read_recipe

        path = files.expanded(place)
        return read_recipe(path / RECIPE if path.is_dir() else path)

    @classmethod
    def from_toml(cls, text: str) -> "Recipe":
        r"""The recipe that a TOML text spells.

        Raises:
            RecipeError: As for `load`.

        Example:
            >>> Recipe.from_toml("[training]\nepochs = 3").training.epochs
            3
        """
        from kanjian.recipes.codec import read_recipe

        return read_recipe(text)

    @classmethod
    def shipped(cls, name: str) -> "Recipe":
        """A recipe that comes with kanjian; `kanjian recipes` lists them.

        Raises:
            RecipeError: If there is none of that name; names the nearest one.

        Example:
            >>> Recipe.shipped("mnist-cnn").optimizer.name
            'adadelta'
        """
        from kanjian.recipes.shipped import shipped

        return shipped(name)

    def save(self, path: AnyPath) -> Path:
        """Write the recipe as TOML with every default written out; gives the path back.

        Raises:
            RecipeError: If an option holds something TOML cannot write.
            StorageError: If the file cannot be written.
        """
        from kanjian.recipes.codec import write_recipe

        path = files.expanded(path)
        files.write_text(path, write_recipe(self))
        return path

    def _repr_html_(self) -> str:
        """The recipe as TOML, in a notebook."""
        from kanjian.notebook.pieces import lines
        from kanjian.recipes.codec import write_recipe

        return lines(write_recipe(self))

    def quick(self) -> "Recipe":
        """The same recipe cut down to two steps a phase, to try whether it runs at all."""
        short = {"epochs": 1, "batch_size": 12}
        one_size = {"training": {"small_epochs": 0}}
        phases = [name for name in ("training", "fine_tune", "all_layers")
                  if name != "training" or self.training.epochs]  # fmt: skip
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
