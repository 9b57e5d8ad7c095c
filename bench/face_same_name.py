"""Two people of one name: how often faces are taken for another's, and a person's own refused.

    python bench/face_same_name.py

Color photos (five athletes) and ORL (30 people, gray), each alone and both together, 3 draws
of five enrolled photos a person. One more photo of each person, and three more, are enrolled
under the own name, which must be taken, and under those of four others, which must be
refused; with that name alone enrolled, and with all. Then a stranger's photo is put under each
name: the page of `faces show` must doubt it and no other. Results:
bench/results/face_same_name.json.
"""

import itertools
import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from kanjian.faces.align import align
from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import About, Enrolled
from kanjian.faces.photos import photos_of
from kanjian.faces.same_name import why_two_people
from kanjian.images import read_image
from record import DATA, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
DRAWS, ENROLLED, OTHERS = 3, 5, 4
SUFFIXES = (".jpg", ".jpeg", ".pgm", ".png")


def faces_of(name: str, finder, network) -> tuple[list, np.ndarray]:
    """People and embeddings of a set."""
    people, rows = [], []
    with tarfile.open(DATA / "faces" / f"{name}.tar") as archive:
        for member in archive.getmembers():
            if member.name.lower().endswith(SUFFIXES):
                image = read_image(archive.extractfile(member).read())
                found = finder.detect(image)
                if not found:
                    continue
                face = max(found, key=lambda face: face.size)
                people.append(member.name.split("/")[-2])
                rows.append(network.embed(align(image, face)[None])[0])
    return people, np.array(rows)


def drawn(people: np.ndarray, rows: np.ndarray, seed: int) -> tuple[list, dict]:
    """The faces enrolled, and the others of each person."""
    rng = np.random.default_rng(seed)
    there, rest = [], {}
    for name in np.unique(people):
        order = rng.permutation(np.flatnonzero(people == name))
        faces = [Enrolled(str(name), f"{at:064x}", "1,2,30,40", rows[at]) for at in order]
        there += faces[:ENROLLED]
        rest[str(name)] = faces[ENROLLED:]
    return there, rest


def refusals(there: list, rest: dict, about: About, photos: int, *, alone: bool) -> dict:
    """Of faces of the own person, and of others, how many are called another's."""
    asked = {"own": 0, "others": 0}
    refused = dict(asked)
    names = list(rest)
    for at, person in itertools.product(range(OTHERS + 1), names):
        other = names[(names.index(person) + at) % len(names)]
        known = [face for face in there if face.person == person] if alone else there
        kind = "own" if person == other else "others"
        why = why_two_people(rest[other][:photos], person, known, about=about)
        asked[kind] += 1
        refused[kind] += why is not None
    return {"asked": asked, "refused": refused}


def doubts(there: list, about: About, seed: int) -> dict:
    """Each person gets a photo of the next one, who is not enrolled any more."""
    names = sorted({face.person for face in there})
    rng, found, false, right = np.random.default_rng(seed), 0, 0, 0
    for person, other in itertools.pairwise([*names, names[0]]):
        strange = rng.choice([face for face in there if face.person == other])
        faces = [face for face in there if face.person != other]
        with tempfile.TemporaryDirectory() as place:
            store = Gallery.create(Path(place) / "g", embedder=about.embedder, sha256="0")
            store.add([*faces, Enrolled(person, "f" * 64, "1,2,3,4", strange.embedding)])
            marked = [photo.doubted for photo in photos_of(store, person)]
        found += marked[-1]
        false += sum(marked[:-1])
        right += len(marked) - 1
    return {"strange": len(names), "doubted": int(found), "right": right, "wrongly": int(false)}


def summed(results: list[dict]) -> dict:
    """The same tree, its numbers added up."""
    first = results[0]
    if isinstance(first, dict):
        return {key: summed([each[key] for each in results]) for key in first}
    return sum(results)


def main() -> None:
    finder, network = detector("yunet", smallest=20), embedder("mobilefacenet")
    about = About(network.name, network.sha256)
    colored, gray = (faces_of(name, finder, network) for name in ("people-colour", "orl-faces"))
    both = colored[0] + gray[0], np.concatenate([colored[1], gray[1]])
    result = {}
    for name, (people, rows) in {"color": colored, "orl": gray, "both": both}.items():
        draws = [drawn(np.array(people), rows, seed) for seed in range(DRAWS)]
        result[name] = {
            f"{photos}_more{'_alone' if alone else ''}": summed(
                [refusals(*draw, about, photos, alone=alone) for draw in draws]
            )
            for photos, alone in itertools.product((1, 3), (False, True))
        } | {"page": summed([doubts(there, about, at) for at, (there, _) in enumerate(draws)])}
        print(name, result[name])
    write_result("face_same_name", {"draws": DRAWS, "enrolled_a_person": ENROLLED, **result})


if __name__ == "__main__":
    main()
