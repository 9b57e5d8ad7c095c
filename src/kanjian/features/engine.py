"""Running a frozen network over many pictures, as fast as this processor can."""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any, Literal

import numpy as np

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.backend.processor import cpu_features
from kanjian.checks import check_choice
from kanjian.errors import TrainingError
from kanjian.features.converted import InexpressibleError, converted
from kanjian.features.identity import built
from kanjian.inference.runtime import shared_core
from kanjian.storage.cache import Cache

Precision = Literal["f32", "bf16"]
PRECISIONS = ("auto", "f32", "bf16")
# Pictures that go through Keras, too
CHECKED = 4
# Largest relative error taken. Measured at 224×224, last feature map: f32 up to 3e-6; bf16 0.005
# to 0.02 with random weights (ten networks), 0.04 to 0.08 for EfficientNet-Lite0 with its own
BOUNDS: dict[Precision, float] = {"f32": 1e-4, "bf16": 0.15}
# Pictures per request. With one stream per core and two requests per stream 2 and 4 were
# fastest; 8 cost a tenth more, and every picture of a request holds its activations in memory
_TOGETHER = 2


class FeatureEngine:
    """A frozen network on OpenVINO, guarded by Keras.

    Several requests run at once, one on each core, while the caller makes the next batch.
    The network is converted when first used. A few pictures also run through Keras: where
    OpenVINO in bfloat16 is too far off, float32 serves; where that is too far off, too,
    nothing does. A network that OpenVINO cannot express runs on Keras.

    Args:
        network: A functional Keras model in float32 with one input and one output of any
            rank; the input's size is known. Or one that is known: it is built only where
            Keras takes part.
        precision: "f32"; "bf16"; or "auto" for bf16 where the processor computes it.
        check: (n, …) inputs, of which the first four run through Keras, too, at once; by
            default those of the first `run`.
        cache: Where the converted network is kept; kanjian's own by default.

    Attributes:
        name: "openvino" or "keras".
        asked: "f32" or "bf16", what was to be used here.
        precision: "f32" or "bf16", what is used in the end.
        relative_error: Norm of the difference to Keras over the norm of what Keras gives;
            None until the first pictures were compared.
        notes: What was not as asked, as sentences.
        batch_size: Inputs that are computed together; batches of a multiple of it are best.
        shape: Of the features of one picture.

    Raises:
        TrainingError: If OpenVINO and Keras do not agree.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> keras = load_keras()
        >>> pixels = keras.Input((4, 4, 1), dtype="uint8")
        >>> network = keras.Model(pixels, keras.layers.Flatten()(keras.layers.Rescaling(2)(pixels)))
        >>> cache = Cache(Path(tempfile.mkdtemp()))
        >>> engine = FeatureEngine(network, precision="f32", cache=cache)
        >>> batches = (np.full((n, 4, 4, 1), n, np.uint8) for n in (3, 1))
        >>> [(features.shape, float(features.max())) for features in engine.run(batches)]
        [((3, 16), 6.0), ((1, 16), 2.0)]
        >>> engine.relative_error
        0.0
    """

    def __init__(
        self,
        network: Any,
        *,
        precision: Literal["auto", "f32", "bf16"] = "auto",
        check: np.ndarray | None = None,
        cache: Cache | None = None,
    ) -> None:
        check_choice("precision", precision, PRECISIONS, error=TrainingError)
        self._network, self._cache = network, cache
        self._dtype = np.dtype(network.inputs[0].dtype)
        self.shape: tuple[int, ...] = tuple(network.outputs[0].shape[1:])
        self.batch_size = _TOGETHER
        self.precision = self.asked = resolved_precision(precision)
        self.relative_error: float | None = None
        self.notes: tuple[str, ...] = ()
        self.name = "openvino"
        if check is not None:
            self._compare(check)

    def run(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The features of each batch, in order; a few batches are on their way at a time.

        Args:
            batches: (n, …) inputs each; n may differ from batch to batch.

        Returns:
            (n, …) float32 for each batch.

        Raises:
            TrainingError: If OpenVINO and Keras do not agree on the first batch.
        """
        batches = iter(batches)
        first = next(batches, None)
        if first is None:
            return
        if self.relative_error is None and len(first):
            self._compare(first)
        batches = chain([first], batches)
        yield from self._queued(batches) if self._requests else map(self._through_keras, batches)

    def again(self, precision: Precision, relative_error: float) -> "FeatureEngine":
        """One for the same network that goes on from what another pass has found.

        Args:
            precision: What was used in the end.
            relative_error: How far that was from Keras; it is not compared again.
        """
        made = FeatureEngine(self._network, precision=precision, cache=self._cache)
        made.relative_error = relative_error
        return made

    def _through_keras(self, batch: np.ndarray) -> np.ndarray:
        batch = batch.astype(self._dtype)
        return np.asarray(built(self._network).predict_on_batch(self._as_input(batch)), np.float32)

    def _queued(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Parts of batches go to whichever request is idle; the oldest is waited for."""
        idle, running = list(self._requests), deque[tuple[Any, np.ndarray, int, bool]]()
        parts: list[np.ndarray] = []
        try:
            for part, n, last in self._parts(batches):
                if not idle:
                    request, _, count, whole = running.popleft()
                    parts.append(_result(request, count))
                    idle.append(request)
                    if whole:
                        yield _joined(parts)
                request = idle.pop()
                request.start_async({0: part}, share_inputs=True)
                running.append((request, part, n, last))
            while running:
                request, _, count, whole = running.popleft()
                parts.append(_result(request, count))
                if whole:
                    yield _joined(parts)
        finally:
            for request, *_ in running:  # what they read must not go before they have ended
                request.wait()

    def _parts(self, batches: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, int, bool]]:
        """Inputs as many as a request takes, how many of them count, and if they end a batch."""
        size = self.batch_size
        for batch in batches:
            for start in range(0, max(len(batch), 1), size):
                part = np.ascontiguousarray(batch[start : start + size], self._dtype)
                n = len(part)
                if n < size:
                    part = np.concatenate([part, np.zeros((size - n, *part.shape[1:]), part.dtype)])
                yield part, n, start + size >= len(batch)

    def _converted(self) -> Any:
        """The network's OpenVINO form; raises InexpressibleError where there is none."""
        return converted(self._network, self._cache or Cache())

    @cached_property
    def _model(self) -> Any:
        """The network as OpenVINO has it, or None with a note."""
        try:
            model = self._converted()
        except InexpressibleError as error:
            return self._use_keras(str(error))
        model.reshape({0: [_TOGETHER, *(side or -1 for side in self._network.inputs[0].shape[1:])]})
        return model

    @cached_property
    def _requests(self) -> list[Any]:
        """What runs on OpenVINO in the precision in use; none where Keras serves."""
        if self._model is None:
            return []
        options = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": self.precision}
        try:
            compiled = shared_core().compile_model(self._model, "CPU", options)
        except RuntimeError as error:
            self._use_keras(f"OpenVINO cannot run this network: {str(error).splitlines()[0]}")
            return []
        # two for each stream: one computes while what the other gave is taken away
        count = 2 * compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        return [compiled.create_infer_request() for _ in range(count)]

    def _use_keras(self, reason: str) -> None:
        self.name, self.precision, self.relative_error = "keras", "f32", 0.0
        self.notes += (f"{reason}; Keras computes the features, which takes longer.",)

    def _compare(self, batch: np.ndarray) -> None:
        if not self._requests:
            return
        batch = batch[:CHECKED].astype(self._dtype)
        wanted = self._reference(batch)
        while self._requests:
            (found,) = self._queued([batch])
            error, bound = relative_error(found, wanted), BOUNDS[self.precision]
            if error <= bound:
                self.relative_error = error
                del self._model  # as large as the weights, and compiled by now
                return
            self._narrow_no_more(
                f"features from OpenVINO in {self.precision} differ from those of Keras by "
                f"{error:.2g} of their norm, more than {bound:g}"
            )

    def _reference(self, batch: np.ndarray) -> np.ndarray:
        """What Keras gives for a batch."""
        # called and not predicted: tracing a graph for one batch takes longer than the batch
        answer = built(self._network)(self._as_input(batch), training=False)
        reference: np.ndarray = load_keras().ops.convert_to_numpy(answer).astype(np.float32)
        return reference

    def _narrow_no_more(self, reason: str) -> None:
        if self.precision == "f32":
            raise TrainingError(f"{reason}. Update OpenVINO: {extras.pip_install()} -U openvino")
        self.notes += (f"{reason}; f32 is used.",)
        self.precision = "f32"
        del self._requests

    def _as_input(self, batch: np.ndarray) -> Any:
        # a network built from a list of inputs warns when it is called without one
        return [batch] if isinstance(built(self._network).input, list) else batch


def resolved_precision(wanted: str) -> Precision:
    """What "auto" means on this processor.

    Example:
        >>> resolved_precision("f32")
        'f32'
        >>> resolved_precision("auto") in {"f32", "bf16"}
        True
    """
    fast = bool(cpu_features() & {"avx512_bf16", "amx_bf16"})
    return "bf16" if wanted == "bf16" or (wanted == "auto" and fast) else "f32"


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    """Norm of the difference over the norm of what is wanted; infinite where not a number.

    Example:
        >>> relative_error(np.array([3.0, 4.5]), np.array([3.0, 4.0]))
        0.1
    """
    difference = float(np.linalg.norm(found.astype(np.float64) - wanted))
    if difference == 0:
        return 0.0
    norm = float(np.linalg.norm(wanted.astype(np.float64)))
    return difference / norm if norm > 0 and np.isfinite(difference) else float("inf")


def _result(request: Any, count: int) -> np.ndarray:
    request.wait()
    # a copy: the next inference writes where this one lies
    return np.array(request.get_output_tensor(0).data[:count], np.float32)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    parts.clear()
    return whole
