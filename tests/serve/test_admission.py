"""No more at once than can be borne; whoever is let in is answered rightly."""

import asyncio
import threading
import time

import numpy as np
import pytest
from PIL import Image

from kanjian.serve.limits import Limits
from picture_files import saved

PICTURE = saved(Image.fromarray(np.full((15, 25, 3), 255, np.uint8)), "PNG")


@pytest.fixture
def slow(serving, monkeypatch):
    """slow(limits) gives a client whose network waits for an event."""
    go = threading.Event()

    def start(limits):
        client = serving(limits=limits)
        batcher = client.state.registry.find("shades").batcher
        answer = batcher._answer
        monkeypatch.setattr(batcher, "_answer", lambda batch: (go.wait(10), answer(batch))[1])
        return client, go

    yield start
    go.set()


def together(client, count, go, after_s):
    async def ask():
        asked = [
            asyncio.create_task(client._client.post("/predict", content=PICTURE))
            for _ in range(count)
        ]
        await asyncio.sleep(after_s)
        health = await client._client.get("/healthz")
        go.set()
        return health, await asyncio.gather(*asked)

    return client.do(ask())


def test_one_request_too_many_is_told_to_come_back_and_the_others_are_answered(slow):
    client, go = slow(Limits(concurrent=3))
    health, replies = together(client, 5, go, 0.2)
    assert health.status_code == 200
    assert sorted(reply.status_code for reply in replies) == [200, 200, 200, 429, 429]
    for reply in replies:
        if reply.status_code == 429:
            assert (reply.json()["code"], reply.headers["retry-after"]) == ("busy", "1")
        else:
            assert reply.json()["answers"][0]["label"] == "bright"
    assert client.state.admission.answering == 0
    assert client.post("/predict", content=PICTURE).status_code == 200


def test_an_answer_that_takes_too_long_is_not_waited_for(slow):
    client, _ = slow(Limits(seconds=0.1))
    started = time.perf_counter()
    reply = client.post("/predict", content=PICTURE)
    assert (reply.status_code, reply.json()["code"]) == (429, "busy")
    assert time.perf_counter() - started < 5
    assert client.state.admission.answering == 0


def test_bodies_held_at_once_are_bounded(slow):
    client, go = slow(Limits(waiting_mb=2.5 * len(PICTURE) / 1e6))
    _, replies = together(client, 4, go, 0.2)
    assert sorted(reply.status_code for reply in replies) == [200, 200, 429, 429]
    assert client.state.admission._held == 0
