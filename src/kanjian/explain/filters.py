"""The input that most excites each filter of a layer, all filters climbing together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.backend.gradients import Gradients, compile_gradients
from kanjian.errors import RecognizerError
from kanjian.explain.bfloat16_copy import in_precision
from kanjian.explain.gradient_ascent import AscentConfig, Progress, as_picture, climb, gray_noise
from kanjian.explain.inspected_model import InspectedModel
from kanjian.models.graph import calls, maker

# What one group of pictures may keep for its gradients. Larger groups are no faster
_GROUP_BYTES = 128 * 2**20
_MOST_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class FilterPictures:
    """Filters of one layer and the pictures that excite them.

    Args:
        layer: Its name.
        indices: (n,) which filters.
        pixels: (n, h, w, c) float32, what each climbed to; 0…255 is the range of pictures,
            but a climb may leave it.
        before: (n,) mean activation of each filter on the gray noise it climbed from.
        reached: (n,) mean activation on `pixels`.
    """

    layer: str
    indices: np.ndarray
    pixels: np.ndarray
    before: np.ndarray
    reached: np.ndarray

    @property
    def pictures(self) -> list[np.ndarray]:
        """Each to look at, (h, w, c) uint8: see `as_picture`."""
        return [as_picture(each) for each in self.pixels]

    def strongest(self, most: int | None = None) -> "FilterPictures":
        """The same, the filter that was excited most first; `most` of them, or all."""
        order = np.argsort(-self.reached, kind="stable")[:most]
        return replace(
            self,
            indices=self.indices[order],
            pixels=self.pixels[order],
            before=self.before[order],
            reached=self.reached[order],
        )


def filters(
    inspected: InspectedModel,
    layer: str,
    *,
    indices: Sequence[int] | np.ndarray | None = None,
    size_hw: tuple[int, int] | None = None,
    ascent: AscentConfig | None = None,
    precision: str = "auto",
    progress: Progress | None = None,
) -> FilterPictures:
    """Climb from gray noise to what excites each filter: the mean of its activation map.

    Args:
        inspected: The network.
        layer: A layer whose output has height and width.
        indices: Which filters; all by default.
        size_hw: Of the pictures; what the network takes by default. Another size works for
            layers before the first that needs a fixed one.
        ascent: How they climb; the plain recipe by default.
        precision: "auto", "f32" or "bf16", see `in_precision`.
        progress: Called with (steps done, steps in all).

    Raises:
        RecognizerError: If there is no such layer or filter, or the layer has no height and
            width.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(32, 32))
        >>> seen = filters(inspected, "Conv1", indices=[0, 5], ascent=AscentConfig(steps=2))
        >>> seen.pixels.shape, bool((seen.reached > seen.before).all())
        ((2, 32, 32, 3), True)
    """
    ascent = ascent or AscentConfig()
    chosen = _chosen(inspected, layer, indices)
    size_hw = size_hw or inspected.shape_hwc[:2]
    excitement = Excitement(inspected, layer, chosen, precision)
    at_once = excitement.at_once(size_hw)
    start = gray_noise(chosen, (*size_hw, inspected.shape_hwc[2]), seed=ascent.seed)
    pixels = climb(start, excitement.gradient, ascent, at_once=at_once, progress=progress)
    return FilterPictures(
        layer,
        chosen,
        pixels,
        before=mean_activations(inspected, layer, start, chosen, at_once=at_once),
        reached=mean_activations(inspected, layer, pixels, chosen, at_once=at_once),
    )


def filter_count(inspected: InspectedModel, layer: str) -> int:
    """How many filters a layer has.

    Raises:
        RecognizerError: If there is no such layer, or it has no height and width.
    """
    inspected.layer(layer)
    shape: tuple[int, ...] = tuple(inspected.tensors[layer].shape[1:])
    if len(shape) != 3:
        maps = [name for name, tensor in inspected.tensors.items() if len(tensor.shape) == 4]
        cure = f" Its last layer with maps is {maps[-1]!r}." if len(maps) > 1 else ""
        raise RecognizerError(
            f"layer {layer!r} of {inspected.name} gives {shape}: no height and width, so no "
            f"filters to picture.{cure} For classes use 'kanjian see class'."
        )
    return int(shape[2])


def _chosen(
    inspected: InspectedModel, layer: str, indices: Sequence[int] | np.ndarray | None
) -> np.ndarray:
    count = filter_count(inspected, layer)
    chosen = np.arange(count) if indices is None else np.asarray(indices, np.int64).ravel()
    outside = chosen[(chosen < 0) | (chosen >= count)]
    if len(outside) or not len(chosen):
        got = f"got {outside[0]}" if len(outside) else "got none"
        raise RecognizerError(f"layer {layer!r} has filters 0 to {count - 1}, {got}.")
    return chosen


class Excitement:
    """How much chosen filters like chosen pictures, and which way to more; compiled once.

    A convolution is not computed whole: for a group of pictures only the filters they climb
    for. Where a filter is silent on the whole picture (its ReLU lets nothing through, so no
    way leads up), what comes before its activation function is climbed until it speaks.

    Args:
        inspected: The network.
        layer: Its layer.
        indices: (n,) the filter of each picture.
        precision: See `in_precision`.
    """

    def __init__(
        self, inspected: InspectedModel, layer: str, indices: np.ndarray, precision: str
    ) -> None:
        self._subject, self._layer, self._indices = inspected, layer, indices
        self._precision = precision
        self._convolution = _plain_convolution(inspected, layer)
        self._compiled: dict[tuple[int, ...], Gradients] = {}

    def gradient(self, pictures: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean activation of each picture's own filter, and its gradient by the pixels."""
        size_hw = pictures.shape[1:3]
        if size_hw not in self._compiled:
            self._compiled[size_hw] = self._compile((size_hw[0], size_hw[1]))
        return self._compiled[size_hw](pictures, *self._more(self._indices[rows]))

    def at_once(self, size_hw: tuple[int, int]) -> int:
        """How many pictures a group may hold."""
        part = self._subject.up_to(self._layer, size_hw=size_hw)
        numbers: int = sum(prod(node.outputs[0].shape[1:]) for node in calls(part))
        return min(max(_GROUP_BYTES // (4 * numbers), 1), _MOST_AT_ONCE)

    def _more(self, chosen: np.ndarray) -> tuple[np.ndarray, ...]:
        """What is chosen, as arrays, so that one trace serves every group."""
        if self._convolution is None:
            return (np.eye(filter_count(self._subject, self._layer), dtype=np.float32)[chosen],)
        kernel, *bias = self._convolution.get_weights()
        biases = bias[0][chosen] if bias else np.zeros(len(chosen), np.float32)
        return np.ascontiguousarray(kernel[..., chosen]), biases

    def _compile(self, size_hw: tuple[int, int]) -> Gradients:
        if self._convolution is None:
            return compile_gradients(_means(self._network(self._layer, size_hw)))
        before = maker(calls_of(self._subject, self._layer).input_tensors[0]).operation.name
        return compile_gradients(_own_means(self._network(before, size_hw), self._convolution))

    def _network(self, name: str, size_hw: tuple[int, int]) -> Any:
        return in_precision(self._subject.up_to(name, size_hw=size_hw), self._precision)


def calls_of(inspected: InspectedModel, layer: str) -> Any:
    """The call of a layer in a subject's network."""
    return maker(inspected.tensors[layer])


def _plain_convolution(inspected: InspectedModel, layer: str) -> Any:
    """The layer if it is a convolution like any other, else None."""
    found = inspected.layer(layer)
    plain = (
        type(found) is load_keras().layers.Conv2D
        and found.groups == 1
        and found.data_format == "channels_last"
        and not getattr(found, "lora_enabled", False)
        and found.activation.__name__ != "softmax"  # which needs all filters
    )
    return found if plain else None


def _means(network: Any) -> Any:
    """Mean activation of one filter per picture; the filter comes as a row of zeros and a one."""
    ops = load_keras().ops

    def means(pictures: Any, one: Any) -> Any:
        maps = ops.cast(network(pictures, training=False), "float32")
        return ops.sum(ops.mean(maps, axis=(1, 2)) * one, axis=1)

    return means


def _own_means(network: Any, convolution: Any) -> Any:
    """The same for the convolution that follows a network; its filter comes with each picture."""
    ops = load_keras().ops

    def means(pictures: Any, kernel: Any, bias: Any) -> Any:
        features = network(pictures, training=False)
        sums = ops.conv(
            features,
            ops.cast(kernel, features.dtype),
            strides=convolution.strides,
            padding=convolution.padding,
            dilation_rate=convolution.dilation_rate,
        )
        sums = ops.cast(sums, "float32") + bias
        # each picture met the filters of the whole group: its own is on the diagonal
        own = ops.eye(bias.shape[0], dtype="float32")
        spoken, raw = (
            ops.sum(ops.mean(maps, axis=(1, 2)) * own, axis=1)
            for maps in (convolution.activation(sums), sums)
        )
        return ops.where(spoken == 0, raw, spoken)

    return means


def mean_activations(
    inspected: InspectedModel,
    layer: str,
    pixels: np.ndarray,
    chosen: np.ndarray,
    *,
    at_once: int = 8,
) -> np.ndarray:
    """The mean of one filter's activation map for each picture, in float32.

    Args:
        inspected: The network.
        layer: Its layer.
        pixels: (n, h, w, c) float32.
        chosen: (n,) the filter of each picture.
        at_once: Pictures computed together.

    Returns:
        (n,) float32.
    """
    size_hw = (pixels.shape[1], pixels.shape[2])
    network, keras = inspected.up_to(layer, size_hw=size_hw), load_keras()
    means = keras.Model(network.inputs[0], keras.ops.mean(network.outputs[0], axis=(1, 2)))
    found = [
        means.predict_on_batch(pixels[at : at + at_once]) for at in range(0, len(pixels), at_once)
    ]
    return np.asarray(np.concatenate(found)[np.arange(len(chosen)), chosen], np.float32)


def convolutions(inspected: InspectedModel) -> tuple[str, ...]:
    """The layers whose filters are learned and give maps: convolutions of every kind, in order.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(32, 32))
        >>> convolutions(inspected)[:2]
        ('Conv1', 'expanded_conv_depthwise')
    """
    return tuple(
        name
        for name, layer in inspected.flat.items()
        if len(getattr(getattr(layer, "kernel", None), "shape", ())) == 4
        and len(inspected.tensors[name].shape) == 4
    )


def first_kernels(inspected: InspectedModel) -> tuple[str, np.ndarray]:
    """The kernels that look at pixels themselves, as pictures.

    Each has its own contrast: gray is 0, its largest weight black or white (a color for
    networks that take color).

    Returns:
        The layer's name, and (n, kernel height, kernel width, c) uint8.

    Raises:
        RecognizerError: If the first convolution does not see gray or color.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> name, kernels = first_kernels(open_model("mobilenet-v2", weights="none"))
        >>> name, kernels.shape
        ('Conv1', (32, 3, 3, 3))
    """
    name = next(iter(convolutions(inspected)), None)
    if name is None:
        raise RecognizerError(f"{inspected.name} has no convolution, so no kernels to picture.")
    kernel = np.asarray(inspected.layer(name).get_weights()[0], np.float32)
    if kernel.shape[2] not in (1, 3):
        raise RecognizerError(
            f"the first convolution of {inspected.name}, {name!r}, sees {kernel.shape[2]} "
            "channels, expected gray (1) or color (3)."
        )
    kernels = kernel.transpose(3, 0, 1, 2)
    if any("reverse_pixels" in each for each in inspected.flat) and kernel.shape[2] == 3:
        kernels = kernels[..., ::-1]  # trained on blue first
    largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    even = kernels / np.where(largest > 0, largest, 1)
    return name, np.round(127.5 + 127.5 * even).astype(np.uint8)
