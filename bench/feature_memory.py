"""Peak resident memory of 60 000 MNIST pictures at 224×224×3 through a frozen backbone.

    python bench/feature_memory.py [pictures [backbone]]

A process of its own computes the features, pooled and unpooled features alike never held, and
then reads them all once more in random order, 128 rows at a time, as an epoch of a head does.
What counts is the peak of the whole process (VmHWM), interpreter, TensorFlow and all. The source
material needs 24 GB and more for the pictures alone.
Results: bench/results/feature_memory.json.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import DATA, ROOT, write_result


def peak_mb() -> float:
    """The most that was resident in this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def one_pass(count: int, backbone: str) -> None:
    """The measured process."""
    import numpy as np

    from kanjian.datasets.open_dataset import open_dataset
    from kanjian.features.features import features_of
    from kanjian.models.backbones import build_backbone
    from kanjian.pipeline.input_shape import InputShape
    from kanjian.weights.store import place_of

    train = open_dataset("mnist", data_folder=DATA).train
    train = train.subset(np.arange(min(count, len(train))))
    network = build_backbone(backbone, size_hw=(224, 224), weights=place_of(backbone), seed=0)
    before = peak_mb()
    features = features_of(train, network, InputShape((224, 224), 3))
    after_pass, started = peak_mb(), time.perf_counter()
    order = np.random.default_rng(0).permutation(len(features))
    for start in range(0, len(order), 128):
        features.rows(order[start : start + 128])
    print(json.dumps({
        "pictures": len(features), "backbone": backbone, "shape": features.array.shape,
        "dtype": str(features.array.dtype), "features_gb": features.array.nbytes / 1e9,
        "before_mb": before, "after_pass_mb": after_pass, "peak_mb": peak_mb(),
        "pass_seconds": features.pass_seconds, "epoch_of_rows_s": time.perf_counter() - started,
        "images_per_second": features.images_per_second, "precision": features.precision,
        "relative_error": features.relative_error,
    }))  # fmt: skip


def main() -> None:
    count, backbone = [*sys.argv[1:], *("60000", "efficientnet-lite0")[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "src"), "KANJIAN_CACHE_GB": "60",
            "KANJIAN_HOME": home, "KANJIAN_MODELS": os.environ.get("KANJIAN_MODELS", home),
        }  # fmt: skip
        command = [sys.executable, __file__, "--pass", count, backbone]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    told = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(told, indent=1))
    what = (
        "peak resident MB of MNIST at 224×224×3 through a frozen backbone, then one epoch of rows"
    )
    print(write_result("feature_memory", {"what": what} | told))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pass"]:
        one_pass(int(sys.argv[2]), sys.argv[3])
    else:
        main()
