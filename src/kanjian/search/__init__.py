"""Which pictures are most alike: features of a set of images, and its nearest neighbors."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
