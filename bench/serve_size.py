"""Room that `pip install '.[serve]'` takes in a fresh environment, and what comes with it.

    python bench/serve_size.py

Makes a virtual environment, installs this checkout with the extra, and counts the bytes of all
that was not there before. The environment must hold no training framework, and its server must
answer. Results: bench/results/serve_size.json.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

from record import ROOT, write_result
from serving import digits, free_port, running
from small_lenet import saved_lenet

FRAMEWORKS = {"tensorflow", "tensorflow-cpu", "keras", "torch", "jax"}


def size_mb(folder: Path) -> float:
    """Bytes of all files, links not followed."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(path.stat().st_size for path in files) / 1e6


def installed(python: Path) -> dict[str, str]:
    """Package and version."""
    command = [python, "-m", "pip", "list", "--format", "json"]
    said = subprocess.run(command, capture_output=True, check=True).stdout
    return {entry["name"].lower(): entry["version"] for entry in json.loads(said)}


def largest(folder: Path, count: int = 12) -> dict[str, float]:
    """Where the room goes."""
    sizes = {path.name: size_mb(path) for path in folder.iterdir() if path.is_dir()}
    order = sorted(sizes, key=sizes.get, reverse=True)
    return {name: round(sizes[name], 1) for name in order[:count]}


def answer_of(python: Path, run: Path, picture: Path) -> dict:
    """What a server of that environment says of one picture."""
    port = free_port()
    # -I: none of our source on the path, only what was installed
    command = [python, "-I", "-m", "kanjian", "serve", run, "--port", port]
    with running(command, port):
        address = f"http://127.0.0.1:{port}/predict"
        request = urllib.request.Request(address, picture.read_bytes())
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)["answers"][0]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = saved_lenet(folder / "run")
        (picture,) = digits(folder, 1)
        venv.create(folder / "fresh", with_pip=True)
        python = folder / "fresh/bin/python"
        packages = folder / f"fresh/lib/python3.{sys.version_info.minor}/site-packages"
        empty, before = size_mb(folder / "fresh"), installed(python)
        subprocess.run([python, "-m", "pip", "install", "-q", f"{ROOT}[serve]"], check=True)
        found = installed(python)
        result = {
            "at_most_mb": 600,
            "empty_mb": empty,
            "installed_mb": size_mb(folder / "fresh") - empty,
            "largest_mb": largest(packages),
            "packages": {key: found[key] for key in sorted(set(found) - set(before))},
            "frameworks": sorted(FRAMEWORKS & set(found)),
            "answer": answer_of(python, run, picture),
        }
    print(write_result("serve_size", result))


if __name__ == "__main__":
    main()
