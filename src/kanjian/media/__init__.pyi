__all__ = [
    "Camera",
    "Feed",
    "Frame",
    "VideoInfo",
    "VideoWriter",
    "is_live",
    "open_feed",
    "read_frames",
    "video_info",
    "write_video",
]

from .camera import Camera
from .encode import VideoWriter, write_video
from .feed import is_live, open_feed
from .frame import Feed, Frame, VideoInfo
from .frames import read_frames, video_info
