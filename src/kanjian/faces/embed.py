"""From an aligned face to numbers that lie near each other for pictures of one person."""

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kanjian.errors import FaceError
from kanjian.faces import files
from kanjian.faces.align import SIZE
from kanjian.faces.unit import unit
from kanjian.inference.runtime import load_openvino, shared_core
from kanjian.models.backbone_registry import BACKBONES

# Crops at once; more are no faster and hold more memory
_AT_ONCE = 16


@dataclass(frozen=True)
class Preparation:
    """What a network does not do itself before it looks: (pixel - shift) / scale.

    Args:
        shift: Taken off every pixel.
        scale: Divides what is left.
    """

    shift: float
    scale: float


# SFace has its own scaling inside; the others were trained on pixels around zero
_PREPARED = {"sface": Preparation(0, 1), "mobilefacenet": Preparation(127.5, 128)}
_USUAL = Preparation(127.5, 127.5)


class Embedder(Protocol):
    """What turns faces into numbers; may be called from several threads."""

    name: str
    sha256: str
    length: int

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """One row of length 1 per crop, (n, length) float32.

        Args:
            crops: (n, 112, 112, 3) RGB uint8, as `align` gives them.
        """
        ...


def embedder(which: str = "auto", *, mirrored: bool = True) -> Embedder:
    """Make an embedder; keep it, making one is slow.

    Args:
        which: "mobilefacenet" or "sface"; "auto" is the first whose file is at hand; or the
            path of an ONNX file that takes aligned crops of 112×112. A file that is not
            known is given (x - 127.5) / 127.5 in RGB, or raw RGB if its name says sface. The
            name of a backbone ("efficientnet-lite0") serves for want of anything better.
        mirrored: Whether each face is looked at twice, the second time as in a mirror, and
            the mean taken: better by a little, twice the time.

    Raises:
        FaceError: If no file is at hand or it is another kind of network.

    Example:
        >>> embedder("sfase")
        Traceback (most recent call last):
        kanjian.errors.FaceError: unknown embedder 'sfase'. Did you mean 'sface'?
    """
    if which == "auto":
        known = files.names("embedder")
        which = next((name for name in known if files.at_hand(name)), "sface")
    if any(which == record.name for record in BACKBONES):
        from kanjian.faces.backbone_embedder import BackboneEmbedder

        return BackboneEmbedder(which)
    return OnnxEmbedder(files.read_network(which, "embedder"), mirrored=mirrored)


class OnnxEmbedder:
    """A face network in an ONNX file, run by OpenVINO.

    Args:
        file: The file.
        mirrored: See `embedder`.
    """

    def __init__(self, file: files.NetworkFile, *, mirrored: bool) -> None:
        self.name, self.sha256 = file.name, file.sha256
        self._mirrored, self._lock = mirrored, threading.Lock()
        self._prepared = _PREPARED.get(
            "sface" if "sface" in file.name.lower() else file.name, _USUAL
        )
        load_openvino()
        try:
            network = shared_core().read_model(file.content, b"")
            self._first, self.length = self._shaped(network)
            self._request = shared_core().compile_model(
                network, "CPU",
                {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"},
            ).create_infer_request()  # fmt: skip
        except (RuntimeError, UnicodeDecodeError) as error:
            raise FaceError(
                f"OpenVINO cannot run {file.path}: "
                f"{str(error).strip().splitlines()[-1]} Give another file."
            ) from error
        except ValueError as error:
            raise FaceError(f"{file.path} is no network of aligned faces: {error}") from error

    @staticmethod
    def _shaped(network: Any) -> tuple[bool, int]:
        """Whether channels come first, and how many numbers come out; any number of faces."""
        if len(network.inputs) != 1:
            raise ValueError(f"it takes {len(network.inputs)} inputs, expected one.")
        shape = network.inputs[0].partial_shape
        sides = [-1 if side.is_dynamic else side.get_length() for side in shape]
        first = sides[1:] == [3, SIZE, SIZE]
        if not first and sides[1:] != [SIZE, SIZE, 3]:
            raise ValueError(f"it takes {sides}, expected n, 3, {SIZE}, {SIZE} or channels last.")
        network.reshape([-1, *sides[1:]])
        given = network.outputs[0].partial_shape
        if len(given) != 2 or given[1].is_dynamic:
            raise ValueError(f"it gives {given}, expected one row of numbers for each face.")
        return first, given[1].get_length()

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """See `Embedder.embed`."""
        if crops.shape[1:] != (SIZE, SIZE, 3) or crops.dtype != np.uint8:
            raise FaceError(
                f"crops must be (n, {SIZE}, {SIZE}, 3) uint8, got {crops.shape} {crops.dtype}. "
                "Use align()."
            )
        if not len(crops):
            return np.empty((0, self.length), np.float32)
        parts = [crops[start : start + _AT_ONCE] for start in range(0, len(crops), _AT_ONCE)]
        return np.concatenate([unit(self._embedded(part)) for part in parts])

    def _embedded(self, crops: np.ndarray) -> np.ndarray:
        seen = np.concatenate([crops, crops[:, :, ::-1]]) if self._mirrored else crops
        batch = (seen.astype(np.float32) - self._prepared.shift) / self._prepared.scale
        if self._first:
            batch = batch.transpose(0, 3, 1, 2)
        with self._lock:
            rows = self._request.infer({0: np.ascontiguousarray(batch)})[0].copy()
        rows = unit(rows)
        return rows[: len(crops)] + rows[len(crops) :] if self._mirrored else rows
