"""The only module that picks the Keras backend, the device and the precision."""

import contextlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args

import numpy as np

from kanjian import extras
from kanjian.checks import check_choice
from kanjian.errors import KanjianError

Backend = Literal["tensorflow", "jax", "torch"]


@cache
def load_keras() -> ModuleType:
    """Keras, on the backend that suits this machine; every other module gets it from here.

    TensorFlow unless `$KERAS_BACKEND` or an earlier `import keras` says otherwise: on a
    CPU it trains twice as fast as PyTorch and three times as fast as JAX.

    Raises:
        MissingExtraError: If Keras or its backend is not installed.

    Example:
        >>> load_keras().__name__
        'keras'
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _without_greetings():
        if "keras" not in sys.modules:
            extras.need("keras", os.environ["KERAS_BACKEND"])
            extras.load(os.environ["KERAS_BACKEND"])
        return extras.load("keras")


def use_backend(name: Backend | None) -> None:
    """Choose the Keras backend for this process, before Keras is imported; None leaves it.

    Raises:
        KanjianError: If Keras runs on another one already.

    Example:
        >>> use_backend(None)
    """
    if name is None:
        return
    check_choice("backend", name, get_args(Backend), error=KanjianError)
    if "keras" in sys.modules and backend_name() != name:
        raise KanjianError(
            f"backend must be {backend_name()!r}, on which Keras runs in this process already, "
            f"got {name!r}. Start a new process, or restart the kernel."
        )
    os.environ["KERAS_BACKEND"] = name


@contextlib.contextmanager
def _without_greetings() -> Iterator[None]:
    """Keep off stderr what TensorFlow's C++ says while it loads; no setting silences it.

    A failed import still raises, and what it says is the exception's.
    """
    try:
        real = os.dup(2)
    except OSError:  # a process without stderr has nothing to keep clean
        yield
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(real, 2)
        os.close(real)


def backend_name() -> str:
    """The backend in use: "tensorflow", "jax" or "torch".

    Example:
        >>> backend_name() in {"tensorflow", "jax", "torch"}
        True
    """
    return str(load_keras().backend.backend())


@cache
def cpu_features() -> frozenset[str]:
    """Instruction sets of this processor that decide precision; empty where not told.

    Example:
        >>> cpu_features() <= {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"}
        True
    """
    flags: set[str] = set()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("flags"):
                flags = set(line.split(":", 1)[1].split())
                break
    return frozenset(flags & {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"})


def has_gpu() -> bool:
    """Whether the backend in use sees a GPU or TPU."""
    return any(not name.startswith("cpu") for name in _device_names())


def _device_names() -> list[str]:
    devices = load_keras().distribution.list_devices() if backend_name() != "torch" else None
    if devices is not None:
        return [str(name).casefold() for name in devices]
    torch = extras.load("torch")
    return ["cuda:0"] if torch.cuda.is_available() else ["cpu:0"]


def choose_precision(wanted: str = "auto") -> str:
    """The dtype policy to train with.

    Args:
        wanted: "auto" or a Keras dtype policy, which is given back as it is.

    Returns:
        "mixed_bfloat16" where the processor (or a GPU) computes it fast (twice the speed
        of float32, measured in `bench/`), else "float32".

    Example:
        >>> choose_precision("float32")
        'float32'
        >>> choose_precision() in {"float32", "mixed_bfloat16"}
        True
    """
    if wanted != "auto":
        return wanted
    if has_gpu():
        return "mixed_bfloat16"
    # Only oneDNN under TensorFlow was measured to gain from it; on other backends it loses
    fast = backend_name() == "tensorflow" and cpu_features() & {"avx512_bf16", "amx_bf16"}
    return "mixed_bfloat16" if fast else "float32"


@contextlib.contextmanager
def precision(policy: str) -> Iterator[None]:
    """Build layers under this dtype policy; the one before comes back afterwards.

    Example:
        >>> with precision("mixed_bfloat16"):
        ...     load_keras().config.dtype_policy().name
        'mixed_bfloat16'
    """
    config = load_keras().config
    before = config.dtype_policy()
    config.set_dtype_policy(policy)
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def set_seed(seed: int) -> None:
    """Make what follows repeat: initial weights, dropout, and the order sums are taken in.

    Seeds Python, NumPy and the backend of this process.

    Example:
        >>> import numpy as np
        >>> draws = []
        >>> for _ in range(2):
        ...     set_seed(1)
        ...     draws.append(np.array(load_keras().random.uniform((3,))))
        >>> bool((draws[0] == draws[1]).all())
        True
    """
    load_keras().utils.set_random_seed(seed)
    if backend_name() == "tensorflow":
        # Costs nothing measurable on a CPU
        extras.load("tensorflow").config.experimental.enable_op_determinism()


def seed_step(seed: int, epoch: int, step: int) -> None:
    """Let what the backend itself draws in a step depend on (seed, epoch, step) alone.

    Keras' dropout on PyTorch draws from PyTorch's own generator, which building networks
    and opening loaders move on too; elsewhere Keras keeps its seeds in the network, where
    checkpoints find them, and there is nothing to do.

    Example:
        >>> seed_step(0, 3, 17)
    """
    if backend_name() == "torch":
        state = np.random.SeedSequence([seed, epoch, step]).generate_state(1)
        extras.load("torch").manual_seed(int(state[0]))


def use_xla() -> bool:
    """Whether to compile with XLA: not on a CPU, where TensorFlow trains 6 times slower with it."""
    return has_gpu() or backend_name() == "jax"


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


def versions() -> dict[str, str]:
    """Versions of everything that can change a result, for `environment.json`.

    Example:
        >>> versions()["python"].count(".")
        2
    """
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("kanjian", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy",
                 "openvino", "opencv-python-headless"):  # fmt: skip
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
