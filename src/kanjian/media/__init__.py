"""Moving pictures in and out: videos, cameras and folders as frames with their time; sound."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
