"""Why a network predicts as it does: which parts of the picture speak for a class."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kanjian.backend import load_keras, use_xla
from kanjian.backend.gradients import compile_gradients
from kanjian.checks import check_choice
from kanjian.errors import RecognizerError
from kanjian.explain.cam import as_map, grad_cam, grad_cam_plus_plus, strongest
from kanjian.explain.colors import colored, enlarged, overlaid, spread01
from kanjian.explain.last_map import last_map
from kanjian.explain.occlusion import occlusion, score_cam
from kanjian.explain.saliency import integrated_gradients, saliency, smooth_grad
from kanjian.i18n import _, gettext_noop
from kanjian.images.pictures import Picture
from kanjian.images.write import encode_png
from kanjian.models.split_model import cut
from kanjian.paths import AnyPath

if TYPE_CHECKING:
    from kanjian.explain.inspected_model import InspectedModel

Method = Literal[
    "grad-cam", "grad-cam++", "score-cam", "occlusion", "saliency", "smooth-grad", "integrated"
]
# What each shows, for captions
METHODS: dict[str, str] = {
    "grad-cam": gettext_noop("places of the last feature map that speak for the class"),
    "grad-cam++": gettext_noop("the same, several things of the class evenly"),
    "score-cam": gettext_noop("what is left of the probability where only this part is shown"),
    "occlusion": gettext_noop("how far the probability falls when this part is hidden"),
    "saliency": gettext_noop("pixels whose change moves the prediction most"),
    "smooth-grad": gettext_noop("the same, averaged over noisy copies"),
    "integrated": gettext_noop("what each pixel adds to the prediction, from gray to the picture"),
}
# Maps of the layer that Score-CAM asks about: those that vary most
_ASKED_MAPS = 64
# At most this share of a side is hidden at a time, and moved by half of it
_PATCHES = 7
_GRAY = 127.5


@dataclass(frozen=True, eq=False)
class Reason:
    """What one method says about one picture and class.

    Args:
        method: Its name, as in `METHODS`.
        label: The class asked about.
        name: What that is called.
        probability: What the network gives it.
        heat: (h, w) from 0 to 1, of the picture's size: where the reasons lie.
        values: The map as the method gives it, in its own units and size.
        note: What should be known of it, a sentence; often empty.
        picture: What was asked about, as the network takes it.
    """

    method: str
    label: int
    name: str
    probability: float
    heat: np.ndarray
    values: np.ndarray
    note: str = ""
    picture: np.ndarray | None = field(default=None, repr=False)

    def over(self, picture: np.ndarray) -> np.ndarray:
        """The heat over the picture, RGB uint8."""
        return overlaid(picture, self.heat)

    def _repr_png_(self) -> bytes:
        """The heat over the picture, in a notebook."""
        return encode_png(colored(self.heat) if self.picture is None else self.over(self.picture))


class Attribution:
    """Asks one network for its reasons, again and again; what is compiled is kept.

    Args:
        inspected: The network.
        layer: Whose maps the CAM methods take; by default the last with height and width, of a
            transformer the last whose patches are still looked at.

    Raises:
        RecognizerError: If the layer gives no map.
        RecipeError: If there is no such layer, or other tensors pass beside it.
    """

    def __init__(self, inspected: "InspectedModel", *, layer: str | None = None) -> None:
        self.inspected = inspected
        self._wanted = layer
        self._kept: dict[str, Callable[..., Any]] = {}
        if layer is not None:
            inspected.layer(layer)
            _check_map(self._parts[0], layer)

    @cached_property
    def layer(self) -> str:
        """Whose maps the CAM methods take."""
        return self._wanted or last_map(self.inspected.scores)

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        """From pixels to maps, and from maps to scores."""
        return cut(self.inspected.scores, self.layer)

    @cached_property
    def _maps_of(self) -> Callable[[np.ndarray], np.ndarray]:
        return compiled(self._parts[0])

    @cached_property
    def _scores_of_maps(self) -> Callable[[np.ndarray], np.ndarray]:
        return compiled(self._parts[1])

    @cached_property
    def scores_of(self) -> Callable[[np.ndarray], np.ndarray]:
        """From (n, h, w, c) float32 pixels to (n, k) logits."""
        return compiled(self.inspected.scores)

    def probabilities(self, picture: Picture) -> np.ndarray:
        """What the network gives: (k,), one number for each class.

        Args:
            picture: (h, w, c) uint8 as the network takes it, see `InspectedModel.fit`; or a
                path or PIL image.
        """
        scores = self.scores_of(self.inspected.taken(picture)[None].astype(np.float32))
        answer: np.ndarray = self.inspected.probabilities(scores)[0]
        return answer

    def explain(
        self,
        picture: Picture,
        *,
        method: Method = "grad-cam",
        label: int | None = None,
        steps: int = 128,
        seed: int = 0,
    ) -> Reason:
        """The reasons one method finds.

        Args:
            picture: As for `probabilities`.
            method: One of `METHODS`.
            label: The class; by default the one the network predicts.
            steps: Of integrated gradients.
            seed: Of SmoothGrad's noise.

        Raises:
            RecognizerError: If there is no such method or class, or the network has no maps
                and the method needs them.
            RecipeError: If other tensors pass beside the layer.
        """
        check_choice("method", method, METHODS, error=RecognizerError, where="why")
        picture = self.inspected.taken(picture)
        pixels = picture.astype(np.float32)
        maps = self._maps_of(pixels[None]) if method in _OF_MAPS else None
        scores = self.scores_of(pixels[None]) if maps is None else self._scores_of_maps(maps)
        answer = self.inspected.probabilities(scores)[0]
        label = int(answer.argmax()) if label is None else label
        if not 0 <= label < len(answer):
            raise RecognizerError(f"label must be from 0 to {len(answer) - 1}, got {label}.")
        if maps is not None:
            values, note = (
                self._cam(pixels, maps, method, label),
                _("layer {name}", name=self.layer),
            )
        else:
            values, note = self._of_pixels(pixels, method, label, steps=steps, seed=seed)
        heat = _heat(values, picture.shape[:2], fine=method in _FINE)
        name = self.inspected.class_name(label)
        return Reason(method, label, name, float(answer[label]), heat, values, note, picture)

    def _cam(self, pixels: np.ndarray, maps: np.ndarray, method: str, label: int) -> np.ndarray:
        if method == "score-cam":
            places = as_map(maps[0])
            asked = places[:, :, strongest(places, _ASKED_MAPS)]
            return score_cam(
                pixels, asked, lambda x: self.inspected.probabilities(self.scores_of(x))[:, label]
            )
        _, gradients = self._gradients("maps", label)(maps)
        cam = grad_cam if method == "grad-cam" else grad_cam_plus_plus
        return cam(as_map(maps[0]), as_map(gradients[0]))

    def _of_pixels(
        self, pixels: np.ndarray, method: str, label: int, *, steps: int, seed: int
    ) -> tuple[np.ndarray, str]:
        if method == "occlusion":
            patch = max(1, round(max(pixels.shape[:2]) / _PATCHES))
            stride = max(1, patch // 2)
            score = lambda x: self.scores_of(x)[:, label]  # noqa: E731
            values = occlusion(pixels, score, patch=patch, stride=stride)
            return values, f"patches of {patch}×{patch} pixels"
        gradients = self._gradients("pixels", label)
        if method == "saliency":
            return saliency(pixels, gradients), ""
        if method == "smooth-grad":
            return smooth_grad(pixels, gradients, seed=seed), ""
        gray = np.full_like(pixels, _GRAY)
        values, whole = integrated_gradients(pixels, gray, gradients, steps=steps)
        return values, f"adds up to {values.sum():.3g} of {whole:.3g}"

    def _gradients(self, of: str, label: int) -> Callable[[np.ndarray], Any]:
        """The score of a class and its gradient; compiled once for all classes."""
        if of not in self._kept:
            network = self.inspected.scores if of == "pixels" else self._parts[1]
            ops = load_keras().ops
            self._kept[of] = compile_gradients(
                lambda x, asked: ops.sum(network(x, training=False) * asked, axis=-1)
            )
        asked = np.zeros((1, self.inspected.n_classes), np.float32)
        asked[0, label] = 1
        return lambda x: self._kept[of](x, asked)


def explain_prediction(
    network: "Attribution | InspectedModel | AnyPath",
    picture: Picture,
    *,
    label: str | int | None = None,
    method: Method = "grad-cam",
) -> Reason:
    """Which parts of a picture speak for what a network answers.

    Args:
        network: A run or whatever else `open_model` opens; an opened network; or an
            `Attribution`, which keeps what it compiled from picture to picture.
        picture: Held as anything that is a picture, of any size.
        label: The class, by name or number; by default the one the network answers.
        method: One of `METHODS`.

    Raises:
        RecognizerError: If there is no such network, method or class.

    Example:
        >>> from kanjian.explain.model_access import open_model
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(32, 32))
        >>> explain_prediction(inspected, np.zeros((40, 50), np.uint8), label=3).heat.shape
        (32, 32)
    """
    from kanjian.explain.inspected_model import InspectedModel
    from kanjian.explain.model_access import open_model

    if not isinstance(network, Attribution):
        found = network if isinstance(network, InspectedModel) else open_model(network)
        network = Attribution(found)
    inspected = network.inspected
    index = label if label is None or isinstance(label, int) else inspected.class_index(label)
    return network.explain(inspected.fit(picture), method=method, label=index)


_OF_MAPS = frozenset({"grad-cam", "grad-cam++", "score-cam"})
_FINE = frozenset({"saliency", "smooth-grad", "integrated"})


def _check_map(lower: Any, layer: str) -> None:
    shape = tuple(lower.outputs[0].shape[1:])
    if len(shape) not in {2, 3}:
        raise RecognizerError(
            f"layer {layer!r} gives {' × '.join(map(str, shape))} numbers, no map with height and "
            "width. Choose one before it."
        )


def compiled(network: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The network as a function of arrays, for any number of pictures.

    Example:
        >>> keras = load_keras()
        >>> twice = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(2.0)])
        >>> compiled(twice)(np.ones((1, 2), np.float32)).tolist()
        [[2.0, 2.0]]
    """
    model = load_keras().Model(network.inputs[0], network.outputs[0])
    model.compile(jit_compile=use_xla())
    return lambda batch: np.asarray(model.predict_on_batch(batch), np.float32)


def _heat(values: np.ndarray, size_hw: tuple[int, ...], *, fine: bool) -> np.ndarray:
    """From 0 to 1 at the picture's size; what speaks against the class is dark."""
    if values.ndim == 3:  # of each channel: what a pixel adds
        values = np.abs(values.sum(axis=-1))
    height, width = size_hw[0], size_hw[1]
    if fine:
        # single pixels are too fine to see: each lends its light to its neighbors
        values = _blurred(values)
    large = enlarged(np.maximum(values, 0), (height, width))
    return spread01(large, cut=1.0 if fine else 0.0).astype(np.float32)


def _blurred(values: np.ndarray) -> np.ndarray:
    import cv2

    sigma = max(values.shape[:2]) / 112
    return np.asarray(cv2.GaussianBlur(values.astype(np.float32), (0, 0), max(sigma, 0.3)))
