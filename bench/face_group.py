"""Faces nobody has named, put together by person.

    python bench/face_group.py

ORL (30 people × 10, gray) and five athletes (96 color photos) as folders of pictures, seven sign
clips of three people as tracks. Pairwise F1: of all pairs of pictures, those of one person that
came into one group. A picture in which no face is found is a group of its own; where there are
several faces the largest counts.

The level was not tuned on these answers: `threshold.level_among` reckons it from what naming
knew of the embedder before (means and deviations of pairs over the athletes and three of the
clips; ORL had a part in nothing but the leniency of 1.25, see bench/face_identify.py) and from
how many groups there are at that moment. The way groups are compared (the mean similarity of the
faces of one to the mean of the other) was chosen after these sets were seen: the mean of all
would have joined two of the three people of the clips. So this shows what grouping does on known
pictures; no set was left that nobody had looked at.

Beside it F1 at levels .1 and .05 lower and higher, and other ways: average linkage and Chinese
whispers (median of 5 orders) at the same level, HDBSCAN with 2, 3 and 5 as its smallest cluster.

Seconds: 2 000 embeddings, each a real one of both sets with noise on the sphere (cosine .92 to
it), grouped, numbered and stored, in turns of 3. At last athletes' faces shrunk and blurred: how
often a face is then more like its person than like another, which says from where on a face is
too poor to have a say (`found_cache.SMALLEST`, `BLURRED`). Results: bench/results/face_group.json.
"""

import os
import tarfile
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from kanjian.faces.align import align, crop
from kanjian.faces.collect import sharpness
from kanjian.faces.detect import Face, detector
from kanjian.faces.embed import embedder
from kanjian.faces.found_cache import FoundCache, FoundFace
from kanjian.faces.found_faces import Found, Look, find_faces
from kanjian.faces.group_store import GroupStore
from kanjian.faces.grouping import cluster
from kanjian.faces.groups import group_faces
from kanjian.faces.label import VIDEO_SIDE
from kanjian.faces.threshold import level_among
from kanjian.faces.unit import unit
from kanjian.images import read_image
from record import DATA, spread, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
STEPS = (-0.1, -0.05, 0.0, 0.05, 0.1)
FACES, PEOPLE_SIDES, BLURS = 2000, (48, 40, 32, 28, 24, 20, 16), (0.01, 0.02, 0.03, 0.05)


def f1(labels, truth) -> dict:
    """Of all pairs."""
    labels, truth = np.asarray(labels), np.asarray(truth)
    upper = np.triu_indices(len(labels), 1)
    joined = (labels[:, None] == labels)[upper]
    same = (truth[:, None] == truth)[upper]
    right = int((joined & same).sum())
    precision, recall = right / max(int(joined.sum()), 1), right / int(same.sum())
    return {"f1": 2 * right / int(joined.sum() + same.sum()), "precision": precision,
            "recall": recall, "groups": len(set(labels.tolist()))}  # fmt: skip


def judged(found: Found, truth_of, level=None) -> dict:
    """F1 over files or, of clips, over tracks; and who was parted or mixed up."""
    groups = group_faces(found)
    group_of = {face.place: at for at, group in enumerate(groups.people) for face in group.faces}
    largest: dict[str, FoundFace] = {}
    for face in found.faces:
        key = face.picture if face.frames == 1 else face.place
        if key not in largest or face.size > largest[key].size:
            largest[key] = face
    rows = [(group_of.get(face.place, face.place), truth_of(found.files[face.picture][0]))
            for face in largest.values()]  # fmt: skip
    seen = {face.picture for face in found.faces}
    rows += [(name, truth_of(paths[0])) for name, paths in found.files.items() if name not in seen]
    number = {label: at for at, label in enumerate(dict.fromkeys(label for label, _ in rows))}
    whole = {}
    for person in sorted({who for _, who in rows}):
        parts = Counter(label for label, who in rows if who == person)
        if len(parts) > 1:
            whole[person] = sorted(parts.values(), reverse=True)
    made = f1([number[label] for label, _ in rows], [who for _, who in rows])
    return made | {"n": len(rows), "without_a_face": found.without, "poor": len(groups.poor),
                   "level": groups.level, "people_in_parts": whole}  # fmt: skip


def whispers(rows: np.ndarray, level: float, seed: int) -> np.ndarray:
    alike = rows @ rows.T
    edges = np.where(alike >= level, alike, 0)
    np.fill_diagonal(edges, 0)
    rng, labels = np.random.default_rng(seed), np.arange(len(rows))
    for _ in range(30):
        for at in rng.permutation(len(rows)):
            near = np.flatnonzero(edges[at])
            if len(near):
                labels[at] = np.bincount(labels[near], edges[at, near]).argmax()
    return labels


def alone(labels: np.ndarray) -> np.ndarray:
    """HDBSCAN's outliers, each a group of its own."""
    made = labels.copy()
    made[labels < 0] = labels.max() + 1 + np.arange(int((labels < 0).sum()))
    return made


