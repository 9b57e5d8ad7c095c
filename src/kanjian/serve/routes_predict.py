"""`POST /predict`: pictures in, named answers out, in the words of `kanjian predict --json`."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from kanjian.errors import ImageError
from kanjian.inference.prediction import Prediction
from kanjian.serve.images import Question, Sent, pictures_of
from kanjian.serve.limits import Refused
from kanjian.serve.openapi import REFUSALS, UNREADABLE, schema_of
from kanjian.serve.registry import Served
from kanjian.serve.state import ServerState, state_of

router = APIRouter()
_WORDS = {"recognizer", "top"}  # of the address
_ANSWER_BYTES, _SHARE_BYTES = 200, 60  # of a reply, about


class Share(BaseModel):
    """One class and how probable it is."""

    label: str
    probability: float


class Answered(BaseModel):
    """What was said about one picture; only `error` beside its name if it could not be read."""

    picture: str
    label: str | None = None
    probability: float | None = None
    known: bool | None = None
    best_label: str | None = None
    top: list[Share] | None = None
    error: str | None = None


class Answers(BaseModel):
    """Answers in the order of the pictures."""

    recognizer: str
    version: str
    answers: list[Answered]


_ONE = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {
            "picture": {"type": "array", "items": {"type": "string", "format": "binary"}}
        },
        "required": ["picture"],
    }
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": _FORM,
        "image/jpeg": _ONE,
        "image/png": _ONE,
        "application/octet-stream": _ONE,
        "application/json": {"schema": schema_of(Question)},
    },
}


@router.post(
    "/predict",
    summary="Ask about pictures",
    response_model=Answers,
    responses=REFUSALS | UNREADABLE,
    openapi_extra={"requestBody": _BODY},
)
async def predict(
    request: Request,
    recognizer: Annotated[
        str | None, Query(description="Whom to ask, where there are several.")
    ] = None,
    top: Annotated[int, Query(ge=1, le=1000, description="How many classes to name.")] = 3,
) -> Response:
    """Send a form with any number of files, the bytes of one file, or JSON with base64.

    Of several pictures those that cannot be read have an `error` in place of an answer;
    where none can be read the request is refused.
    """
    state = state_of(request)
    for name in request.query_params.keys() - _WORDS:
        raise Refused(422, "wrong_form", f"{name[:80]}: there is no such name here.")
    served = state.registry.find(recognizer)
    async with state.admission.admit(request) as body:
        kind = request.headers.get("content-type", "")
        sent = await state.answering.aside(lambda: pictures_of(body, kind, state.limits), len(body))
        results = await state.answering.ask(served, [picture.data for picture in sent])
        content = await state.answering.aside(
            lambda: _reply(served, _answers(state, served, sent, results, top)),
            len(sent) * (_ANSWER_BYTES + _SHARE_BYTES * min(top, served.class_count)),
        )
    return state.admission.reply(content, {}, "application/json")


def _reply(served: Served, answers: list[dict[str, Any]]) -> bytes:
    # one after the other: the event loop waits while the encoder runs
    said = ", ".join(map(json.dumps, answers))
    head = json.dumps({"recognizer": served.name, "version": served.version})
    return f'{head[:-1]}, "answers": [{said}]}}'.encode()


def _answers(
    state: ServerState,
    served: Served,
    sent: Sequence[Sent],
    results: Sequence[np.ndarray | ImageError],
    top: int,
) -> list[dict[str, Any]]:
    records = []
    for picture, result in zip(sent, results, strict=True):
        if isinstance(result, ImageError):
            state.metrics.pictures(served.name, "unreadable")
            records.append({"picture": picture.name, "error": str(result)})
            continue
        answer = served.recognizer.to_prediction(picture.name, result)
        state.metrics.pictures(served.name, "known" if answer.known else "unknown")
        records.append(_record(answer, top))
    if all("error" in record for record in records):
        first = records[0]
        raise Refused(422, "unreadable", f"{first['picture']}: {first['error']}")
    return records


def _record(answer: Prediction, top: int) -> dict[str, Any]:
    return {
        "picture": answer.name,
        "label": answer.label,
        "probability": answer.probability,
        "known": answer.known,
        "reason": answer.reason,
        "unlikeness": answer.unlikeness,
        "best_label": answer.best_label,
        "top": [{"label": label, "probability": share} for label, share in answer.top(top)],
    }
