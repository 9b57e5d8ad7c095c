"""What every benchmark shares: where the data lies, what the machine is, how results are kept."""

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("KANJIAN_SHARED_DATA", ROOT.parent / "shared" / "data"))
# Another folder for a try that shall leave no trace
RESULTS = Path(os.environ.get("KANJIAN_BENCH_RESULTS", ROOT / "bench" / "results"))
PACKAGES = ["keras", "tensorflow-cpu", "torch", "jax", "openvino", "opencv-python-headless",
            "pillow", "simplejpeg", "numpy", "scikit-learn", "cleanlab"]  # fmt: skip


def machine() -> dict:
    """The processor, its cores, memory and system."""
    info = {"system": platform.platform(), "cores": os.cpu_count()}
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        fields = dict(
            (part.strip() for part in line.split(":", 1))
            for line in cpuinfo.read_text().splitlines()
            if ":" in line
        )
        known = {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16"}
        info["processor"] = fields.get("model name", "unknown")
        info["features"] = sorted(known & set(fields.get("flags", "").split()))
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        info["memory_gb"] = round(pages / 2**30, 1)
    return info


def versions() -> dict[str, str]:
    """Of Python and of each package that can change a figure."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def said_by(command: list[object], **environment: str) -> dict:
    """What a side of a comparison prints last, as JSON.

    Args:
        command: Runs with our source on its path, in a process of its own.
        **environment: Variables it finds set.
    """
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stderr[-2000:]}")
    said: dict = json.loads(done.stdout.splitlines()[-1])
    return said


def rates_of(command: list[object]) -> list[float]:
    """Images/s of every pass but the first, as a side of a comparison prints them."""
    rates: list[float] = said_by(command)["images_per_second"]
    return rates[1:]


def spread(values: list[float]) -> dict:
    """Median and range of repeated measurements."""
    return {
        "n": len(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "values": values,
    }


def write_result(name: str, result: dict) -> Path:
    """Keep a result as bench/results/NAME.json, with machine, versions, load and date."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    about = {
        "benchmark": f"bench/{name}.py",
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(),
        "load_average": os.getloadavg()[0],
    }
    path.write_text(json.dumps(about | result, indent=2, ensure_ascii=False) + "\n")
    return path
