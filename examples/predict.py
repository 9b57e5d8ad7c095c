"""Predict pictures with a trained recognizer: python predict.py runs/photos a.jpg b.jpg."""

import sys

import kanjian


def main(run: str, *pictures: str) -> None:
    recognizer = kanjian.Recognizer.load(run)
    for prediction in recognizer.predict_many(pictures, on_error="report"):
        if isinstance(prediction, kanjian.UnreadableImage):
            print(prediction.reason)
        else:
            print(f"{prediction.name}: {prediction.label} ({prediction.probability:.0%})")


if __name__ == "__main__":
    main(*sys.argv[1:])
