"""The application: routes, the one shape of errors, and what runs beside them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException

import kanjian
from kanjian.errors import KanjianError
from kanjian.serve import routes_info, routes_predict, routes_v2
from kanjian.serve.admission import AdmissionControl
from kanjian.serve.images import wrong_form
from kanjian.serve.inference import Answering
from kanjian.serve.limits import Limits, Refused, error_response
from kanjian.serve.metrics import Metrics
from kanjian.serve.middleware import AccessMiddleware
from kanjian.serve.openapi import translated
from kanjian.serve.registry import ModelRegistry
from kanjian.serve.state import ServerState

logger = logging.getLogger(__name__)
ROUTERS = (routes_info.router, routes_predict.router, routes_v2.router)
_ABOUT = "Pictures in, named answers out."
_CODES = {404: "not_found", 405: "wrong_method"}


def build_app(
    places: Mapping[str, Path],
    *,
    token: str | None = None,
    limits: Limits | None = None,
    precision: Literal["f32", "bf16"] = "f32",
    batch: int | None = None,
    watch_s: float = 1.0,
) -> AccessMiddleware:
    """The whole server as one ASGI application.

    Args:
        places: Run folders, or recognizer folders, by the name to serve them under.
        token: What every request must carry; None: only this machine is answered.
        limits: What requests may ask for.
        precision: Of OpenVINO, see `Recognizer.load`.
        batch: Most pictures the network is asked about at once, see `ModelRegistry`.
        watch_s: How often to look whether a folder changed; 0: never.

    Raises:
        KanjianError: If there is nothing to serve, a recognizer cannot be opened, or the
            token can be guessed.
    """
    if not places:
        raise KanjianError("nothing to serve. Name at least one run folder.")
    check_token(token)
    limits = limits or Limits()
    admission = AdmissionControl(limits)
    metrics = Metrics(lambda: admission.answering)
    registry = ModelRegistry(
        places, precision=precision, batch=batch, seen=metrics.batch, reloaded=metrics.reload
    )
    state = ServerState(registry, admission, Answering(limits), metrics, limits)
    app = FastAPI(
        title="kanjian",
        version=kanjian.__version__,
        description=_ABOUT,
        docs_url=None,  # FastAPI's page fetches its program from the Internet; ours is in plain.py
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lambda _: _lifespan(state, watch_s),
    )
    app.state.state = state
    app.openapi = lambda: _described(app, list(places))  # type: ignore[method-assign]
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _bug)
    return AccessMiddleware(app, metrics, admission, token)


def described() -> dict[str, Any]:
    """The description of a server in English, whatever it serves.

    Example:
        >>> sorted(described()["paths"])[:2]
        ['/healthz', '/metrics']
    """
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return get_openapi(
        title="kanjian", version=kanjian.__version__, description=_ABOUT, routes=app.routes
    )


def check_token(token: str | None) -> None:
    """Refuse a token that can be guessed, or that no header can carry.

    Example:
        >>> check_token("a-long-enough-secret"), check_token(None)
        (None, None)
    """
    if token is None:
        return
    if len(token) < 12 or not token.isascii() or not token.isprintable() or " " in token:
        raise KanjianError(
            "the token must be 12 letters or more, ASCII, without blanks. Make one: "
            'python -c "import secrets; print(secrets.token_urlsafe(24))"'
        )


def _described(app: FastAPI, names: list[str]) -> dict[str, Any]:
    """The description of the server, which names its recognizers, in the language of here."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for methods in schema["paths"].values():
            for route in methods.values():
                for parameter in route.get("parameters", []):
                    if parameter["name"] in ("name", "recognizer"):
                        parameter["schema"] = {"type": "string", "enum": names}
        app.openapi_schema = schema
    told: dict[str, Any] = translated(app.openapi_schema)
    return told


@contextlib.asynccontextmanager
async def _lifespan(state: ServerState, watch_s: float) -> AsyncIterator[None]:
    watching = asyncio.create_task(state.registry.watch(every_s=watch_s)) if watch_s else None
    try:
        yield
    finally:
        if watching:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
        await state.registry.close()
        state.answering.close()


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error_response(error)


async def _not_valid(_: Request, error: Exception) -> Response:
    """A value in the address that FastAPI found wrong."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return error_response(wrong_form({**first, "loc": first["loc"][1:]}, "the address"))


async def _no_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "refused")
    reason = f"{str(error.detail).lower()}. See /docs."
    headers = dict(error.headers or {})
    if headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"
    return error_response(Refused(error.status_code, code, reason, headers))


async def _bug(_: Request, error: Exception) -> Response:
    """Ours to mend: the log has the traceback, the sender gets no inside knowledge."""
    logger.error("a request met a bug of kanjian: %r", error)
    return error_response(Refused(500, "bug", "this is a bug of kanjian; its log tells more."))
