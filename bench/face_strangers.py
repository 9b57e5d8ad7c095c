"""How alike two different people are to a network: the two numbers a network that are bundled.

    python bench/face_strangers.py

Nine people of different origin: four of the few-shot photos, three of the sign clips, the man of
the car clip, the astronaut. Each face against the mean of each other person's faces. Kept are
mean, deviation and quantiles, no embedding. The two sets on which rates are judged
(bench/face_rates.py) are not among them. Results: bench/results/face_strangers.json.
"""

import csv
import os
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from kanjian.faces.align import align
from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.rates import OTHERS
from kanjian.faces.threshold import person_scores
from kanjian.images import read_image
from kanjian.media.frames import read_frames
from record import DATA, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
SIGNS = {"p1": ("again", "help", "yes"), "p2": ("milk", "please"), "p3": ("book", "school")}
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


def pictures() -> dict[str, list[np.ndarray]]:
    """Pictures in which one person is seen, by person."""
    found = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(DATA / "faces" / "few-shot.tar") as archive:
            archive.extractall(folder, filter="data")
        home = Path(folder, "few-shot")
        for path in sorted((home / "known").glob("*/*")):
            found[path.parent.name].append(read_image(path))
        for row in csv.DictReader((home / "unknown" / "labels.csv").read_text().splitlines()):
            if ";" not in row["people"]:
                found[row["people"]].append(read_image(home / "unknown" / row["file"]))
    clips = {(who, f"sign-{who}-{sign}.mkv") for who, signs in SIGNS.items() for sign in signs}
    for who, clip in sorted({*clips, ("driver", "carphone_pristine.mp4")}):
        with read_frames(DATA / "videos" / clip, every=1.0) as frames:
            found[who] += [frame.image for frame in frames]
    found["astronaut"].append(read_image(DATA / "images" / "skimage-astronaut.png"))
    return found


def crops_of(found: dict[str, list[np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Aligned faces, and the number of each one's person."""
    finder, crops, person_of = detector("yunet"), [], []
    for number, images in enumerate(found.values()):
        for image in images:
            faces = sorted(finder.detect(image), key=lambda face: -face.size)
            if faces:
                crops.append(align(image, faces[0]))
                person_of.append(number)
    return np.stack(crops), np.array(person_of)


def main() -> None:
    crops, person_of = crops_of(pictures())
    people = len(np.unique(person_of))
    networks = {}
    for name in OTHERS:
        rows = embedder(name).embed(crops)
        scores = person_scores(rows, rows, person_of)
        # each person counts once, however many pictures there are
        pairs = [
            np.quantile(scores[person_of == one, other], np.linspace(0.05, 0.95, 10))
            for one in range(people) for other in range(people) if one != other
        ]  # fmt: skip
        apart = np.concatenate(pairs)
        networks[name] = {
            "mean": round(float(apart.mean()), 3),
            "deviation": round(float(apart.std()), 3),
            "quantiles": {str(at): round(float(np.quantile(apart, at)), 3) for at in QUANTILES},
        }
    result = {"people": people, "faces": len(crops), "networks": networks}
    print(result, write_result("face_strangers", result))


if __name__ == "__main__":
    main()
