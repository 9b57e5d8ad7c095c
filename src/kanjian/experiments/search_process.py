"""The trials of a search in a process of their own, so that what they take is given back.

TensorFlow keeps memory for every network, size and batch that it has met: a search of an hour grew
to 13.7 GB. The process trains one trial after the other and is replaced by a fresh one when it has
grown; it shares the folder of the study, and is told line by line what to try and when to stop.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from kanjian import errors
from kanjian.errors import KanjianError, TrainingError
from kanjian.experiments.search_journal import TrialRecord

# Of the memory of the machine: a process that has taken more serves no further trial
_SHARE = 1 / 8
INTERRUPTED = "interrupted"
# What the system says of a process that it ended for want of memory
_ENDED_BY_SYSTEM = (-9, 137)
FallsShort = Callable[[int, float, int], bool]


def has_grown(peak_mb: float | None) -> bool:
    """Whether a process of this size is to be replaced; where none is told, after every trial.

    Example:
        >>> has_grown(None), has_grown(1e9), has_grown(1.0)
        (True, True, False)
    """
    if peak_mb is None or "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return True
    whole_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
    return peak_mb > _SHARE * whole_mb


@dataclass
class TrialProcess:
    """Trains trials elsewhere; as a context manager it ends what it started.

    Args:
        folder: The folder of the study, in which each trial has a folder with its recipe.
        data_folder: Where built-in data sets are looked for first.
        allow_code: Whether recipes may name Python code to run.
    """

    folder: Path
    data_folder: Path | None
    allow_code: bool = False
    _child: "subprocess.Popen[str] | None" = None
    _said: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def __enter__(self) -> "TrialProcess":
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()
        self._said.close()

    def try_recipe(
        self,
        first: TrialRecord,
        *,
        falls_short: FallsShort,
        time_is_up: Callable[[], bool],
    ) -> TrialRecord:
        """Train the recipe that lies in the trial's folder, on every fold.

        Args:
            first: The record to fill.
            falls_short: See `search_trial.Watch`.
            time_is_up: See `search_trial.Watch`.

        Raises:
            KeyboardInterrupt: If stopped with Ctrl-C, once the state of the trial is saved; a
                second one does not wait for that.
            KanjianError: If pictures or disk fail.
        """
        told: dict[str, Any] = {}
        try:
            self._tell({"number": first.number})
            while "record" not in (told := self._hear()):
                short, late = falls_short(*told["so_far"]), time_is_up()
                self._tell({"short": short, "late": late})
        except KeyboardInterrupt:
            self._stop(told, falls_short)
            raise
        except EOFError:
            return self._ended(first)
        if has_grown(told["peak_mb"]):
            self._end()
        record = told["record"] | {"steps": dict(told["record"]["steps"])}
        return replace(TrialRecord(**record), number=first.number, values=first.values)

    def _ended(self, first: TrialRecord) -> TrialRecord:
        """What becomes of a trial whose process is gone: for want of memory it failed."""
        assert self._child is not None
        code = self._child.wait()
        self._end()
        if code in _ENDED_BY_SYSTEM:
            reason = "its process was ended by the system, most often for want of memory"
            return replace(first, state="failed", reason=reason)
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        told = lines[-1] if lines else f"status {code}"
        raise TrainingError(f"trial {first.number} ended in an error: {told}")

    def _tell(self, what: Any) -> None:
        if self._child is None:
            self._child = self._started()
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # that it is gone is heard next
            self._child.stdin.write(json.dumps(what) + "\n")
            self._child.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._child is not None
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise EOFError
        told: dict[str, Any] = json.loads(line)
        if "error" in told:
            self._end()
            kind = getattr(errors, told["kind"], KanjianError)
            raise kind(told["error"])
        return told

    def _started(self) -> "subprocess.Popen[str]":
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONUTF8": "1",
        }
        if "keras" in sys.modules:
            environment["KERAS_BACKEND"] = str(sys.modules["keras"].backend.backend())
        self._said.truncate(0)
        self._said.seek(0)
        place = "" if self.data_folder is None else str(self.data_folder)
        # a session of its own: the terminal's Ctrl-C is for this process, which passes it on once
        return subprocess.Popen(  # noqa: S603 - our own module, under this very Python
            [sys.executable, "-m", "kanjian.experiments.search_child", str(self.folder), place,
             "1" if self.allow_code else ""],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, env=environment,
            encoding="utf-8", start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip

    def _stop(self, told: dict[str, Any], falls_short: FallsShort) -> None:
        """Let it save the state of its trial; epochs that it tells of meanwhile are noted."""
        try:
            self._tell(INTERRUPTED)
            with suppress(EOFError, KanjianError):
                while True:
                    if "so_far" in told:
                        falls_short(*told["so_far"])
                    told = self._hear()
        finally:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with child:  # closes the pipes and waits
            pass
