"""HTTP/1.1 as uvicorn and h11 speak it, with what they lack against senders who mean no good."""

from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from kanjian.serve.connections import Connections, Phase
from kanjian.serve.limits import Limits, Refused, busy, error_body

_HEADERS, _HEAD_BYTES = 100, 16_384
# A body may come in this many pieces of any size; then they must hold so much on average.
# Each costs the event loop some 10 µs, a byte or 64 kB alike
_PIECES, _PIECE_BYTES = 1000, 64
_OURS = [(b"content-type", b"application/json"), (b"connection", b"close")]


class StrictConnection(h11.Connection):
    """h11, which reads any head that has come whole, with bounds for all heads and all chunks.

    What it refuses stays in `refused`.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, _HEAD_BYTES)
        self.refused: Refused | None = None
        self._pieces = self._size = 0

    def next_event(self) -> Any:
        """The next part of a request."""
        try:
            event = super().next_event()
            if isinstance(event, h11.Request):
                self._pieces = self._size = 0
                _check_head(event)
                return _in_origin_form(event)
            if isinstance(event, h11.Data) and event.chunk_start:
                self._count(event)
        except Refused as refused:
            self.refused = refused
            raise h11.RemoteProtocolError(str(refused)) from refused
        except h11.RemoteProtocolError as error:
            self.refused = _no_http(error)
            raise
        return event

    def _count(self, piece: h11.Data) -> None:
        self._pieces += 1
        self._size += len(piece.data)
        if self._pieces > _PIECES and self._size < self._pieces * _PIECE_BYTES:
            raise Refused(400, "small_chunks", "the body comes in too many too small chunks.")


class Guarded(H11Protocol):
    """Over uvicorn's own: bounds for every request, and one shape for all errors.

    Whatever a connection is in the midst of, it is so for a time only, see `Connections`; one
    connection too many takes the place of the one that has owed a request longest; and what is
    no HTTP at all is refused as everything else is.
    """

    limits: ClassVar[Limits] = Limits()
    room: ClassVar[Connections] = Connections(limits)
    phase = Phase.HEAD
    _begun = False  # something of the next request has come
    _ended = False  # nothing more will come

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conn: StrictConnection = StrictConnection()

    @property
    def unfinished(self) -> bool:
        """Whether part of a request is missing."""
        return self.cycle is None or self.cycle.more_body

    @property
    def token_shown(self) -> bool:
        """Whether the last request had the token."""
        return self.scope is not None and "token_shown" in self.scope["state"]

    def connection_made(self, transport: Any) -> None:
        """Somebody connected."""
        super().connection_made(_Lingering(transport, self))  # type: ignore[arg-type]
        self.room.add(self, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._leave()
        self.transport.abort()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Part of a request came, or of several."""
        if self.phase is Phase.LEAVING:
            return
        super().data_received(data)
        if self.phase is not Phase.HEAD:
            return
        if self._asking():
            self.room.move(self, Phase.REQUEST, self.loop.time())
        elif not self._begun:
            self._begun = True
            self.room.move(self, Phase.HEAD, self.loop.time())

    def eof_received(self) -> bool:  # type: ignore[override]
        """Nothing more will come; what was asked is still answered."""
        self._ended = True
        return self.phase is not Phase.LEAVING and self._asking() and not self.unfinished

    def on_response_complete(self) -> None:
        """A reply was handed over."""
        self._begun = False
        super().on_response_complete()  # may begin with the next request, if that is here
        if self.phase is Phase.LEAVING:
            return
        owes = Phase.REQUEST if self._asking() else Phase.HEAD
        self.room.move(self, owes, self.loop.time())
        if self._ended and not self._asking():
            self.transport.close()

    def pause_writing(self) -> None:
        """The peer reads its reply slower than it is sent."""
        super().pause_writing()
        if self.phase is Phase.REQUEST:
            self.room.move(self, Phase.REPLY, self.loop.time())

    def shutdown(self) -> None:
        """The server stops."""
        if self.phase is not Phase.LEAVING:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP, or more of it than can be borne."""
        self._refuse(self.conn.refused or Refused(400, "no_http", msg))

    def give_up(self) -> None:
        """End it: it took too long."""
        if self.phase is not Phase.HEAD or self.transport.get_write_buffer_size():
            self.drop()
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(Refused(408, "too_slow", "the request did not arrive in time."))
        else:
            self.drop()

    def make_room(self) -> None:
        """End it: another one needs its place."""
        idle = self.cycle is not None and not self._begun and not self._asking()
        if idle or self.transport.get_write_buffer_size():
            self.drop()
        else:
            self._refuse(busy("too many connections. Come back later."))
            self.room.move(self, Phase.LEAVING, self.loop.time())

    def drop(self) -> None:
        """End it without a word."""
        self._leave()
        self.transport.abort()

    def _leave(self) -> None:
        """Not one of those inside any more."""
        self.room.remove(self)
        self.phase = Phase.LEAVING

    def linger(self) -> bool:
        """Whether something may still come in; from now on that is thrown away."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        if self._ended or self.phase is Phase.LEAVING:
            return False
        if theirs in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED):
            return False
        if theirs is h11.IDLE and ours is not h11.MUST_CLOSE:  # nothing was asked, nothing said
            return False
        self.room.move(self, Phase.LEAVING, self.loop.time())
        return True

    def _asking(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, refused: Refused) -> None:
        if self._asking():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in _reply(refused):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Lingering:
    """A transport that closes in a way that lets the last reply arrive.

    A connection that is closed while bytes still come in is reset, and a reply that was not
    read yet is lost with it. So where more may come only our direction ends at first.
    """

    def __init__(self, transport: Any, owner: Guarded) -> None:
        self._transport, self._owner, self._closing = transport, owner, False
        self.write = transport.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self._closing or self._transport.is_closing()

    def abort(self) -> None:
        self._closing = True
        self._transport.abort()

    def close(self) -> None:
        if self.is_closing():
            return
        self._closing = True
        if self._owner.linger():
            self._transport.resume_reading()
            self._transport.write_eof()
        else:
            self._transport.close()


