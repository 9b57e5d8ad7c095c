"""Find faces and cut them out: python find_faces.py photo.jpg faces/."""

import sys
from pathlib import Path

import kanjian
from kanjian.faces.align import crop
from kanjian.faces.detect import detector


def main(picture: str, out: str = "faces") -> None:
    pixels = kanjian.read_image(picture)
    # "haar" needs no file of weights; "yunet" finds more (kanjian faces get yunet)
    found = detector("haar").detect(pixels)
    Path(out).mkdir(exist_ok=True)
    for number, face in enumerate(found, start=1):
        kanjian.write_image(Path(out) / f"{number}.png", crop(pixels, face))
    print(len(found), "found")


if __name__ == "__main__":
    main(*sys.argv[1:])
