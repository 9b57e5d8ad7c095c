"""Who is it, and who is a stranger: five pictures a person enrolled, a third left out.

    python bench/face_identify.py

Color photos (five athletes) and ORL (30 people, gray), each alone and both together, 20
draws of strangers and enrolled pictures. The threshold is the one the gallery sets for
itself. A known face is right only if it is named, and rightly; a stranger only if it comes
out as "unknown". Beside it the source's network, trained on the same enrolled crops, which
abstains at the probability that best parts its own validation answers: 0.5 and 0.9.
Also the few-shot set: two photos a person. Results: bench/results/face_identify.json.

The photos were cleaned with these two networks, and the weights in faces/threshold.py were
set on them: raw photos will be harder.
"""

import json
import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from kanjian.faces.align import align, crop
from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.identify import best_match
from kanjian.faces.threshold import calibrate, person_scores
from kanjian.images import read_image, write_image
from record import DATA, spread, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
DRAWS, ENROLLED, NETWORKS = 20, 5, 1
SUFFIXES = (".jpg", ".jpeg", ".pgm", ".png")


def faces_of(name: str, finder, network) -> tuple[list, np.ndarray, list]:
    """People, embeddings and crops of a set; a picture without a face is an error."""
    people, rows, crops = [], [], []
    with tarfile.open(DATA / "faces" / f"{name}.tar") as archive:
        for member in archive.getmembers():
            if not member.name.lower().endswith(SUFFIXES):
                continue
            image = read_image(archive.extractfile(member).read())
            face = max(finder.detect(image), key=lambda face: face.size)
            people.append(member.name.split("/")[-2])
            rows.append(network.embed(align(image, face)[None])[0])
            crops.append(crop(image, face))
    return people, np.array(rows), crops


def draw(people: np.ndarray, seed: int):
    """Indices enrolled, asked and of strangers."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(np.unique(people))
    known = names[len(names) // 3 :]
    enrolled, asked = [], []
    for name in known:
        order = rng.permutation(np.flatnonzero(people == name))
        enrolled += list(order[:ENROLLED])
        asked += list(order[ENROLLED:])
    strangers = np.flatnonzero(~np.isin(people, known))
    return np.array(enrolled), np.array(asked), strangers


def identification_rates(people: np.ndarray, rows: np.ndarray, seed: int) -> dict:
    enrolled, asked, strangers = draw(people, seed)
    names, person_of = np.unique(people[enrolled], return_inverse=True)
    made = calibrate(rows[enrolled], person_of, embedder="mobilefacenet")

    def answers(which):
        scores = person_scores(rows[which], rows[enrolled], person_of)
        return [best_match(score, names, made.threshold) for score in scores]

    known, others = answers(asked), answers(strangers)
    return {
        "rank1": np.mean([m.nearest == people[i] for m, i in zip(known, asked, strict=True)]),
        "named": np.mean([m.name == people[i] for m, i in zip(known, asked, strict=True)]),
        "unknown": np.mean([not m.known for m in others]),
        "threshold": made.threshold,
        "expected_false_accepts": made.false_accepts(),
        "expected_false_rejects": made.false_rejects(),
    }


def by_network(people: np.ndarray, crops: list, seed: int) -> dict:
    """The source's network on the same enrolled pictures."""
    from kanjian.faces.train import learn_faces
    from kanjian.inference.recognizer import Recognizer

    enrolled, asked, strangers = draw(people, seed)
    with tempfile.TemporaryDirectory() as place:
        for number, at in enumerate(enrolled):
            write_image(Path(place, "faces", people[at], f"{number}.png"), crops[at])
        run = learn_faces(
            Path(place, "faces"), out=Path(place),
            changes={"training.epochs": 40, "training.seed": seed, "data.validation": 0.2,
                     "data.split": "stratified"},
        )  # fmt: skip
        recognizer = Recognizer.load(run.folder)

        def sure(which):
            fitted = np.stack([recognizer.preprocess(crops[at]) for at in which])
            shares = recognizer.probabilities(fitted)
            return np.array(recognizer.classes)[shares.argmax(1)], shares.max(1)

        named, share = sure(asked)
        _, strange = sure(strangers)
    right = named == people[asked]
    found = {"rank1": right.mean()}
    for at in (0.5, 0.9):
        found[f"named_at_{at}"] = (right & (share >= at)).mean()
        found[f"unknown_at_{at}"] = (strange < at).mean()
    return found


def summary(draws: list[dict]) -> dict:
    return {key: spread([float(each[key]) for each in draws]) for key in draws[0]}


def main() -> None:
    finder, network = detector("yunet", smallest=20), embedder("mobilefacenet")
    sets = {name: faces_of(name, finder, network) for name in ("people-colour", "orl-faces")}
    result: dict = {"draws": DRAWS, "enrolled_a_person": ENROLLED, "detector": finder.name,
                    "embedder": network.name}  # fmt: skip
    for title, chosen in {
        "color photos": ["people-colour"],
        "ORL": ["orl-faces"],
        "both": ["people-colour", "orl-faces"],
    }.items():
        people = np.concatenate([sets[name][0] for name in chosen])
        rows = np.concatenate([sets[name][1] for name in chosen])
        result[title] = summary([identification_rates(people, rows, seed) for seed in range(DRAWS)])
        print(title, {k: round(np.mean(v["values"]), 4) for k, v in result[title].items()})
    people, _, crops = sets["people-colour"]
    result["source network, color photos"] = summary(
        [by_network(np.array(people), crops, seed) for seed in range(NETWORKS)]
    )
    print(json.dumps(result["source network, color photos"], indent=1))
    print(write_result("face_identify", result))


if __name__ == "__main__":
    main()
