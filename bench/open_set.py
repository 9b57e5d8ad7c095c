"""Does a recognizer know what it has never seen? Cats and dogs, asked about anything else.

Run: python bench/open_set.py [seeds]
Writes bench/results/open_set.json. Three recognizers on 320 photos each (`kanjian train` with
--backbone efficientnet-lite0, which it chooses for them by itself), drawn by seed. Each is asked
about 240 other cats and dogs, and about strangers: flowers and other pictures, faces, birds
and cars of CIFAR-10 brought to size by our own fit. None of these had a part in any choice.

Four scores on the same answers: the open set as it is saved (Mahalanobis), the mean distance to the
five nearest training pictures (cosine), the largest logit, and the softmax alone. The threshold of
the open set is the recognizer's own; the others get the one that keeps 95 % of the right answers
on these very 240, which favors them.
"""

import json
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

import kanjian
from kanjian.evaluation.open_set import auroc
from kanjian.inference.engines import open_engine
from kanjian.inference.open_set import read_open_set
from kanjian.inference.recognizer import Recognizer
from record import DATA, RESULTS, machine, versions

EACH, STRANGERS, KEEP, NEAREST = 160, 40, 0.95, 5
PETS = ("cat", "dog", "chelsea")  # names of pictures that show one


def members(path: Path, wanted: str, n: int) -> list[bytes]:
    """The contents of up to n files of a tar whose names hold a text, evenly spread."""
    with tarfile.open(path) as archive:
        inside = [each for each in archive.getmembers() if each.isfile() and wanted in each.name]
        inside.sort(key=lambda each: each.name)
        at = np.linspace(0, len(inside) - 1, min(n, len(inside))).astype(int)
        chosen = {inside[number].name for number in at}
        # in the order they lie there: a compressed archive is read forward only
        return [archive.extractfile(each).read() for each in archive if each.name in chosen]


def strangers() -> dict[str, list]:
    """Pictures of anything but cats and dogs, by what they are."""
    others = [
        path
        for path in sorted((DATA / "images").iterdir())
        if path.suffix in (".jpg", ".png") and not any(pet in path.name for pet in PETS)
    ]
    cifar = DATA / "cifar10-jpeg.tar.xz"
    return {
        "flowers and other pictures": others,
        "faces": members(DATA / "faces" / "people-colour.tar", ".jpg", STRANGERS)
        + members(DATA / "faces" / "orl-faces.tar", ".pgm", STRANGERS),
        "CIFAR birds": members(cifar, "test/bird/", STRANGERS),
        "CIFAR cars": members(cifar, "test/automobile/", STRANGERS),
    }


def draw(folder: Path, out: Path, seed: int) -> list[Path]:
    """A folder with some pictures of each class."""
    drawn = []
    for place in sorted((folder / "train").iterdir()):
        (out / place.name).mkdir(parents=True)
        paths = sorted(place.iterdir())
        for number in np.random.default_rng(seed).permutation(len(paths))[:EACH]:
            link = out / place.name / paths[number].name
            link.write_bytes(paths[number].read_bytes())
            drawn.append(link)
    return drawn


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length one."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def figures(near: np.ndarray, far: dict[str, np.ndarray], threshold: float) -> dict:
    """AUROC and the share that is named, of each kind of stranger and of all."""
    both = {**far, "all": np.concatenate(list(far.values()))}
    return {
        "kept": float((near <= threshold).mean()),
        "auroc": {name: auroc(near, each) for name, each in both.items()},
        "named": {name: float((each <= threshold).mean()) for name, each in both.items()},
    }


