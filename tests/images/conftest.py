"""One small colorful picture, and a file of it in every format."""

import numpy as np
import pytest

from picture_files import every_format


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """36×52 RGB: smooth colors that JPEG keeps, different at every corner."""
    rows, columns = np.mgrid[0:36, 0:52].astype(float)
    channels = [rows * 7, columns * 4.9, (rows + columns) * 2.9]
    return np.stack(channels, axis=2).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def files(picture: np.ndarray) -> dict[str, bytes]:
    return every_format(picture)
