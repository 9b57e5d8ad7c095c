"""Grad-CAM in process: its time, and whether what it points at is what the answer rests on.

    python bench/see_why.py [--pictures 50] [--steps 14]

EfficientNet-Lite0 at 224×224 with its ImageNet weights, cats and dogs of the shared photos, the
class the network itself answers. Milliseconds of `Attribution.explain(picture)`, each on another
picture, after one call that compiles. Deletion: the pixels a map holds for most important are
painted in the picture's mean color, a share at a time; the mean probability of the class over
all shares, the lower the better. Insertion: they are put into a blurred picture; the higher the
better. The random maps have the same 7×7 places, enlarged as Grad-CAM's are.
Reference: Petsiuk et al., RISE, 2018. Results: bench/results/see_why.json.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from kanjian.explain.attribution import Attribution
from kanjian.explain.colors import enlarged
from kanjian.explain.model_access import open_model
from photos import linked_photos
from record import spread, write_result


def probability_along(why: Attribution, start: np.ndarray, end: np.ndarray, heat: np.ndarray,
                      label: int, steps: int) -> float:  # fmt: skip
    """Mean probability while `start` becomes `end`, hottest pixels first."""
    rank = np.empty(heat.size, np.int64)
    rank[np.argsort(-heat.ravel(), kind="stable")] = np.arange(heat.size)
    share = (rank.reshape(heat.shape) + 0.5) / heat.size
    mixed = [np.where((share < n / steps)[..., None], end, start) for n in range(steps + 1)]
    found = why.inspected.probabilities(why.scores_of(np.stack(mixed).astype(np.float32)))
    return float(np.trapezoid(found[:, label], dx=1 / steps))


def scores(why: Attribution, picture: np.ndarray, heat: np.ndarray, label: int, steps: int) -> dict:
    plain = np.broadcast_to(picture.mean(axis=(0, 1)), picture.shape)
    blurred = cv2.GaussianBlur(picture, (0, 0), 12)
    return {
        "deletion": probability_along(why, picture, plain, heat, label, steps),
        "insertion": probability_along(why, blurred, picture, heat, label, steps),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--steps", type=int, default=14)
    asked = parser.parse_args()
    why = Attribution(open_model("efficientnet-lite0"))
    with tempfile.TemporaryDirectory() as folder:
        paths = sorted(linked_photos(Path(folder), asked.pictures).glob("*/*.jpg"))
        pictures = [why.inspected.fit(path) for path in paths]
    started = time.perf_counter()
    why.explain(pictures[0])
    first = 1000 * (time.perf_counter() - started)
    times, reasons = [], []
    for picture in pictures:
        started = time.perf_counter()
        reasons.append(why.explain(picture))
        times.append(1000 * (time.perf_counter() - started))
    draw = np.random.default_rng(0)
    found: dict = {"grad-cam": [], "random": []}
    for number, (picture, reason) in enumerate(zip(pictures, reasons, strict=True)):
        random = enlarged(draw.random(reason.values.shape), picture.shape[:2])
        for name, heat in (("grad-cam", reason.heat), ("random", random)):
            found[name].append(scores(why, picture, heat, reason.label, asked.steps))
        print(f"{number + 1}/{len(pictures)}", end="\r", flush=True)
    result = {"network": "efficientnet-lite0", "size_hw": [224, 224], "pictures": len(pictures),
              "steps": asked.steps, "first_ms": first, "grad_cam_ms": spread(times)}  # fmt: skip
    for measure, sign in (("deletion", -1), ("insertion", 1)):
        cam, random = (np.array([each[measure] for each in found[name]]) for name in found)
        gain = sign * (cam - random)
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        result[measure] = {
            "grad-cam": cam.mean(), "random": random.mean(), "better_on": int((gain > 0).sum()),
            "gain": gain.mean(),
            "gain_95": [gain.mean() - 1.96 * error, gain.mean() + 1.96 * error],
        }  # fmt: skip
    print(json.dumps({**result, "grad_cam_ms": result["grad_cam_ms"]["median"]}, indent=1))
    print(write_result("see_why", result).name)


if __name__ == "__main__":
    main()
