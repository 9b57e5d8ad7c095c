"""Three people making signs before one camera: enrolled from one clip each, named in the others.

    python bench/face_signs.py

Every choice of one clip a person, with everybody enrolled, with one left out, and with one
alone enrolled: all other clips are asked, and a clip of whoever is not enrolled must come out
as "unknown". Faces are followed through each clip; the person seen longest is asked.
Results: bench/results/face_signs.json.
"""

import itertools
import os
import tempfile
from pathlib import Path

from kanjian.faces.detect import detector
from kanjian.faces.embed import embedder
from kanjian.faces.enroll import enroll
from kanjian.faces.gallery import Gallery
from kanjian.faces.identify import ByGallery
from kanjian.faces.label import VIDEO_SIDE
from kanjian.faces.people import people_in
from kanjian.faces.tracks import tracks
from kanjian.media.frames import read_frames
from record import DATA, write_result

os.environ.setdefault("KANJIAN_MODELS", str(DATA / "models"))
FOLDER = DATA / "videos"


def main() -> None:
    finder, network = detector("yunet", longest_side=VIDEO_SIDE), embedder("mobilefacenet")
    clips = sorted(FOLDER.glob("sign-p*.mkv"))
    person = {clip: clip.stem.split("-")[1] for clip in clips}
    others = [FOLDER / "three-people-walking.gif"]
    place = Path(tempfile.mkdtemp())
    empty = ByGallery(
        Gallery.create(place / "none", embedder=network.name, sha256=network.sha256), network
    )
    enrolled, seen = {}, {}
    for clip in [*clips, *others]:
        with read_frames(clip) as frames:
            seen[clip] = people_in(tracks(frames, finder, empty), empty)
        if clip in person:
            store = Gallery.create(place / clip.stem, embedder=network.name, sha256=network.sha256)
            enroll(store, person[clip], [clip], finder, network)
            enrolled[clip] = store.faces
    known = right = strangers = unknown = 0
    wrong = []
    for chosen in itertools.chain.from_iterable(
        itertools.combinations(clips, count) for count in (1, 2, 3)
    ):
        if len({person[clip] for clip in chosen}) < len(chosen):
            continue
        store = Gallery.create(
            place / str(len(list(place.iterdir()))), embedder=network.name, sha256=network.sha256
        )
        store.add([face for clip in chosen for face in enrolled[clip]])
        matcher = ByGallery(store, network)
        for clip in (clip for clip in [*clips, *others] if clip not in chosen):
            looked = seen[clip] if clip in others else seen[clip][:1]
            for who in looked:
                match = matcher.decide(who.embedding)
                truth = person.get(clip) if person.get(clip) in store.names else "unknown"
                known += truth != "unknown"
                strangers += truth == "unknown"
                right += match.name == truth != "unknown"
                unknown += match.name == truth == "unknown"
                if match.name != truth:
                    told = (match.name, round(match.similarity, 3), round(matcher.threshold, 3))
                    wrong.append([[c.stem for c in chosen], clip.stem, *told])
    result = {
        "galleries": "every choice of one clip of one, two or three people",
        "known_clips_asked": known,
        "known_clips_right": right,
        "stranger_clips_asked": strangers,
        "stranger_clips_unknown": unknown,
        "wrong": wrong,
        "people_found_in_clip": {clip.stem: len(found) for clip, found in seen.items()},
    }
    print(result, write_result("face_signs", result))


main()
