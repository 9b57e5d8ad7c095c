"""Answer at once when idle, in batches under load."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

Waiting = tuple[np.ndarray, asyncio.Future[np.ndarray]]


class Batcher:
    """Gathers what is asked while the network is busy, and asks it all together next.

    Nothing waits for company: the first picture starts the network, those that come in
    meanwhile are the next batch. So batches grow with the load by themselves, and an idle
    server answers in the time of one picture. All methods belong to the event loop; the
    network runs in a thread of its own.

    Args:
        answer: The network: (n, h, w, c) in, (n, k) out.
        most: Pictures in a batch; a request with more has a batch for itself.
        seen: Told the size of each batch.
    """

    def __init__(
        self,
        answer: Callable[[np.ndarray], np.ndarray],
        *,
        most: int = 32,
        seen: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._answer, self._most, self._seen = answer, most, seen
        self._waiting: deque[Waiting] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kanjian-network")
        self._running: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Pictures that wait for the next batch."""
        return sum(len(images) for images, _ in self._waiting)

    async def ask(self, images: np.ndarray) -> np.ndarray:
        """The answers for some pictures; whoever asks in the same moment shares the batch.

        Args:
            images: (n, h, w, c), n at least 1.
        """
        future: asyncio.Future[np.ndarray] = asyncio.get_running_loop().create_future()
        self._waiting.append((images, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def close(self) -> None:
        """Answer what waits, then let the thread go."""
        if self._running is not None:
            await self._running
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        try:
            while self._waiting:
                if group := self._next_group():
                    await self._answer_group(group)
        finally:
            self._running = None

    def _next_group(self) -> list[Waiting]:
        group: list[Waiting] = []
        size = 0
        while self._waiting and (not group or size + len(self._waiting[0][0]) <= self._most):
            images, future = self._waiting.popleft()
            if not future.done():  # whoever asked may have left
                group.append((images, future))
                size += len(images)
        return group

    async def _answer_group(self, group: list[Waiting]) -> None:
        batch = np.concatenate([images for images, _ in group])
        self._seen(len(batch))
        loop = asyncio.get_running_loop()
        try:
            scores = await loop.run_in_executor(self._thread, self._answer, batch)
        except Exception as error:  # noqa: BLE001 - told to each who asked, and raised there
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        start = 0
        for images, future in group:
            if not future.done():
                future.set_result(scores[start : start + len(images)])
            start += len(images)
