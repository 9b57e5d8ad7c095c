"""Names of kanjian 0.1.0: each works until 0.3.0, with a DeprecationWarning that says the new one.

`tables` has names of the package, modules that moved, names within modules, and attributes of
classes. Nothing they stand for is imported before someone uses one.
"""

import functools
import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any, TypeVar, cast

from kanjian.former.tables import ATTRIBUTES, MODULES, NAMES, WITHIN

Function = TypeVar("Function", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)


def tell(old: str, now: str) -> None:
    """Warn that a name is an old one, at the line of the user."""
    warnings.warn(
        f"{old} is now {now}; the old name goes with kanjian 0.3.0.",
        DeprecationWarning,
        stacklevel=_outside(),
    )


def _outside() -> int:
    """How far above `tell` the first line outside kanjian stands, as `warnings` counts."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and _package(frame) in ("kanjian", "importlib"):
        frame = frame.f_back
        level += _package(frame) != "importlib"
    return level


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def renamed(**names: str) -> Callable[[Function], Function]:
    """Let a function take arguments under their old names, too.

    Args:
        **names: Old name and name now.

    Example:
        >>> renamed(what="source")(lambda source: source)(source=1)
        1
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def door(*args: Any, **kwargs: Any) -> Any:
            for old in names.keys() & kwargs.keys():
                tell(f"{old}= of {function.__name__}()", f"{names[old]}=")
                kwargs[names[old]] = kwargs.pop(old)
            return function(*args, **kwargs)

        return cast("Function", door)

    return decorate


def named(name: str) -> Any:
    """What an old name of the package stands for, with the warning."""
    now, place = NAMES[name]
    tell(f"kanjian.{name}", now)
    return _at(place)


def names_in(room: str) -> None:
    """Let a module of today answer to the names some of what it has were called before.

    Not by a `__getattr__` in the module: a type checker would take any name for one of it.

    Args:
        room: Its name, as "kanjian.images".
    """

    def answer(name: str) -> Any:
        found = _within(room, name, room)
        if found is None:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        return found

    vars(sys.modules[room])["__getattr__"] = answer


def _within(module: str, name: str, now: str) -> Any:
    """What a former name in a module stands for, with the warning; None if it is none."""
    known = WITHIN.get(module.removeprefix("kanjian."), {}).get(name)
    if known is None:
        return None
    said, place = known if isinstance(known, tuple) else (None, known)
    if ":" not in place:
        place = f"{now.removeprefix('kanjian.')}:{place}"
    tell(f"{module}.{name}", said or f"kanjian.{place.replace(':', '.')}")
    return _at(place)


def _at(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"kanjian.{module}"), name)


def with_attributes(cls: Class) -> Class:
    """Let attributes of a class be found under their old names, as `ATTRIBUTES` has them.

    They are asked for last, and stand neither in `dir()` nor in the documentation.
    """
    now_of = ATTRIBUTES[f"{cls.__module__.removeprefix('kanjian.')}:{cls.__name__}"]

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807 - this is one
        if name not in now_of:
            return object.__getattribute__(self, name)  # says that there is none
        tell(f"{cls.__name__}.{name}", f"{cls.__name__}.{now_of[name]}")
        return getattr(self, now_of[name])

    cls.__getattr__ = __getattr__  # type: ignore[attr-defined]
    return cls


def moved_to(module: str) -> str | None:
    """Where a module of 0.1.0 lies today; None if it is none that moved.

    Example:
        >>> moved_to("kanjian.recognizer.answer"), moved_to("kanjian.see.dream")
        ('kanjian.inference.prediction', 'kanjian.explain.dream')
        >>> moved_to("kanjian.recipes.of_nobody") is None
        True
    """
    name = module.removeprefix("kanjian.")
    if name in MODULES:
        return f"kanjian.{MODULES[name]}"
    room, _, rest = name.partition(".")
    return f"kanjian.{MODULES[room]}.{rest}" if rest and room in MODULES else None


class _Former(ModuleType):
    """A module under its old name: whatever is asked of it the new one answers."""

    def __init__(self, name: str, now: str) -> None:
        super().__init__(name, f"Moved to {now}.")
        self.__path__: list[str] = []  # modules in it are found by the finder again
        self.__now = importlib.import_module(now)

    def __getattr__(self, name: str) -> Any:
        now = self.__now.__name__
        if name.startswith("__"):  # asked for by what only looks at modules
            return getattr(self.__now, name)
        found = _within(self.__name__, name, now)
        if found is not None:
            return found
        tell(self.__name__, now)
        return getattr(self.__now, name)

    def __dir__(self) -> list[str]:
        return dir(self.__now)


class _Finder:
    """Finds modules of 0.1.0; asked last, so it costs nothing where all names are of today."""

    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG004 - the protocol's
        target: object = None,  # noqa: ARG004
    ) -> Any:
        """The module under its old name, if it is one that moved."""
        if not name.startswith("kanjian.") or moved_to(name) is None:
            return None
        return ModuleSpec(name, _Finder(), is_package=True)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """A stand-in that warns when it is used, not while a module in it is looked for."""
        now = moved_to(spec.name)
        assert now is not None
        return _Former(spec.name, now)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Nothing: it was run under its new name."""


def install() -> None:
    """Let old module names be imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
