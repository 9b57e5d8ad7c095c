"""A network that cleans pictures: trained on made or real noise, run on any size."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
