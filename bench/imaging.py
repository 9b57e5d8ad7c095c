"""The Gaussian filter: time against sigma, and how far it is from the exact kernel.

    python bench/imaging.py [--rounds 9]

Sides, taking turns in one process, on real photos of 1024×1024, gray and color, uint8:
  kanjian  `imaging.gaussian.blur`
  opencv   `cv2.GaussianBlur` with a kernel of four sigmas to each side, as scikit-image cuts it
Exact is SciPy's filter in float64 with a kernel of ten sigmas to each side. The error is the
largest of the gray picture, in gray levels of 255: of the filter in float32, and of rounded uint8.
Both sides run on one thread, and seconds are those of the processor: so other work on the
machine hardly counts.
"""

import argparse
import math
import os
import time
from collections.abc import Callable

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is loaded

import cv2
import numpy as np
import scipy
from scipy import ndimage

from kanjian.imaging.gaussian import blur
from record import DATA, spread, write_result

SIZE = 1024
SIGMAS = (2, 4, 7, 7.1, 16, 32, 64, 100)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9)
    rounds = options.parse_args().rounds
    cv2.setNumThreads(1)
    result = {
        kind: {f"{sigma:g}": measured(picture, sigma, rounds) for sigma in SIGMAS}
        for kind, picture in pictures().items()
    }
    flat = {
        kind: by_sigma["100"]["seconds"]["kanjian"]["median"]
        / by_sigma["2"]["seconds"]["kanjian"]["median"]
        for kind, by_sigma in result.items()
    }
    print(flat)
    about = {"size": SIZE, "scipy": scipy.__version__, "time_at_100_over_time_at_2": flat}
    write_result("imaging", about | {"gaussian": result})


def pictures() -> dict[str, np.ndarray]:
    """A photo, 1024×1024, gray and RGB."""
    color = cv2.imread(str(DATA / "images" / "skimage-astronaut.png"))[:, :, ::-1]
    color = cv2.resize(color, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return {"gray": cv2.cvtColor(color, cv2.COLOR_RGB2GRAY), "color": color}


def measured(picture: np.ndarray, sigma: float, rounds: int) -> dict:
    """Seconds of both sides, and the error of ours."""
    side = 2 * math.ceil(4 * sigma) + 1
    sides: dict[str, Callable[[], np.ndarray]] = {
        "kanjian": lambda: blur(picture, sigma=sigma),
        "opencv": lambda: cv2.GaussianBlur(
            picture, (side, side), sigma, borderType=cv2.BORDER_REFLECT
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for work in sides.values():
        work()
    for _ in range(rounds):
        for name, work in sides.items():
            started = time.process_time()
            work()
            taken[name].append(time.process_time() - started)
    seconds = {name: spread(values) for name, values in taken.items()}
    # a channel of a color picture goes the way of a gray one
    found: dict = {"seconds": seconds} | (errors(picture, sigma) if picture.ndim == 2 else {})
    shown = ", ".join(f"{name} {1000 * each['median']:.1f} ms" for name, each in seconds.items())
    print(f"{picture.ndim}D sigma {sigma:g}: {shown}, off {found.get('error_float32')}", flush=True)
    return found


def errors(picture: np.ndarray, sigma: float) -> dict[str, float]:
    """The largest distance from the exact filter, in gray levels."""
    exact = picture.astype(np.float64)
    for axis in (0, 1):
        exact = ndimage.gaussian_filter1d(exact, sigma, axis=axis, mode="reflect", truncate=10)
    floats = blur(picture.astype(np.float32), sigma=sigma)
    whole = blur(picture, sigma=sigma)
    return {
        "error_float32": float(np.abs(floats - exact).max()),
        "error_uint8": float(np.abs(whole - np.rint(exact)).max()),
    }


if __name__ == "__main__":
    main()
