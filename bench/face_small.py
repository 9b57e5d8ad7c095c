"""Faces that are small in the picture, or lie on their side: how many are found, and named right.

    python bench/face_small.py

A group of 70: two photos of each of the 30 people of ORL and of the five athletes, on a blurred
ground, 1200 and 600 pixels wide; a face is some 24 pixels wide at 1200. All 35 are enrolled from
all their other photos; a face is right if its person is named. Then every sixth of the color photos
turned by a quarter to either side and upside down; and pictures without people, where every face
is a false one. Before: one look, faces from 24 pixels on. Results: bench/results/face_small.json.
"""

import os
import tarfile
import time
from collections import defaultdict

import cv2
import numpy as np

from kanjian.faces.align import align
from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.threshold import calibrate, person_scores
from kanjian.images import read_image
from record import DATA, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
SHOWN = 2
WITH_PEOPLE = ("astronaut", "camera", "left0")
ANIMALS = 20
EVERY = 6  # so many-th photo is turned


def photos() -> dict[str, list[np.ndarray]]:
    found = defaultdict(list)
    for name in ("orl-faces", "people-colour"):
        with tarfile.open(DATA / "faces" / f"{name}.tar") as archive:
            for member in archive.getmembers():
                if member.name.endswith((".pgm", ".jpg")):
                    image = read_image(archive.extractfile(member).read(), color="rgb")
                    found[member.name.split("/")[-2]].append(image)
    return found


def group(shown: list[tuple[str, np.ndarray]], width: int) -> tuple[np.ndarray, list]:
    """The picture, and name and box of each photo in it."""
    rng = np.random.default_rng(0)
    large = cv2.resize(read_image(DATA / "images" / "opencv-building.jpg"), (2400, 1350))
    large = cv2.GaussianBlur(large, (0, 0), 8)
    places, scale = [], width / 2400
    for number, at in enumerate(rng.permutation(len(shown))):
        name, image = shown[at]
        height_of, width_of = image.shape[:2]
        side = 64 if max(image.shape) < 150 else 102  # ORL is cut close, the others are not
        times = min(side / min(height_of, width_of), 160 / width_of, 190 / height_of)
        small = cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_AREA)
        y, x = 100 + number // 14 * 230 + int(rng.integers(0, 40)), 40 + number % 14 * 165
        large[y : y + small.shape[0], x : x + small.shape[1]] = small
        box = np.array([x, y, x + small.shape[1], y + small.shape[0]]) * scale
        places.append((name, box))
    return cv2.resize(large, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), places


def judged(image: np.ndarray, places: list, finder, network, enrolled, person_of, names) -> dict:
    started = time.perf_counter()
    faces = finder.detect(image)
    seconds = time.perf_counter() - started
    limit = calibrate(enrolled, person_of, embedder=network.name).threshold
    found = right = wrong = 0
    for name, (left, top, width, height) in places:
        inside = [f for f in faces
                  if left < f.center_xy[0] < width and top < f.center_xy[1] < height]  # fmt: skip
        if not inside:
            continue
        face = max(inside, key=lambda face: face.size)
        score = person_scores(network.embed(align(image, face)[None]), enrolled, person_of)[0]
        found, known = found + 1, score.max() >= limit
        right += bool(known and names[score.argmax()] == name)
        wrong += bool(known and names[score.argmax()] != name)
    return {"faces": len(places), "found": found, "right": right, "wrong_name": wrong,
            "false_faces": len(faces) - found, "seconds": seconds}  # fmt: skip


def empty_pictures() -> list[np.ndarray]:
    paths = sorted(p for p in (DATA / "images").iterdir() if p.suffix in (".jpg", ".png"))
    found = [read_image(p, color="rgb") for p in paths if not any(w in p.name for w in WITH_PEOPLE)]
    with tarfile.open(DATA / "photos" / "cats-dogs.tar") as archive:
        members = [m for m in archive.getmembers() if "/val/" in m.name and m.isfile()]
        found += [
            read_image(archive.extractfile(member).read(), color="rgb")
            for member in members[:: len(members) // ANIMALS]
        ]
    return found


def main() -> None:
    network, all_photos = embedder("mobilefacenet"), photos()
    before = detector("yunet", smallest=24, thorough=False)
    finders = {"before": before, "now": detector("yunet")}
    names, rows, person_of = sorted(all_photos), [], []
    for number, name in enumerate(names):
        for image in all_photos[name][:-SHOWN]:
            faces = before.detect(image)
            if faces:
                rows.append(align(image, max(faces, key=lambda face: face.size)))
                person_of.append(number)
    enrolled, person_of = network.embed(np.stack(rows)), np.array(person_of)
    shown = [(name, image) for name in names for image in all_photos[name][-SHOWN:]]
    result: dict = {}
    for width in (1200, 600):
        image, places = group(shown, width)
        result[f"group, {width} px"] = {
            which: judged(image, places, finder, network, enrolled, person_of, names)
            for which, finder in finders.items()
        }
        print(width, result[f"group, {width} px"], flush=True)
    colored = [(name, image) for name in names for image in all_photos[name]
               if max(image.shape) > 150][::EVERY]  # fmt: skip
    empty = empty_pictures()
    for which, finder in finders.items():
        looks = []
        for name, image in colored:
            for quarters in (1, 2, 3):
                turned = np.ascontiguousarray(np.rot90(image, quarters))
                whole = [(name, np.array([0, 0, *turned.shape[1::-1]]))]
                looks.append(judged(turned, whole, finder, network, enrolled, person_of, names))
        result.setdefault("turned photos", {})[which] = {
            key: sum(look[key] for look in looks)
            for key in ("faces", "found", "right", "wrong_name")
        }
        started = time.perf_counter()
        false = sum(len(finder.detect(image)) for image in empty)
        result.setdefault("pictures without people", {})[which] = {
            "pictures": len(empty), "false_faces": false,
            "seconds_a_picture": (time.perf_counter() - started) / len(empty),
        }  # fmt: skip
        print(which, result["turned photos"][which], result["pictures without people"][which])
    print(write_result("face_small", result))


if __name__ == "__main__":
    main()
