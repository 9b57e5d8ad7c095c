"""Requests as bytes: what may be read in two ways is refused, what is only unusual is answered."""

import contextlib
import http.client
import json
import socket

import numpy as np
import pytest
from PIL import Image

from picture_files import saved
from served_recognizer import save
from server_process import Server, everything, post

PICTURE = saved(Image.fromarray(np.full((15, 25, 3), 255, np.uint8)), "PNG")
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PICTURE), PICTURE)


def get(*lines, target="/healthz", version="1.1", host="localhost"):
    head = f"GET {target} HTTP/{version}", f"Host: {host}", "Connection: close", *lines
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def send(body, *lines):
    head = "POST /predict HTTP/1.1", "Host: localhost", "Connection: close", *lines
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    save(folder / "run" / "recognizer")
    server = Server(folder / "run", "--batch", 4, "--max-body", 1, home=folder / "home")
    yield server
    with server.process:
        server.process.kill()


LENGTH = f"Content-Length: {len(PICTURE)}"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        # where one body ends and the next request begins must be beyond doubt
        (send(CHUNKS, CHUNKED, "Content-Length: 5"), 400, "two_lengths"),
        (send(CHUNKS, CHUNKED).replace(b"1.1", b"1.0", 1), 400, "two_lengths"),
        (send(PICTURE, LENGTH, "Content-Length: 5"), 400, "no_http"),
        (send(PICTURE, "Content-Length: +5"), 400, "no_http"),
        (send(PICTURE, "Content-Length: -5"), 400, "no_http"),
        (send(PICTURE, "Content-Length : 5"), 400, "no_http"),
        (send(CHUNKS, "Transfer-Encoding: gzip, chunked"), 501, "no_http"),
        (send(CHUNKS, "Transfer-Encoding: xchunked"), 501, "no_http"),
        (send(b"0x" + CHUNKS, CHUNKED), 400, "no_http"),
        (get("X: a\rb"), 400, "no_http"),
        (get("X: a\0b"), 400, "no_http"),
        # heads and chunks that come whole are bounded as those that do not
        (get(*["X: y"] * 100), 431, "large_head"),
        (get("X: " + "y" * 20_000), 431, "large_head"),
        (get(target="/" + "y" * 20_000), 431, "large_head"),
        (send(b"1\r\nx\r\n" * 9000, CHUNKED), 400, "small_chunks"),
        # what is spoken here
        (b"nonsense\r\n\r\n", 400, "no_http"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400, "no_http"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "wrong_version"),
        (get(version="1.2"), 505, "wrong_version"),
        (get(target="http://evil.example/healthz"), 403, "wrong_host"),
        (get(target="http://[/healthz"), 400, "no_http"),
        (get(target="/healthz#top"), 404, "not_found"),
        (send(b"", "Content-Length: 9000000"), 413, "too_large"),
    ],
)
def test_what_is_refused(server, request_, status, code):
    found, head, body = server.ask(request_)
    assert (found, json.loads(body)["code"], json.loads(body)["status"]) == (status, code, status)
    assert "content-type: application/json" in head
    assert "connection: close" in head


@pytest.mark.parametrize(
    "request_",
    [
        get(),
        get(version="1.0"),
        get(target="http://localhost/healthz"),
        get(target="HTTP://127.0.0.1:80/healthz", host="elsewhere.example"),
        get("Upgrade: websocket", "Connection: upgrade"),
        get("X: a", " b"),
        get(*["X: y"] * 90),
        send(PICTURE, LENGTH),
        send(PICTURE, LENGTH, LENGTH),
        send(PICTURE, LENGTH, "Expect: 200-maybe"),
        send(CHUNKS, CHUNKED),
        send(CHUNKS.replace(b"\r\n", b";note=" + b"y" * 9000 + b"\r\n", 1), CHUNKED),
        send(CHUNKS[:-2] + b"Trailer: x\r\n\r\n", CHUNKED),
    ],
)
def test_what_is_answered(server, request_):
    assert server.ask(request_)[0] == 200


def test_who_ends_its_own_direction_is_still_answered(server):
    with server.connect() as connection:
        connection.sendall(post(PICTURE).replace(b"Connection: close\r\n", b""))
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection)[0] == 200


def test_requests_sent_ahead_are_answered_in_order(server):
    asked = get().replace(b"Connection: close\r\n", b"")
    with server.connect() as connection:
        connection.sendall(asked + asked.replace(b"/healthz", b"/nothing") + get())
        _, _, rest = everything(connection)
    statuses = [part[:3] for part in rest.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"404", b"200"]


@pytest.mark.parametrize("path", ["/predict", "/nothing", "/healthz"])
def test_a_refusal_arrives_whatever_is_sent_and_the_connection_goes_on(server, path):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    with contextlib.closing(client):
        for _ in range(2):
            client.request("POST", path, body=bytes(5_000_000))
            reply = client.getresponse()
            assert reply.status in (404, 405, 413)
            assert reply.status == json.loads(reply.read())["status"]
