"""Faces watched live: a page on this machine with the picture, and an event for who comes and goes.

The page needs no library for windows: the picture comes as MJPEG, one JPEG after the other.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import numpy as np

from kanjian import extras, former
from kanjian.errors import FaceError
from kanjian.faces.events import Event
from kanjian.faces.identify import FaceMatcher
from kanjian.faces.label import LabelStyle, labeled_frames, tell_ended
from kanjian.faces.tracks import Tracker
from kanjian.i18n import _
from kanjian.media.frame import Frame
from kanjian.reporting.render import render

PORT = 8765
_BOUNDARY = "frame"
_QUALITY = 80
_EVENTS = 200
# A reader that is not answered for so long is told again what is there
_WAIT_S = 5.0


class Board:
    """The newest frame and the latest events, for whoever looks; a slow reader skips frames."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jpeg: bytes | None = None
        self._number = 0
        self._events: deque[Event] = deque(maxlen=_EVENTS)
        self.over = False

    def show(self, image: np.ndarray) -> None:
        """Put up a frame, RGB uint8."""
        cv2 = extras.load("cv2")
        options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        coded = cv2.imencode(".jpg", np.ascontiguousarray(image[:, :, ::-1]), options)[1]
        with self._changed:
            self._jpeg, self._number = coded.tobytes(), self._number + 1
            self._changed.notify_all()

    def tell(self, event: Event) -> None:
        """Put up an event."""
        with self._changed:
            self._events.append(event)

    def close(self) -> None:
        """Nothing more comes."""
        with self._changed:
            self.over = True
            self._changed.notify_all()

    def events(self) -> list[dict[str, object]]:
        """The latest events, the oldest first."""
        with self._changed:
            return [event.record() for event in self._events]

    def next_frame(self, after: int) -> tuple[int, bytes | None]:
        """The newest frame once it is another than that number; the same one after a while."""
        with self._changed:
            self._changed.wait_for(lambda: self.over or self._number > after, _WAIT_S)
            return self._number, self._jpeg


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
            text = json.dumps(self._board.events(), ensure_ascii=False)
            self._answer("application/json", text.encode())
        elif path == "/stream":
            self._stream()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    @property
    def _board(self) -> Board:
        return cast("_Server", self.server).board

    def _is_local(self) -> bool:
        """Another page's script may reach this machine under a name of its own; not so here."""
        host = (self.headers.get("Host") or "").rpartition(":")[0].strip("[]")
        return host in {"localhost", "127.0.0.1", "::1"}

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
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
        ready: Called with the address of the page once it can be opened.
        board: What the page shows; a new one by default.

    Returns:
        How many frames there were.

    Raises:
        FaceError: If the port is taken.
    """
    board = board or Board()
    server = None if port is None else _serve(board, port)
    if server is not None and ready is not None:
        ready(f"http://localhost:{server.server_address[1]}/")

    def tell(event: Event) -> None:
        board.tell(event)
        if heard is not None:
            heard(event)

    count = 0
    try:
        # no delay: who stands before a camera wants to see himself move
        for frame in labeled_frames(
            frames, tracker, matcher, style or LabelStyle(), tell, delay_s=0
        ):
            count += 1
            if server is not None:
                board.show(frame.image)
    finally:
        # who is there when the watching is broken off has been there until now
        tracker.finish()
        tell_ended(tracker, tell)
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
