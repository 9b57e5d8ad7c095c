__all__ = [
    "Choosing",
    "Cut",
    "Extracted",
    "FrameRate",
    "LabeledClip",
    "Rendered",
    "Samples",
    "Segment",
    "Tag",
    "Tagged",
    "Tagging",
    "extract_frames",
    "find_person",
    "label_clip",
    "read_cuts",
    "render_cuts",
    "sample",
    "scene_starts",
    "segments_of",
    "tag_clip",
    "tag_files",
    "write_cuts",
    "write_tags",
]

from .cuts import Cut, Rendered, read_cuts, render_cuts, write_cuts
from .frames import Choosing, Extracted, extract_frames
from .highlights import find_person
from .label import LabeledClip, label_clip
from .samples import Samples, sample
from .scenes import scene_starts
from .segments import Segment, segments_of
from .tag import Tag, Tagged, Tagging, tag_clip
from .tag_files import tag_files, write_tags
from .times import FrameRate
