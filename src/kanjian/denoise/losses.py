"""How far a cleaned picture is from the right one: what training makes small, in gray levels."""

from collections.abc import Callable
from typing import Any

from kanjian.backend import load_keras

Loss = Callable[[Any, Any], Any]
# Charbonnier: squares below about one gray level, absolute values above
_SOFT = 1.0


def build_loss(name: str, *, masked: bool = False) -> Loss:
    """A Keras loss of pictures in gray levels.

    Args:
        name: "mse", "mae", "charbonnier" (a smooth "mae") or "binary-crossentropy" (of gray
            levels taken as shares of 255).
        masked: Whether the right picture brings a channel more that says which pixels count.

    Example:
        >>> import numpy as np
        >>> right, cleaned = np.zeros((1, 2, 2, 1), np.float32), np.full((1, 2, 2, 1), 3.0)
        >>> float(np.mean(build_loss("mse")(right, cleaned)))
        9.0
    """
    ops = load_keras().ops

    def each(right: Any, cleaned: Any) -> Any:
        if name == "binary-crossentropy":
            return ops.binary_crossentropy(right / 255, cleaned / 255)
        off = right - cleaned
        if name == "mse":
            return ops.square(off)
        return ops.abs(off) if name == "mae" else ops.sqrt(ops.square(off) + _SOFT**2)

    def loss(right: Any, cleaned: Any) -> Any:
        if not masked:
            return ops.mean(each(right, cleaned), axis=(1, 2, 3))
        channels = cleaned.shape[-1]
        counts = right[..., channels:]
        far = each(right[..., :channels], cleaned) * counts
        return ops.sum(far, axis=(1, 2, 3)) / (channels * ops.sum(counts, axis=(1, 2, 3)))

    return loss


def psnr(right: Any, cleaned: Any) -> Any:
    """Peak signal-to-noise ratio of each picture of a batch, in dB; a Keras metric.

    Example:
        >>> import numpy as np
        >>> right = np.zeros((1, 2, 2, 1), np.float32)
        >>> float(np.asarray(psnr(right, right + 25.5))[0].round(3))
        20.0
    """
    ops = load_keras().ops
    far = ops.mean(ops.square(ops.cast(right, "float32") - cleaned), axis=(1, 2, 3))
    return 10 * ops.log10(255.0**2 / ops.maximum(far, 1e-6))
