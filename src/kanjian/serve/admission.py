"""Who is let in: bodies within their size and time, no more requests at once than can be borne."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kanjian.serve.limits import MB, Limits, Refused, busy

_PIECE = 65_536
_CLOSE = {"Connection": "close"}  # nothing more can come on this connection


class AdmissionControl:
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
        parts: list[bytes] = []
        try:
            await self._read_into(parts, request)
            parts[:] = [b"".join(parts)]
            self.answering += 1
            try:
                async with asyncio.timeout(self.limits.seconds):
                    yield parts[0]
            except TimeoutError as error:
                # often the request's own doing, so no 503: thirty pictures of 50 megapixels
                reason = f"there was no answer within {self.limits.seconds:g} seconds."
                raise busy(reason) from error
            finally:
                self.answering -= 1
        finally:
            self._held -= sum(map(len, parts))

    def reply(self, content: bytes, headers: Mapping[str, str], media_type: str) -> Response:
        """A reply of any size; a large one counts as a body does until the peer has read it."""
        if len(content) <= _PIECE:
            return Response(content, headers=headers, media_type=media_type)
        return _InPieces(self, content, headers, media_type)

    @contextlib.contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """So many bytes more are held.

        Raises:
            Refused: If that is too much.
        """
        self._hold(size)
        try:
            yield
        finally:
            self._held -= size

    def refusal(self) -> Refused | None:
        """Why one more request cannot be answered now, if so."""
        if self.answering < self.limits.concurrent:
            return None
        return busy(f"{self.answering} requests are being answered. Come back later.")

    async def _read_into(self, parts: list[bytes], request: Request) -> None:
        self._check_room()  # before the body is read: a refusal shall cost little
        _check_encoding(request)
        _check_stated_length(request, self.limits)
        async for chunk in self._chunks(request):
            # what has come, not what is promised: promises cost nothing
            self._hold(len(chunk))
            parts.append(chunk)
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


class _InPieces(Response):
    """Sends each piece of a reply when the one before has left this process."""

    def __init__(
        self,
        admission: AdmissionControl,
        content: bytes,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(content, headers=headers, media_type=media_type)
        self._desk = admission

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        body, headers = self.body, self.raw_headers
        with self._desk.holding(len(body)):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for start in range(0, len(body), _PIECE):
                end = start + _PIECE
                piece, more = body[start:end], end < len(body)
                await send({"type": "http.response.body", "body": piece, "more_body": more})
                # others come in between, and it is learned whether the peer has gone
                await asyncio.sleep(0)


def _check_encoding(request: Request) -> None:
    if "content-encoding" not in request.headers:
        return
    encoding = ", ".join(request.headers.getlist("content-encoding")).strip().lower()
    if encoding not in ("", "identity"):
        raise Refused(
            415, "encoded", f"send the body as it is, without Content-Encoding: {encoding[:40]}.",
            {"Accept-Encoding": "identity"},
        )  # fmt: skip


def _check_stated_length(request: Request, limits: Limits) -> None:
    stated = request.headers.get("content-length", "0")
    if stated.isascii() and stated.isdecimal() and int(stated[:20]) > limits.body_mb * MB:
        raise _too_large(limits)


def _too_large(limits: Limits) -> Refused:
    reason = f"the request is larger than {limits.body_mb:g} MB. Shrink the pictures or send fewer."
    return Refused(413, "too_large", reason)  # what still comes is read and thrown away
