"""`kanjian serve` as a process: what it says, whom it refuses, how it stops."""

import asyncio
import gc
import json
import socket
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

import kanjian
from kanjian.cli import app as cli_app
from kanjian.serve.server import _listening, _Server, names_of, serve
from picture_files import saved
from served_recognizer import save
from server_process import Server, everything, post

PICTURE = saved(Image.fromarray(np.full((15, 25, 3), 255, np.uint8)), "PNG")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serving")
    save(folder / "run" / "recognizer")
    words = (f"看={folder / 'run'}", "--batch", 4, "--max-seconds", 2, "--max-body", 0.1)
    server = Server(*words, home=folder / "home")
    yield server
    with server.process:  # closes its streams too
        server.process.kill()


def is_error(reply, status, code):
    found, head, body = reply
    assert found == status, reply
    assert "content-type: application/json" in head
    assert (json.loads(body)["code"], json.loads(body)["status"]) == (code, status)


def test_it_says_where_it_is_and_answers_there(server):
    assert server.said["recognizers"] == ["看"]
    status, _, body = server.ask(post(PICTURE))
    assert status == 200
    assert json.loads(body)["answers"][0]["label"] == "bright"


def test_what_is_no_http_has_the_shape_of_all_errors(server):
    is_error(server.ask(b"nonsense\r\n\r\n"), 400, "no_http")
    is_error(
        server.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
        431,
        "large_head",
    )


def test_a_large_body_is_refused_before_it_is_sent(server):
    is_error(server.ask(post(b"", length=10**9)), 413, "too_large")


def test_a_refusal_arrives_though_all_of_a_large_body_was_sent(server):
    is_error(server.ask(post(bytes(8_000_000))), 413, "too_large")


def test_a_slow_body_is_given_up(server):
    started = time.perf_counter()
    is_error(server.ask(post(b"a", length=1000)), 408, "too_slow")
    assert time.perf_counter() - started < 10


def test_a_connection_that_says_nothing_is_closed(server):
    with server.connect() as connection:
        assert everything(connection)[0] is None


def test_it_stops_with_0_and_answers_what_it_accepted(server):
    replies, asked = [], threading.Barrier(5)

    def ask():
        with server.connect() as connection:
            request = post(PICTURE)
            connection.sendall(request[:-1])
            time.sleep(0.3)  # accepted, and not whole yet when it is told to stop
            asked.wait()
            time.sleep(0.2)
            connection.sendall(request[-1:])
            replies.append(everything(connection))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    asked.wait()
    assert server.stop() == 0, server.process.stderr.read()
    for thread in threads:
        thread.join(20)
    assert [status for status, _, _ in replies] == [200] * 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--host", "0.0.0.0"], "give a token"),
        (["--host", "no.such.host.invalid", "--token", "long-enough-token"], "cannot listen at"),
        (["--token", "short"], "the token must be"),
        (["--max-pixels", "0"], "--max-pixels"),
    ],
)
def test_mistakes_are_told_in_one_line(run, capfd, words, sentence):
    assert cli_app.run(["serve", str(run), *words]) == 2
    said = capfd.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_port_that_is_taken_is_named(run, capfd):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cli_app.run(["serve", str(run), "--batch", "1", "--port", str(port)]) == 2
    assert f"cannot listen at 127.0.0.1:{port}" in capfd.readouterr().err


def test_two_of_one_name_need_another(run, tmp_path):
    save(tmp_path / "other")
    with pytest.raises(kanjian.KanjianError, match="two recognizers are called 'shades'"):
        names_of([str(run), str(tmp_path / "other")])
    assert list(names_of([str(run), f"b={tmp_path / 'other'}"])) == ["shades", "b"]
    with pytest.raises(kanjian.KanjianError, match="cannot stand in an address"):
        names_of([f"a/b={run}"])


def test_an_answer_is_not_held_back_for_more_to_send():
    """Nagle's delay made every answer 40 ms late."""

    async def accepted_delay():
        told = asyncio.get_running_loop().create_future()

        def connected(_, writer):
            connection = writer.get_extra_info("socket")
            told.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with _listening("127.0.0.1", 0) as listener:
            server = await asyncio.start_server(connected, sock=listener)
            async with server:
                with socket.create_connection(listener.getsockname()):
                    return await told

    assert asyncio.run(accepted_delay())


def test_no_request_waits_while_all_that_stays_is_looked_through(run, monkeypatch):
    frozen = []
    monkeypatch.setattr(_Server, "run", lambda *_, **__: frozen.append(gc.get_freeze_count()))
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    try:
        serve({"shades": run}, port=0)
    finally:
        gc.unfreeze()
    assert frozen[0] > 10_000
