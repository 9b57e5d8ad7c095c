"""A clip of an hour: memory stays flat and no time stamp drifts.

    python bench/video_hour.py [--minutes 60] [--model RUN] [--clip FILE] [--parts A,B]

A short clip (bikes.mp4, 25 frames/s) is looped into one of that length by copying its packets, so
the true time of every frame is known: its number divided by the rate. Then, each in a process of
its own whose memory is watched:
- `video frames --every 1min`: sparse reading; names and times of all frames written;
- reading every frame: the largest difference of a stamp from the truth, in frames;
- `video tag --every 2s`, if a recognizer is given;
- `video cut` of 40 stretches from all over it: length of picture and sound, and the number of each
  stretch's first frame.
Memory is told for both halves of the time (largest, MB). --parts measures
only some of sparse, every_frame, cut, tag anew.
Results: bench/results/video_hour.json.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import av

from record import DATA, RESULTS, ROOT, write_result

READ = """
import json, sys
from kanjian.media.frames import read_frames
worst, count = 0.0, 0
with read_frames(sys.argv[1]) as frames:
    rate = frames.info.rate_fps
    for frame in frames:
        worst = max(worst, abs(frame.seconds * float(rate) - frame.index))
        count += 1
print(json.dumps({"frames": count, "worst_drift_frames": worst, "note": frames.note}))
"""


def looped(source: Path, target: Path, minutes: float) -> tuple[int, Fraction]:
    """Copy the pictures of a clip again and again; gives their number and rate."""
    count = 0
    with av.open(str(source)) as first:
        stream = first.streams.video[0]
        rate = stream.average_rate
        packets = [
            (bytes(packet), packet.pts, packet.dts, packet.is_keyframe)
            for packet in first.demux(stream) if packet.size
        ]  # fmt: skip
        base, step = stream.time_base, round(1 / (rate * stream.time_base))
        zero = min(pts for _, pts, _, _ in packets)
        with av.open(str(target), "w") as out:
            made = out.add_stream_from_template(stream)
            while count / rate < 60 * minutes:
                for data, pts, dts, key in packets:
                    packet = av.Packet(data)
                    packet.stream, packet.time_base = made, base
                    packet.pts = pts - zero + count * step
                    packet.dts = dts - zero + count * step
                    packet.is_keyframe = key
                    out.mux(packet)
                count += len(packets)
    return count, rate


def watched(command: list[object]) -> dict:
    """Run it; gives its seconds, what it prints, and its largest memory in both halves."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    seen: list[tuple[float, float]] = []

    def watch() -> None:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            try:
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
                seen.append((time.perf_counter() - started, int(fields["VmRSS"].split()[0]) / 1024))
            except (OSError, KeyError, ValueError):
                break
            time.sleep(0.1)

    thread = threading.Thread(target=watch)
    thread.start()
    said, wrong = process.communicate()
    thread.join()
    took = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(wrong[-2000:])
    first = max((mb for at, mb in seen if at < took / 2), default=0)
    second = max((mb for at, mb in seen if at >= took / 2), default=0)
    return {
        "seconds": took,
        "memory_mb_first_half": round(first),
        "memory_mb_second_half": round(second),
        "said": said,
    }


def sparse(clip: Path, folder: Path, rate: Fraction) -> dict:
    told = watched([sys.executable, "-m", "kanjian", "video", "frames", clip, "--every", "1min",
                    "-o", folder, "-q"])  # fmt: skip
    rows = list(csv.DictReader((folder / "frames.csv").read_text().splitlines()))
    told["frames"] = len(rows)
    told["worst_drift_frames"] = max(
        abs(float(row["seconds"]) * float(rate) - int(row["frame"])) for row in rows
    )
    told["worst_late_s"] = max(float(row["seconds"]) - 60 * n for n, row in enumerate(rows))
    return told


def cutting(clip: Path, folder: Path, count: int, rate: Fraction) -> dict:
    length = count / float(rate)
    starts = [length * n / 40 + 0.02 for n in range(40)]
    lines = [f"{clip},{start:.3f},{start + 3:.3f}" for start in starts]
    table = folder / "cuts.csv"
    table.write_text("\n".join(["clip,from,to", *lines]) + "\n")
    told = watched(
        [sys.executable, "-m", "kanjian", "video", "cut", table, "-o", folder / "cut.mp4", "-q"]
    )
    with av.open(str(folder / "cut.mp4")) as made:
        stream = made.streams.video[0]
        stamps = [float(frame.pts * stream.time_base) for frame in made.decode(stream)]
    told["frames"] = len(stamps)
    told["length_s"] = stamps[-1] + 1 / float(rate)
    told["worst_drift_frames"] = max(
        min(abs(stamp - 3 * n) for stamp in stamps) * float(rate) for n in range(40)
    )
    return told


def tagging(clip: Path, folder: Path, model: Path) -> dict:
    command = [sys.executable, "-m", "kanjian", "video", "tag", clip, "--model", model]
    told = watched([*command, "--every", "2s", "-o", folder / "tags", "-q"])
    record = json.loads((folder / "tags" / f"{clip.stem}.json").read_text())
    return told | {"samples": record["samples"], "to": record["to"]}


def reading(clip: Path) -> dict:
    told = watched([sys.executable, "-c", READ, clip])
    return told | json.loads(told["said"])


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=60)
    asked.add_argument("--clip", type=Path, default=DATA / "videos" / "bikes.mp4")
    asked.add_argument("--model", type=Path)
    asked.add_argument("--parts", default="sparse,every_frame,cut,tag")
    options = asked.parse_args()
    parts = options.parts.split(",")
    known = RESULTS / "video_hour.json"
    # parts measured before stay, so that each can be repeated alone
    before = json.loads(known.read_text()) if known.exists() else {}
    results = {part: before[part] for part in ("sparse", "every_frame", "cut", "tag")
               if part in before}  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "hour.mp4"
        count, rate = looped(options.clip, clip, options.minutes)
        about = {"clip": options.clip.name, "clip_frames": count,
                 "clip_seconds": float(count / rate),
                 "clip_megabytes": round(clip.stat().st_size / 2**20, 1)}  # fmt: skip
        work = {
            "sparse": lambda: sparse(clip, folder / "out", rate),
            "every_frame": lambda: reading(clip),
            "cut": lambda: cutting(clip, folder, count, rate),
            "tag": lambda: tagging(clip, folder, options.model),
        }
        for part in parts:
            if part != "tag" or options.model:
                results[part] = work[part]()
                del results[part]["said"]
                results[part] |= about
                print(part, results[part], flush=True)
    write_result("video_hour", results)


if __name__ == "__main__":
    main()
