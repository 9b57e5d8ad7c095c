__all__ = [
    "Calibration",
    "Collected",
    "Detector",
    "Embedder",
    "Enrollment",
    "Face",
    "FaceMatcher",
    "Found",
    "Gallery",
    "Group",
    "GroupStore",
    "Groups",
    "Identified",
    "Labeled",
    "Look",
    "Match",
    "Person",
    "Photo",
    "Take",
    "Track",
    "align",
    "best_match",
    "calibrate",
    "collect",
    "detector",
    "embedder",
    "enroll",
    "export_people",
    "face_recipe",
    "find_faces",
    "frames_of",
    "group_faces",
    "identify",
    "import_people",
    "label_picture",
    "label_video",
    "learn_faces",
    "merge",
    "name_group",
    "open_matcher",
    "people_in",
    "photos_of",
    "remove",
    "rename",
    "restore",
    "takes_of",
    "tracks",
    "undo",
    "verify",
    "watch",
]

from .align import align
from .backup import restore, undo
from .changes import merge, remove, rename
from .collect import Collected, Take, collect
from .detect import Detector, Face, detector
from .embed import Embedder, embedder
from .enroll import Enrollment, enroll
from .found_faces import Found, Look, find_faces
from .gallery import Gallery
from .group_names import name_group
from .group_store import GroupStore
from .groups import Group, Groups, group_faces
from .identify import FaceMatcher, Identified, Match, best_match, identify, open_matcher
from .label import Labeled, label_picture, label_video
from .pairs import verify
from .people import Person, people_in
from .photos import Photo, photos_of
from .portable import export_people, import_people
from .sources import frames_of, takes_of
from .threshold import Calibration, calibrate
from .tracks import Track, tracks
from .train import face_recipe, learn_faces
from .watch import watch
