"""What the page of a camera shows: the newest frame, who is there, who came and went."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator

import numpy as np

from kanjian import extras
from kanjian.faces.events import Notice

_QUALITY = 80
# So many notices are kept for a page that is opened late or was away
_NOTICES = 200
# A reader that is not answered for so long is told again what is there
_WAIT_S = 5.0


class Board:
    """The newest frame and the latest notices, for whoever looks; a slow reader skips frames."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jpeg: bytes | None = None
        self._number = 0
        self._notices: deque[tuple[int, Notice]] = deque(maxlen=_NOTICES)
        self._told = 0
        self._there: dict[int, Notice] = {}
        # what another run told before at the same address has other numbers
        self._run = f"{time.time_ns():x}"
        self.over = False

    def show(self, image: np.ndarray) -> None:
        """Put up a frame, RGB uint8."""
        cv2 = extras.load("cv2")
        options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        coded = cv2.imencode(".jpg", np.ascontiguousarray(image[:, :, ::-1]), options)[1]
        with self._changed:
            self._jpeg, self._number = coded.tobytes(), self._number + 1
            self._changed.notify_all()

    def tell(self, notice: Notice) -> None:
        """Put up who came or went."""
        with self._changed:
            self._told += 1
            self._notices.append((self._told, notice))
            if notice.kind == "left":
                self._there.pop(notice.event.track, None)
            else:
                self._there[notice.event.track] = notice
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more comes."""
        with self._changed:
            self.over = True
            self._changed.notify_all()

    def next_frame(self, after: int) -> tuple[int, bytes | None]:
        """The newest frame once it is another than that number; the same one after a while."""
        with self._changed:
            self._changed.wait_for(lambda: self.over or self._number > after, _WAIT_S)
            return self._number, self._jpeg

    def stream(self, last_id: str = "") -> Iterator[str]:
        """Server-sent events: what was told since, who is there, then everything as it happens.

        Args:
            last_id: The id of the last event that was received; what came after it is told.
        """
        run, _, number = last_id.partition("-")
        after = int(number) if run == self._run and number.isdecimal() else 0
        yield "retry: 2000\n\n"
        fresh, after = self._news(after, wait_s=0)
        yield from fresh
        with self._changed:
            there = list(self._there.values())
        yield _event("present", there)
        while not self.over or self._told > after:
            fresh, after = self._news(after, wait_s=_WAIT_S)
            # who does not read any more is noticed by a line that says nothing
            yield from fresh or [": nothing new\n\n"]
        yield _event("end", [])

    def _news(self, after: int, *, wait_s: float) -> tuple[list[str], int]:
        """What was told after that number, and the last number."""
        with self._changed:
            self._changed.wait_for(lambda: self.over or self._told > after, wait_s)
            fresh = [pair for pair in self._notices if pair[0] > after]
            return [_event(each.kind, each, f"{self._run}-{at}") for at, each in fresh], self._told


def _event(kind: str, told: Notice | list[Notice], number: str = "") -> str:
    record = [each.record() for each in told] if isinstance(told, list) else told.record()
    data = json.dumps(record, ensure_ascii=False)  # on one line, as the format wants it
    return f"{f'id: {number}' + chr(10) if number else ''}event: {kind}\ndata: {data}\n\n"
