"""Do the rates that a gallery tells hold? Random galleries, asked with everybody else's faces.

    python bench/face_rates.py [GALLERIES]

Galleries of 2 or 3 of the five athletes, of 3 to 22 of the 30 people of ORL, and of 3 to 27 of
both together, 2 to 7 photos a person. Strangers are all the others, known faces all photos that
were not enrolled. A told interval holds if the measured share lies in it, at the gallery's own
threshold, a tenth below and above it, and at 0.4, 0.5 and 0.6 set by hand. Also, at the same
similarities, the interval of two faces being one person's by chance, against all pairs of faces
of different people. What is bundled of the network was measured on other people
(bench/face_strangers.py). Results: bench/results/face_rates.json.
"""

import os
import sys

import numpy as np

from face_identify import faces_of
from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.rates import Rate, false_match_rate
from kanjian.faces.threshold import Calibration, calibrate, person_scores
from record import DATA, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
FAMILIES = {
    "color photos": (("people-colour",), 2, 3),
    "ORL": (("orl-faces",), 3, 22),
    "both": (("people-colour", "orl-faces"), 3, 27),
}
BY_HAND = (0.4, 0.5, 0.6)


def drawn(people: np.ndarray, fewest: int, most: int, rng) -> tuple[np.ndarray, ...]:
    """Indices enrolled, asked and of strangers."""
    names = rng.permutation(np.unique(people))
    known, photos = names[: rng.integers(fewest, most + 1)], rng.integers(2, 8)
    enrolled, asked = [], []
    for name in known:
        order = rng.permutation(np.flatnonzero(people == name))
        enrolled += list(order[:photos])
        asked += list(order[photos:])
    return np.array(enrolled), np.array(asked), np.flatnonzero(~np.isin(people, known))


def points(made: Calibration) -> dict[str, float]:
    """Where a gallery is asked."""
    own = made.threshold
    return {"own": own, "own - 0.1": own - 0.1, "own + 0.1": own + 0.1} | {
        str(at): at for at in BY_HAND
    }


def looked_at(rate: Rate, found: float) -> dict[str, float]:
    low, high = rate.interval
    return {
        "held": low <= found <= high, "width": high - low, "measured": found,
        "expected": rate.expected,
    }  # fmt: skip


def one_gallery(people, rows, fewest: int, most: int, rng) -> dict:
    """What it tells, and what is so, by point and side."""
    enrolled, asked, strangers = drawn(people, fewest, most, rng)
    person_of = np.unique(people[enrolled], return_inverse=True)[1]
    made = calibrate(rows[enrolled], person_of, embedder="mobilefacenet")
    known, strange = (
        person_scores(rows[which], rows[enrolled], person_of).max(1) for which in (asked, strangers)
    )
    return {
        name: {
            "strangers named": looked_at(made.strangers_named(at), float((strange >= at).mean())),
            "known unnamed": looked_at(made.known_unnamed(at), float((known < at).mean())),
        }
        for name, at in points(made).items()
    }


def summary(galleries: list[dict]) -> dict:
    """By side and point: how many held, how wide, and the means of both shares."""
    found: dict = {}
    for side in ("strangers named", "known unnamed"):
        for point in galleries[0]:
            all_of = [gallery[point][side] for gallery in galleries]
            found.setdefault(side, {})[point] = {
                "held": float(np.mean([each["held"] for each in all_of])),
                "median_width": float(np.median([each["width"] for each in all_of])),
                "mean_measured": float(np.mean([each["measured"] for each in all_of])),
                "mean_expected": float(np.mean([each["expected"] for each in all_of])),
            }
    return found


def pairs(people: np.ndarray, rows: np.ndarray) -> dict:
    """Of all pairs of faces of two people the share this alike, and what is told."""
    apart = (rows @ rows.T)[people[:, None] != people[None]]
    found = {}
    for at in (0.2, 0.3, 0.4, 0.5, 0.6):
        rate, share = false_match_rate(at, embedder="mobilefacenet"), float((apart >= at).mean())
        found[str(at)] = looked_at(rate, share) | {"interval": list(rate.interval)}
    return found


def main(galleries: int) -> None:
    finder, network = detector("yunet", smallest=20), embedder("mobilefacenet")
    names = ("people-colour", "orl-faces")
    sets = {name: faces_of(name, finder, network) for name in names}
    result: dict = {"galleries": galleries, "embedder": network.name}
    for title, (chosen, fewest, most) in FAMILIES.items():
        people = np.concatenate([sets[name][0] for name in chosen])
        rows = np.concatenate([sets[name][1] for name in chosen])
        rng = np.random.default_rng(7)
        result[title] = summary(
            [one_gallery(people, rows, fewest, most, rng) for _ in range(galleries)]
        )
        result[title]["two faces"] = pairs(people, rows)
        for side in ("strangers named", "known unnamed"):
            print(title, side, {k: (round(v["held"], 3), round(v["median_width"], 3),
                  round(v["mean_measured"], 4), round(v["mean_expected"], 4))
                  for k, v in result[title][side].items()})  # fmt: skip
        print(title, {k: (v["held"], v["measured"], v["interval"])
              for k, v in result[title]["two faces"].items()})  # fmt: skip
    print(write_result("face_rates", result))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
