"""From a Keras network to its OpenVINO form."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.backend import backend_name, load_keras
from kanjian.errors import RecognizerError, StorageError
from kanjian.inference.runtime import serialize, shared_core
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES
from kanjian.storage.failures import failure_of_place, writing

# A child that imports TensorFlow, loads and converts takes about 10 s on two busy cores
_CHILD_LIMIT_S = 600
# The child's status where the place failed and not the network
_PLACE = 3
# What the system does to a process for want of memory
_KILLED = -9
_INEXPRESSIBLE = {"XlaDynamicUpdateSlice"}


def write_openvino(network: Any, folder: Path) -> str | None:
    """Write `model.xml` and `model.bin` for a network.

    Under TensorFlow the network is converted as it is. JAX networks cannot be converted
    (OpenVINO has no rule for XlaCallModule) and traced PyTorch ones lose their shapes; but
    `model.keras` belongs to no backend, so a child process loads it under TensorFlow.

    Args:
        network: The Keras model.
        folder: Where the two files go. Other backends than TensorFlow read `model.keras`
            there, and write it first where it is not there yet.

    Returns:
        None, or one sentence why there is no OpenVINO form.

    Raises:
        StorageError: If the disk is full or memory ends: that says nothing of the network.
    """
    if backend_name() == "tensorflow":
        return _convert(network, folder)
    if importlib.util.find_spec("tensorflow") is None:
        return f"converting to OpenVINO needs TensorFlow; run: {extras.cure('train')}"
    if not (folder / KERAS_FILE).exists():
        with writing(folder):
            network.save(folder / KERAS_FILE)
    return _convert_in_child(folder)


def _convert(network: Any, folder: Path) -> str | None:
    graph = folder / "graph.pb"
    try:
        content = _graph(network)
        with writing(folder, needed_bytes=len(content)):
            graph.write_bytes(content)
        model = shared_core().read_model(graph)
        assert len(model.inputs) == 1, f"inputs {[each.any_name for each in model.inputs]}"
    except Exception as error:
        # the converter's errors have no base in common
        failure = failure_of_place(error, folder)
        if failure is not None:
            raise failure from error
        # The network is whole without this form; what OpenVINO lacks is told, not fatal
        return f"OpenVINO cannot express this network: {_gist(error)}"
    else:
        serialize(model, folder / OPENVINO_FILES[0])
    finally:
        graph.unlink(missing_ok=True)
    return None


def _graph(network: Any) -> bytes:
    """The network as a TensorFlow graph with its weights as constants.

    Keras' own `export` traces the network more than once and hands over variables, which
    OpenVINO reads one by one in Python: eight times as slow for EfficientNet-Lite0.
    """
    tensorflow, keras = extras.load("tensorflow"), load_keras()
    (pixels,) = network.inputs
    values = [(variable, variable.numpy()) for variable in network.variables]

    def answer(pictures: Any) -> Any:
        constants = [(variable, tensorflow.constant(value)) for variable, value in values]
        with keras.StatelessScope(state_mapping=constants):
            return network(pictures, training=False)

    signature = [tensorflow.TensorSpec(pixels.shape, pixels.dtype, name=pixels.name)]
    traced = tensorflow.function(answer, input_signature=signature, autograph=False)
    graph = traced.get_concrete_function().graph
    definition = graph.as_graph_def()
    ends = [each.op.name for each in (*graph.inputs, *graph.outputs)]
    _prune(definition, ends)
    _freeze_captures(definition, graph.captures)
    _fold_constants(definition)
    _prune(definition, ends)
    content: bytes = definition.SerializeToString()
    return content


def _prune(definition: Any, ends: Iterable[str]) -> None:
    """Take out, in place, what these nodes do not need.

    What a layer computes and then leaves alone would be one more output in OpenVINO.
    """
    inputs = {node.name: node.input for node in definition.node}
    waiting, needed = list(ends), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [each.removeprefix("^").partition(":")[0] for each in inputs[name]]
    for number in reversed(range(len(definition.node))):
        if definition.node[number].name not in needed:
            del definition.node[number]


def _freeze_captures(definition: Any, captures: Iterable[tuple[Any, Any]]) -> None:
    """Write the values that a layer holds as plain tensors into the graph, in place.

    TensorFlow makes an input of each that has more than 128 numbers, such as the mean of
    every pixel.
    """
    values = {placeholder.op.name: value for value, placeholder in captures}
    for node in definition.node:
        if node.name in values:
            _make_constant(node, values[node.name].numpy())


def _fold_constants(definition: Any) -> None:
    """Compute now, in place, what OpenVINO has no operation for where no picture decides about it.

    The masks of Swin's shifted windows are such.
    """
    tensorflow = extras.load("tensorflow")
    inputs = {node.name: node.input for node in definition.node}
    pictures = {node.name for node in definition.node if node.op == "Placeholder"}

    def constant(name: str) -> bool:
        waiting, seen = [name], set[str]()
        while waiting:
            here = waiting.pop().removeprefix("^").partition(":")[0]
            if here in pictures:
                return False
            if here not in seen:
                seen.add(here)
                waiting += inputs[here]
        return True

    wanted = [node for node in definition.node if node.op in _INEXPRESSIBLE and constant(node.name)]
    if not wanted:
        return
    with tensorflow.Graph().as_default() as graph:
        tensorflow.import_graph_def(definition, name="")
        with tensorflow.compat.v1.Session(graph=graph) as session:
            values = session.run([f"{node.name}:0" for node in wanted])
    for node, value in zip(wanted, values, strict=True):
        _make_constant(node, value)


def _make_constant(node: Any, array: Any) -> None:
    value = extras.load("tensorflow").make_tensor_proto(array)
    del node.input[:]
    node.op = "Const"
    node.attr.clear()
    node.attr["value"].tensor.CopyFrom(value)
    node.attr["dtype"].type = value.dtype


def _gist(error: Exception) -> str:
    lines = [line.strip(" -") for line in str(error).splitlines() if line.strip()]
    unsupported = [line for line in lines if line.startswith("No conversion rule")]
    return (unsupported or lines or [type(error).__name__])[0]


def _convert_in_child(folder: Path) -> str | None:
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        child = subprocess.run(  # noqa: S603 - our own module, under this very Python
            [sys.executable, "-m", "kanjian.inference.convert", str(folder.absolute())],
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_CHILD_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"converting to OpenVINO took more than {_CHILD_LIMIT_S} s"
    if child.returncode == 0:
        return child.stdout.strip() or None
    lines = child.stderr.strip().splitlines()
    if child.returncode == _PLACE:
        raise StorageError(lines[-1])
    if child.returncode == _KILLED:
        raise StorageError(
            "converting to OpenVINO was ended by the system, most often for want of memory. "
            "Close other programs and try again."
        )
    return f"converting to OpenVINO failed: {lines[-1] if lines else child.returncode}"


def _main(folder: Path) -> int:
    network = load_keras().saving.load_model(folder / KERAS_FILE, compile=False, safe_mode=True)
    try:
        sys.stdout.write(_convert(network, folder) or "")
    except StorageError as error:
        sys.stderr.write(f"\n{' '.join(str(error).split())}\n")
        return _PLACE
    return 0


def check_network(
    network: Any, *, classes: tuple[str, ...], size_hw: tuple[int, int], channels: int
) -> None:
    """Refuse a network that does not take raw pictures or does not give these classes.

    Args:
        network: The Keras model, before or after training.
        classes: The class names, in the order of its outputs.
        size_hw: Height and width it should take.
        channels: 1 or 3.

    Raises:
        RecognizerError: If input or output differ from what a recognizer needs.

    Example:
        >>> keras = load_keras()
        >>> pixels = keras.Input((4, 6, 1), dtype="uint8")
        >>> flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pixels))
        >>> network = keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(flat))
        >>> check_network(network, classes=("cat", "dog"), size_hw=(4, 6), channels=1)
        >>> check_network(network, classes=("cat", "dog"), size_hw=(6, 4), channels=1)
        Traceback (most recent call last):
        kanjian.errors.RecognizerError: the network takes (4, 6, 1) uint8, expected (6, 4, 1) uint8:
            raw pixels, height before width; scaling is a layer of the network.
    """
    inputs, outputs = network.inputs, network.outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise RecognizerError(
            f"the network has {len(inputs)} inputs and {len(outputs)} outputs, expected one each."
        )
    wanted = (*size_hw, channels)
    if tuple(inputs[0].shape[1:]) != wanted or inputs[0].dtype != "uint8":
        raise RecognizerError(
            f"the network takes {tuple(inputs[0].shape[1:])} {inputs[0].dtype}, expected {wanted} "
            "uint8: raw pixels, height before width; scaling is a layer of the network."
        )
    shape = tuple(outputs[0].shape[1:])
    if shape != (len(classes),) and not (shape == (1,) and len(classes) == 2):
        raise RecognizerError(
            f"the output of the network is {shape}, expected ({len(classes)},): one probability "
            f"for each of the {len(classes)} classes."
        )


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
