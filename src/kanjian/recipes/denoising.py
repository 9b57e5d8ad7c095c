"""The recipe of a denoiser: pictures, noise, network and how it is trained."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from kanjian.recipes.learning import Optimizer, Positive, Schedule, Table
from kanjian.recipes.section import Name, Section

From = Literal["clean", "noisy", "pairs"]
NoiseKind = Literal["gaussian", "salt-pepper", "white", "poisson", "speckle", "jpeg"]
NOISES: tuple[NoiseKind, ...] = get_args(NoiseKind)


class Pictures(Section):
    """The pictures to learn from.

    `source` is a folder, an archive, or the name of a built-in set. `patch` is the side of
    the squares cut from them, `per_picture` of them from each in every epoch; 0 takes
    pictures as a whole, all of one size. `turns` also shows them mirrored and turned by
    quarters. `color` "auto" is gray where all pictures are gray. `learn_from` "noisy" has
    no clean picture to compare with, "pairs" has two noisy ones of everything, in two
    folders.
    """

    source: str = ""
    learn_from: From = "clean"
    color: Literal["auto", "gray", "rgb"] = "auto"
    patch: Annotated[int, Field(ge=0)] = 64
    per_picture: Positive = 16
    turns: bool = True
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.03
    limit: Positive | None = None


class Noise(Section):
    """The noise that is made, for clean pictures.

    `amount` goes from low to high, for each square another: σ in gray levels for gaussian
    and speckle (there at full brightness), the share of pixels for salt-pepper and white,
    the photons of a white pixel for poisson, the quality of jpeg. Gaussian noise is added
    in floats and, without `clip`, goes beyond 0 and 255, as the literature evaluates. `told`
    networks learn with σ as one channel more.
    """

    kind: NoiseKind = "gaussian"
    amount: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = (25.0, 25.0)
    clip: bool = False
    told: bool = False

    @model_validator(mode="after")
    def _possible(self) -> Self:
        low, high = self.amount
        if low > high:
            raise ValueError(f"amount must go from low to high, got {list(self.amount)}")
        most = {"salt-pepper": 1, "white": 1, "jpeg": 100}.get(self.kind)
        if most is not None and high > most:
            raise ValueError(f"amount of {self.kind} is at most {most}, got {high:g}")
        if self.told and self.kind != "gaussian":
            raise ValueError(f"only gaussian noise has a σ to be told, got {self.kind}")
        return self


class Network(Section):
    """The network: its name, and the options of its function."""

    name: str = "fast"
    options: Table = Field(default_factory=dict)


class Learning(Section):
    """How the network is trained; the words are those of a recognizer's recipe."""

    epochs: Positive = 20
    batch_size: Positive = 32
    seed: Annotated[int, Field(ge=0)] = 0
    loss: Literal["mse", "mae", "charbonnier", "binary-crossentropy"] = "mse"
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "auto"
    keep: Literal["last", "best-loss", "average"] = "average"
    average_decay: Annotated[float, Field(gt=0, lt=1)] = 0.99
    early_stopping: Positive | None = None
    checkpoint_minutes: Annotated[float, Field(gt=0)] = 5.0
    steps_per_execution: Positive | None = None


class DenoiseRecipe(Section):
    """Everything that decides the training of a denoiser.

    Example:
        >>> DenoiseRecipe(pictures={"source": "photos"}).network.name
        'fast'
    """

    name: Name = "denoiser"
    pictures: Pictures = Pictures()
    noise: Noise = Noise()
    network: Network = Network()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    learning: Learning = Learning()

    @model_validator(mode="after")
    def _told_only_what_is_known(self) -> Self:
        if self.pictures.learn_from != "clean" and self.noise.told:
            raise ValueError("told needs made noise: learn from clean pictures, or blind")
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
