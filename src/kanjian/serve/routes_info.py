"""The routes beside the questions: health, counters, what is served, and the page for people."""

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from kanjian.i18n import language, speaking
from kanjian.reporting.render import render
from kanjian.serve.limits import json_response
from kanjian.serve.openapi import BEHIND_THE_GATE
from kanjian.serve.state import state_of

router = APIRouter()
# The page has its style and script inside and speaks to its own server only
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src blob: data:; base-uri 'none'; form-action 'none'"
)


@router.get("/healthz", summary="Whether the server runs")
async def healthz() -> Response:
    """Answered at once, however much there is to do; needs no token."""
    return json_response({"status": "ok"})


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=PlainTextResponse,
    responses=BEHIND_THE_GATE,
)
async def metrics(request: Request) -> Response:
    """Requests, seconds, pictures, batches, exchanges, memory and processor time."""
    counted = state_of(request).metrics
    return Response(counted.page(), media_type=counted.content_type)


@router.get("/recognizers", summary="What is served", responses=BEHIND_THE_GATE)
async def recognizers(request: Request) -> Response:
    """Name, version, classes and input of each recognizer."""
    return json_response({
        "recognizers": [
            {
                "name": served.name,
                "version": served.version,
                "classes": list(served.recognizer.classes),
                "size_hw": list(served.recognizer.size_hw),
                "channels": served.recognizer.channels,
                "abstain_threshold": served.recognizer.abstain_threshold,
            }
            for served in state_of(request).registry.all
        ]
    })  # fmt: skip


@router.get("/", include_in_schema=False)
@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """A page to try the server with; it fetches nothing from elsewhere and tells no secrets."""
    return HTMLResponse(_page(language()), headers={"Content-Security-Policy": _POLICY})


@cache
def _page(asked: str) -> str:
    with speaking(asked):
        return render("serve.html", title="kanjian")
