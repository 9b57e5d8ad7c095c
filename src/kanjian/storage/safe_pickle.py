"""Reading a pickle from a stranger: a small machine of our own in place of Python's.

A pickle is a program that may call any function it names. Python's own reader can be held back
from calling, yet not from taking a dict key apart without end (a tuple of tuples of tuples
crashes or hangs it). Here the few instructions that data needs are carried out by this file;
names lead to what the caller has put into a table, and to nothing else.
"""

import contextlib
import io
import pickletools
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kanjian.errors import KanjianError

MOST_STEPS = 5_000_000
Names = Mapping[tuple[str, str], Any]
_MARK = object()
# What is put on the stack as it stands: numbers, truth, None, texts and bytes. Left out is what
# takes memory before it reads (BYTEARRAY8, buffers), and old spellings that can warn (STRING).
_LITERALS = frozenset({
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
})  # fmt: skip
_OLD_TEXTS = frozenset({"BINSTRING", "SHORT_BINSTRING"})
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
MOST_INT_KEY = 1 << 32  # larger ones could be chosen so that all fall on one place of a dict


class RefusedPickleError(ValueError):
    """The pickle asks for something that data does not need."""


@dataclass(frozen=True)
class Maker:
    """A name in the table that may be called; other entries can only be handed on.

    Args:
        make: Gets the arguments as they stand in the pickle, unchecked.
    """

    make: Callable[..., Any]


class Fillable:
    """What a maker may give back to be filled in later; anything else refuses that."""

    def fill(self, state: Any) -> None:
        """Take the state that the pickle has for it, unchecked."""
        raise NotImplementedError


def read_pickle(
    content: bytes | io.BytesIO,
    *,
    names: Names,
    outside: Callable[[Any], Any] | None = None,
) -> Any:
    """Carry out one pickle with this table of names, and nothing else.

    Args:
        content: The pickle, of protocol 2 or later. What follows it in a stream stays there.
        names: What (module, name) stands for. Only a `Maker` can be called.
        outside: What an identifier of something outside the pickle stands for.

    Returns:
        The value. Texts of Python 2 come as bytes.

    Raises:
        RefusedPickleError: If it asks for anything else, or for too much.
        ValueError: If it is damaged; IndexError, TypeError and the like as well. `refusing`
            makes one error of all of them.

    Example:
        >>> import pickle
        >>> stream = io.BytesIO(pickle.dumps({"a": [1, 2.5]}, protocol=2) + b"more")
        >>> read_pickle(stream, names={}), stream.read()
        ({'a': [1, 2.5]}, b'more')
    """
    machine = _Machine(names, outside)
    for step, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if step > MOST_STEPS:
            raise RefusedPickleError("it is too long")
        if opcode.name == "STOP":
            return machine.pop()
        machine.step(opcode.name, argument)
    raise RefusedPickleError("it has no end")


