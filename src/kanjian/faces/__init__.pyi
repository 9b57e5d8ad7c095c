__all__ = [
    "Calibration",
    "Collected",
    "Detector",
    "Embedder",
    "Enrollment",
    "Face",
    "FaceMatcher",
    "Gallery",
    "Identified",
    "Labeled",
    "Match",
    "Person",
    "Take",
    "Track",
    "align",
    "best_match",
    "calibrate",
    "collect",
    "detector",
    "embedder",
    "enroll",
    "face_recipe",
    "frames_of",
    "identify",
    "label_picture",
    "label_video",
    "learn_faces",
    "open_matcher",
    "people_in",
    "restore",
    "takes_of",
    "tracks",
    "watch",
]

from .align import align
from .collect import Collected, Take, collect
from .detect import Detector, Face, detector
from .embed import Embedder, embedder
from .enroll import Enrollment, enroll
from .gallery import Gallery, restore
from .identify import FaceMatcher, Identified, Match, best_match, identify, open_matcher
from .label import Labeled, label_picture, label_video
from .people import Person, people_in
from .sources import frames_of, takes_of
from .threshold import Calibration, calibrate
from .tracks import Track, tracks
from .train import face_recipe, learn_faces
from .watch import watch
