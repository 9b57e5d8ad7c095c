"""From a Keras network to another program's form, in a process that may load what it needs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kanjian.backend import backend_name, load_keras
from kanjian.errors import ExportError, KanjianError, StorageError
from kanjian.export.formats import FORMS, Form
from kanjian.export.runtimes import answers_of
from kanjian.export.view_graphs import keras_with_views
from kanjian.guard.keras_file import load_network
from kanjian.inference.views import mean_over_views, views_of
from kanjian.storage.failures import failure_of_place, writing
from kanjian.storage.files import scratch

# TensorFlow, a large network and its conversion, on two busy cores
_CHILD_LIMIT_S = 1200
_MISTAKE, _PLACE = 2, 3
# What the system does to a process for want of memory
_KILLED = -9


class Answers(NamedTuple):
    """What networks give for the same pictures, (n, k) float32 each.

    Args:
        plain: Keras, for the pictures as they are.
        expected: Keras, for the views that are made in the written network; mostly the same.
        found: The network that was written.
    """

    plain: np.ndarray
    expected: np.ndarray
    found: np.ndarray


def convert(
    model: Path, form: Form, folder: Path, pictures: np.ndarray, *, batch: int | None,
    views: tuple[int, bool] = (1, False),
) -> Answers:  # fmt: skip
    """Write a network in another form, and ask both about the same pictures.

    The form may need another Keras backend than this process has, and the converters leave
    their libraries and their chatter behind: a child process does the work, except where
    Keras runs here already on the backend wanted.

    Args:
        model: The `.keras` file.
        form: One that Keras makes.
        folder: Where to write.
        pictures: (n, h, w, c) uint8 to ask about.
        batch: The fixed number of pictures in a batch; None: any.
        views: How many views the network averages over, and whether mirror images are among
            them.

    Raises:
        ExportError: If the network has no such form.
        MissingExtraError: If a package is missing, in this process or the child.
    """
    if "keras" in sys.modules and backend_name() == form.backend:
        return carry_out(model, form, folder, pictures, batch=batch, views=views)
    with scratch() as place:
        with writing(place):
            np.save(place / "pictures.npy", pictures)
        wishes = [str(int(each)) for each in (batch or 0, *views)]
        _run_child([str(model), form.name, str(folder), str(place), *wishes], form)
        return Answers(*(np.load(place / f"{name}.npy") for name in Answers._fields))


def carry_out(
    model: Path, form: Form, folder: Path, pictures: np.ndarray, *, batch: int | None,
    views: tuple[int, bool] = (1, False),
) -> Answers:  # fmt: skip
    """The work of `convert`, in this process.

    Raises:
        ExportError: If the network has no such form.
    """
    assert form.write is not None, "the recognizer has it already"
    network = _answering(load_network(model, error=ExportError))
    seen = views_of(views[0], mirror=views[1]) if form.makes_views else views_of(1, mirror=False)

    def ask(batch: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(batch), np.float32)

    plain = ask(pictures)
    expected = plain if len(seen) == 1 else mean_over_views(ask, pictures, seen)
    # the same network twice: asked the same way, it gives the same to the last bit
    together = len(pictures) if form.any_batch else batch
    try:
        form.write(keras_with_views(network, seen), folder / form.file, batch)
        return Answers(plain, expected, answers_of(form, folder, pictures, batch=together))
    except KanjianError:
        raise
    # converters raise whatever they like
    except Exception as error:
        failure = failure_of_place(error, folder, needed_bytes=2 * model.stat().st_size)
        if failure is not None:
            raise failure from error
        raise ExportError(
            f"Keras cannot write this network as {form.name}: {_gist(error)}. "
            "Choose another form with --to."
        ) from error


def _answering(network: Any) -> Any:
    """One probability for each class, also where the network has one sigmoid for two of them."""
    (pixels,), (answer,) = network.inputs, network.outputs
    if answer.shape[-1] != 1:
        return network
    keras = load_keras()
    first = keras.layers.Rescaling(-1.0, offset=1.0)(answer)
    return keras.Model(pixels, keras.layers.Concatenate()([first, answer]))


def _gist(error: BaseException) -> str:
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:240].rstrip(".")


def _run_child(args: list[str], form: Form) -> None:
    environment = os.environ | {"KERAS_BACKEND": str(form.backend), "CUDA_VISIBLE_DEVICES": ""}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        child = subprocess.run(  # noqa: S603 - our own module, under this very Python
            [sys.executable, "-m", "kanjian.export.convert", *args],
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_CHILD_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(
            f"converting to {form.name} took more than {_CHILD_LIMIT_S} s. "
            "Choose another form with --to."
        ) from error
    if child.returncode == 0:
        return
    lines = child.stderr.strip().splitlines()
    told = lines[-1] if lines else f"status {child.returncode}"
    if child.returncode == _PLACE:
        raise StorageError(told)
    if child.returncode == _KILLED:
        raise StorageError(
            f"converting to {form.name} was ended by the system, most often for want of memory. "
            "Close other programs and try again."
        )
    if child.returncode == _MISTAKE:
        raise ExportError(told)
    raise ExportError(f"converting to {form.name} failed: {told}")


def _main(model: str, form: str, folder: str, place: str, *wishes: str) -> int:
    """In the child: see `convert`."""
    pictures = np.load(Path(place) / "pictures.npy")
    batch, views, mirror = map(int, wishes)
    try:
        answers = carry_out(
            Path(model), FORMS[form], Path(folder), pictures, batch=batch or None,
            views=(views, bool(mirror)),
        )  # fmt: skip
        with writing(Path(place)):
            for name, answer in answers._asdict().items():
                np.save(Path(place) / f"{name}.npy", answer)
    except KanjianError as error:
        sys.stderr.write(f"\n{' '.join(str(error).split())}\n")
        return _PLACE if isinstance(error, StorageError) else _MISTAKE
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
