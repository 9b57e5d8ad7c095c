"""face-cnn as its source uses it: one person against others, faces cut from video.

    python bench/face_cnn.py [SEEDS]

The source's pictures are its author's own, so the same kind is made from the shared
videos: every frame of a person signing, the face found by OpenCV's frontal cascade, cut
out with a margin that stays inside the picture. Two figures: frames split at random, as
the source does, and whole clips held out, which is what a new video will show. Results:
bench/results/face_cnn.json.
"""

import json
import sys
import tempfile
from pathlib import Path

import cv2

from kanjian.images import write_image
from kanjian.recipes.codec import override
from kanjian.recipes.shipped import shipped
from kanjian.training.train import train
from record import DATA, write_result

SOURCE_ACCURACY = 0.9917
# The source takes 10 over some 2000 pictures; these 505 need more for as many steps
EPOCHS = 40
CLASSES = {"p1": "me", "p2": "other", "p3": "other"}


def cut_faces(video: Path, folder: Path, cascade: cv2.CascadeClassifier) -> int:
    """Write the largest face of every frame; count them."""
    capture, count = cv2.VideoCapture(str(video)), 0
    while True:
        read, frame = capture.read()
        if not read:
            return count
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        found = cascade.detectMultiScale(gray, 1.1, 5, minSize=(40, 40))
        if not len(found):
            continue
        x, y, width, height = max(found, key=lambda box: box[2] * box[3])
        margin = width // 5
        top, left = max(0, y - margin), max(0, x - margin)
        face = frame[top : y + height + margin, left : x + width + margin, ::-1]
        write_image(folder / f"{video.stem}-{count:03}.png", face.copy())
        count += 1


def measure(folder: Path, split: str, seed: int) -> float:
    changes = {"data.source": str(folder), "training.seed": seed, "data.split": split,
               "data.validation": 0.3, "training.epochs": EPOCHS}  # fmt: skip
    if split == "grouped":
        changes["data.group_by"] = r"(sign-p\d-\w+)-\d+"
    with tempfile.TemporaryDirectory() as out:
        report = train(override(shipped("face-cnn"), changes), out=Path(out)).report.to_dict()
    return report["validation"]["accuracy"]


def main(seeds: int) -> None:
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    with tempfile.TemporaryDirectory() as place:
        folder, faces = Path(place) / "faces", {}
        for video in sorted((DATA / "videos").glob("sign-p*.mkv")):
            person = video.stem.split("-")[1]
            faces[video.stem] = cut_faces(video, folder / CLASSES[person], cascade)
        accuracies = {
            split: [measure(folder, split, seed) for seed in range(seeds)]
            for split in ("random", "grouped")
        }
    result = {
        "faces": faces,
        "epochs": EPOCHS,
        "source_accuracy": SOURCE_ACCURACY,
        "validation_accuracy": accuracies,
        "n_seeds": seeds,
    }
    print(json.dumps(accuracies), write_result("face_cnn", result))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
