"""What is published about weights: how right they are on ImageNet, and who says so."""

from typing import NamedTuple


class Accuracy(NamedTuple):
    """Share of ImageNet's validation pictures that the first prediction is right on.

    Args:
        top1: In percent.
        source: Where that is published.
    """

    top1: float
    source: str


_KERAS = "https://keras.io/api/applications/"
_MOBILE = "https://keras.io/api/applications/mobilenet/"
_LITE = "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite"
_TOP1 = {
    _KERAS: {
        "vgg16": 71.3, "vgg19": 71.3, "resnet50": 74.9, "resnet101": 76.4, "resnet152": 76.6,
        "resnet50-v2": 76.0, "resnet101-v2": 77.2, "resnet152-v2": 78.0, "inception-v3": 77.9,
        "inception-resnet-v2": 80.3, "xception": 79.0, "mobilenet": 70.4, "mobilenet-v2": 71.3,
        "densenet121": 75.0, "densenet169": 76.2, "densenet201": 77.3, "nasnet-mobile": 74.4,
        "nasnet-large": 82.5, "efficientnet-b0": 77.1, "efficientnet-b1": 79.1,
        "efficientnet-b2": 80.1, "efficientnet-b3": 81.6, "efficientnet-b4": 82.9,
        "efficientnet-b5": 83.6, "efficientnet-b6": 84.0, "efficientnet-b7": 84.3,
        "efficientnet-v2-b0": 78.7, "efficientnet-v2-b1": 79.8, "efficientnet-v2-b2": 80.5,
        "efficientnet-v2-b3": 82.0, "efficientnet-v2-s": 83.9, "efficientnet-v2-m": 85.3,
        "efficientnet-v2-l": 85.7, "convnext-tiny": 81.3, "convnext-small": 82.3,
        "convnext-base": 85.3, "convnext-large": 86.3, "convnext-xlarge": 86.7,
    },
    _MOBILE: {"mobilenet-v3-small": 68.1, "mobilenet-v3-large": 75.6},
    _LITE: {"efficientnet-lite0": 75.1, "efficientnet-lite1": 76.7, "efficientnet-lite2": 77.6},
}  # fmt: skip


def published_accuracy(backbone: str) -> Accuracy | None:
    """What is published of the ImageNet weights of a backbone; None where nothing is.

    Example:
        >>> published_accuracy("resnet50").top1, published_accuracy("lenet")
        (74.9, None)
    """
    for source, table in _TOP1.items():
        if backbone in table:
            return Accuracy(table[backbone], source)
    return None
