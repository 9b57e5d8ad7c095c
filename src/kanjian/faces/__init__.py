"""Who is this? Faces found, aligned, enrolled from a few photos and named in pictures and video."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
