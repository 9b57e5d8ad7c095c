"""HTTP/1.1 as uvicorn speaks it, with what it lacks against senders who mean no good."""

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from kanjian.serve.limits import Limits, error_body

_OURS = [(b"content-type", b"application/json"), (b"connection", b"close")]


class Guarded(H11Protocol):
    """Over uvicorn's own: bounds for connections, and one shape for all errors.

    A connection whose first request does not come in time is closed; one connection too
    many is told so; and what is no HTTP at all is refused as everything else is.
    """

    limits: ClassVar[Limits] = Limits()
    _impatience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody connected."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._refuse(429, "busy", "too many connections. Come back later.")
        else:
            self._impatience = self.loop.call_later(self.limits.seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._impatience is not None:
            self._impatience.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(400, "no_http", f"{msg.lower().rstrip('.')}.")
        else:  # a reply is on its way: nothing can be said any more
            self.transport.close()

    def _give_up(self) -> None:
        if self.cycle is not None or self.transport.is_closing():
            return
        if self.conn.trailing_data[0]:  # part of a request's head
            self._refuse(408, "too_slow", "the request did not arrive in time.")
        else:
            self.transport.close()

    def _refuse(self, status: int, code: str, reason: str) -> None:
        body = error_body(status, code, reason)
        headers = [*_OURS, (b"content-length", str(len(body)).encode())]
        if status == 429:
            headers.append((b"retry-after", b"1"))
        events = h11.Response(status_code=status, headers=headers), h11.Data(data=body)
        for event in (*events, h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def protocol_class(limits: Limits) -> type[Guarded]:
    """The protocol of a server with these limits.

    Example:
        >>> protocol_class(Limits(connections=9)).limits.connections
        9
    """
    return type("Guarded", (Guarded,), {"limits": limits})
