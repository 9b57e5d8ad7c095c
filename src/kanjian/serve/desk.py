"""Who is let in: bodies within their size and time, no more requests at once than can be borne."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from kanjian.serve.limits import MB, Limits, Refused, busy

_LINGER_S, _SILENCE_S = 5, 0.5
_CLOSE = {"Connection": "close"}  # nothing more can come on this connection


class Desk:
    """Counts what is inside and keeps it within the limits.

    A request counts as being answered only when its body has come: whoever sends slowly
    keeps nobody else out.

    Args:
        limits: What is allowed.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.answering = 0
        self._held = 0

    @contextlib.asynccontextmanager
    async def admit(self, request: Request) -> AsyncIterator[bytes]:
        """The body of a request; inside the block it counts as being answered.

        Raises:
            Refused: If it is too large, comes too slowly or not at all, or if there is too
                much to do already; from the block, if that takes too long.
        """
        body = bytearray()
        try:
            try:
                await self._read_into(body, request)
            except Refused:
                await _let_arrive(request)
                raise
            self.answering += 1
            try:
                async with asyncio.timeout(self.limits.seconds):
                    yield bytes(body)
            except TimeoutError as error:
                # often the request's own doing, so no 503: thirty pictures of 50 megapixels
                reason = f"there was no answer within {self.limits.seconds:g} seconds."
                raise busy(reason) from error
            finally:
                self.answering -= 1
        finally:
            self._held -= len(body)

    def refusal(self) -> Refused | None:
        """Why one more request cannot be answered now, if so."""
        if self.answering < self.limits.concurrent:
            return None
        return busy(f"{self.answering} requests are being answered. Come back later.")

    async def _read_into(self, body: bytearray, request: Request) -> None:
        self._check_room()  # before the body is read: a refusal shall cost little
        _check_stated_length(request, self.limits)
        async for chunk in self._chunks(request):
            # what has come, not what is promised: promises cost nothing
            self._hold(len(chunk))
            body += chunk
        self._check_room()

    def _check_room(self) -> None:
        if refused := self.refusal():
            raise refused

    def _hold(self, size: int) -> None:
        if self._held + size > self.limits.waiting_mb * MB:
            raise busy("too much is being sent at once. Come back later.")
        self._held += size

    async def _chunks(self, request: Request) -> AsyncIterator[bytes]:
        """Parts of the body as they come."""
        arrived = 0
        until = asyncio.get_running_loop().time() + self.limits.seconds
        more = True
        while more:
            try:
                async with asyncio.timeout_at(until):
                    message = await request.receive()
            except TimeoutError as error:
                reason = f"the request did not arrive within {self.limits.seconds:g} seconds."
                raise Refused(408, "too_slow", reason, _CLOSE) from error
            if message["type"] != "http.request":
                raise Refused(400, "cut_short", "the request ended before its body did.", _CLOSE)
            chunk, more = message.get("body", b""), message.get("more_body", False)
            arrived += len(chunk)
            if arrived > self.limits.body_mb * MB:
                raise _too_large(self.limits)
            yield chunk


async def _let_arrive(request: Request) -> None:
    """Let a refused sender finish, for a while, so that the refusal reaches it.

    A connection that is closed while bytes still come in is reset, and the reply is lost.
    Where it stays open what comes is thrown away anyway, and who asked first (`Expect`)
    does not send at all.
    """
    headers = request.headers
    if headers.get("connection", "").lower() != "close" or "expect" in headers:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            while (await asyncio.wait_for(request.receive(), _SILENCE_S)).get("more_body"):
                pass


def _check_stated_length(request: Request, limits: Limits) -> None:
    stated = request.headers.get("content-length", "0")
    if stated.isascii() and stated.isdecimal() and int(stated[:20]) > limits.body_mb * MB:
        raise _too_large(limits)


def _too_large(limits: Limits) -> Refused:
    reason = f"the request is larger than {limits.body_mb:g} MB. Shrink the pictures or send fewer."
    return Refused(413, "too_large", reason)  # what still comes is read and thrown away
