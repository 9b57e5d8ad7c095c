"""Networks: the named ones, layers spelled out in a recipe, and what they are trained with."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
