"""What 8-bit numbers cost and bring: CIFAR-10 and photos, throughput and accuracy.

Run: python bench/int8.py
"""

import argparse
import tarfile
import tempfile
from pathlib import Path

import kanjian
from kanjian.export.export import export_recognizer
from record import DATA, write_result


def run_on(recipe, out: Path) -> Path:
    return kanjian.train(recipe, out=out).folder


def cifar(out: Path, epochs: int | None):
    """The shipped recipe for CIFAR-10, judged on all its test pictures."""
    recipe = kanjian.shipped("cifar10-fast")
    data = replace_in(recipe, source=str(DATA / "cifar10-jpeg.tar.xz"))
    return run_on(shorter(data, epochs), out)


def photos(out: Path, epochs: int | None):
    """The shipped recipe for photos; what it holds back are the set's own 240."""
    with tarfile.open(DATA / "photos/cats-dogs.tar") as archive:
        archive.extractall(out, filter="data")
    recipe = kanjian.shipped("photos-lite0")
    return run_on(shorter(replace_in(recipe, source=str(out / "cats-dogs")), epochs), out)


def replace_in(recipe, **data):
    return recipe.model_copy(update={"data": recipe.data.model_copy(update=data)})


def shorter(recipe, epochs: int | None):
    if epochs is None:
        return recipe
    training = recipe.training.model_copy(update={"epochs": epochs})
    return recipe.model_copy(update={"training": training})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, help="fewer, for a try")
    epochs = parser.parse_args().epochs
    result = {"what": "accuracy and images/s of f32, bf16 and int8", "most_points_lost": 0.5}
    for name, make in (("cifar10", cifar), ("photos", photos)):
        with tempfile.TemporaryDirectory() as place:
            run = make(Path(place), epochs)
            made = export_recognizer(run, "openvino", Path(place) / "int8", int8=True, max_drop=100)
            told = made.int8.to_dict()
        speed = told["images_per_second"]
        told["int8_over_f32"] = speed["int8"] / speed["f32"]
        told["int8_over_bf16"] = speed["int8"] / speed["bf16"]
        result[name] = told
        print(name, told)
    print(write_result("int8", result))


if __name__ == "__main__":
    main()
