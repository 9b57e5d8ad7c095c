"""Run the application until it is told to stop, and let what was accepted finish."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Literal

import uvicorn

from kanjian.errors import KanjianError
from kanjian.inference.card import RECOGNIZER, read_card
from kanjian.serve.app import build_app
from kanjian.serve.http_guard import Guarded, protocol_class
from kanjian.serve.limits import Limits
from kanjian.serve.middleware import AccessMiddleware, is_loopback

logger = logging.getLogger(__name__)
# A thread that has to wait for Python's lock waits this long instead of 5 ms: the network's
# thread must hand over its answers while the event loop is busy reading requests
_SWITCH_S = 0.0005
_OWN_FILES = 200  # networks, libraries, and what connects in the same moment
# Connections that wait to be taken in; and how many are at once. What came with them is read
# before more are: else a flood would push out again whoever has just come, unheard
_QUEUE, _ACCEPTED = 1024, 64
_LOOK_S = 0.2  # how often connections are looked through for what takes too long


def serve(
    runs: Mapping[str, Path],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str | None = None,
    limits: Limits | None = None,
    precision: Literal["f32", "bf16"] = "f32",
    batch: int | None = None,
    started: Callable[[str], object] = lambda _: None,
) -> None:
    """Serve recognizers over HTTP until SIGTERM or Ctrl-C; what was accepted is answered first.

    Args:
        runs: Run folders by the name to serve them under, see `names_of`.
        host: The address to listen at. Any but this machine's own needs a token.
        port: 0 takes a free one.
        token: What every request must carry.
        limits: What requests may ask for.
        precision: Of OpenVINO, see `Recognizer.load`.
        batch: Most pictures the network is asked about at once, see `ModelRegistry`.
        started: Told the address once the server answers.

    Raises:
        KanjianError: If a recognizer cannot be opened, a token is missing, or the address
            cannot be listened at.
    """
    if token is None and not is_loopback(host):
        raise KanjianError(
            f"{host} can be reached from other machines: give a token with --token or "
            "$KANJIAN_TOKEN, or serve at 127.0.0.1."
        )
    limits = _within_files(limits or Limits())
    app = build_app(runs, token=token, limits=limits, precision=precision, batch=batch)
    with _listening(host, port) as listener:
        protocol = protocol_class(limits)
        config = uvicorn.Config(
            app,
            http=protocol,
            backlog=_ACCEPTED,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # a second beyond what any request may take
            timeout_graceful_shutdown=int(2 * limits.seconds) + 1,
        )
        sys.setswitchinterval(_SWITCH_S)
        # looking through all that stays anyway takes 60 ms, and one request in a hundred met it
        gc.freeze()
        server = _Server(config, app, protocol, lambda: started(_address(host, listener)))
        server.run(sockets=[listener])


def names_of(places: list[str]) -> dict[str, Path]:
    """Folders by the name to serve them under: NAME=RUN says it, else the card does.

    Raises:
        KanjianError: If two have the same name, or a name cannot stand in an address.

    Example:
        >>> names_of(["pets=runs/pets-3"])
        {'pets': PosixPath('runs/pets-3')}
    """
    found: dict[str, Path] = {}
    for place in places:
        name, separator, folder = place.partition("=")
        if not separator or Path(place).exists():
            folder, name = place, read_card(RECOGNIZER.home_of(Path(place))).name
        if not name or "/" in name or name in (".", ".."):
            raise KanjianError(f"{name!r} cannot stand in an address. Say NAME={folder}.")
        if name in found:
            raise KanjianError(
                f"two recognizers are called {name!r}: {found[name]} and {folder}. "
                f"Give one another name: NAME={folder}."
            )
        found[name] = Path(folder)
    return found


class _Server(uvicorn.Server):
    """Uvicorn that is told to stop rather than killed: it leaves with status 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        middleware: AccessMiddleware,
        protocol: type[Guarded],
        started: Callable[[], object],
    ) -> None:
        super().__init__(config)
        self._gate, self._room, self._tell = middleware, protocol.room, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(_QUEUE)
        self._clock = asyncio.create_task(self._watch_the_clock())
        self._tell()

    async def _watch_the_clock(self) -> None:
        loop = asyncio.get_running_loop()
        while True:  # to the very end: also while it stops
            await asyncio.sleep(_LOOK_S)
            self._room.end_overdue(loop.time())

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does it, but without raising the signal again when all is done."""
        wanted = (signal.SIGINT, signal.SIGTERM)
        former = {number: signal.signal(number, self.handle_exit) for number in wanted}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        logger.info("told to stop by %s; answering what was accepted", signal.Signals(sig).name)
        self._gate.leaving = True
        super().handle_exit(sig, frame)


def _within_files(limits: Limits) -> Limits:
    """No more connections than this process may have files open, and a quarter for farewells."""
    if sys.platform == "win32":
        return limits
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OWN_FILES + 2 * limits.connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft < wanted:
            connections = max(1, (soft - _OWN_FILES) // 2)
            logger.warning("%d open files are allowed here: %d connections", soft, connections)
            return replace(limits, connections=connections)
    return limits


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is stated
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _unusable(host, port, error) from error
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_QUEUE)
        except OSError as error:
            raise _unusable(host, port, error) from error
        yield listener


def _unusable(host: str, port: int, error: OSError) -> KanjianError:
    return KanjianError(
        f"cannot listen at {host}:{port}: {error.strerror or error}. "
        "Choose another --port, or stop what listens there."
    )


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
