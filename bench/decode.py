"""Reading pictures: kanjian's `read_image` against OpenCV and Pillow, bytes to RGB array.

    python bench/decode.py [--rounds 9]

One thread; the sides take turns round by round. Also counts how many damaged JPEGs each
side hands out as a picture without a word, which is why the fastest is not enough.
Results: bench/results/decode.json.
"""

import argparse
import io
import json
import os
import random
import statistics
import tarfile
import time
from collections.abc import Callable

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from kanjian.errors import ImageError
from kanjian.images import encode_png, read_image, resize_image
from record import DATA, spread, write_result


def members(name: str, count: int) -> list[bytes]:
    """The first pictures of a tar of the shared data."""
    found: list[bytes] = []
    with tarfile.open(DATA / name) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is not None and member.name.endswith((".jpg", ".pgm", ".png")):
                found.append(stream.read())
            if len(found) == count:
                break
    return found


def twelve_megapixels() -> list[bytes]:
    """Two real pictures enlarged to what a phone takes, JPEG quality 90."""
    names = ("skimage-retina.jpg", "photo-cat.jpg")
    pictures = [read_image(DATA / "images" / name, color="rgb") for name in names]
    large = [cv2.resize(p, (4000, 3000), interpolation=cv2.INTER_CUBIC) for p in pictures]
    return [simplejpeg.encode_jpeg(np.ascontiguousarray(p), quality=90) for p in large]


def ours(data: bytes) -> np.ndarray:
    return read_image(data, color="rgb")


def opencv(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


def ours_to_224(data: bytes) -> np.ndarray:
    return resize_image(
        read_image(data, cover_hw=(224, 224)), (224, 224), mode="stretch", channels=3
    )


def opencv_to_224(data: bytes) -> np.ndarray:
    return cv2.resize(opencv(data), (224, 224), interpolation=cv2.INTER_AREA)


def opencv_reduced_to_224(data: bytes) -> np.ndarray:
    # the caller has to know that an eighth is still large enough
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_8)
    return cv2.resize(image[:, :, ::-1], (224, 224), interpolation=cv2.INTER_AREA)


def pillow_to_224(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (224, 224))
        return np.array(image.resize((224, 224), Image.Resampling.BOX))


WHOLE = (ours, opencv, pillow)
FITTED = (ours_to_224, opencv_to_224, opencv_reduced_to_224, pillow_to_224)


def take_turns(sides: tuple[Callable, ...], files: list[bytes], rounds: int) -> dict:
    """Milliseconds per picture of each side, and the ratio to ours round by round."""
    times: dict[str, list[float]] = {side.__name__: [] for side in sides}
    for number in range(rounds + 1):
        for side in sides:
            start = time.perf_counter()
            for data in files:
                side(data)
            if number:  # the first round warms up
                times[side.__name__].append((time.perf_counter() - start) / len(files) * 1e3)
    first = times[sides[0].__name__]
    ratios = {
        name: statistics.median(t / o for t, o in zip(theirs, first, strict=True))
        for name, theirs in times.items()
    }
    return {
        "pictures": len(files),
        "ms_per_picture": {name: spread(values) for name, values in times.items()},
        "times_ours": ratios,
    }


def damaged(files: list[bytes], count: int) -> list[bytes]:
    """Files with one to four bytes changed behind the header."""
    rnd, changed = random.Random(1), []
    for _ in range(count):
        data = bytearray(rnd.choice(files))
        for _ in range(rnd.randint(1, 4)):
            data[rnd.randrange(700, len(data) - 2)] = rnd.randrange(256)
        changed.append(bytes(data))
    return changed


def accepted(side: Callable, files: list[bytes]) -> int:
    """How many files the side gives a picture for; what it prints on stderr is thrown away."""
    count, real, nowhere = 0, os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        for data in files:
            try:
                count += side(data) is not None
            except (ImageError, OSError, SyntaxError):
                continue
    finally:
        os.dup2(real, 2)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    cv2.setNumThreads(1)
    cats, tiny = members("photos/cats-dogs.tar", 150), members("cifar10-jpeg.tar.xz", 300)
    large, faces = twelve_megapixels(), members("faces/orl-faces.tar", 100)
    pngs = [encode_png(ours(data)) for data in cats[:40]]
    broken = damaged(cats, 600)
    result = {
        "jpeg_32_px": take_turns(WHOLE, tiny, rounds),
        "jpeg_photo_320_px": take_turns(WHOLE, cats, rounds),
        "jpeg_12_megapixels": take_turns(WHOLE, large, rounds),
        "jpeg_12_megapixels_to_224": take_turns(FITTED, large, rounds),
        "png_photo_320_px": take_turns(WHOLE, pngs, rounds),
        "pgm_face_112_px": take_turns(WHOLE, faces, rounds),
        "same_jpeg_pixels": all(np.array_equal(ours(d), opencv(d)) for d in cats + tiny),
        "damaged_jpegs": {
            "n": len(broken),
            "given_out_as_a_picture": {side.__name__: accepted(side, broken) for side in WHOLE},
        },
    }
    write_result("decode", result)
    for name, row in result.items():
        if isinstance(row, dict) and "times_ours" in row:
            print(name, {side: round(ratio, 2) for side, ratio in row["times_ours"].items()})
    print(json.dumps(result["damaged_jpegs"]), result["same_jpeg_pixels"])


if __name__ == "__main__":
    main()
