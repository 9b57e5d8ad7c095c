__all__ = [
    "Choosing",
    "Cut",
    "Extracted",
    "FrameRate",
    "LabeledClip",
    "Rendered",
    "Samples",
    "Scene",
    "Scenes",
    "Segment",
    "Tag",
    "Tagged",
    "Tagging",
    "edl_of",
    "extract_frames",
    "find_person",
    "find_scenes",
    "label_clip",
    "read_cuts",
    "render_cuts",
    "sample",
    "scene_starts",
    "segments_of",
    "tag_clip",
    "tag_files",
    "write_cuts",
    "write_scenes",
    "write_tags",
]

from .cuts import Cut, Rendered, read_cuts, render_cuts, write_cuts
from .edl import edl_of
from .frames import Choosing, Extracted, extract_frames
from .highlights import find_person
from .label import LabeledClip, label_clip
from .samples import Samples, sample
from .scene_files import write_scenes
from .scenes import Scene, Scenes, find_scenes, scene_starts
from .segments import Segment, segments_of
from .tag import Tag, Tagged, Tagging, tag_clip
from .tag_files import tag_files, write_tags
from .times import FrameRate
