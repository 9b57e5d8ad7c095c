"""From pictures to probabilities: read by a few threads, asked in batches."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from kanjian.errors import ImageError
from kanjian.serve.limits import Limits
from kanjian.serve.registry import Served

# A picture this small is read faster than it is handed to a thread. A file of 1 kB may hold
# 50 million pixels: one with more than that is refused here, and a thread tries again
_SMALL_BYTES, _SMALL_PIXELS = 8_192, 16_384
# Forms and JSON are read and written at some 20 to 100 MB/s: a few milliseconds
_SMALL_BODY = 100_000
T = TypeVar("T")


class Answering:
    """Reads pictures and asks recognizers.

    Args:
        limits: How many pixels a picture may have.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="kanjian-read")

    async def ask(
        self, served: Served, pictures: Sequence[bytes | np.ndarray]
    ) -> list[np.ndarray | ImageError]:
        """What `Recognizer.judge` says of each picture, or why it cannot be read.

        Args:
            served: Whom to ask.
            pictures: Bytes of files, or raw pixels of any size.
        """
        if len(pictures) == 1:
            fitted = [await self._fit(served, pictures[0])]
        else:
            fitted = await asyncio.gather(*(self._fit(served, picture) for picture in pictures))
        images = [image for image in fitted if isinstance(image, np.ndarray)]
        scores = iter(await served.batcher.ask(np.stack(images)) if images else ())
        return [image if isinstance(image, ImageError) else next(scores) for image in fitted]

    async def aside(self, work: Callable[[], T], size: int) -> T:
        """Do this: here if it is about little, else in a thread, so that nobody waits.

        Args:
            work: Finds the pictures in a body, or writes a reply.
            size: Bytes of either.
        """
        if size <= _SMALL_BODY:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _fit(self, served: Served, picture: bytes | np.ndarray) -> np.ndarray | ImageError:
        fit = served.recognizer.preprocess
        if _is_small(picture):
            with contextlib.suppress(ImageError):  # more pixels than that, or none at all
                return fit(picture, max_pixels=min(_SMALL_PIXELS, self._limits.pixels))
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._threads, lambda: fit(picture, max_pixels=self._limits.pixels)
            )
        except ImageError as error:
            return error


def _is_small(picture: bytes | np.ndarray) -> bool:
    if isinstance(picture, np.ndarray):
        return picture.size <= _SMALL_PIXELS
    return len(picture) <= _SMALL_BYTES
