"""A network in 8-bit numbers: NNCF finds the scales on pictures the network was trained on."""

import contextlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.checks import plural
from kanjian.datasets.corrupt import drop_damaged
from kanjian.datasets.dataset import Dataset
from kanjian.errors import ExportError
from kanjian.export.own_images import Parts, shape_of, spread
from kanjian.inference.card import Card
from kanjian.inference.engines import OpenVinoEngine, as_probabilities
from kanjian.inference.runtime import load_openvino, read_guarded, serialize
from kanjian.inference.views import mean_over_views, views_of
from kanjian.json_types import JsonObject
from kanjian.pipeline.resized import fitted_batch, fitted_batches

CALIBRATION = 300
# Seconds each form is timed for, in turns
_TIMED_S = 1.5
_ROUNDS = 3


@dataclass(frozen=True)
class Int8:
    """What quantization cost and brought.

    Args:
        part: What the accuracies were measured on.
        pictures: How many pictures that were.
        before: Accuracy in 32 bits.
        after: Accuracy in 8 bits.
        agreement: The share of pictures to which both give the same class.
        calibrated_on: Pictures the scales were found on.
        images_per_second: By "f32", "bf16" and "int8"; measured here, in turns.
        megabytes: By "f32" and "int8": the size of the weights.
        way: "plain", or "careful" where layers that lose most stayed in 32 bits.
    """

    part: str
    pictures: int
    before: float
    after: float
    agreement: float
    calibrated_on: int
    images_per_second: dict[str, float]
    megabytes: dict[str, float]
    way: str = "plain"

    @property
    def drop_points(self) -> float:
        """Percentage points of accuracy lost; negative where some were won."""
        return 100 * (self.before - self.after)

    def sentence(self) -> str:
        """The outcome in words."""
        speed = self.images_per_second
        rates = ", ".join(f"{name} {rate:.0f}" for name, rate in speed.items())
        return (
            f"Quantized to 8 bits on {plural(self.calibrated_on, 'picture')}. On {self.pictures} "
            "other "
            f"pictures ({self.part}) {100 * self.before:.2f} % were right before and "
            f"{100 * self.after:.2f} % after, {100 * self.agreement:.2f} % of the predictions are "
            f"the same. Images per second here: {rates}. Weights: {self.megabytes['f32']:.1f} MB "
            f"before, {self.megabytes['int8']:.1f} MB after."
        )

    def to_dict(self) -> JsonObject:
        """The outcome as plain values."""
        return asdict(self) | {"drop_points": self.drop_points}


def quantize(source: Path, target: Path, card: Card, parts: Parts, *, max_drop: float) -> Int8:
    """Write a network of OpenVINO in 8-bit numbers.

    First all layers are quantized. Where that loses more than allowed, layers go back to
    float until it does not, and only then is it refused.

    Args:
        source: The .xml file of the network.
        target: The .xml file to write, and its .bin beside it.
        card: Of the recognizer.
        parts: Pictures to calibrate and to evaluate on.
        max_drop: Percentage points of accuracy that may be lost.

    Raises:
        ExportError: If more is lost.
        MissingExtraError: If NNCF is not installed.
    """
    nncf = load_nncf()
    learned, judged = drop_damaged(parts.learned)[0], drop_damaged(parts.judged)[0]
    calibration = _Calibration(learned, card)
    before = _answers(source, judged, card)
    accuracy = _share_right(before, judged.labels)
    way, after = "plain", np.empty(0)
    for way in ("plain", "careful"):
        with _silent():
            model = _quantized(nncf, source, calibration, way, max_drop)
        serialize(model, target)
        del model
        after = _answers(target, judged, card)
        if 100 * (accuracy - _share_right(after, judged.labels)) <= max_drop:
            break
    made = Int8(
        part=parts.part,
        pictures=len(judged),
        before=accuracy,
        after=_share_right(after, judged.labels),
        agreement=float((before.argmax(axis=1) == after.argmax(axis=1)).mean()),
        calibrated_on=len(calibration.indices),
        images_per_second=_speeds(source, target, calibration),
        megabytes={"f32": _megabytes(source), "int8": _megabytes(target)},
        way=way,
    )
    if made.drop_points > max_drop:
        raise ExportError(
            f"in 8 bits {100 * made.after:.2f} % of {made.pictures} pictures are right, before "
            f"{100 * made.before:.2f} %: a loss of {made.drop_points:.2f} points, allowed are "
            f"{max_drop:g}. Nothing was exported; allow more with --max-drop, or leave --int8 out."
        )
    return made


