"""A network someone looks into: always flat, raw pixels in, its layers and classes by name."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from kanjian.backend import load_keras
from kanjian.checks import nearest, unknown_name
from kanjian.errors import RecognizerError
from kanjian.explain.flatten_model import Ending, logits_of
from kanjian.images.pictures import Picture, as_image
from kanjian.images.resize import resize_image
from kanjian.models.graph import calls, run_again
from kanjian.models.keras_lookup import REFUSALS, one_line


@dataclass(frozen=True, eq=False)
class InspectedModel:
    """A network to look into. Pixels are raw, 0…255, everywhere; gradients want float32.

    Open one with `open_model`.

    Args:
        name: What it is called: of the recognizer, the file or the backbone.
        network: Flat Keras model in float32: (n, h, w, c) raw pixels in, its output out.
            Layers act as in prediction.
        classes: Names in the order of its outputs; None where nobody knows them.
        fit_mode: How a picture is brought to its size.
    """

    name: str
    network: Any
    classes: tuple[str, ...] | None = None
    fit_mode: Literal["letterbox", "crop", "stretch"] = "letterbox"

    @property
    def shape_hwc(self) -> tuple[int, int, int]:
        """Height, width and channels of the pictures it takes."""
        height, width, channels = self.network.inputs[0].shape[1:]
        return int(height), int(width), int(channels)

    @cached_property
    def tensors(self) -> dict[str, Any]:
        """The output of every layer by name, in the order they are computed."""
        return {node.operation.name: node.outputs[0] for node in calls(self.network)}

    @cached_property
    def flat(self) -> dict[str, Any]:
        """Every layer (or sum and the like) by name, nested ones too, in order."""
        return {node.operation.name: node.operation for node in calls(self.network)}

    def layer(self, name: str) -> Any:
        """The layer of a name.

        Raises:
            RecognizerError: If there is none; names the nearest.
        """
        return self.flat[self._known(name)]

    def _known(self, name: str) -> str:
        if name in self.flat:
            return name
        close = nearest(name, self.flat)
        cure = f"Did you mean {close!r}?" if close else "'kanjian see layers' lists them."
        raise RecognizerError(f"{self.name} has no layer {name!r}. {cure}")

    def up_to(self, *names: str, size_hw: tuple[int, int] | None = None) -> Any:
        """The network from pixels to what some layers give.

        Args:
            *names: Layers; several give a list of outputs.
            size_hw: For pictures of another size, which is possible before the first layer
                that needs a fixed one.

        Raises:
            RecognizerError: If there is no such layer, or it cannot take that size.
        """
        keras = load_keras()
        outputs = [self.tensors[self._known(name)] for name in names]
        part = keras.Model(self.network.inputs[0], outputs[0] if len(names) == 1 else outputs)
        if size_hw in (None, self.shape_hwc[:2]):
            return part
        try:
            pixels = keras.Input((*(size_hw or ()), self.shape_hwc[2]), dtype="float32")
            again = run_again(part, [pixels])
        except REFUSALS as error:
            raise RecognizerError(
                f"{self.name} cannot take {size_hw} up to {', '.join(names)}: {one_line(error)}. "
                f"Leave the size at {self.shape_hwc[:2]}."
            ) from error
        return keras.Model(pixels, again[0] if len(names) == 1 else again)

    @cached_property
    def _logits(self) -> tuple[Any, Ending]:
        return logits_of(self.network)

    @property
    def ending(self) -> Ending:
        """What makes probabilities of its scores: "softmax", "sigmoid", or "none" of the two."""
        return self._logits[1]

    @cached_property
    def scores(self) -> Any:
        """The network from pixels to logits, (n, k): one for each class.

        A network with one sigmoid output has two classes: its logit z stands for the second,
        −z for the first, so `probabilities` is right for both.

        Raises:
            RecognizerError: If it does not end in classes.
        """
        keras = load_keras()
        tensor, ending = self._logits
        if len(tensor.shape) == 4 and tuple(tensor.shape[1:3]) == (1, 1):
            tensor = keras.layers.Reshape(tensor.shape[-1:])(tensor)
        if len(tensor.shape) != 2:
            raise RecognizerError(
                f"{self.name} gives {tuple(tensor.shape[1:])} at its end, no classes: it can be "
                "asked about layers, but not about classes."
            )
        if tensor.shape[1] == 1 and ending == "sigmoid":
            tensor = keras.ops.concatenate([-tensor, tensor], axis=-1)
        return keras.Model(self.network.inputs[0], tensor)

    @property
    def n_classes(self) -> int:
        """How many classes it tells apart."""
        return int(self.scores.output_shape[1])

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """What the network would give for these logits, (n, k) float32."""
        wide = np.asarray(scores, np.float64)
        if self.ending == "sigmoid":
            return (0.5 * (1 + np.tanh(wide / 2))).astype(np.float32)
        raised = np.exp(wide - wide.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)

    def class_name(self, index: int) -> str:
        """The first name of a class, or its number where nobody knows names."""
        return self.classes[index].partition(",")[0] if self.classes else f"class {index}"

    def class_index(self, label: str) -> int:
        """Which output a class is; `label` is its name, one of its names, or its number.

        Raises:
            RecognizerError: If there is no such class; names the nearest.
        """
        known = {_folded(self.class_name(i)): i for i in reversed(range(self.n_classes))}
        for index in reversed(range(self.n_classes)):
            whole = self.classes[index] if self.classes else ""
            for one in (*whole.split(","), whole):
                known.setdefault(_folded(one), index)
        wanted = _folded(label)
        if wanted in known:
            return known[wanted]
        if label.isascii() and label.isdigit() and int(label) < self.n_classes:
            return int(label)
        if self.classes is None or (label.isascii() and label.isdigit()):
            raise RecognizerError(
                f"{self.name} has no class {label!r}. Say a number from 0 to {self.n_classes - 1}"
                + (", or give the names with --classes." if self.classes is None else ".")
            )
        if len(self.classes) > 20 and not nearest(wanted, known):
            raise RecognizerError(
                f"{self.name} has no class {label!r} among its {len(self.classes)}. "
                f"Say a name or a number from 0 to {self.n_classes - 1}."
            )
        raise RecognizerError(unknown_name("class", label, map(self.class_name, known.values())))

    def fit(self, picture: Picture) -> np.ndarray:
        """A picture as the network takes it: (h, w, c) uint8.

        Raises:
            ImageError: If it cannot be read.
        """
        height, width, channels = self.shape_hwc
        image = as_image(picture)
        fitted: np.ndarray = resize_image(
            image, (height, width), mode=self.fit_mode, channels=3 if channels == 3 else 1
        )
        return fitted

    def taken(self, picture: Picture) -> np.ndarray:
        """An array as it is; a picture held as anything else is fitted, see `fit`."""
        return picture if isinstance(picture, np.ndarray) else self.fit(picture)


def _folded(label: str) -> str:
    return " ".join(label.replace("_", " ").casefold().split())
