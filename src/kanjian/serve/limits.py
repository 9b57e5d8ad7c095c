"""What a request may ask for, and the one form in which it is refused."""

import json
from dataclasses import dataclass, fields
from typing import Any

from fastapi.responses import Response

from kanjian.errors import KanjianError

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """How much one request, and all of them together, may take.

    Args:
        body_mb: Size of a request.
        pixels: Width × height a picture's header may state; checked before it is decoded.
        pictures: How many pictures one request may hold.
        seconds: For the head of a request to arrive, for its body, for the answer to be made
            and for the reply to be read: for each of them.
        concurrent: Requests being answered at once; one more is told to come back.
        waiting_mb: Bodies and replies held at once, all requests together.
        connections: Open connections; one more takes the place of the one that has owed a
            request longest.
        values: Numbers, texts and lists that JSON may hold: reading it halts the whole server.

    Raises:
        KanjianError: If one of them is not above 0.

    Example:
        >>> Limits(pictures=4).pictures
        4
        >>> Limits(seconds=0)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: the limit seconds must be above 0, got 0.
    """

    body_mb: float = 32
    pixels: int = 50_000_000
    pictures: int = 32
    seconds: float = 30
    concurrent: int = 64
    waiting_mb: float = 256
    connections: int = 1000
    values: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse limits that would let nothing through."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise KanjianError(f"the limit {field.name} must be above 0, got {value}.")


class Refused(Exception):  # noqa: N818 - most often nothing is broken
    """A request that is not answered, and why.

    Args:
        status: Of HTTP, 4xx.
        code: One word for programs, as in "too_large".
        reason: One sentence for people.
        headers: Of the reply.
    """

    def __init__(
        self, status: int, code: str, reason: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason
        self.headers = headers or {}


def busy(reason: str) -> Refused:
    """Come back later: there is more to do than can be done now.

    Example:
        >>> busy("Too many at once.").headers
        {'Retry-After': '1'}
    """
    return Refused(429, "busy", reason, {"Retry-After": "1"})


def error_body(status: int, code: str, reason: str) -> bytes:
    """The one shape of all errors; `error` is a text, as the Open Inference Protocol wants it.

    Example:
        >>> error_body(404, "not_found", "no such page.")
        b'{"error": "no such page.", "code": "not_found", "status": 404}'
    """
    return json.dumps({"error": reason, "code": code, "status": status}).encode()


def error_response(refused: Refused) -> Response:
    """The reply to a refused request."""
    body = error_body(refused.status, refused.code, refused.reason)
    return Response(body, refused.status, refused.headers, "application/json")


def json_response(document: Any) -> Response:
    """A reply of JSON, in plain ASCII whatever names hold."""
    return Response(json.dumps(document), media_type="application/json")
