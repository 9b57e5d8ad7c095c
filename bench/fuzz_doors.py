"""The doors of `fuzz_files.py`: small whole files of each kind, and what opens them."""

import json
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from record import ROOT

sys.path.append(str(ROOT / "tests"))


@dataclass(frozen=True)
class Door:
    """One kind of file.

    Args:
        name: What it is called in the results.
        share: How many of a hundred mutants are of it.
        make: Puts whole files into a folder.
        targets: Which of them are damaged, as patterns.
        enter: Opens what lies in the folder, and uses it.
    """

    name: str
    share: int
    make: Callable[[Path], None]
    targets: tuple[str, ...]
    enter: Callable[[Path], object]


# whole files


def a_recognizer(place: Path) -> None:
    from small_recognizer import save

    save(place / "r")


def a_denoiser(place: Path) -> None:
    from kanjian.denoise.card import NetworkSpec
    from kanjian.denoise.folder import save_denoiser
    from kanjian.models.denoisers import build_denoiser, spec_of

    network = build_denoiser("fast", channels=1, noise_map=False, width=8, deep_blocks=1)
    spec = NetworkSpec(channels=1, noise_map=False, **spec_of("fast", width=8, deep_blocks=1))
    save_denoiser(place / "r", network, facts={}, spec=spec)


def a_gallery(place: Path) -> None:
    from kanjian.faces.gallery_file import About, Enrolled, write

    rng = np.random.default_rng(0)
    faces = [
        Enrolled(f"person {at % 3}", f"{at:064x}", "1,2,3,4", rng.normal(size=8).astype("<f4"))
        for at in range(9)
    ]
    write(place / "g.sqlite", About("sface", "0" * 64), faces)


def recipes(place: Path) -> None:
    for path in (ROOT / "src/kanjian/recipes/shipped").glob("*.toml"):
        shutil.copy(path, place)


def arrays(place: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, 8, 8, 3), np.uint8)
    labels = np.arange(12) % 3
    np.savez(place / "a.npz", images=images, labels=labels)
    np.savez_compressed(place / "b.npz", x_train=images, y_train=labels, x_test=images,
                        y_test=labels)  # fmt: skip