def other_ways(rows: np.ndarray, truth: list, level: float) -> dict:
    from sklearn.cluster import HDBSCAN, AgglomerativeClustering

    apart = np.clip(1 - rows @ rows.T, 0, 2).astype(np.float64)
    average = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - level
    ).fit_predict(apart)
    said = sorted(f1(whispers(rows, level, seed), truth)["f1"] for seed in range(5))
    made = {"average linkage": f1(average, truth)["f1"], "Chinese whispers": said[2]}
    for least in (2, 3, 5):
        labels = HDBSCAN(min_cluster_size=least, metric="precomputed", copy=True).fit_predict(apart)
        made[f"HDBSCAN, at least {least}"] = f1(alone(labels), truth)["f1"]
    return made


def compared(found: Found, truth_of) -> dict:
    """Ways and levels on the faces alone, without what pictures tell."""
    rows = np.array([face.embedding for face in found.faces])
    truth = [truth_of(found.files[face.picture][0]) for face in found.faces]
    level = partial(level_among, embedder=found.network[0])
    moved = {
        f"{step:+.2f}": f1(cluster(rows, lambda n, step=step: level(n) + step), truth)
        for step in STEPS
    }
    return {
        "at_level": {step: each["f1"] for step, each in moved.items()},
        "other_ways": other_ways(rows, truth, level(moved["+0.00"]["groups"])),
    }


def timed(rows: np.ndarray, found: Found, place: Path) -> dict:
    rng = np.random.default_rng(0)
    chosen = rows[rng.integers(0, len(rows), FACES)]
    many = unit(chosen + 0.03 * rng.normal(size=chosen.shape))
    faces = tuple(
        FoundFace(f"{at:064x}", "0,0,90,90", 90.0, 0.2, row) for at, row in enumerate(many)
    )
    files = {face.picture: [Path(face.picture)] for face in faces}
    whole = Found(faces, files, found.network, found.mark)
    walls, processor = [], []
    for turn in range(3):
        store = GroupStore(place / f"turn{turn}.json")
        begun, began = time.perf_counter(), time.process_time()
        group_faces(whole, store=store)
        walls.append(time.perf_counter() - begun)
        processor.append(time.process_time() - began)
    return {
        "faces": FACES, "seconds": spread(walls), "processor_seconds": spread(processor),
        "ms_per_face": 1000 * sorted(walls)[1] / FACES,
    }  # fmt: skip


def poor_faces(folder: Path, look: Look) -> dict:
    """How often an athlete's face is most like its person, shrunk or blurred."""
    import cv2

    paths = sorted(folder.rglob("*.jpg"))[::2]
    seen = [(image, max(look.finder.detect(image), key=lambda face: face.size))
            for image in map(read_image, paths)]  # fmt: skip
    people = np.array([path.parent.name for path in paths])
    rows = look.network.embed(np.stack([align(image, face) for image, face in seen]))

    def asked(made: list) -> dict:
        found = look.network.embed(np.stack([align(image, face) for image, face in made]))
        right = 0
        for at, row in enumerate(found):
            rest = np.arange(len(rows)) != at
            means = {who: unit(rows[rest & (people == who)].sum(0)[None])[0] for who in set(people)}
            right += max(means, key=lambda who: float(means[who] @ row)) == people[at]
        edges = [sharpness(crop(image, face, margin=0)) for image, face in made]
        return {"rank1": right / len(found), "sharpness": float(np.median(edges))}

    def shrunk(image, face, side):
        scale = side / face.size
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        box = tuple(value * scale for value in face.box_xyxy)
        return small, Face(box, face.score, face.landmarks_xy * scale)

    made = {f"{side} px": asked([shrunk(*each, side) for each in seen]) for side in PEOPLE_SIDES}
    for blur in BLURS:
        blurred = [(cv2.GaussianBlur(image, (0, 0), blur * face.size), face)
                   for image, face in seen]  # fmt: skip
        made[f"blur of {blur:.0%}"] = asked(blurred)
    return {"n": len(seen)} | made


def main() -> None:
    place = Path(tempfile.mkdtemp())
    look = Look(
        detector("yunet"), embedder("mobilefacenet"), detector("yunet", longest_side=VIDEO_SIDE)
    )
    result: dict = {"embedder": look.network.name, "detector": look.finder.name}
    rows, cache = [], FoundCache(place / "found")
    for name, tar in (("ORL", "orl-faces"), ("athletes", "people-colour")):
        with tarfile.open(DATA / "faces" / f"{tar}.tar") as archive:
            archive.extractall(place / name, filter="data")
        found = find_faces([place / name], look, cache=cache)
        who = lambda path: path.parent.name  # noqa: E731
        result[name] = judged(found, who) | compared(found, who)
        rows += [face.embedding for face in found.faces]
        print(name, result[name], flush=True)
    clips = sorted((DATA / "videos").glob("sign-p*.mkv"))
    tracks = find_faces(clips, look, cache=cache)
    result["sign clips"] = judged(tracks, lambda path: path.stem.split("-")[1])
    print(result["sign clips"], flush=True)
    result["time"] = timed(np.array(rows), found, place)
    result["poor"] = poor_faces(place / "athletes", look)
    print(result["time"], result["poor"], write_result("face_group", result))


if __name__ == "__main__":
    main()
