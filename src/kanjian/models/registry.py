"""The networks that have a name. Listing them imports nothing heavy."""

from dataclasses import dataclass, field

from kanjian.checks import unknown_name
from kanjian.errors import RecipeError


@dataclass(frozen=True)
class ModelRecord:
    """A network that a recipe can name.

    Args:
        name: What `[model] name` says.
        function: "module:function"; called with a Keras tensor, the number of classes and
            the recipe's options, it gives the tensor of class probabilities.
        input_hwc: The input it was made for; it takes others that are not much smaller.
        classes: The number of classes `parameters` counts with.
        parameters: Numbers it has at that input.
        about: One line.
        reference: Where it comes from.
        licence: Of the code, and of the weights where it brings some.
        options: What `[model] options` may say, with the defaults.
    """

    name: str
    function: str
    input_hwc: tuple[int, int, int]
    classes: int
    parameters: int
    about: str
    reference: str
    licence: str = "Apache-2.0"
    options: dict[str, int | tuple[int | str, ...]] = field(default_factory=dict)


_CONVNETS = "kanjian.models.classifiers"

CATALOG: tuple[ModelRecord, ...] = (
    ModelRecord(
        "lenet", f"{_CONVNETS}:lenet", (28, 28, 1), 10, 1_256_080,
        "two 5×5 convolutions, each with a pool, and one dense layer of 500",
        "after LeCun et al. 1998, as rebuilt in Keras tutorials",
    ),
    ModelRecord(
        "lenet-norm", f"{_CONVNETS}:lenet_norm", (28, 28, 1), 10, 215_898,
        "a narrow LeNet with batch normalization, for the fewest seconds",
        "kanjian", options={"widths": (16, 32), "units": 128},
    ),
    ModelRecord(
        "lenet-pooled", f"{_CONVNETS}:lenet_pooled", (28, 28, 1), 10, 450_970,
        "two 5×5 and one 3×3 convolution with batch normalization, for accuracy",
        "kanjian", options={"widths": (16, 48, 64), "units": 128},
    ),
    ModelRecord(
        "airbench", f"{_CONVNETS}:airbench", (32, 32, 3), 10, 570_296,
        "three blocks of two 3×3 convolutions, pooled early, batch normalization",
        "after Jordan 2024", options={"stem": 24, "widths": (64, 128, 128)},
    ),
    ModelRecord(
        "two-conv", f"{_CONVNETS}:two_conv", (28, 28, 1), 10, 1_199_882,
        "two 3×3 convolutions, one pool, one dense layer of 128, dropout",
        "Keras' mnist_cnn example",
    ),
    ModelRecord(
        "three-conv", f"{_CONVNETS}:three_conv", (28, 28, 1), 10, 675_370,
        "three 3×3 convolutions with pool and dropout, three dense layers",
        "tutorials on deeper networks for MNIST",
    ),
    ModelRecord(
        "one-conv", f"{_CONVNETS}:one_conv", (32, 32, 3), 10, 4_200_842,
        "one 3×3 convolution and one dense layer of 512, dropout",
        "tutorials on CIFAR-10",
    ),
    ModelRecord(
        "four-conv", f"{_CONVNETS}:four_conv", (32, 32, 3), 10, 1_250_858,
        "two pairs of 3×3 convolutions and one dense layer of 512, dropout",
        "Keras' cifar10_cnn example; tutorials on face recognition",
        options={"second_padding": ("valid", "valid")},
    ),
)  # fmt: skip


def model_names() -> tuple[str, ...]:
    """The names of all networks in the catalog.

    Example:
        >>> "lenet" in model_names()
        True
    """
    return tuple(record.name for record in CATALOG)


def find_model(name: str) -> ModelRecord:
    """The record of a network.

    Raises:
        RecipeError: If no network has that name; names the nearest one.

    Example:
        >>> find_model("lenet").parameters
        1256080
        >>> find_model("lenett")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: unknown model 'lenett' in [model] name. Did you mean 'lenet'?
    """
    for record in CATALOG:
        if record.name == name:
            return record
    raise RecipeError(unknown_name("model", name, model_names(), where="[model] name"))
