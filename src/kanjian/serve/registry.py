"""The recognizers of a server: opened, warmed up, and exchanged when their folder changes."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from kanjian.checks import unknown_name
from kanjian.errors import KanjianError, RecognizerError
from kanjian.inference.card import RECOGNIZER, fingerprint
from kanjian.inference.recognizer import Recognizer
from kanjian.serve.batching import Batcher
from kanjian.serve.limits import Refused

logger = logging.getLogger(__name__)
# Input numbers in a batch: 7 photos of 224×224, or 32 digits. More is not faster, and keeps
# whoever comes next waiting
_NUMBERS, _MOST = 1_200_000, 32


@dataclass(frozen=True, eq=False)
class Served:
    """One recognizer, ready.

    Args:
        name: What it is called in addresses.
        recognizer: Runs on OpenVINO.
        batcher: The way to ask it.
        fingerprint: Of its files.
    """

    name: str
    recognizer: Recognizer
    batcher: Batcher
    fingerprint: str

    @property
    def class_count(self) -> int:
        """How many classes it tells apart."""
        return len(self.recognizer.classes)

    @property
    def version(self) -> str:
        """Begins the fingerprint: other files, other version."""
        return self.fingerprint[:12]


class ModelRegistry:
    """All recognizers of a server, by name.

    A request takes one with `find` and keeps it to its end, so that an exchange in between
    drops nothing.

    Args:
        places: Run folders, or recognizer folders, by the name to serve them under.
        precision: Of OpenVINO, see `Recognizer.load`.
        batch: Most pictures in a batch; None: as many as are of use for networks of its size.
        seen: Told name and size of each batch.
        reloaded: Told name and "done" or "failed" of each exchange.

    Raises:
        RecognizerError: If one cannot be opened, carries no OpenVINO form, or fails its
            self-test here.
    """

    def __init__(
        self,
        places: Mapping[str, Path],
        *,
        precision: Literal["f32", "bf16"] = "f32",
        batch: int | None = None,
        seen: Callable[[str, int], object] = lambda *_: None,
        reloaded: Callable[[str, str], object] = lambda *_: None,
    ) -> None:
        self._precision, self._batch = precision, batch
        self._seen, self._reloaded = seen, reloaded
        self._homes = {name: RECOGNIZER.home_of(place) for name, place in places.items()}
        self._file_marks = {name: _file_marks(home) for name, home in self._homes.items()}
        self._served = {name: self._open(name) for name in self._homes}

    @property
    def all(self) -> list[Served]:
        """Every recognizer, in the order they were named."""
        return list(self._served.values())

    def find(self, name: str | None) -> Served:
        """The recognizer of this name; without a name the only one there is.

        Raises:
            Refused: If there is none of this name, or several and no name.
        """
        if name is None:
            if len(self._served) > 1:
                known = ", ".join(self._served)
                raise Refused(400, "which", f"say which recognizer: ?recognizer=NAME of {known}.")
            return next(iter(self._served.values()))
        if name not in self._served:
            raise Refused(404, "not_found", unknown_name("recognizer", name[:80], self._served))
        return self._served[name]

    async def refresh(self) -> list[str]:
        """Exchange every recognizer whose folder changed; gives their names.

        One that cannot be opened is left as it is, and tried again when its folder changes
        again: a folder that is being copied is taken when the last file is there.
        """
        return [name for name in self._homes if await self._refresh(name)]

    async def watch(self, *, every_s: float = 1.0) -> None:
        """`refresh` again and again, until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            await self.refresh()

    async def close(self) -> None:
        """Answer what waits and let all threads go."""
        for served in self.all:
            await served.batcher.close()

    async def _refresh(self, name: str) -> bool:
        home, former = self._homes[name], self._served[name]
        marks = await asyncio.to_thread(_file_marks, home)
        if marks is None or marks == self._file_marks[name]:
            return False  # as it was; or being replaced this very moment, or gone
        self._file_marks[name] = marks
        try:
            if await asyncio.to_thread(fingerprint, home) == former.fingerprint:
                return False
            self._served[name] = await asyncio.to_thread(self._open, name)
        except (KanjianError, OSError) as error:
            logger.warning("%s stays as it is; its folder changed, but %s", name, error)
            self._reloaded(name, "failed")
            return False
        logger.info("%s is now version %s", name, self._served[name].version)
        self._reloaded(name, "done")
        return True  # the former one goes, thread and all, with the last request that holds it

    def _open(self, name: str) -> Served:
        home = self._homes[name]
        recognizer = Recognizer.load(home, engine="openvino", precision=self._precision)
        if not recognizer.selftest.passed:
            raise RecognizerError(recognizer.selftest.message)
        most = self._batch or _useful_batch(recognizer)
        _warm_up(recognizer, most)
        batcher = Batcher(recognizer.judge, most=most, seen=lambda size: self._seen(name, size))
        return Served(name, recognizer, batcher, fingerprint(home))


def _file_marks(home: Path) -> dict[str, tuple[int, int]] | None:
    """Size and time of every file: changes with any of them, and needs no reading."""
    try:
        found = {path.name: path.stat() for path in home.iterdir()}
    except OSError:
        return None
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


def _useful_batch(recognizer: Recognizer) -> int:
    height, width = recognizer.size_hw
    return max(1, min(_MOST, _NUMBERS // (height * width * recognizer.channels)))


def _warm_up(recognizer: Recognizer, most: int) -> None:
    """Have OpenVINO make its code for each size of batch before the first request comes."""
    shape = (*recognizer.size_hw, recognizer.channels)
    try:
        for size in range(1, most + 1):
            recognizer.probabilities(np.zeros((size, *shape), np.uint8))
    except RuntimeError as error:  # OpenVINO's own
        reason = str(error).strip().splitlines()[0]
        raise RecognizerError(f"OpenVINO cannot run {recognizer.name}: {reason}") from error
