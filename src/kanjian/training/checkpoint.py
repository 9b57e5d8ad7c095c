"""The complete state of a training run: a run resumed from it equals an unbroken one."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import TrainingError
from kanjian.guard.npz import read_npz
from kanjian.guard.text import parse_json
from kanjian.storage import files
from kanjian.training.phases import PhaseResult

FILE = "state.npz"
_META = "meta"


@dataclass
class Progress:
    """How far a run has come. The training loop moves it on; a checkpoint holds a copy.

    Args:
        epoch: Epochs finished.
        step: Steps finished in the running epoch.
        fit_seconds: Time spent fitting so far, over all interruptions.
        history: One row per finished epoch.
        best: The value watched for the best weights so far, or None.
        waited: Epochs since the validation loss was last better.
        stopped_early: Whether early stopping ended the run.
        averaged_steps: Groups of steps that entered the running average.
        data: Fingerprint of the training pictures.
        phase: Phases finished, where a recipe has several.
        earlier: Epochs of the finished phases; their rows stand in `history`.
        reached: What validation says of the weights that the running phase started from.
        phases: What the finished phases reached, for the report.
        probe: What a linear probe of the features reached, for the report.
    """

    epoch: int = 0
    step: int = 0
    fit_seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best: float | None = None
    best_loss: float | None = None
    waited: int = 0
    stopped_early: bool = False
    averaged_steps: int = 0
    data: str = ""
    phase: int = 0
    earlier: int = 0
    reached: dict[str, float] | None = None
    phases: list[PhaseResult] = field(default_factory=list)
    probe: dict[str, float] | None = None


def model_arrays(model: Any) -> dict[str, np.ndarray]:
    """Every number that decides the next step: weights, seeds, optimizer and running metrics.

    Args:
        model: A compiled Keras model, built optimizer included.

    Returns:
        Arrays by a name that says where they belong.

    Example:
        >>> from kanjian.backend import load_keras
        >>> keras = load_keras()
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> "model/0" in model_arrays(model)
        True
    """
    _build_optimizer(model)
    # copied: what a backend hands out may be its own memory, which the next step overwrites
    return {name: np.array(variable.numpy()) for name, variable in _variables(model)}


def _build_optimizer(model: Any) -> None:
    # Keras' loss scaling for float16 would make its own variables again each time
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _variables(model: Any) -> list[tuple[str, Any]]:
    named = [(f"model/{number}", variable) for number, variable in enumerate(model.variables)]
    named += [(f"optimizer/{n}", variable) for n, variable in enumerate(model.optimizer.variables)]
    return named + _metric_variables(model)


def _metric_variables(model: Any) -> list[tuple[str, Any]]:
    variables = [variable for metric in model.metrics for variable in metric.variables]
    return [(f"metric/{number}", variable) for number, variable in enumerate(variables)]


def restore_model(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """Set a compiled model to a saved state.

    Raises:
        TrainingError: If the state belongs to another network or optimizer.

    Example:
        >>> from kanjian.backend import load_keras
        >>> keras = load_keras()
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> restore_model(model, model_arrays(model))
    """
    _build_optimizer(model)
    wanted = dict(_variables(model))
    # metrics appear only once a step has run; they are restored by `restore_metrics`
    lasting = {name for name in arrays if not name.startswith("metric/")}
    expected = {name for name in wanted if not name.startswith("metric/")}
    if lasting != expected:
        raise TrainingError(
            f"the checkpoint holds {len(lasting)} variables, this recipe's network and optimizer "
            f"have {len(expected)}. Resume with the recipe and version the run was started with."
        )
    for name in lasting:
        if tuple(wanted[name].shape) != arrays[name].shape:
            raise TrainingError(
                f"{wanted[name].path} has shape {tuple(wanted[name].shape)}, the checkpoint "
                f"has {arrays[name].shape}. Resume with the recipe the run was started with."
            )
        wanted[name].assign(arrays[name])


def restore_metrics(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """Set the running metrics of an epoch to where they stood; does nothing between epochs."""
    for name, variable in _metric_variables(model):
        if name in arrays:
            variable.assign(arrays[name])


def save_checkpoint(folder: Path, progress: Progress, arrays: dict[str, np.ndarray]) -> None:
    """Write the state as one file that takes the old one's place only when it is whole.

    Args:
        folder: The run's `checkpoint` folder.
        progress: How far the run has come.
        arrays: `model_arrays` and whatever else must come back.

    Raises:
        KanjianError: If the disk is full or the folder cannot be written; the last
            checkpoint is then still there.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> save_checkpoint(folder, Progress(epoch=3), {"model/0": np.ones(2)})
        >>> progress, arrays = load_checkpoint(folder)
        >>> progress.epoch, arrays["model/0"]
        (3, array([1., 1.]))
    """
    meta = np.frombuffer(json.dumps(asdict(progress)).encode(), np.uint8)
    with files.replacing(folder / FILE) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **{_META: meta}, **arrays)  # type: ignore[arg-type]


def load_checkpoint(folder: Path) -> tuple[Progress, dict[str, np.ndarray]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        TrainingError: If there is none, or it is damaged.
    """
    path = folder / FILE
    try:
        arrays = read_npz(path, error=TrainingError)
        meta = arrays.pop(_META).tobytes().decode("utf-8")
        record = parse_json(meta, "its record", error=TrainingError)
        phases = [PhaseResult.of(each) for each in record.pop("phases", ())]
        progress = Progress(**record, phases=phases)
    except FileNotFoundError as error:
        raise TrainingError(f"no checkpoint in {folder}. Start the run anew.") from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError, TrainingError) as error:
        raise TrainingError(
            f"the checkpoint {path} cannot be read ({error}). Start the run anew."
        ) from error
    return progress, arrays
