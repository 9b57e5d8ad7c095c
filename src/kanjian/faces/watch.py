"""Faces watched live: a page on this machine with the picture, and a notice for who comes and goes.

The page needs no library for windows: the picture comes as MJPEG, one JPEG after the other, and
who is there as server-sent events, which any program can read, too.
"""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any, cast
from urllib.parse import urlsplit

from kanjian import former
from kanjian.errors import FaceError
from kanjian.faces.board import Board
from kanjian.faces.events import Attendance, Event, Notice
from kanjian.faces.identify import FaceMatcher
from kanjian.faces.label import LabelStyle, labeled_frames, tell_ended
from kanjian.faces.tracks import Tracker
from kanjian.i18n import _
from kanjian.media.frame import Frame
from kanjian.reporting.render import render

PORT = 8765
_BOUNDARY = "frame"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    board: Board
    page: bytes


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if not self._is_local():
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        path = self.path.partition("?")[0]
        if path == "/":
            self._answer("text/html; charset=utf-8", cast("_Server", self.server).page)
        elif path == "/events":
            self._tell()
        elif path == "/stream":
            self._stream()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    @property
    def _board(self) -> Board:
        return cast("_Server", self.server).board

    def _is_local(self) -> bool:
        """Another page's script may reach this machine under a name of its own; not so here."""
        host, origin = self.headers.get("Host") or "", self.headers.get("Origin")
        own = host.rpartition(":")[0].strip("[]") in {"localhost", "127.0.0.1", "::1"}
        return own and (origin is None or urlsplit(origin).netloc == host)

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def _begin(self, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()

    def _tell(self) -> None:
        self._begin("text/event-stream; charset=utf-8")
        try:
            for text in self._board.stream(self.headers.get("Last-Event-ID") or ""):
                self.wfile.write(text.encode())
        except (BrokenPipeError, ConnectionError):  # the page was closed
            return

    def _stream(self) -> None:
        self._begin(f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        number, board = 0, self._board
        try:
            while not board.over:
                number, jpeg = board.next_frame(number)
                if jpeg is None:
                    continue
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}"
                self.wfile.write(head.encode() + b"\r\n\r\n" + jpeg + b"\r\n")
        except (BrokenPipeError, ConnectionError):  # the page was closed
            return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: stdout is for events."""


@former.renamed(knower="matcher", look="style")
def watch(
    frames: Iterable[Frame],
    tracker: Tracker,
    matcher: FaceMatcher,
    *,
    style: LabelStyle | None = None,
    port: int | None = PORT,
    heard: Callable[[Event], None] | None = None,
    noticed: Callable[[Notice], None] | None = None,
    ready: Callable[[str], None] | None = None,
    board: Board | None = None,
) -> int:
    """Watch a camera until it ends.

    Args:
        frames: RGB frames, as they come.
        tracker: Follows the faces; with `keep=False`, so that memory does not grow.
        matcher: Knows the people.
        style: What is drawn.
        port: Of the page on this machine; 0 takes a free one, None makes no page.
        heard: Called with each event as it ends.
        noticed: Called with everyone who comes, is named otherwise, or leaves, as it happens.
        ready: Called with the address of the page once the camera gives pictures.
        board: What the page shows; a new one by default.

    Returns:
        How many frames there were.

    Raises:
        FaceError: If the port is taken.
    """
    board = board or Board()
    server = None if port is None else _serve(board, port)
    attendance = Attendance()

    def notice(told: Iterable[Notice]) -> None:
        for each in told:
            board.tell(each)
            if noticed is not None:
                noticed(each)

    def ended(event: Event) -> None:
        notice(attendance.left(event))
        if heard is not None:
            heard(event)

    count = 0
    try:
        given = iter(frames)
        first = [frame for frame in [next(given, None)] if frame is not None]
        if first and server is not None and ready is not None:
            ready(f"http://localhost:{server.server_address[1]}/")
        # no delay: who stands before a camera wants to see himself move
        for frame in labeled_frames(
            chain(first, given), tracker, matcher, style or LabelStyle(), ended, delay_s=0
        ):
            count += 1
            notice(attendance.seen(tracker.live))
            if server is not None:
                board.show(frame.image)
    finally:
        # who is there when the watching is broken off has been there until now
        tracker.finish()
        tell_ended(tracker, ended)
        board.close()
        if server is not None:
            server.shutdown()
            server.server_close()
    return count


def _serve(board: Board, port: int) -> _Server:
    page = render("watch.html", title=_("Faces")).encode()
    try:
        # this machine alone: the page shows faces
        server = _Server(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise FaceError(
            f"port {port} cannot be opened: {error.strerror or error}. Choose another with --port."
        ) from error
    server.board = board
    server.page = page
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
