"""A clip of people who need no model files, and what knows two of them: colored squares."""

import numpy as np

from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.identify import ByGallery
from kanjian.media.encode import write_video
from stand_in_faces import BLUE, GREEN, RED, ColorNetwork, scene

PEOPLE = {"小明": RED, "Bo": GREEN}
# From when to when, in seconds; the ground changes, and so a scene begins, at 4 and at 8
ON_SCREEN = {
    "小明": [(1.0, 4.0), (4.0, 6.0)],
    "Bo": [(2.0, 3.0), (8.0, 10.0)],
    "unknown": [(6.5, 8.0)],
}
SECONDS, RATE = 10, 10
_PLACES = {"小明": (10, 40), "Bo": (100, 40), "unknown": (60, 40)}


def write_people(path):
    """小明 over a cut, Bo beside and later, a stranger between."""
    with write_video(path, size_hw=(240, 320), rate_fps=RATE) as video:
        for number in range(SECONDS * RATE):
            now = number / RATE
            squares = [
                (*_PLACES[name], 40, PEOPLE.get(name, BLUE))
                for name, stretches in ON_SCREEN.items()
                if any(start <= now < end for start, end in stretches)
            ]
            image = scene(*squares, size_hw=(240, 320))
            image[(image == 128).all(-1)] = (60, 170, 110)[int(now // 4)]
            video.write(image)
    return path


def gallery_of(path, people=PEOPLE):
    """A new gallery with one face of each."""
    gallery = Gallery.create(path, embedder="colors", sha256="c0ffee")
    for name, color in people.items():
        gallery.add([enrolled(name, color)])
    return gallery


def enrolled(name, color):
    row = ColorNetwork().embed(np.full((1, 112, 112, 3), color, np.uint8))[0]
    return Enrolled(name, name, "", row)


def matcher_of(gallery, threshold=0.9):
    return ByGallery(gallery, ColorNetwork(), threshold=threshold)
