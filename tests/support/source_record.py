"""What a source of a shipped recipe is, and how today's Keras is told to do what Keras 1 and 2 did.

None is what a source does not say.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from keras import optimizers


@dataclass(frozen=True)
class Phase:
    """One call of `fit`.

    Args:
        section: Of our recipe: "" for the first phase, "fine_tune" or "all_layers".
        optimizer: What it is compiled with.
        epochs: Of `fit`.
        batch_size: Of `fit`.
        generator: Arguments of its ImageDataGenerator, without pixels' scale.
        rest: How many of the first layers have trainable = False.
    """

    optimizer: Any
    epochs: int | None
    batch_size: int | None
    section: str = ""
    generator: dict[str, Any] = field(default_factory=dict)
    rest: int = 0


@dataclass(frozen=True)
class Source:
    """One script of the sources.

    Args:
        network: Floats in, class probabilities out.
        phases: Its calls of `fit`.
        learned: How many pictures it learns from.
        watched: How many it is judged by after every epoch, and which.
        tested: How many it is judged by at the end, and which.
        pictures: Those of the set's own training, validation and test part.
        loss: By the name of Keras.
        pixels: What it does with raw RGB or gray pixels.
        fit: How photos are brought to one size, where they have several.
        seed: Of every random number, where it says one.
    """

    network: Callable[[], Any]
    phases: tuple[Phase, ...]
    pictures: tuple[int, int, int]
    learned: int | None = None
    watched: tuple[int, str] | None = None
    tested: tuple[int, str] | None = None
    loss: str = "categorical_crossentropy"
    pixels: Callable[[Any], Any] | None = lambda x: x / 255
    fit: str | None = None
    seed: int | None = None


def rmsprop(learning_rate: float) -> Any:
    """Keras 1 and 2: step / (√v + 1e-7). Keras 3: step / √(v + epsilon)."""
    return optimizers.RMSprop(learning_rate, rho=0.9, momentum=0.0, epsilon=1e-14)


def sgd(learning_rate: float, *, decay: float = 0.0, **more: Any) -> Any:
    """Keras 1 and 2: `decay` divides the rate by 1 + decay × step."""
    rate: Any = learning_rate
    if decay:
        rate = optimizers.schedules.InverseTimeDecay(learning_rate, 1, decay)
    return optimizers.SGD(rate, **more)


MNIST, CIFAR = (60_000, 0, 10_000), (50_000, 0, 10_000)
WATCHES_MNIST = {"pictures": MNIST, "learned": 60_000, "watched": (10_000, "test"),
                 "tested": (10_000, "test")}  # fmt: skip
A_FIFTH_OF_MNIST = {"pictures": MNIST, "learned": 48_000, "watched": (12_000, "last"),
                    "tested": (10_000, "test")}  # fmt: skip
A_FIFTH_OF_CIFAR = {"pictures": CIFAR, "learned": 40_000, "watched": (10_000, "last"),
                    "tested": (10_000, "test")}  # fmt: skip