def load_nncf() -> ModuleType:
    """NNCF, without its usage statistics and its chatter.

    Raises:
        MissingExtraError: If it is not installed.
    """
    load_openvino()  # first: it hides the package that reports to a web analytics service
    with _silent():
        nncf = extras.load("nncf")
    logging.getLogger("nncf").setLevel(logging.ERROR)
    return nncf


class _Calibration:
    """Pictures the network was trained on, one at a time; resized when asked for."""

    def __init__(self, dataset: Dataset, card: Card) -> None:
        self.dataset, self.card = dataset, card
        self.indices = spread(len(dataset), CALIBRATION)

    def __iter__(self) -> Iterator[np.ndarray]:
        for index in self.indices:
            yield self.batch([index])

    def __len__(self) -> int:
        return len(self.indices)

    def batch(self, indices: Any) -> np.ndarray:
        return fitted_batch(self.dataset, np.asarray(indices), shape_of(self.card))

    def labeled(self) -> Iterator[tuple[np.ndarray, int]]:
        for index in self.indices:
            yield self.batch([index]), int(self.dataset.labels[index])


def _quantized(
    nncf: ModuleType, source: Path, calibration: _Calibration, way: str, max_drop: float
) -> Any:
    model = read_guarded(source)
    data = nncf.Dataset(calibration)
    if way == "plain":
        return nncf.quantize(
            model, data, preset=nncf.QuantizationPreset.MIXED, subset_size=len(calibration),
            fast_bias_correction=False,
        )  # fmt: skip
    # evaluated on the pictures of calibration: those held back must stay unseen
    labeled = nncf.Dataset(list(calibration.labeled()), lambda item: item[0])
    return nncf.quantize_with_accuracy_control(
        model, data, labeled, validation_fn=_share_right_of, max_drop=max_drop / 100,
        subset_size=len(calibration), preset=nncf.QuantizationPreset.MIXED,
    )  # fmt: skip


def _share_right_of(compiled: Any, items: Any) -> tuple[float, None]:
    """As NNCF asks for it."""
    right = [
        int(as_probabilities(np.asarray(compiled(pixels)[0])).argmax()) == label
        for pixels, label in items
    ]
    return float(np.mean(right)), None


def _answers(path: Path, dataset: Dataset, card: Card) -> np.ndarray:
    engine = OpenVinoEngine(path)
    views = views_of(card.views, mirror=card.mirror)
    batches = fitted_batches(dataset, shape_of(card))
    answers = [mean_over_views(engine.predict, batch, views) for batch in batches]
    return as_probabilities(np.concatenate(answers))


def _share_right(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def _speeds(source: Path, target: Path, calibration: _Calibration) -> dict[str, float]:
    """Images per second, the forms in turns so that what else runs here hits all alike."""
    engines = {
        "f32": OpenVinoEngine(source),
        "bf16": OpenVinoEngine(source, precision="bf16"),
        "int8": OpenVinoEngine(target),
    }
    batch = calibration.batch(calibration.indices[:64])
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for engine in engines.values():
        engine.predict(batch)
    for _ in range(_ROUNDS):
        for name, engine in engines.items():
            rates[name].append(_rate(engine, batch, _TIMED_S / _ROUNDS))
    return {name: round(float(np.median(values)), 1) for name, values in rates.items()}


def _rate(engine: OpenVinoEngine, batch: np.ndarray, seconds: float) -> float:
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        engine.predict(batch)
        done += len(batch)
    return done / (time.perf_counter() - start)


def _megabytes(path: Path) -> float:
    return path.with_suffix(".bin").stat().st_size / 1e6


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """NNCF draws progress bars on stdout, where results belong."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