def protocol_class(limits: Limits) -> type[Guarded]:
    """The protocol of a server with these limits.

    Example:
        >>> protocol_class(Limits(connections=9)).limits.connections
        9
    """
    return type("Guarded", (Guarded,), {"limits": limits, "room": Connections(limits)})


def _reply(refused: Refused) -> list[h11.Event]:
    body = error_body(refused.status, refused.code, refused.reason)
    more = {"content-length": str(len(body)), **refused.headers}
    headers = [*_OURS, *((name.encode(), value.encode()) for name, value in more.items())]
    phrase = HTTPStatus(refused.status).phrase.encode()
    response = h11.Response(status_code=refused.status, headers=headers, reason=phrase)
    return [response, h11.Data(data=body), h11.EndOfMessage()]


def _no_http(error: h11.RemoteProtocolError) -> Refused:
    if error.error_status_hint == 431:
        return _large_head()
    # the sentence without what came
    what = str(error).partition(":")[0] if "bytearray" in str(error) else str(error)
    status = 501 if error.error_status_hint == 501 else 400
    return Refused(status, "no_http", f"this is no HTTP/1.1 as it should be: {what[:80]}.")


def _large_head() -> Refused:
    most = f"{_HEADERS} headers and {_HEAD_BYTES:,} bytes"
    return Refused(431, "large_head", f"the head of a request may have {most}.")


def _check_head(request: h11.Request) -> None:
    headers = list(request.headers)
    size = len(request.target) + sum(len(name) + len(value) for name, value in headers)
    if len(headers) > _HEADERS or size > _HEAD_BYTES:
        raise _large_head()
    names = [name for name, _ in headers]
    if b"transfer-encoding" in names and (
        b"content-length" in names or request.http_version < b"1.1"
    ):
        # whoever stands between may take the other for the length: two requests of one
        raise Refused(400, "two_lengths", "the length of the body is stated in two ways.")
    if request.http_version not in (b"1.0", b"1.1"):
        raise Refused(505, "wrong_version", "this server speaks HTTP/1.1.")


def _in_origin_form(request: h11.Request) -> h11.Request:
    """What a client says that takes this server for a proxy: http://HOST/PATH, as /PATH of HOST."""
    if not request.target.lower().startswith(b"http://"):
        return request
    try:
        address = urlsplit(request.target.decode("ascii"))
    except ValueError as error:
        raise Refused(400, "no_http", "the address cannot be read.") from error
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = [(name, value) for name, value in request.headers if name != b"host"]
    return h11.Request(
        method=request.method,
        headers=[(b"host", address.netloc.encode()), *headers],
        target=target.encode(),
        http_version=request.http_version,
    )
