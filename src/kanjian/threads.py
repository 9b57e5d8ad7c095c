"""Work over threads, in order, with little of it ahead."""

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Full, Queue
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def in_threads(
    work: Callable[[A], B], items: Iterable[A], *, threads: int | None = None
) -> Iterator[B]:
    """`map` over threads, in order, a few ahead and no more.

    A thread pool's own `map` takes all of its work at once, and keeps all results that are
    not asked for yet.

    Args:
        work: Done to each item.
        items: Taken here, in the thread that asks.
        threads: How many; one for each core by default.

    Example:
        >>> list(in_threads(lambda number: number + 1, range(3)))
        [1, 2, 3]
    """
    threads = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[B]] = deque()
        try:
            for item in items:
                ahead.append(pool.submit(work, item))
                if len(ahead) > 2 * threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def read_ahead(items: Iterable[A], count: int = 4) -> Iterator[A]:
    """The items, taken in a thread of their own, at most so many ahead of what is asked for.

    For work in turns that can go on side by side: reading a video while its pictures are
    looked at. What the items raise is raised here, in its place.

    Args:
        items: Taken in one thread, never two at a time.
        count: How many may wait.

    Example:
        >>> list(read_ahead(range(3)))
        [0, 1, 2]
    """
    waiting: Queue[tuple[bool, A | BaseException | None]] = Queue(count)
    left = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, waiting, left), daemon=True)
    thread.start()
    try:
        while (entry := waiting.get())[0]:
            yield entry[1]  # type: ignore[misc]
        if isinstance(entry[1], BaseException):
            raise entry[1]
    finally:
        left.set()
        thread.join()


def _fill(
    items: Iterable[A],
    waiting: "Queue[tuple[bool, A | BaseException | None]]",
    left: threading.Event,
) -> None:
    """Every item with True, at the end what ended it with False; until the asker has left."""

    def put(more: bool, item: A | BaseException | None) -> None:
        while not left.is_set():
            with contextlib.suppress(Full):
                waiting.put((more, item), timeout=0.1)
                return

    try:
        for item in items:
            put(True, item)
            if left.is_set():
                return
    except BaseException as error:  # noqa: BLE001 - raised where the items are asked for
        put(False, error)
    else:
        put(False, None)
