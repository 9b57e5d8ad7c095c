"""Work over threads, in order, with little of it ahead."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def in_threads(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """`map` over threads, in order, a few ahead and no more.

    A thread pool's own `map` takes all of its work at once, and keeps all results that are
    not asked for yet.

    Example:
        >>> list(in_threads(lambda number: number + 1, range(3)))
        [1, 2, 3]
    """
    threads = os.cpu_count() or 1
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
