"""A recognizer to serve, and a client that speaks to the application without a network."""

import asyncio
import contextlib

import httpx
import pytest

from kanjian.serve.app import build_app
from served_recognizer import save


class Client:
    """Asks an application in an event loop of its own, which runs while it asks."""

    def __init__(self, app):
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        inner = app._app
        self.state = inner.state.state
        self._lifespan = inner.router.lifespan_context(inner)
        self.do(self._lifespan.__aenter__())

    def do(self, work):
        return self._loop.run_until_complete(work)

    def request(self, method, path, **options):
        return self.do(self._client.request(method, path, **options))

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def close(self):
        self.do(self._client.aclose())
        self.do(self._lifespan.__aexit__(None, None, None))
        self._loop.close()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))


@pytest.fixture
def run(tmp_path):
    save(tmp_path / "run" / "recognizer")
    return tmp_path / "run"


@pytest.fixture
def serving(run):
    """serving(places, **options) gives a client; by default of one recognizer, "shades"."""
    with contextlib.ExitStack() as stack:

        def start(places=None, **options):
            client = Client(
                build_app(places or {"shades": run}, **{"watch_s": 0, "batch": 4} | options)
            )
            stack.callback(client.close)
            return client

        yield start
