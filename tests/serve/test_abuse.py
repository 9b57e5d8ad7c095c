"""Clients that mean no good, at a real server: each goes in time, and the owner is answered."""

import contextlib
import http.client
import json
import select
import socket
import threading
import time

import numpy as np
import pytest
from PIL import Image

from picture_files import saved
from served_recognizer import save
from server_process import Server, everything, post

SECONDS, PLACES = 1, 40
TOKEN = "the-token-of-the-owner"
PICTURE = saved(Image.fromarray(np.full((15, 25, 3), 255, np.uint8)), "PNG")
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
OWNED = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
START = b"POST /predict HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"Content-Length: 90000\r\n\r\n"
STRANGER = b"Host: localhost\r\n"
# What each sends at once, and then again and again, a little at a time
ABUSES = {
    "says nothing": (b"", b""),
    "half a head": (b"GET /healthz HTTP/1.1\r\nHost: loc", b""),
    "a head that trickles": (b"GET /healthz HTTP/1.1\r\n", b"X: y\r\n"),
    "half a second head": (HEALTH + b"G", b""),
    "a second head that trickles": (HEALTH + b"GET /", b"a"),
    "half a third head in one packet": (HEALTH + HEALTH + b"GET /he", b""),
    "idle after a request": (HEALTH, b""),
    "empty lines between requests": (HEALTH, b"\r\n"),
    "a body for a route that reads none": (HEALTH[:-2] + LONG, b"x"),
    "a body without the token": (START + STRANGER + LONG, b"x"),
    "a body for no route": (START.replace(b"predict", b"x") + OWNED + LONG, b"x"),
    "half a body": (START + OWNED + LONG + b"x", b""),
    "a body that trickles": (START + OWNED + LONG, b"x"),
    "half a body on the second request": (HEALTH + START + OWNED + LONG + b"x", b""),
    "chunks that trickle": (START + OWNED + CHUNKED, b"1\r\nx\r\n"),
    "half a chunk": (START + OWNED + CHUNKED + b"1;" + b"y" * 9000, b"y"),
    "trailers that trickle": (START + OWNED + CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n"),
    "waits to be told to go on": (START + OWNED + b"Expect: 100-continue\r\n" + LONG, b""),
    "an upgrade": (HEALTH[:-2] + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", b"x"),
    "reads nothing": (b"GET /openapi.json HTTP/1.1\r\n" + OWNED + b"\r\n", None),
}


def served(folder, **options):
    save(folder / "run" / "recognizer")
    words = (f"看={folder / 'run'}", "--batch", 4, "--max-seconds", SECONDS, "--token", TOKEN)
    return Server(*words, home=folder / "home", **options)


@contextlib.contextmanager
def abused(server, kind, count):
    """So many connections of a kind, as long as the block runs."""
    first, more = ABUSES[kind]
    held = []
    for _ in range(count):
        connection = socket.socket()
        if more is None:  # so little fits on the way that the server has to wait
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.sendall(first * (2000 if more is None else 1))
        held.append(connection)
    over = threading.Event()
    trickling = threading.Thread(target=_trickle, args=(held, more, over))
    trickling.start()
    try:
        yield held
    finally:
        over.set()
        trickling.join()
        for connection in held:
            connection.close()


def _trickle(held, more, over):
    while more and not over.wait(0.1):
        for connection in held:
            with contextlib.suppress(OSError):
                connection.send(more)


def closed_within(connection, seconds, reads=True):
    """Whether the server ended it; what it says is read, or it is looked whether it still is."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        try:
            if not reads:
                connection.send(b"x")
                time.sleep(0.05)
            elif select.select([connection], [], [], left)[0] and not connection.recv(1 << 16):
                return True
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            return True
    return False


def owner(server):
    """How long the owner waits for health and an answer, both of which are right."""
    started = time.monotonic()
    assert server.ask(HEALTH[:-2] + b"Connection: close\r\n\r\n")[0] == 200
    request = post(PICTURE).replace(STRANGER, OWNED)
    status, _, body = server.ask(request)
    assert status == 200, body
    assert json.loads(body)["answers"][0]["label"] == "bright"
    return time.monotonic() - started


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = served(tmp_path_factory.mktemp("abused"))
    yield server
    with server.process:
        server.process.kill()


def test_whatever_a_connection_is_in_the_midst_of_ends_in_time(server):
    """All kinds at once, so that it takes the time of one."""
    owner(server)
    before = server.peak_memory_mb()
    with contextlib.ExitStack() as stack:
        kinds = {kind: stack.enter_context(abused(server, kind, 3)) for kind in ABUSES}
        waited = owner(server)
        until = time.monotonic() + 20
        late = [
            kind
            for kind, held in kinds.items()
            for connection in held
            if not closed_within(connection, until - time.monotonic(), ABUSES[kind][1] is not None)
        ]
    assert not late
    assert waited < 10
    assert server.peak_memory_mb() - before < 60


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server for few connections, since it may open few files."""
    server = served(tmp_path_factory.mktemp("exhausted"), files=200 + 2 * PLACES)
    yield server
    with server.process:
        server.process.kill()


@pytest.mark.parametrize("kind", ABUSES)
def test_however_many_there_are_the_owner_is_answered(small, kind):
    with abused(small, kind, 2 * PLACES):
        assert owner(small) < 10


def test_who_has_shown_the_token_gives_way_last(small):
    mine = http.client.HTTPConnection("127.0.0.1", small.port, timeout=20)

    def status():
        mine.request("GET", "/recognizers", headers={"Authorization": f"Bearer {TOKEN}"})
        reply = mine.getresponse()
        reply.read()
        return reply.status

    with contextlib.closing(mine):
        assert status() == 200
        kept = mine.sock
        with abused(small, "half a head", 2 * PLACES):
            owner(small)
            assert (status(), mine.sock) == (200, kept)


def test_who_makes_room_is_told_so(small):
    with abused(small, "half a head", PLACES + 5) as held:
        owner(small)
        held[0].setblocking(True)
        status, head, body = everything(held[0])
    assert (status, json.loads(body)["code"]) == (429, "busy")
    assert "retry-after: 1" in head
