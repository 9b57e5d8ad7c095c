"""Photos to varied 224×224 batches by the bare calls of the libraries: read, decode, one warp.

    python bare_photos.py FOLDER PASSES

What no program of this kind can leave out, in two threads, with every matrix drawn before the
clock runs; nothing is checked, nothing is turned upright, no order is drawn. Prints JSON:
images/s of every pass.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

SIZE, BATCH, THREADS = 224, 32, 2


def matrices(sizes_hw, rng):
    """From the pixels of a batch to those of each photo: stretched, mirrored, turned, moved."""
    half = SIZE / 2
    for height, width in sizes_hw:
        angle, zoom = np.radians(rng.uniform(-15, 15)), rng.uniform(0.9, 1.1)
        shift = rng.uniform(-0.1, 0.1, 2) * SIZE
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom
        turn[0] *= rng.choice([-1, 1])
        scale = np.diag([width / SIZE, height / SIZE])
        yield np.hstack([scale @ turn, (scale @ (half - turn @ (half + shift)))[:, None]])


def main():
    cv2.setNumThreads(1)
    files = sorted(str(path) for path in Path(sys.argv[1]).rglob("*.jpg"))
    sizes = [simplejpeg.decode_jpeg_header(Path(path).read_bytes())[:2] for path in files]
    backs = list(matrices(sizes, np.random.default_rng(0)))
    pool, rates = ThreadPoolExecutor(THREADS), []

    def one(batch, row, number):
        with open(files[number], "rb") as stream:  # noqa: PTH123 - as bare as it gets
            data = stream.read()
        image = simplejpeg.decode_jpeg(data, "RGB", min_height=SIZE, min_width=SIZE)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, backs[number], (SIZE, SIZE), batch[row], flags, cv2.BORDER_REPLICATE)

    for _ in range(int(sys.argv[2])):
        started, coming = time.perf_counter(), []
        for start in range(0, len(files), BATCH):
            numbers = range(start, min(start + BATCH, len(files)))
            batch = np.empty((len(numbers), SIZE, SIZE, 3), np.uint8)
            coming.append([pool.submit(one, batch, row, n) for row, n in enumerate(numbers)])
            if len(coming) > 2:
                for done in coming.pop(0):
                    done.result()
        for done in [future for batch in coming for future in batch]:
            done.result()
        rates.append(len(files) / (time.perf_counter() - started))
    print(json.dumps({"images_per_second": rates}))


main()
