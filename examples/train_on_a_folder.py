"""Train on your own pictures, one folder for each class: python train_on_a_folder.py photos/."""

import sys

import kanjian


def main(pictures: str, out: str = "runs") -> None:
    # Any key of a recipe may be changed here; see docs/recipes.md
    run = kanjian.train(pictures, epochs=3, out=out)
    print("everything about the run:", run.folder / "report.html")
    print("hand this to anyone:", run.recognizer_folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
