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
from kanjian.faces.label import label_video
from record import DATA

place, network = Path(tempfile.mkdtemp()), embedder("mobilefacenet")
finder = detector("yunet", smallest=24, longest_side=640)
store = Gallery.create(place / "g", embedder=network.name, sha256=network.sha256)
for person, clip in (("p1", "sign-p1-help"), ("p2", "sign-p2-milk")):
    enroll(store, person, [DATA / "videos" / f"{clip}.mkv"], finder, network)
knower = ByGallery(store, network)
started = time.perf_counter()
done = label_video(Path(sys.argv[1]), place / "out.mp4", finder, knower)
seconds = time.perf_counter() - started
named = sorted({event.who for event in done.events})
print(json.dumps({"fps": done.pictures / seconds, "named": named, "frames": done.pictures}))
