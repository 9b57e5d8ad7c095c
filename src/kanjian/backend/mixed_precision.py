"""The precision that layers are built in and trained with."""

import contextlib
from collections.abc import Iterator

from kanjian.backend import backend_name, has_gpu, load_keras
from kanjian.backend.processor import cpu_features


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
