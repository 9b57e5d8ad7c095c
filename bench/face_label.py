"""`faces label` against the source's loop, and at 720p.

    python bench/face_label.py [ROUNDS]

The source's loop, as its tutorial has it: the cascade loaded for every frame, a margin of 10
pixels, and Keras `predict` called twice for every face (once to look, once to print). Its
window is left out, so is writing a file: both would make it slower. Ours reads the clip,
follows and names the faces, draws and writes H.264. Both sides run in turns in processes of
their own; frames per second over the whole clip, reading included. Times of the processor are
kept beside: a busy machine changes them less. The 720p clip is a sign clip enlarged to 960×720
and set on 1280×720. Results: bench/results/face_label.json.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from kanjian.media.encode import write_video
from kanjian.media.frames import read_frames
from record import DATA, ROOT, said_by, spread, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
VIDEOS = DATA / "videos"
CLIPS = ("sign-p1-again", "sign-p3-book")


def joined(target: Path, size_hw: tuple[int, int]) -> Path:
    """The clips one after the other, once through, at a size."""
    import cv2

    with write_video(target, size_hw=size_hw, rate_fps=30) as video:
        for clip in CLIPS:
            with read_frames(VIDEOS / f"{clip}.mkv") as frames:
                for frame in frames:
                    canvas = np.zeros((*size_hw, 3), np.uint8)
                    scale = size_hw[0] / frame.image.shape[0]
                    image = cv2.resize(frame.image, None, fx=scale, fy=scale)
                    left = (size_hw[1] - image.shape[1]) // 2
                    canvas[:, left : left + image.shape[1]] = image
                    video.write(canvas)
    return target


def figures(said: list[dict]) -> dict:
    return {key: spread([each[key] for each in said]) for key in ("fps", "cpu_ms_a_frame")}


def main(rounds: int) -> None:
    place = Path(tempfile.mkdtemp())
    small, large = joined(place / "vga.mkv", (480, 640)), joined(place / "hd.mkv", (720, 1280))
    sides = ROOT / "bench" / "sides"
    ours, source, hd = [], [], []
    for _ in range(rounds):
        ours.append(said_by([sys.executable, sides / "faces_kanjian.py", small, VIDEOS]))
        source.append(said_by([sys.executable, sides / "faces_source.py", small]))
        hd.append(said_by([sys.executable, sides / "faces_kanjian.py", large, VIDEOS]))
    result = {
        "frames": 186,
        "kanjian": figures(ours),
        "source": figures(source),
        "ratio": spread([a["fps"] / b["fps"] for a, b in zip(ours, source, strict=True)]),
        "kanjian_720p": figures(hd),
        "deepface": "0.0.103 does not run offline: represent() (SFace, Facenet, VGG-Face) and "
        "extract_faces() fetch their weights, and even the cascade, at first use, and refuse",
    }  # fmt: skip
    print(result, write_result("face_label", result))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
