"""Which packages are installed here, of those that can change a result."""

import contextlib
import platform
from importlib.metadata import PackageNotFoundError, version


def versions() -> dict[str, str]:
    """Versions of everything that can change a result, for `environment.json`.

    Example:
        >>> versions()["python"].count(".")
        2
    """
    found = {"python": platform.python_version()}
    for name in ("kanjian", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy",
                 "openvino", "opencv-python-headless"):  # fmt: skip
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
