"""Ctrl-C asks a run to stop after the batch; a second one stops it at once."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether the user has pressed Ctrl-C since.

    Only the main thread can hear it; elsewhere the answer is always no.

    Example:
        >>> with asked_to_stop() as asked:
        ...     signal.raise_signal(signal.SIGINT)
        ...     asked()
        True
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            signal.default_int_handler(number, frame)
        asked.set()

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