@contextlib.contextmanager
def refusing(what: str, error: type[KanjianError]) -> Iterator[None]:
    """Make one line of whatever a damaged or hostile pickle leads to.

    Args:
        what: Begins the message, as in "batch is not a pickle of arrays".
        error: What to raise.

    Example:
        >>> with refusing("batch is not a pickle", KanjianError):
        ...     read_pickle(b"a.", names={})
        Traceback (most recent call last):
        kanjian.errors.KanjianError: batch is not a pickle: it takes from an empty stack. Get the
            file from the source you trust.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except RecursionError as caught:
        raise error(f"{what}: it is nested too deeply.") from caught
    except (
        ValueError, TypeError, EOFError, LookupError, AttributeError, MemoryError, OverflowError,
    ) as caught:  # fmt: skip
        raise error(f"{what}: {_one_line(caught)}. Get the file from the source you trust.") from (
            caught
        )


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".") or "it is damaged"
    return text if len(text) <= 200 else f"{text[:200]} …"


class _Machine:
    """The stack, the memo, and one method for each kind of instruction."""

    def __init__(self, names: Names, outside: Callable[[Any], Any] | None) -> None:
        self._names, self._outside = names, outside
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._others: dict[str, Callable[[Any], None]] = {
            "PROTO": lambda _: None,
            "FRAME": lambda _: None,
            "MARK": lambda _: self._stack.append(_MARK),
            "POP": lambda _: self._drop(),
            "TUPLE": lambda _: self._stack.append(tuple(self._since_mark())),
            "MEMOIZE": lambda _: self._remember(len(self._memo)),
            "BINPUT": self._remember,
            "LONG_BINPUT": self._remember,
            "BINGET": self._recall,
            "LONG_BINGET": self._recall,
            "APPEND": lambda _: self._extend([self.pop()]),
            "APPENDS": lambda _: self._extend(self._since_mark()),
            "SETITEM": lambda _: self._set_items([self.pop(), self.pop()][::-1]),
            "SETITEMS": lambda _: self._set_items(self._since_mark()),
            "GLOBAL": lambda both: self._name(*both.split(" ", 1)),
            "STACK_GLOBAL": lambda _: self._name(*[self.pop(), self.pop()][::-1]),
            "REDUCE": lambda _: self._call(),
            "BUILD": lambda _: self._fill(),
            "BINPERSID": lambda _: self._reach_outside(),
        }

    def step(self, name: str, argument: Any) -> None:
        if name in _LITERALS:
            self._stack.append(argument)
        elif name in _OLD_TEXTS:
            self._stack.append(argument.encode("latin1"))
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self._stack.append(tuple([self.pop() for _ in range(_TUPLES[name])][::-1]))
        elif name in self._others:
            self._others[name](argument)
        else:
            raise RefusedPickleError(f"it uses {name}")

    def pop(self) -> Any:
        value = self._stack.pop() if self._stack else _MARK
        if value is _MARK:
            raise RefusedPickleError("it takes from an empty stack")
        return value

    def _drop(self) -> None:
        if not self._stack:
            raise RefusedPickleError("it takes from an empty stack")
        self._stack.pop()

    def _since_mark(self) -> list[Any]:
        for length, value in enumerate(reversed(self._stack)):
            if value is _MARK:
                since = self._stack[len(self._stack) - length :]
                del self._stack[len(self._stack) - length - 1 :]
                return since
        raise RefusedPickleError("it has no mark")

    def _top(self) -> Any:
        value = self.pop()
        self._stack.append(value)
        return value

    def _remember(self, number: int) -> None:
        self._memo[number] = self._top()

    def _recall(self, number: int) -> None:
        if number not in self._memo:
            raise RefusedPickleError(f"it remembers nothing as {number}")
        self._stack.append(self._memo[number])

    def _extend(self, values: list[Any]) -> None:
        target = self._top()
        if not isinstance(target, list):
            raise RefusedPickleError("it appends to something that is not a list")
        target.extend(values)

    def _set_items(self, values: list[Any]) -> None:
        target = self._top()
        if not isinstance(target, dict) or len(values) % 2:
            raise RefusedPickleError("it sets keys of something that is not a dict")
        for key, value in zip(values[::2], values[1::2], strict=True):
            # the hash of a text takes one step; that of a tuple may take 2**60
            small = isinstance(key, int) and 0 <= key < MOST_INT_KEY
            if not small and not isinstance(key, str | bytes):
                raise RefusedPickleError("it has a key that is not a text or a small number")
            target[key] = value

    def _name(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            raise RefusedPickleError("it asks for a name that is not a text")
        if (module, name) not in self._names:
            raise RefusedPickleError(f"it asks for {module}.{name}")
        self._stack.append(self._names[module, name])

    def _call(self) -> None:
        arguments, target = self.pop(), self.pop()
        if not isinstance(target, Maker) or not isinstance(arguments, tuple):
            raise RefusedPickleError("it calls something that cannot be called")
        self._stack.append(target.make(*arguments))

    def _fill(self) -> None:
        state, target = self.pop(), self._top()
        if not isinstance(target, Fillable):
            raise RefusedPickleError("it fills in something that is not an array")
        target.fill(state)

    def _reach_outside(self) -> None:
        if self._outside is None:
            raise RefusedPickleError("it asks for something outside the file")
        self._stack.append(self._outside(self.pop()))