def tables(place: Path) -> None:
    from kanjian.images import write_image

    rng = np.random.default_rng(0)
    lines = ["path,label"]
    for at in range(6):
        write_image(place / "t" / f"{at}.png", rng.integers(0, 256, (8, 8, 3), np.uint8))
        lines.append(f"{at}.png,{'cat' if at % 2 else 'dog'}")
    (place / "t" / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def zips(place: Path) -> None:
    tables(place)
    with zipfile.ZipFile(place / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(6):
            archive.write(place / "t" / f"{at}.png", f"{'cat' if at % 2 else 'dog'}/{at}.png")
    shutil.rmtree(place / "t")


def weights(place: Path) -> None:
    from torch_files import legacy_file, tensors_of, zip_file

    model = _stack()
    model.save_weights(place / "a.weights.h5")
    model.save(place / "b.keras")
    model.save(place / "c.h5")
    np.savez(place / "d.npz", *model.get_weights())
    state = {"layer.weight": np.eye(3, dtype=np.float32), "layer.bias": np.ones(3, np.float32)}
    (place / "e.pth").write_bytes(zip_file(tensors_of(state)))
    (place / "f.pth").write_bytes(legacy_file(tensors_of(state)))
    head = {name: {"dtype": "F32", "shape": list(array.shape), "data_offsets": [0, array.nbytes]}
            for name, array in state.items()}  # fmt: skip
    text = json.dumps(head).encode()
    body = state["layer.weight"].tobytes()
    (place / "g.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)


def _stack() -> object:
    from kanjian.backend import load_keras

    keras = load_keras()
    return keras.Sequential([
        keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, activation="softmax",
                                                                  name="out"),
    ])  # fmt: skip


def networks(place: Path) -> None:
    model = _stack()
    model.save(place / "a.keras")
    model.save(place / "b.h5")
    (place / "c.json").write_text(model.to_json(), encoding="utf-8")
    np.savez(place / "c.npz", *model.get_weights())


def onnx_networks(place: Path) -> None:
    from hostile_onnx import F, TensorProto, classifier, save

    save(place / "a.onnx", classifier(kind=F))
    save(place / "b.onnx", classifier(kind=TensorProto.UINT8))


def checkpoints(place: Path) -> None:
    from kanjian.training.checkpoint import Progress, save_checkpoint

    save_checkpoint(place, Progress(epoch=3), {"model/0": np.ones((4, 4)), "model/1": np.ones(3)})


# doors


def use_recognizer(place: Path) -> None:
    from kanjian.inference import Recognizer
    from small_recognizer import pictures

    changed = (place / "changed").read_text()
    engine = "keras" if changed.endswith("model.keras") else "auto"
    recognizer = Recognizer.load(place / "r", engine=engine)
    shape = (*recognizer.size_hw, recognizer.channels)
    batch = pictures(2) if shape == (12, 20, 3) else np.zeros((2, *shape), np.uint8)
    recognizer.probabilities(batch)


def use_denoiser(place: Path) -> None:
    from kanjian.denoise.folder import Denoiser

    changed = (place / "changed").read_text()
    engine = "keras" if changed.endswith("model.keras") else "auto"
    Denoiser.load(place / "r", engine=engine).run(np.zeros((1, 9, 7, 1), np.uint8))


def use_gallery(place: Path) -> None:
    from kanjian.faces.gallery import Gallery

    Gallery.open(place / "g.sqlite")


def use_recipe(place: Path) -> None:
    from kanjian.recipes.codec import read_recipe

    read_recipe(_changed(place))


def use_dataset(place: Path) -> None:
    from kanjian.datasets.open_dataset import open_dataset

    splits = open_dataset(_changed(place))
    splits.train.images.read(0)


def use_weights(place: Path) -> None:
    from kanjian.weights.assign import load_weights
    from kanjian.weights.inside import look_inside

    path = _changed(place)
    look_inside(path)
    if path.suffix != ".pth":
        load_weights(_target(), path)


_TARGETS: list[object] = []


def _target() -> object:
    if not _TARGETS:
        _TARGETS.append(_stack())
    return _TARGETS[0]


def use_network(place: Path) -> None:
    from kanjian.importing.import_network import import_network

    path = _changed(place)
    path = path.with_suffix(".json") if path.stem == "c" else path
    import_network(path, place / "made", pixels=None if path.stem == "b" else "0..1")


def use_checkpoint(place: Path) -> None:
    from kanjian.training.checkpoint import load_checkpoint

    load_checkpoint(place)


def _changed(place: Path) -> Path:
    return place / (place / "changed").read_text()


DOORS = (
    Door("recognizer", 26, a_recognizer,
         ("r/recognizer.toml", "r/model.xml", "r/model.xml", "r/model.bin", "r/selftest.npz",
          "r/model.keras"), use_recognizer),
    Door("denoiser", 6, a_denoiser, ("r/denoiser.toml", "r/model.xml"), use_denoiser),
    Door("gallery", 14, a_gallery, ("g.sqlite",), use_gallery),
    Door("recipe", 16, recipes, ("*.toml",), use_recipe),
    Door("arrays", 8, arrays, ("*.npz",), use_dataset),
    Door("table", 5, tables, ("t/labels.csv",), use_dataset),
    Door("zip of pictures", 4, zips, ("z.zip",), use_dataset),
    Door("weights", 9, weights, ("*.*",), use_weights),
    Door("network", 4, networks, ("*.*",), use_network),
    Door("onnx", 5, onnx_networks, ("*.onnx",), use_network),
    Door("checkpoint", 3, checkpoints, ("*.npz",), use_checkpoint),
)  # fmt: skip
