"""Gradients of a function by its input, the same on every backend."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.backend import backend_name, load_keras

# Function of an input and perhaps more arrays -> (its value per row, the gradients)
Gradients = Callable[..., tuple[np.ndarray, np.ndarray]]


def input_gradients(
    function: Callable[[Any], Any], inputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a function gives for each row of its input, and how that changes with the row.

    Args:
        function: Maps a backend tensor (n, ...) to one number per row, (n,), each of its own
            row alone; written with `keras.ops`.
        inputs: (n, ...) floats.

    Returns:
        (n,) and the gradients, shaped as `inputs`; both float32. Where the function does not
        depend on the input the gradients are 0.

    Example:
        >>> outputs, gradients = input_gradients(
        ...     lambda x: load_keras().ops.sum(x * x, axis=1), np.array([[1.0, 2.0], [3.0, 0.0]]))
        >>> outputs, gradients
        (array([5., 9.], dtype=float32), array([[2., 4.], [6., 0.]], dtype=float32))
    """
    return compile_gradients(function)(inputs)


def compile_gradients(function: Callable[..., Any]) -> Gradients:
    """The same for many calls: traced once for each shape, fast from the second call on.

    Args:
        function: As for `input_gradients`; it may take further tensors after the input.

    Returns:
        A function of the input and those further arrays (which get no gradients).

    Example:
        >>> slope = compile_gradients(lambda x, factor: load_keras().ops.sum(x * factor, axis=1))
        >>> slope(np.ones((1, 2)), np.array([[3.0, 4.0]]))
        (array([7.], dtype=float32), array([[3., 4.]], dtype=float32))
    """
    traced = {
        "tensorflow": _tensorflow_gradients,
        "jax": _jax_gradients,
        "torch": _torch_gradients,
    }[backend_name()](function)

    def gradients(inputs: np.ndarray, *more: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        narrow = (each.astype(np.float32) if each.dtype == np.float64 else each for each in more)
        outputs, slopes = traced(np.asarray(inputs, np.float32), *narrow)
        return np.asarray(outputs, np.float32), np.asarray(slopes, np.float32)

    return gradients


def _tensorflow_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    tensorflow = extras.load("tensorflow")

    def step(inputs: Any, *more: Any) -> tuple[Any, Any]:
        with tensorflow.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs)
            outputs = function(inputs, *more)
        slopes = tape.gradient(outputs, inputs, unconnected_gradients="zero")
        return outputs, slopes

    # no XLA: on a CPU it makes TensorFlow six times slower
    traceable = tensorflow.function(step, jit_compile=False, autograph=False)
    traces: dict[Any, Any] = {}

    def run(*arrays: np.ndarray) -> tuple[Any, Any]:
        # traces are kept by us: TensorFlow warns of each new size as if it were a mistake
        key = tuple((each.shape, each.dtype.str) for each in arrays)
        if key not in traces:
            specs = [tensorflow.TensorSpec(each.shape, each.dtype) for each in arrays]
            traces[key] = traceable.get_concrete_function(*specs)
        return traces[key](*map(tensorflow.constant, arrays))  # type: ignore[no-any-return]

    return run


def _jax_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    jax = extras.load("jax")

    def total(inputs: Any, *more: Any) -> tuple[Any, Any]:
        outputs = function(inputs, *more)
        return outputs.sum(), outputs

    compiled = jax.jit(jax.grad(total, has_aux=True))

    def run(*arrays: np.ndarray) -> tuple[Any, Any]:
        slopes, outputs = compiled(*arrays)
        return outputs, slopes

    return run


def _torch_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    core = load_keras().src.backend.torch.core
    torch = extras.load("torch")

    def run(inputs: np.ndarray, *more: np.ndarray) -> tuple[Any, Any]:
        pixels, *rest = (torch.tensor(each, device=core.get_device()) for each in (inputs, *more))
        pixels.requires_grad_()
        outputs = function(pixels, *rest)
        if not outputs.requires_grad:
            return outputs.cpu().numpy(), np.zeros_like(inputs)
        (slopes,) = torch.autograd.grad(outputs.sum(), pixels, allow_unused=True)
        zeros = torch.zeros_like(pixels) if slopes is None else slopes
        return outputs.detach().cpu().numpy(), zeros.cpu().numpy()

    return run
