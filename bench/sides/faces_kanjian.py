"""One side of bench/face_label.py: `faces label` over a clip; prints frames per second."""

import json
import sys
import tempfile
import time
from pathlib import Path

from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.enroll import enroll
from kanjian.faces.gallery import Gallery
from kanjian.faces.identify import ByGallery
from kanjian.faces.label import VIDEO_SIDE, label_video, least_in_video

place, network = Path(tempfile.mkdtemp()), embedder("mobilefacenet")
clip = Path(sys.argv[1])
# as the command line does it
finder = detector("yunet", smallest=least_in_video(clip), longest_side=VIDEO_SIDE)
store = Gallery.create(place / "g", embedder=network.name, sha256=network.sha256)
for person, name in (("p1", "sign-p1-help"), ("p2", "sign-p2-milk")):
    enroll(store, person, [Path(sys.argv[2]) / f"{name}.mkv"], finder, network)
matcher = ByGallery(store, network)
started, busy = time.perf_counter(), time.process_time()
done = label_video(clip, place / "out.mp4", finder, matcher)
seconds, busy = time.perf_counter() - started, time.process_time() - busy
named = sorted({event.who for event in done.events})
cpu_ms = 1000 * busy / done.pictures
print(
    json.dumps(
        {
            "fps": done.pictures / seconds,
            "cpu_ms_a_frame": cpu_ms,
            "named": named,
            "frames": done.pictures,
        }
    )
)
