"""Tiles against the whole picture; memory by the tile; a 640×480 video of 2 000 pictures.

    python bench/denoise_tiles.py [--model RUN] [--frames 2000] [--precision auto]

Without a model the fast network with random weights is taken: no other result, the same work.
The video is a clip of the shared data (a person, 640×480), shown again and again, with H.264
in and out. Every measurement of memory is a process of its own; what counts is the resident
set, sampled while it works.
Results: bench/results/denoise_tiles.json.
"""

import argparse
import json
import resource
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from record import DATA, said_by, write_result

PRECISIONS = ("f32", "bf16")
SIDES = (512, 1024, 2048, 4096)
CLIP = "videos/sign-p3-book.mkv"
_EVERY = 50  # pictures between two looks at memory


def resident_mb() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


class Watch(threading.Thread):
    """The most memory that is resident while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self._over = 0.0, threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.01):
            self.most = max(self.most, resident_mb())

    def end(self) -> float:
        self._over.set()
        self.join()
        return self.most


def random_network(folder: Path) -> Path:
    """The fast network, its last convolution filled too, so that it changes the picture."""
    from kanjian.denoise.card import NetworkSpec
    from kanjian.denoise.folder import save_denoiser
    from kanjian.models.denoisers import build_denoiser, spec_of

    network = build_denoiser("fast")
    rng = np.random.default_rng(0)
    network.set_weights([each + rng.normal(0, 0.02, each.shape) for each in network.get_weights()])
    save_denoiser(folder / "denoiser", network, facts={"weights": "random"},
                  spec=NetworkSpec(**spec_of("fast")))  # fmt: skip
    return folder


def real_pictures() -> list[tuple[str, np.ndarray]]:
    """Five of BSD68 and two photos of odd size."""
    from kanjian.images.decode import read_image

    with tarfile.open(DATA / "denoise" / "bsd68-gray.tar") as tar:
        members = [each for each in tar.getmembers() if each.name.endswith(".png")][:5]
        found = [(m.name, read_image(tar.extractfile(m).read())) for m in members]
    more = ("photo-cat.jpg", "opencv-fruits.jpg")
    return found + [(name, read_image(DATA / "images" / name)) for name in more]


def equal(model: str, precision: str) -> None:
    """One process: the largest difference between tiled and whole, in gray levels."""
    from kanjian.denoise.folder import Denoiser
    from kanjian.denoise.tiles import clean

    denoiser = Denoiser.load(model, precision=precision)
    worst, worst_float = 0, 0.0
    for _, image in real_pictures():
        noisy = image + np.random.default_rng(0).normal(0, 25, image.shape)
        levels = np.rint(noisy.clip(0, 255)).astype(np.uint8)
        whole = clean(denoiser, levels, tile=1 << 14).astype(int)
        whole_float = clean(denoiser, noisy, tile=1 << 14)
        for tile in (128, 192, 300):
            tiled = clean(denoiser, levels, tile=tile)
            worst = max(worst, int(np.abs(whole - tiled).max()))
            off = np.abs(whole_float - clean(denoiser, noisy, tile=tile)).max()
            worst_float = max(worst_float, float(off))
    print(json.dumps({"gray_levels": worst, "before_rounding": worst_float}))


def memory(model: str, side: int, tile: int) -> None:
    """One process: memory that cleaning a picture takes beside the picture and its result."""
    from kanjian.denoise.folder import Denoiser
    from kanjian.denoise.tiles import clean

    denoiser = Denoiser.load(model)
    image = np.random.default_rng(0).integers(0, 256, (side, side), dtype=np.uint8)
    clean(denoiser, image[:64, :64], tile=tile)
    before, watch = resident_mb(), Watch()
    watch.start()
    started = time.perf_counter()
    clean(denoiser, image, tile=tile)
    seconds = time.perf_counter() - started
    beside = side * side / 2**20  # the result
    print(json.dumps({"side": side, "tile": tile, "mb": watch.end() - before - beside,
                      "seconds": seconds}))  # fmt: skip


def video(model: str, frames: int, precision: str) -> None:
    """One process: pictures a second over a long video, and memory on the way."""
    from kanjian.denoise.apply import clean_files
    from kanjian.denoise.folder import Denoiser
    from kanjian.inference.outputs import Job

    denoiser = Denoiser.load(model, precision=precision)
    with tempfile.TemporaryDirectory() as folder:
        source = long_clip(Path(folder) / "long.mp4", frames)
        marks: list[tuple[int, float, float]] = []

        def look(done: int, total: int) -> None:
            if done % _EVERY == 0:
                marks.append((done, time.perf_counter(), resident_mb()))

        started = time.perf_counter()
        jobs = [Job(source, Path(folder) / "clean.mp4", moving=True)]
        (result,) = clean_files(denoiser, jobs, progress=look)
        seconds = time.perf_counter() - started
    # the first part fills the buffers of decoder and encoder
    settled = [mb for done, _, mb in marks if done >= min(200, frames // 2)]
    print(json.dumps({
        "pictures": result.pictures, "pictures_per_second": result.pictures / seconds,
        "memory_mb": {"first": settled[0], "last": settled[-1], "most": max(settled),
                      "least": min(settled)},
    }))  # fmt: skip


def long_clip(path: Path, frames: int) -> Path:
    """The clip again and again until there are so many pictures."""
    from kanjian.media.encode import write_video
    from kanjian.media.frames import read_frames

    pictures = [frame.image for frame in read_frames(DATA / CLIP)]
    with write_video(path, size_hw=pictures[0].shape[:2], rate_fps=30) as writer:
        for number in range(frames):
            writer.write(pictures[number % len(pictures)])
    return path


def main() -> None:
    """Run every measurement in a process of its own and keep the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--precision", choices=("auto", *PRECISIONS), default="auto")
    parser.add_argument("--part", nargs="+")
    given = parser.parse_args()
    if given.part:
        part, *words = given.part
        {"equal": equal, "memory": memory, "video": video}[part](
            *(int(word) if word.isdigit() else word for word in words)
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        model = given.model or str(random_network(Path(folder)))

        def part(*words: object) -> dict:
            return said_by([sys.executable, __file__, "--part", *words])

        result = {
            "network": "fast, random weights" if given.model is None else Path(model).name,
            "tiled_minus_whole": {each: part("equal", model, each) for each in PRECISIONS},
            "memory_tiled": [part("memory", model, side, 768) for side in SIDES],
            "memory_whole": [part("memory", model, side, 1 << 14) for side in SIDES[:3]],
            "video": {given.precision: part("video", model, given.frames, given.precision)},
        }
    print(json.dumps(result, indent=2))
    print(write_result("denoise_tiles", result))


if __name__ == "__main__":
    main()
