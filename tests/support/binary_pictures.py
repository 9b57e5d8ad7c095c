"""Binary pictures to try laws on: drawn by hypothesis, and real ones."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.imaging.threshold import threshold

sizes = st.tuples(st.integers(1, 12), st.integers(1, 12))
masks = arrays(np.bool_, sizes)
# blocks of on and off: shapes that are thick enough to be peeled more than once
thick_masks = arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 5))).map(
    lambda small: np.kron(small, np.ones((4, 4), np.bool_)).astype(np.bool_)
)
grays = arrays(np.uint8, sizes)
# any shape of up to 3×3 that covers something, with any origin
cells = arrays(np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 3))).filter(np.any)


def shapes_with_origin():
    return cells.flatmap(
        lambda array: st.tuples(
            st.just(array),
            st.tuples(*(st.integers(0, side - 1) for side in array.shape)),
        )
    )


REAL = ("skimage-horse", "skimage-text", "skimage-coins", "skimage-page", "opencv-imageTextR",
        "opencv-smarties", "opencv-ellipses", "opencv-detect_blob")  # fmt: skip


def real_mask(shared_data: Path, name: str) -> np.ndarray:
    """A picture of the shared data in black and white, at most 480 pixels a side."""
    from kanjian.images.convert import to_gray
    from kanjian.images.decode import read_image

    (path,) = (shared_data / "images").glob(f"{name}.*")
    gray = to_gray(read_image(path))
    step = -(-max(gray.shape) // 480)
    return threshold(np.ascontiguousarray(gray[::step, ::step]), invert=True) > 0
