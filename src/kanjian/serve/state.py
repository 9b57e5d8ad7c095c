"""What all routes of one server share."""

from dataclasses import dataclass

from fastapi import Request

from kanjian.serve.admission import Desk
from kanjian.serve.inference import Answering
from kanjian.serve.limits import Limits
from kanjian.serve.metrics import Metrics
from kanjian.serve.registry import Shelf


@dataclass(frozen=True, eq=False)
class House:
    """One server's own things.

    Args:
        shelf: Its recognizers.
        desk: Lets requests in.
        answering: Asks recognizers.
        metrics: Counts.
        limits: What is allowed.
    """

    shelf: Shelf
    desk: Desk
    answering: Answering
    metrics: Metrics
    limits: Limits


def house_of(request: Request) -> House:
    """The house a request came to."""
    house = request.app.state.house
    assert isinstance(house, House)
    return house
