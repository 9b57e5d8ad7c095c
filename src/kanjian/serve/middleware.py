"""What every request passes before its route: who may speak to the server, and how long it took."""

import hmac
import ipaddress
import time
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kanjian.serve.admission import AdmissionControl
from kanjian.serve.limits import Refused, error_response
from kanjian.serve.metrics import Metrics

# What a probe or a browser must reach before it can know a token; nothing is told there
OPEN = frozenset({"/healthz", "/v2/health/live", "/v2/health/ready", "/", "/docs"})
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
_LAST = [*_SAFE, (b"connection", b"close")]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this address.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class AccessMiddleware:
    """Checks token, host and origin, adds headers, and counts; wraps the whole application.

    Args:
        app: What is behind it.
        metrics: Is told of every request.
        admission: Says whether there is room; asked here already, because under overload what a
            refusal costs is taken from the answers.
        token: Wanted as `Authorization: Bearer TOKEN`. None: only programs of this machine
            are answered, and no web page of elsewhere that a browser here has open: the
            host must be this machine's own, whatever name a page has it resolved to.

    Once `leaving` is set every reply says that it is the last of its connection, so that
    nobody sends another request into a connection that closes.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, admission: AdmissionControl, token: str | None
    ) -> None:
        self.leaving = False
        self._app, self._metrics, self._desk = app, metrics, admission
        self._token = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, refused = time.perf_counter(), 500, self._refusal(scope)
        head = scope["method"] == "HEAD"  # as GET; the server leaves the body out
        inner = {**scope, "method": "GET"} if head else scope

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = _LAST if self.leaving else _SAFE
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        try:
            inside = error_response(refused) if refused else self._app
            await inside(inner, receive, send_counted)
        finally:
            route = "gate" if refused else getattr(inner.get("route"), "path", "other")
            self._metrics.request(route, status, time.perf_counter() - started)

    def _refusal(self, scope: Scope) -> Refused | None:
        headers = dict(scope["headers"])
        refused = _elsewhere(headers) if self._token is None else self._no_token(scope, headers)
        if refused is None and scope["method"] == "POST":
            return self._desk.refusal()
        return refused

    def _no_token(self, scope: Scope, headers: dict[bytes, bytes]) -> Refused | None:
        if hmac.compare_digest(headers.get(b"authorization", b""), self._token or b""):
            # the connection learns of it, and gives way to others last
            scope.setdefault("state", {})["token_shown"] = True
            return None
        if scope["path"] in OPEN:
            return None
        return Refused(
            401, "no_token", "the token is missing or wrong: Authorization: Bearer TOKEN.",
            {"WWW-Authenticate": "Bearer"},
        )  # fmt: skip


def _elsewhere(headers: dict[bytes, bytes]) -> Refused | None:
    """Why a request without token is not one of this machine's own programs or pages."""
    host = headers.get(b"host", b"localhost").decode("latin-1")
    if not _is_own(host):
        return Refused(
            403, "wrong_host", "without a token only this machine is answered, by the name "
            "localhost or 127.0.0.1.",
        )  # fmt: skip
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin and _netloc(origin) != host.lower():
        return Refused(403, "wrong_origin", "web pages of elsewhere are not answered.")
    return None


@lru_cache(64)
def _is_own(host: str) -> bool:
    return is_loopback(_hostname(f"//{host}"))


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
