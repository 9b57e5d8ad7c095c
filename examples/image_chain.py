"""Outline what is bright in a picture: python image_chain.py photo.jpg outlines.png."""

import sys

import kanjian
from kanjian.imaging import chain


def main(picture: str, out: str = "outlines.png") -> None:
    steps = chain.parse("gray | blur sigma=2 | threshold otsu | contours")
    drawn = chain.run(kanjian.read_image(picture), steps)
    for step, result in zip(steps, drawn, strict=True):
        print(step.words, result.facts)
    kanjian.write_image(out, drawn[-1].picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
