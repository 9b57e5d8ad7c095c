"""Save a denoiser and load it again: a folder anyone can be handed.

It holds `model.keras`, which opens in plain Keras, the OpenVINO form that runs without any
training framework, and `denoiser.toml`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from kanjian.denoise.card import DENOISER, DenoiserCard, NetworkSpec, read_card, write_card
from kanjian.denoise.unfinished import epoch_at, opened
from kanjian.errors import DenoiserError
from kanjian.features.engine import resolved_precision
from kanjian.inference.engines import Engine, EngineName, OpenVinoEngine, open_engine
from kanjian.inference.whole_folder import read_whole
from kanjian.paths import AnyPath

FOLDER = DENOISER.noun
# In gray levels. float32 sums in another order differ in the seventh digit of 255
PARITY = 0.01
# What goes through the network at once where a batch holds many small pictures
_PIXELS = 2**18


def save_denoiser(
    folder: AnyPath,
    keras_network: Any,
    *,
    facts: Mapping[str, Any],
    spec: NetworkSpec | None = None,
    name: str = "denoiser",
) -> None:
    """Save a trained Keras network as a denoiser.

    The folder is made beside the old one and takes its place at the end. OpenVINO must give
    the output of Keras to 0.01 gray levels in two sizes, else nothing is saved.

    Args:
        folder: The folder to make, usually `RUN/denoiser`.
        keras_network: float32 network of any height and width: (n, h, w, inputs) float32
            gray levels, 0 to 255 and beyond, to (n, h, w, channels) gray levels.
        facts: Whatever should be remembered: numbers, texts, lists, tables of them.
        spec: What the network takes; told from its input where not given.
        name: What the denoiser is called.

    Raises:
        DenoiserError: If the network is another kind of network, or OpenVINO disagrees with
            Keras.
        StorageError: If the folder cannot be written, or another writes it.

    Example:
        >>> import tempfile
        >>> from kanjian.backend import load_keras
        >>> keras = load_keras()
        >>> noisy = keras.Input((None, None, 1))
        >>> network = keras.Model(noisy, keras.layers.AveragePooling2D(3, 1, "same")(noisy))
        >>> folder = Path(tempfile.mkdtemp()) / "mean"
        >>> save_denoiser(folder, network, facts={"network": "mean of 3×3"})
        >>> Denoiser.load(folder).run(np.full((1, 5, 7, 1), 9, np.uint8)).shape
        (1, 5, 7, 1)
    """
    from kanjian.backend.package_versions import versions
    from kanjian.inference.bundle import save_network

    spec = _checked(keras_network, spec)
    card = DenoiserCard(name, spec, versions=versions(), facts=dict(facts))
    save_network(
        folder,
        keras_network,
        card,
        differ=lambda engine: _difference(engine, keras_network, spec),
        allowed=PARITY,
        finish=write_card,
    )


def _checked(network: Any, spec: NetworkSpec | None) -> NetworkSpec:
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise DenoiserError(
            f"the network has {len(network.inputs)} inputs and {len(network.outputs)} outputs, "
            "expected one each."
        )
    taken, given = tuple(network.inputs[0].shape), tuple(network.outputs[0].shape)
    if spec is None:
        # one channel more than comes out is that of σ
        spec = NetworkSpec(channels=given[-1], noise_map=taken[-1] == given[-1] + 1)
    wanted = (None, None, None, spec.inputs), (None, None, None, spec.channels)
    if (taken, given) != wanted or network.inputs[0].dtype != "float32":
        raise DenoiserError(
            f"the network takes {taken} {network.inputs[0].dtype} and gives {given}, expected "
            f"{wanted[0]} float32 and {wanted[1]}: gray levels of pictures of any size."
        )
    return spec


def _difference(engine: OpenVinoEngine, network: Any, spec: NetworkSpec) -> float:
    """The largest difference on noise in two sizes, so that a fixed size would show."""
    rng, found = np.random.default_rng(0), []
    for height, width in ((6, 4), (3, 7)):
        shape = (1, height * spec.multiple, width * spec.multiple, spec.inputs)
        batch = rng.uniform(0, 255, shape).astype(np.float32)
        expected = np.asarray(network.predict_on_batch(batch), np.float32)
        found.append(np.abs(engine.predict(batch) - expected).max())
    return float(np.max(found))


class Denoiser:
    """A trained network that cleans pictures of any size.

    Load one with `Denoiser.load`. It may be run from several threads.

    Args:
        card: What it says of itself.
        engine: What runs its network.
        note: What whoever uses it should know, as that its run is not finished.
    """

    def __init__(self, card: DenoiserCard, engine: Engine, *, note: str | None = None) -> None:
        self.card, self.note = card, note
        self._engine = engine

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        *,
        engine: EngineName = "auto",
        precision: Literal["auto", "f32", "bf16"] = "f32",
    ) -> Self:
        """Open a saved denoiser; needs no training framework where OpenVINO runs it.

        Args:
            folder: A run folder, or the `denoiser` folder in it. Of a run that is not finished,
                or the file of one of its epochs, Keras runs the network in float32.
            engine: "auto" for OpenVINO where the denoiser carries that form, else Keras;
                or "openvino" or "keras".
            precision: Of OpenVINO. "bf16" is faster on processors made for it, and right to
                about half a gray level; "auto" takes it there.

        Raises:
            DenoiserError: If there is no denoiser, it is damaged, or of a newer kanjian.

        Example:
            >>> Denoiser.load("nowhere")
            Traceback (most recent call last):
            kanjian.errors.DenoiserError: no denoiser in nowhere: ...
        """
        home = DENOISER.home_of(Path(folder))
        epoch = epoch_at(home)
        if epoch is not None:
            if engine == "openvino":
                raise DenoiserError(
                    f"epoch {epoch.number} of {epoch.run} has no OpenVINO form, which comes at the "
                    "end of the run. Use engine='keras'."
                )
            card, keras = opened(epoch)
            _checked(keras.network, card.spec)
            return cls(card, keras, note=epoch.note)
        return read_whole(home, lambda: cls._opened(home, engine, precision))

    @classmethod
    def _opened(
        cls, home: Path, engine: EngineName, precision: Literal["auto", "f32", "bf16"]
    ) -> Self:
        card = read_card(home)
        return cls(card, open_engine(home, card, engine, resolved_precision(precision)))

    @property
    def name(self) -> str:
        """What it is called."""
        return self.card.name

    @property
    def spec(self) -> NetworkSpec:
        """Channels, whether it is told σ, and what tiles must keep to."""
        return self.card.spec

    @property
    def engine(self) -> str:
        """What runs the network: "openvino" or "keras"."""
        return self._engine.name

    def __repr__(self) -> str:
        kind = "gray" if self.spec.channels == 1 else "color"
        noise_map = ", noise map" if self.spec.noise_map else ""
        return f"<Denoiser {self.name!r}: {kind}{noise_map}, {self.engine}>"

    def run(self, batch: np.ndarray, *, sigma: float | None = None) -> np.ndarray:
        """The pictures of a batch, cleaned, each as a whole.

        Memory grows with height and width; large pictures go through in tiles, see
        `kanjian.denoise.tiles`.

        Args:
            batch: (n, height, width, channels) gray levels, any height and width: uint8, or
                floats from 0 to 255 (noise may go beyond).
            sigma: How strong the noise is, in gray levels. A network that is told σ must be
                told; others do without and pass over it.

        Returns:
            Same shape. uint8 for uint8, rounded; float32 for floats, not clipped.

        Raises:
            DenoiserError: If the batch has another form, or σ is missing.
        """
        self._check(batch, sigma)
        if batch.size == 0:
            return np.empty(batch.shape, np.uint8 if batch.dtype == np.uint8 else np.float32)
        height, width = batch.shape[1:3]
        at_once = max(1, _PIXELS // (height * width))
        inputs = self._prepared(batch, sigma)
        clean: np.ndarray = np.concatenate(
            [
                self._engine.predict(inputs[start : start + at_once])[:, :height, :width]
                for start in range(0, len(inputs), at_once)
            ]
        )
        if batch.dtype == np.uint8:
            clean = np.rint(clean.clip(0, 255)).astype(np.uint8)
        return clean

    def _check(self, batch: np.ndarray, sigma: float | None) -> None:
        channels = self.spec.channels
        kind = getattr(getattr(batch, "dtype", None), "kind", "?")
        if (
            getattr(batch, "ndim", 0) != 4
            or batch.shape[3] != channels
            or not (batch.dtype == np.uint8 or kind == "f")
        ):
            raise DenoiserError(
                f"batch must be (n, height, width, {channels}), uint8 or floats from 0 to 255, "
                f"got {getattr(batch, 'shape', '?')} {getattr(batch, 'dtype', type(batch))}."
            )
        if self.spec.noise_map and (sigma is None or not 0 <= sigma <= 255):
            raise DenoiserError(
                f"{self.name} takes a noise map, so it needs how strong the noise is: "
                f"sigma from 0 to 255 gray levels, got {sigma}."
            )

    def _prepared(self, batch: np.ndarray, sigma: float | None) -> np.ndarray:
        """float32, a channel of σ where the network has one, sides made a multiple."""
        multiple = self.spec.multiple
        below, right = (-side % multiple for side in batch.shape[1:3])
        inputs: np.ndarray = batch.astype(np.float32)
        if below or right:
            # the border's own pixels again: a mirror would need pictures larger than the strip
            inputs = np.pad(inputs, ((0, 0), (0, below), (0, right), (0, 0)), mode="edge")
        if not self.spec.noise_map:
            return inputs
        noise_map = np.full((*inputs.shape[:3], 1), sigma, np.float32)
        return np.concatenate([inputs, noise_map], axis=3)
