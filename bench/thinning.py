"""Thinning, dilation and hit-or-miss on 1024×1024 against loops in Python.

    python bench/thinning.py [--rounds 3]

Sides, taking turns in one process:
  kanjian  `imaging.thinning.thin`, `imaging.morphology.dilate` and `hit_or_miss`
  fast     `thin(method="fast")`: other pixels in places, so it is timed only
  scipy    the source's loop: SciPy's `binary_hit_or_miss` with eight elements in turn until
           nothing changes; for dilation and hit-or-miss SciPy's function itself
  loops    the same in plain Python, pixel by pixel, a cell that does not fit ends its pixel
The pictures are real: a page of text (thin strokes), and a horse (thick: many passes, so
without the plain loops). Every side gives the same pixels, which is checked in each round.
"""

import argparse
import time
from collections.abc import Callable

import cv2
import numpy as np
import scipy
from scipy import ndimage

from kanjian.imaging.morphology import dilate, hit_or_miss
from kanjian.imaging.thinning import thin
from kanjian.imaging.threshold import threshold
from record import DATA, spread, write_result

SIZE = 1024
Cells = list[tuple[int, int, bool]]
EDGE = (np.array([[0, 0, 0], [0, 1, 0], [1, 1, 1]]), np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]]))
CORNER = (np.array([[0, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))
ELEMENTS = [(np.rot90(hit, k), np.rot90(miss, k)) for k in range(4) for hit, miss in (EDGE, CORNER)]
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    page, horse = pictures()
    tasks: dict[str, dict[str, Callable[[], np.ndarray]]] = {
        "thinning, page": {
            "kanjian": lambda: thin(page),
            "fast": lambda: thin(page, method="fast"),
            "scipy": lambda: thinned_by_scipy(page),
            "loops": lambda: thinned_by_loops(page),
        },
        "thinning, horse": {
            "kanjian": lambda: thin(horse),
            "fast": lambda: thin(horse, method="fast"),
            "scipy": lambda: thinned_by_scipy(horse),
        },
        "dilation, page": {
            "kanjian": lambda: dilate(page, element="cross"),
            "scipy": lambda: ndimage.binary_dilation(page, CROSS),
            "loops": lambda: dilated_by_loops(page, CROSS),
        },
        "hit-or-miss, page": {
            "kanjian": lambda: hit_or_miss(page, hit=EDGE[0], miss=EDGE[1]),
            "scipy": lambda: ndimage.binary_hit_or_miss(page, *EDGE),
            "loops": lambda: matched_by_loops(page, *EDGE),
        },
    }
    result = {name: measured(sides, rounds) for name, sides in tasks.items()}
    shares = {"page": float(page.mean()), "horse": float(horse.mean())}
    about = {"size": SIZE, "scipy": scipy.__version__, "share_on": shares}
    write_result("thinning", about | {"tasks": result})


def pictures() -> list[np.ndarray]:
    """Page and horse, 1024×1024 bool."""
    found = []
    for name, block in (("skimage-page.png", 31), ("skimage-horse.png", 0)):
        gray = cv2.imread(str(DATA / "images" / name), cv2.IMREAD_GRAYSCALE)
        gray = cv2.resize(gray, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        way = {"method": "adaptive", "block": block, "offset": 12} if block else {"method": "otsu"}
        found.append(threshold(gray, invert=True, **way) > 0)
    return found


def measured(sides: dict[str, Callable[[], np.ndarray]], rounds: int) -> dict:
    """Seconds of each side, taking turns, and how many times those of kanjian they are."""
    clocks = {"seconds": time.perf_counter, "cpu_seconds": time.process_time}
    taken: dict[str, dict[str, list[float]]] = {
        clock: {side: [] for side in sides} for clock in clocks
    }
    sides["kanjian"]()  # late imports and tables
    for _ in range(rounds):
        found = {}
        for side, work in sides.items():
            started = {clock: now() for clock, now in clocks.items()}
            found[side] = work()
            for clock, now in clocks.items():
                taken[clock][side].append(now() - started[clock])
        for side in found.keys() - {"fast"}:
            if not np.array_equal(found[side], found["kanjian"]):
                raise SystemExit(f"{side} gives other pixels than kanjian")
    result: dict = {"same_pixels": True}
    for clock, each in taken.items():
        result[clock] = {side: spread(values) for side, values in each.items()}
        # of the same round: both met the same machine
        result[f"times_kanjian_in_{clock}"] = {
            side: spread([one / own for one, own in zip(values, each["kanjian"], strict=True)])
            for side, values in each.items()
            if side != "kanjian"
        }
    times = result["times_kanjian_in_cpu_seconds"]
    print({side: round(each["median"], 1) for side, each in times.items()}, flush=True)
    return result


def thinned_by_scipy(picture: np.ndarray) -> np.ndarray:
    while True:
        before = picture
        for hit, miss in ELEMENTS:
            picture = picture & ~ndimage.binary_hit_or_miss(picture, hit, miss)
        if (picture == before).all():
            return picture


def thinned_by_loops(picture: np.ndarray) -> np.ndarray:
    rows = np.pad(picture, 1).tolist()
    elements = [cells_of(hit, miss) for hit, miss in ELEMENTS]
    changed = True
    while changed:
        changed = False
        for cells in elements:
            gone = places(rows, cells)
            for row, column in gone:
                rows[row][column] = False
            changed = changed or bool(gone)
    return np.array(rows)[1:-1, 1:-1]


def matched_by_loops(picture: np.ndarray, hit: np.ndarray, miss: np.ndarray) -> np.ndarray:
    out = np.zeros(np.add(picture.shape, 2), np.bool_)
    for row, column in places(np.pad(picture, 1).tolist(), cells_of(hit, miss)):
        out[row, column] = True
    return out[1:-1, 1:-1]


def dilated_by_loops(picture: np.ndarray, element: np.ndarray) -> np.ndarray:
    rows = np.pad(picture, 1).tolist()
    offsets = [(down - 1, right - 1) for down, right in np.argwhere(element).tolist()]
    out = [[False] * len(rows[0]) for _ in rows]
    for row in range(1, len(rows) - 1):
        for column in range(1, len(rows[0]) - 1):
            for down, right in offsets:
                if rows[row - down][column - right]:
                    out[row][column] = True
                    break
    return np.array(out)[1:-1, 1:-1]


def cells_of(hit: np.ndarray, miss: np.ndarray) -> Cells:
    """Where to look and what must be there; the pixel itself first, where it counts."""
    cells = [(down - 1, right - 1, True) for down, right in np.argwhere(hit).tolist()]
    cells += [(down - 1, right - 1, False) for down, right in np.argwhere(miss).tolist()]
    return sorted(cells, key=lambda cell: cell[:2] != (0, 0))


def places(rows: list[list[bool]], cells: Cells) -> list[tuple[int, int]]:
    found = []
    for row in range(1, len(rows) - 1):
        for column in range(1, len(rows[0]) - 1):
            for down, right, wanted in cells:
                if rows[row + down][column + right] != wanted:
                    break
            else:
                found.append((row, column))
    return found


if __name__ == "__main__":
    main()
