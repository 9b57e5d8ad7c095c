"""Labeled pictures, read lazily: formats, built-in sets, splits and a health check."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
