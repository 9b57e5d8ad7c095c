"""Tags of clips whose truth is known: photos of cats and dogs, cut at known times.

    python bench/video_tag.py [--model RUN] [--clips 5] [--seconds 60]

Each clip shows photos the recognizer was not trained on: stretches of 2 to 9 seconds of one class,
in each a new photo every 0.4 to 1.6 seconds, slowly zoomed, so that frames differ. Rates are 25,
29.97 and varying. Without --model one is trained first (`kanjian train photos-lite0`).
Told: how far each border is from where the cut was, segments too many or missing, whether the vote
gives the true shares, for each way of voting, and seconds of video per second.
Results: bench/results/video_tag.json.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from kanjian.images.decode import read_image
from kanjian.images.resize import resize_image
from kanjian.inference.recognizer import Recognizer
from kanjian.media.encode import write_video
from kanjian.video.segments import segments_of
from kanjian.video.tag import tag_clip, voted
from record import DATA, ROOT, spread, write_result

CLASSES, SIZE_HW = ("cats", "dogs"), (360, 480)


def trained(folder: Path, photos: Path) -> Path:
    command = [sys.executable, "-m", "kanjian", "train", "photos-lite0", "--on", photos / "train",
               "--out", folder / "runs", "--quiet"]  # fmt: skip
    subprocess.run(
        [str(part) for part in command],
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    (run,) = (folder / "runs").iterdir()
    return run


def photos_of(root: Path) -> dict[str, list[np.ndarray]]:
    return {
        name: [read_image(path, color="rgb") for path in sorted((root / "val" / name).iterdir())]
        for name in CLASSES
    }


def make_clip(
    path: Path, photos: dict[str, list[np.ndarray]], seconds: float, rate: Fraction | None,
    rng: np.random.Generator,
) -> list[tuple[str, float, float]]:  # fmt: skip
    """Write a clip; gives the true stretches (class, from, to). A rate of None varies."""
    times, at = [], 0.0
    while at < seconds:
        times.append(at)
        at += float(1 / rate) if rate else rng.uniform(0.01, 0.09)
    truth, which = [], int(rng.integers(2))
    stretch_end = photo_end = 0.0
    with write_video(path, size_hw=SIZE_HW, rate_fps=rate or 25) as video:
        for now in times:
            if now >= stretch_end and seconds - now > 2:
                which = 1 - which
                stretch_end = now + rng.uniform(2, 9)
                photo_end = now
                truth.append([CLASSES[which], now, seconds])
                if len(truth) > 1:
                    truth[-2][2] = now
            if now >= photo_end:
                pile = photos[CLASSES[which]]
                photo, since = pile[rng.integers(len(pile))], now
                photo_end = now + rng.uniform(0.4, 1.6)
            video.write(zoomed(photo, now - since), seconds=now)
    return [tuple(each) for each in truth]


def zoomed(photo: np.ndarray, seconds: float) -> np.ndarray:
    cut = [int(side * min(0.06 * seconds, 0.1)) for side in photo.shape[:2]]
    inner = photo[cut[0] : photo.shape[0] - cut[0], cut[1] : photo.shape[1] - cut[1]]
    return resize_image(inner, SIZE_HW, channels=3)


def compare_segments(truth: list[tuple[str, float, float]], segments) -> dict:
    true_cuts = [start for _, start, _ in truth[1:]]
    found_cuts = [each.from_s for each in segments[1:]]
    errors = [min((abs(cut - other) for other in found_cuts), default=99) for cut in true_cuts]
    extra = [cut for cut in found_cuts if min((abs(cut - o) for o in true_cuts), default=99) > 0.5]
    agreed = sum(
        max(0.0, min(each.to_s, end) - max(each.from_s, start))
        for name, start, end in truth
        for each in segments
        if each.label == name
    )
    return {
        "cuts": len(true_cuts),
        "errors_s": [round(each, 3) for each in errors],
        "missed": sum(each > 0.5 for each in errors),
        "extra": len(extra),
        "time_right": agreed / truth[-1][2],
    }


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--model", type=Path)
    asked.add_argument("--clips", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=60)
    options = asked.parse_args()
    rng, results = np.random.default_rng(7), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(DATA / "photos" / "cats-dogs.tar") as tar:
            tar.extractall(folder, filter="data")
        recognizer = Recognizer.load(options.model or trained(folder, folder / "cats-dogs"))
        photos = photos_of(folder / "cats-dogs")
        for number in range(options.clips):
            rate = (Fraction(25), Fraction(30000, 1001), None)[number % 3]
            clip = folder / f"clip{number}.mp4"
            truth = make_clip(clip, photos, options.seconds, rate, rng)
            shares = {
                each: sum(end - start for label, start, end in truth if label == each)
                / options.seconds
                for each in CLASSES
            }
            started = time.perf_counter()
            tagged = tag_clip(recognizer, clip)
            took = time.perf_counter() - started
            said = compare_segments(truth, tagged.segments)
            said |= {"rate_fps": float(rate) if rate else "varying", "true_shares": shares}
            rough = segments_of(tagged.samples, shortest_s=0)
            said["unsmoothed_extra"] = compare_segments(truth, rough)["extra"]
            for vote in ("count", "mean", "confidence"):
                votes = voted(tagged.samples, vote=vote)
                told = dict(zip(tagged.samples.classes, votes.tolist(), strict=False))
                said[f"share_error_{vote}"] = max(abs(shares[each] - told[each]) for each in told)
                said[f"order_right_{vote}"] = max(told, key=told.get) == max(shares, key=shares.get)
            said["video_seconds_per_second"] = options.seconds / took
            print(said, flush=True)
            results.append(said)
    errors = [error for each in results for error in each["errors_s"]]
    write_result("video_tag", {
        "clips": results,
        "border_error_s": spread(errors),
        "borders_within_half_a_second": sum(each <= 0.5 for each in errors) / len(errors),
        "segments_too_many": sum(each["extra"] for each in results),
        "segments_missed": sum(each["missed"] for each in results),
        "votes_right": all(each[f"order_right_{vote}"] for each in results
                           for vote in ("count", "mean", "confidence")),
        "largest_share_error": max(each["share_error_count"] for each in results),
    })  # fmt: skip


if __name__ == "__main__":
    main()
