"""What all routes of one server share."""

from dataclasses import dataclass

from fastapi import Request

from kanjian.serve.admission import AdmissionControl
from kanjian.serve.inference import Answering
from kanjian.serve.limits import Limits
from kanjian.serve.metrics import Metrics
from kanjian.serve.registry import ModelRegistry


@dataclass(frozen=True, eq=False)
class ServerState:
    """One server's own things.

    Args:
        registry: Its recognizers.
        admission: Lets requests in.
        answering: Asks recognizers.
        metrics: Counts.
        limits: What is allowed.
    """

    registry: ModelRegistry
    admission: AdmissionControl
    answering: Answering
    metrics: Metrics
    limits: Limits


def state_of(request: Request) -> ServerState:
    """The state of the server that a request came to."""
    state = request.app.state.state
    assert isinstance(state, ServerState)
    return state
