"""Videos taken apart, named and put together: frames, tags, annotated copies, highlights."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
