"""Networks that clean pictures: fully convolutional, gray levels in, gray levels out.

They take a Keras tensor (n, h, w, channels) from 0 to 1, with σ as one channel more where
they are told it, and give (n, h, w, channels). Height and width are free.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kanjian import former
from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.backend.seeding import seeded
from kanjian.checks import check_choice
from kanjian.errors import RecipeError
from kanjian.models.keras_lookup import REFUSALS, one_line


@dataclass(frozen=True)
class DenoiserRecord:
    """A network that cleans.

    Args:
        name: What `--network` says.
        function: "module:function"; called with the picture and the number of its channels.
        reach: Likewise; called with the options, it gives the multiple that height and width
            must be, and how far a pixel of the output looks.
        parameters: Numbers it has for gray pictures of unknown noise.
        residual: Whether it gives the noise, which is then taken from the picture.
        about: One line.
        reference: Where it comes from.
    """

    name: str
    function: str
    reach: str
    parameters: int
    residual: bool
    about: str
    reference: str


_HERE = "kanjian.models.denoisers"
DENOISERS: tuple[DenoiserRecord, ...] = (
    DenoiserRecord(
        "autoencoder", f"{_HERE}:autoencoder", f"{_HERE}:autoencoder_reach", 28_353, False,
        "two poolings to a quarter of the size and back; made for 28×28 digits",
        "Chollet, Building Autoencoders in Keras, 2016",
    ),
    DenoiserRecord(
        "dncnn", f"{_HERE}:dncnn", f"{_HERE}:dncnn_reach", 558_016, True,
        "17 convolutions at full size with batch normalization",
        "Zhang et al., Beyond a Gaussian Denoiser, 2017",
    ),
    DenoiserRecord(
        "fast", f"{_HERE}:fast", f"{_HERE}:fast_reach", 621_889, True,
        "residual blocks at half and quarter size, for CPUs",
        "kanjian; after FFDNet (Zhang et al. 2018) and DRUNet (Zhang et al. 2021)",
    ),
)  # fmt: skip


def find_denoiser(name: str) -> DenoiserRecord:
    """The record of a network that cleans.

    Raises:
        RecipeError: If no network has that name; names the nearest one.

    Example:
        >>> find_denoiser("autoencoder").parameters
        28353
    """
    records = {record.name: record for record in DENOISERS}
    return records[check_choice("network", name, records, error=RecipeError)]


def spec_of(name: str, **options: Any) -> dict[str, int]:
    """What pictures must keep to, to go through a network: `multiple` and `margin`.

    Args:
        name: One of `DENOISERS`.
        **options: Of its function.

    Raises:
        RecipeError: If there is no such network or option.

    Example:
        >>> spec_of("dncnn", depth=5)
        {'multiple': 1, 'margin': 5}
    """
    record = find_denoiser(name)
    try:
        multiple, margin = _imported(record.reach)(**options)
    except TypeError as error:
        raise RecipeError(f"network {name!r}: {one_line(error)}") from error
    return {"multiple": multiple, "margin": margin}


def _imported(path: str) -> Callable[..., Any]:
    module, _, attribute = path.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def build_denoiser(
    name: str,
    *,
    channels: int = 1,
    noise_map: bool = False,
    seed: int = 0,
    policy: str = "float32",
    **options: Any,
) -> Any:
    """A fresh network: (n, h, w, channels) float32 gray levels in and out, h and w free.

    It holds nothing of kanjian's: what it saves opens in plain Keras. Another policy gives
    the same weights in the same order.

    Args:
        name: One of `DENOISERS`.
        channels: 1 for gray, 3 for RGB.
        noise_map: Whether one channel more goes in: σ in gray levels.
        seed: Of the first weights.
        policy: Keras dtype policy; "mixed_bfloat16" to train fast.
        **options: Of the network's function, such as `width`.

    Raises:
        RecipeError: If there is no such network or option.

    Example:
        >>> network = build_denoiser("autoencoder")
        >>> network.input_shape, network.output_shape, network.count_params()
        ((None, None, None, 1), (None, None, None, 1), 28353)
    """
    record = find_denoiser(name)
    keras = load_keras()
    function = _imported(record.function)
    with precision(policy), seeded(seed):
        noisy = keras.Input((None, None, channels + noise_map), dtype="float32", name="noisy")
        scaled = keras.layers.Rescaling(1 / 255, dtype="float32")(noisy)
        try:
            x = function(scaled, channels, **options)
        except (*REFUSALS, TypeError) as error:
            raise RecipeError(f"network {name!r}: {one_line(error)}") from error
        # In float32 from here: bfloat16 has 8 bits, as many as the picture itself
        x = keras.layers.Rescaling(255.0, dtype="float32")(x)
        if record.residual:
            picture = keras.ops.split(noisy, [channels], axis=-1)[0] if noise_map else noisy
            x = keras.layers.Subtract(dtype="float32")([picture, x])
        return keras.Model(noisy, x, name=record.name)


def autoencoder(x: Any, channels: int) -> Any:
    """Two convolutions with a pooling each, and the same way back; a sigmoid ends it.

    Example:
        >>> autoencoder(load_keras().Input((28, 28, 1)), 1).shape
        (None, 28, 28, 1)

    Reference:
        Chollet, Building Autoencoders in Keras, 2016.
    """
    layers = load_keras().layers
    for _ in range(2):
        x = layers.Conv2D(32, 3, activation="relu", padding="same")(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
    for _ in range(2):
        x = layers.Conv2D(32, 3, activation="relu", padding="same")(x)
        x = layers.UpSampling2D(2)(x)
    return layers.Conv2D(channels, 3, activation="sigmoid", padding="same")(x)


def autoencoder_reach() -> tuple[int, int]:
    """Multiple and margin of `autoencoder`.

    At full, half and quarter size a convolution looks 1, 2 and 4 pixels far, and a pool may
    look 3 pixels to one side.

    Example:
        >>> autoencoder_reach()
        (4, 13)
    """
    return 4, 1 + 2 + 4 + 2 + 1 + 3


def dncnn(x: Any, channels: int, *, depth: int = 17, width: int = 64) -> Any:
    """The noise in a picture, by plain convolutions at full size.

    Args:
        x: Keras tensor.
        channels: Of the picture.
        depth: Convolutions.
        width: Filters of each.

    Example:
        >>> dncnn(load_keras().Input((None, None, 1)), 1, depth=3).shape
        (None, None, None, 1)

    Reference:
        Zhang et al., Beyond a Gaussian Denoiser: Residual Learning of Deep CNN, 2017.
    """
    layers = load_keras().layers
    x = layers.Conv2D(width, 3, activation="relu", padding="same")(x)
    for _ in range(depth - 2):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))
    return layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)


def dncnn_reach(*, depth: int = 17, width: int = 64) -> tuple[int, int]:  # noqa: ARG001
    """Multiple and margin of `dncnn`: every convolution looks one pixel further.

    Example:
        >>> dncnn_reach()
        (1, 17)
    """
    return 1, depth


def fast(x: Any, channels: int, *, width: int = 48, blocks: int = 1, deep_blocks: int = 3) -> Any:
    """The noise in a picture, found at half and at quarter size.

    A convolution of 6×6 with step 2 is one of 3×3 on the picture folded to half its size
    and four times its channels: a quarter of the work, nothing lost. The transposed one
    unfolds it.

    Args:
        x: Keras tensor.
        channels: Of the picture.
        width: Filters at half size; twice as many at a quarter.
        blocks: Residual blocks at half size, before and after the deep ones.
        deep_blocks: Residual blocks at quarter size.

    Example:
        >>> fast(load_keras().Input((None, None, 1)), 1).shape
        (None, None, None, 1)
    """
    layers = load_keras().layers
    x = half = layers.Conv2D(width, 6, 2, padding="same")(x)
    for _ in range(blocks):
        x = _residual(x, width)
    if deep_blocks:
        skip = x
        x = layers.Conv2D(2 * width, 2, 2, padding="same")(x)
        for _ in range(deep_blocks):
            x = _residual(x, 2 * width)
        x = layers.Add()([skip, layers.Conv2DTranspose(width, 2, 2, padding="same")(x)])
        for _ in range(blocks):
            x = _residual(x, width)
    x = layers.Add()([x, half])
    # Zeros at first: the untrained network gives the picture back
    return layers.Conv2DTranspose(channels, 6, 2, padding="same", kernel_initializer="zeros")(x)


def fast_reach(
    *,
    width: int = 48,  # noqa: ARG001
    blocks: int = 1,
    deep_blocks: int = 3,
) -> tuple[int, int]:
    """Multiple and margin of `fast`.

    Example:
        >>> fast_reach(), fast_reach(blocks=5, deep_blocks=0)
        ((4, 39), (2, 25))
    """
    if not deep_blocks:
        return 2, 2 * (2 + 2 * blocks) + 1
    return 4, 2 * (2 + 4 * blocks) + 8 * deep_blocks + 3


def _residual(x: Any, width: int) -> Any:
    layers = load_keras().layers
    y = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    return layers.Add()([x, layers.Conv2D(width, 3, padding="same")(y)])


former.names_in(__name__)
