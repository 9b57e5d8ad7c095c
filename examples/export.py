"""Export a recognizer for other programs: python export.py runs/photos onnx."""

import sys

import kanjian


def main(run: str, to: str = "openvino") -> None:
    exported = kanjian.Recognizer.load(run).export(to)
    print(f"{exported.folder}: {exported.megabytes:.1f} MB")
    print(f"same labels as in Keras: {exported.parity.agreement:.0%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
