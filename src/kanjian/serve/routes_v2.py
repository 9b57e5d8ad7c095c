"""The Open Inference Protocol v2: the addresses that clients of other servers know."""

from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response

import kanjian
from kanjian.errors import ImageError
from kanjian.serve.limits import Refused, json_response
from kanjian.serve.openapi import BEHIND_THE_GATE, REFUSALS, schema_of
from kanjian.serve.registry import Served
from kanjian.serve.state import ServerState, state_of
from kanjian.serve.tensors import (
    INPUT,
    InferRequest,
    read_question,
    write_response,
)

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol v2"])
_NUMBER_BYTES = 20  # of a reply, about
_HEADER = "inference-header-content-length"
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": schema_of(InferRequest)}},
}


@router.get("", summary="The server", responses=BEHIND_THE_GATE)
async def server() -> Response:
    """Name, version and extensions of this server."""
    return json_response(
        {"name": "kanjian", "version": kanjian.__version__, "extensions": ["binary_tensor_data"]}
    )


@router.get("/health/live", summary="Whether the server runs", responses=BEHIND_THE_GATE)
@router.get("/health/ready", summary="Whether all recognizers are ready", responses=BEHIND_THE_GATE)
async def ready() -> Response:
    """Recognizers are opened before the server listens: whoever gets an answer gets yes."""
    return json_response({"live": True, "ready": True})


@router.get("/models/{name}/ready", summary="Whether it is ready", responses=REFUSALS)
@router.get("/models/{name}/versions/{version}/ready", include_in_schema=False)
async def model_ready(request: Request, name: str, version: str | None = None) -> Response:
    """A recognizer that is there is ready."""
    served = _find(state_of(request), name, version)
    return json_response({"name": served.name, "ready": True})


@router.get("/models/{name}", summary="What it takes and gives", responses=REFUSALS)
@router.get("/models/{name}/metadata", include_in_schema=False)
@router.get("/models/{name}/versions/{version}", include_in_schema=False)
async def metadata(request: Request, name: str, version: str | None = None) -> Response:
    """Inputs and outputs; pictures of any other size are fitted to the one named here."""
    served = _find(state_of(request), name, version)
    recognizer = served.recognizer
    count = len(recognizer.classes)
    return json_response({
        "name": served.name,
        "versions": [served.version],
        "platform": "openvino",
        "inputs": [
            {"name": INPUT, "datatype": "UINT8",
             "shape": [-1, *recognizer.size_hw, recognizer.channels]}
        ],
        "outputs": [
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, count]},
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
        ],
        "parameters": {"classes": list(recognizer.classes),
                       "abstain_threshold": recognizer.abstain_threshold},
    })  # fmt: skip


@router.post(
    "/models/{name}/infer",
    summary="Ask about pictures",
    responses=REFUSALS,
    openapi_extra={"requestBody": _BODY},
)
@router.post("/models/{name}/versions/{version}/infer", include_in_schema=False)
async def infer(request: Request, name: str, version: str | None = None) -> Response:
    """One input, `image`: raw pixels (UINT8) of any size, or files (BYTES, base64 in JSON).

    Outputs are `probabilities`, in the order of the classes, and `label`, which is "unknown"
    below the recognizer's threshold and for pictures unlike those of training. Tensors may also
    come and go as binary data.
    With the parameter `classification` probabilities are the best so many classes as texts,
    probability:number:name. Fields and parameters that mean nothing here are refused.
    """
    state = state_of(request)
    served = _find(state, name, version)
    async with state.admission.admit(request) as body:
        length = request.headers.get(_HEADER)
        asked, pictures = await state.answering.aside(
            lambda: read_question(body, length, state.limits), len(body)
        )
        results = await state.answering.ask(served, pictures)
        content, json_length = await state.answering.aside(
            lambda: _written(state, served, results, asked),
            len(results) * served.class_count * _NUMBER_BYTES,
        )
    if json_length is None:
        return state.admission.reply(content, {}, "application/json")
    headers = {"Inference-Header-Content-Length": str(json_length)}
    return state.admission.reply(content, headers, "application/octet-stream")


def _written(
    state: ServerState, served: Served, results: list[np.ndarray | ImageError], asked: InferRequest
) -> tuple[bytes, int | None]:
    head = {"model_name": served.name, "model_version": served.version}
    if asked.id is not None:
        head["id"] = asked.id
    outputs = _outputs(state, served, results)
    return write_response(head, outputs, asked, served.recognizer.classes)


def _find(state: ServerState, name: str, version: str | None) -> Served:
    served = state.registry.find(name)
    if version not in (None, served.version):
        raise Refused(404, "not_found", f"{name} is here in version {served.version} only.")
    return served


def _outputs(
    state: ServerState, served: Served, results: list[np.ndarray | ImageError]
) -> dict[str, Any]:
    """Probabilities and labels; a tensor has no place for a picture that cannot be read."""
    labels, scores = [], []
    for number, result in enumerate(results, 1):
        if isinstance(result, ImageError):
            state.metrics.pictures(served.name, "unreadable")
            raise Refused(422, "unreadable", f"picture {number}: {result}")
        answer = served.recognizer.to_prediction("", result)
        state.metrics.pictures(served.name, "known" if answer.known else "unknown")
        labels.append(answer.label)
        scores.append(answer.scores)
    return {"probabilities": np.stack(scores), "label": np.array(labels, object)}
