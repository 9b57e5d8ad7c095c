"""kanjian (看见, "to see"): from a folder of pictures to a recognizer you understand.

Three nouns: a `Dataset` is labeled pictures, a `Recipe` is everything that decides a
training run, a `Recognizer` is a trained network that takes raw pictures and returns
named predictions.

What there is stands in `__init__.pyi`, for type checkers and for the loader. Importing this
package imports nothing else; each name is loaded when first used.
"""

import lazy_loader

from kanjian import former

__version__ = "0.1.0"
_loaded, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
former.install()


def __getattr__(name: str) -> object:
    if name in former.NAMES:
        return former.named(name)
    if name not in __all__:
        raise AttributeError(f"module 'kanjian' has no attribute {name!r}")
    return _loaded(name)
