"""The recipe of a denoiser: pictures, noise, network and how it is trained."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from kanjian.recipes.learning import Optimizer, Positive, Schedule, Table, TrainingOptions
from kanjian.recipes.section import Name, Section

From = Literal["clean", "noisy", "pairs"]
NoiseKind = Literal["gaussian", "salt-pepper", "white", "poisson", "speckle", "jpeg"]
NOISES: tuple[NoiseKind, ...] = get_args(NoiseKind)


class Pictures(Section):
    """The pictures to train on."""

    source: str = ""
    """A folder, an archive, or the name of a built-in set."""
    learn_from: From = "clean"
    """What there is: "clean" pictures, to which noise is added; "noisy" ones alone; or "pairs",
    two noisy pictures of everything in two folders."""
    color: Literal["auto", "gray", "rgb"] = "auto"
    """Learn "gray" or "rgb" pictures; "auto" is gray where all pictures are."""
    patch: Annotated[int, Field(ge=0)] = 64
    """The side in pixels of the squares that are cut from the pictures; 0 takes pictures as a
    whole, all of one size."""
    per_picture: Positive = 16
    """How many squares are cut from each picture in every epoch."""
    turns: bool = True
    """Also show the squares mirrored and turned by quarters."""
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.03
    """The share of pictures that are split off for validation."""
    limit: Positive | None = None
    """Take only so many pictures, to try things out."""


class Noise(Section):
    """The noise that is added to clean pictures."""

    kind: NoiseKind = "gaussian"
    """The kind of noise."""
    amount: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = (25.0, 25.0)
    """From how little to how much, drawn anew for every square: sigma in gray levels for
    gaussian and speckle (there at full brightness), the share of pixels for salt-pepper and
    white, the photons of a white pixel for poisson, the quality of jpeg."""
    clip: bool = False
    """Clip noisy pixels to 0 and 255. Without it Gaussian noise goes beyond, as the literature
    evaluates."""
    noise_map: bool = False
    """Give the network a noise map: sigma for every pixel, as one channel more."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        low, high = self.amount
        if low > high:
            raise ValueError(f"amount must go from low to high, got {list(self.amount)}")
        most = {"salt-pepper": 1, "white": 1, "jpeg": 100}.get(self.kind)
        if most is not None and high > most:
            raise ValueError(f"amount of {self.kind} is at most {most}, got {high:g}")
        if self.noise_map and self.kind != "gaussian":
            raise ValueError(f"only gaussian noise has a sigma for noise_map, got {self.kind}")
        return self


class Network(Section):
    """The network: its name and its options."""

    name: str = "fast"
    """Which network; `kanjian denoise train --help` names them."""
    options: Table = Field(default_factory=dict)
    """Options of the network, as a table."""


class Learning(TrainingOptions):
    """Training; the keys are those of [training] in the recipe of a recognizer."""

    batch_size: Positive = 32
    """How many squares make one step."""
    loss: Literal["mse", "mae", "charbonnier", "binary-crossentropy"] = "mse"
    """What is minimized: the mean squared or absolute error, the Charbonnier loss between the
    two, or cross-entropy for gray levels as probabilities."""
    keep: Literal["last", "best-loss", "average"] = "average"
    """Which weights become the denoiser: those of the "last" epoch, of the best by validation
    loss, or their running "average"."""
    minutes: Annotated[float, Field(gt=0)] | None = None
    """Train for so many minutes, counted on over interruptions: how many epochs fit, and with
    them the schedule, is told from the time they take. Without it there are `epochs` of them."""


class DenoiseRecipe(Section):
    """Everything that decides the training of a denoiser.

    Example:
        >>> DenoiseRecipe(pictures={"source": "photos"}).network.name
        'fast'
    """

    name: Name = "denoiser"
    """The name of the recipe; the run folder is called after it."""
    pictures: Pictures = Pictures()
    noise: Noise = Noise()
    network: Network = Network()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    learning: Learning = Learning()

    @model_validator(mode="after")
    def _maps_only_what_is_known(self) -> Self:
        if self.pictures.learn_from != "clean" and self.noise.noise_map:
            raise ValueError(
                'noise_map needs added noise: [pictures] learn_from = "clean", or leave it out'
            )
        return self


def suited(network: str) -> dict[str, object]:
    """What suits a network where nobody says otherwise, as sections of a recipe.

    Example:
        >>> suited("autoencoder")["optimizer"]
        {'name': 'adadelta', 'learning_rate': 1.0}
    """
    if network == "autoencoder":
        # The source's own: whole digits, noise of 0.5 clipped to 0…1, ten epochs
        return {
            "pictures": {"patch": 0, "per_picture": 1, "turns": False},
            "noise": {"amount": (127.5, 127.5), "clip": True},
            "optimizer": {"name": "adadelta", "learning_rate": 1.0},
            "learning": {
                "epochs": 10, "batch_size": 128, "loss": "binary-crossentropy",
            },
        }  # fmt: skip
    own = {
        "dncnn": ({"per_picture": 16}, {"epochs": 20, "loss": "mse"}, 1e-3),
        # On 400 pictures, 12 of them held out, 7 760 steps
        "fast": ({"per_picture": 32}, {"epochs": 20, "loss": "mae"}, 2e-3),
    }
    pictures, learning, rate = own.get(network, own["fast"])
    return {
        "pictures": pictures,
        "optimizer": {"name": "adam", "learning_rate": rate, "beta_2": 0.99},
        "schedule": {"name": "cosine", "warmup": 0.03},
        "learning": learning,
    }