def main() -> None:
    """Train, ask, write."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        with tarfile.open(DATA / "photos" / "cats-dogs.tar") as archive:
            archive.extractall(work, filter="data")
        pets = work / "cats-dogs"
        held = sorted((pets / "val").rglob("*.jpg"))
        others, rows = strangers(), []
        for seed in seeds:
            rows.append(one(pets, work, seed, held, others))
            write(rows, held, others)


def write(rows: list[dict], held: list[Path], others: dict[str, list]) -> None:
    """Keep what the seeds so far say."""
    worst = {
        score: {
            "auroc": min(min(row[score]["auroc"].values()) for row in rows),
            "named": max(max(row[score]["named"].values()) for row in rows),
            "auroc_all": min(row[score]["auroc"]["all"] for row in rows),
            "named_all": max(row[score]["named"]["all"] for row in rows),
            "kept": min(row[score]["kept"] for row in rows),
        }
        for score in ("open set", "nearest", "logit", "softmax")
    }
    result = {
        "machine": machine(), "versions": versions(), "photos": 2 * EACH, "others": len(held),
        "strangers": {name: len(each) for name, each in others.items()},
        "n": len(rows), "seeds": rows, "worst": worst,
    }  # fmt: skip
    (RESULTS / "open_set.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(worst, indent=1), flush=True)


_seen: dict[str, np.ndarray] = {}


def one(pets: Path, work: Path, seed: int, held: list[Path], others: dict[str, list]) -> dict:
    """One recognizer, and what each score says."""
    drawn = draw(pets, work / f"photos-{seed}", seed)
    run = kanjian.train(work / f"photos-{seed}", backbone="efficientnet-lite0", seed=seed,
                        out=work / f"run-{seed}", quiet=True)  # fmt: skip
    recognizer, home = Recognizer.load(run), run.folder / "recognizer"
    card = recognizer.card
    engine = open_engine(home, card, "openvino", "f32", features=True)

    def features(pictures: list) -> np.ndarray:
        # the backbone is frozen, and the same for every seed: each picture is looked at once
        new = [each for each in pictures if key(each) not in _seen]
        for at in range(0, len(new), 32):
            fitted = np.stack([recognizer.preprocess(each) for each in new[at : at + 32]])
            for picture, row in zip(new[at : at + 32], engine.with_features(fitted)[1][:, 0],
                                    strict=True):  # fmt: skip
                _seen[key(picture)] = row
        return np.stack([_seen[key(each)] for each in pictures])

    kernel, bias = head(home)
    learned = unit(features(drawn))
    open_set = read_open_set(home, card)
    scores = {
        "open set": open_set.distances,
        "nearest": lambda rows: np.sort(1 - unit(rows) @ learned.T, axis=1)[:, :NEAREST].mean(
            axis=1
        ),
        "logit": lambda rows: -(rows @ kernel + bias).max(axis=1),
        "softmax": lambda rows: -softmax(rows @ kernel + bias).max(axis=1),
    }
    rows = features(held)
    labels = [recognizer.classes.index(path.parent.name) for path in held]
    right = (rows @ kernel + bias).argmax(axis=1) == labels
    check = recognizer.judge(np.stack([recognizer.preprocess(each) for each in held[:4]]))[:, -1]
    np.testing.assert_allclose(check * card.open_set_threshold, open_set.distances(rows[:4]),
                               rtol=1e-2)  # fmt: skip
    far = {name: features(each) for name, each in others.items()}
    found = {"seed": seed, "accuracy": float(right.mean()), "own": run.report.open_set.model_dump()}
    for name, score in scores.items():
        near = score(rows[right])
        threshold = card.open_set_threshold if name == "open set" else np.quantile(near, KEEP)
        found[name] = figures(near, {kind: score(each) for kind, each in far.items()}, threshold)
    print(seed, {name: round(found[name]["named"]["all"], 3) for name in scores}, flush=True)
    return found


def key(picture: Path | bytes) -> str:
    """A picture by its content, as those of a draw are copies."""
    import hashlib

    data = picture if isinstance(picture, bytes) else picture.read_bytes()
    return hashlib.sha256(data).hexdigest()


def head(home: Path) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of the last dense layer."""
    import keras

    network = keras.saving.load_model(home / "model.keras", compile=False)
    layer = [each for each in network.layers if isinstance(each, keras.layers.Dense)][-1]
    kernel, bias = layer.get_weights()
    return kernel, bias


if __name__ == "__main__":
    main()
