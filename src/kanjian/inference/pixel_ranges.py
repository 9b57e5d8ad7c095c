"""What a network of others wants pixels to be: its maker knew, the file seldom tells."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from kanjian.errors import NetworkError


@dataclass(frozen=True)
class Pixels:
    """How pixels 0 to 255 become what a network takes: (pixel − mean) / deviation per channel.

    Args:
        name: How `--pixels` says it.
        mean: Taken off; one number, or one for each channel in the order of `colors`.
        deviation: Divided by.
        colors: "rgb", or "bgr" as OpenCV reads pictures.
    """

    name: str
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    colors: str = "rgb"

    def applied(self, pictures: np.ndarray) -> np.ndarray:
        """The pictures as the network takes them, float32.

        Args:
            pictures: (n, height, width, channels) uint8.

        Example:
            >>> black_and_white = np.array([[[[0], [255]]]], np.uint8)
            >>> pixels_of("-1..1").applied(black_and_white).ravel()
            array([-1.,  1.], dtype=float32)
        """
        if self.colors == "bgr" and pictures.shape[-1] == 3:
            pictures = pictures[..., ::-1]
        mean, deviation = (np.asarray(each, np.float32) for each in (self.mean, self.deviation))
        return np.asarray((pictures.astype(np.float32) - mean) / deviation, np.float32)

    def same_scale(self, other: "Pixels") -> bool:
        """Whether pixels become the same numbers, whatever it is called.

        Example:
            >>> pixels_of("0..255").same_scale(pixels_of("0.0..255.0"))
            True
        """
        return (self.mean, self.deviation) == (other.mean, other.deviation)


# The means and deviations that torchvision and Caffe's networks were trained with, in gray levels
_TORCH = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
_CAFFE = ((103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
NAMED = ("0..1", "-1..1", "0..255", "-0.5..0.5", "imagenet-torch", "imagenet-caffe")


def pixels_of(name: str, *, colors: str | None = None) -> Pixels:
    """What `--pixels` means.

    Args:
        name: LOW..HIGH, what pixels 0 and 255 become, or "imagenet-torch" (RGB) or
            "imagenet-caffe" (BGR without the mean).
        colors: "rgb" or "bgr"; None: as the name implies, rgb for a range.

    Raises:
        NetworkError: If it is none of these.

    Example:
        >>> pixels_of("0..1").deviation, pixels_of("-0.5..0.5").mean
        ((255.0,), (127.5,))
        >>> pixels_of("imagenet-caffe").colors
        'bgr'
    """
    if name == "imagenet-torch":
        return Pixels(name, *_TORCH, colors or "rgb")
    if name == "imagenet-caffe":
        return Pixels(name, *_CAFFE, colors or "bgr")
    number = r"([-+]?\d+(?:\.\d+)?)"
    found = re.fullmatch(rf"{number}\.\.{number}", name.strip())
    if not found or float(found[1]) >= float(found[2]):
        raise NetworkError(
            f"--pixels must be LOW..HIGH, what pixels 0 and 255 become (0..1, -1..1, 0..255), or "
            f"imagenet-torch or imagenet-caffe, got {name!r}."
        )
    low, high = float(found[1]), float(found[2])
    deviation = 255 / (high - low)
    return Pixels(name.strip(), (-low * deviation,), (deviation,), colors or "rgb")


def scaling_layers(pixels: Pixels, channels: int) -> list[Any]:
    """The same as Keras layers, for raw pixels.

    Args:
        pixels: What the network takes.
        channels: 1 or 3.

    Raises:
        NetworkError: If it has three numbers and the pictures are gray.
    """
    from kanjian.backend import load_keras

    keras = load_keras()
    check_channels(pixels, channels)
    layers: list[Any] = []
    mean, deviation = np.array(pixels.mean), np.array(pixels.deviation)
    if len(mean) == 1:
        scale, offset = 1 / deviation[0], -mean[0] / deviation[0]
        layers.append(
            keras.layers.Rescaling(scale, offset=offset, dtype="float32", name="scale_pixels")
        )
    else:
        if pixels.colors == "bgr":
            mean, deviation = mean[::-1], deviation[::-1]
        layers.append(
            keras.layers.Normalization(
                axis=-1, mean=mean, variance=np.square(deviation), dtype="float32",
                name="scale_pixels",
            )
        )  # fmt: skip
    if pixels.colors == "bgr" and channels == 3:
        layers.append(_reversed_colors)
    return layers


def _reversed_colors(x: Any) -> Any:
    from kanjian.backend import load_keras

    return load_keras().ops.flip(x, axis=-1)


def check_channels(pixels: Pixels, channels: int) -> None:
    """Refuse three numbers for gray pictures.

    Example:
        >>> check_channels(pixels_of("0..1"), 1)
    """
    if len(pixels.mean) == 3 and channels == 1:
        raise NetworkError(
            f"--pixels {pixels.name} has a number for each of three colors, the network takes gray "
            "pictures. Use LOW..HIGH."
        )
