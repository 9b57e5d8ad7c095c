"""In the process of `search_process`: opens the study's pictures once and trains trial by trial."""

import _thread
import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any

from kanjian.errors import KanjianError
from kanjian.experiments.search import opened_again
from kanjian.experiments.search_journal import TrialRecord
from kanjian.experiments.search_process import INTERRUPTED
from kanjian.experiments.search_result import TRIALS
from kanjian.experiments.search_trial import try_recipe
from kanjian.recipes.codec import read_recipe
from kanjian.training.probe import peak_memory_mb
from kanjian.training.run_folder import RECIPE

_GO_ON = {"short": False, "late": False}


class _Parent:
    """The process that asks: what it says comes from stdin, what it hears goes where stdout went.

    stdout itself goes to stderr, for whatever a library prints.
    """

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._lines: queue.Queue[Any] = queue.Queue()
        self._late = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # unbuffered: nothing is locked while it waits, also when the process ends
        for line in open(0, "rb", buffering=0, closefd=False):  # noqa: SIM115
            said = json.loads(line)
            if said == INTERRUPTED:
                _thread.interrupt_main()
                said = _GO_ON  # whoever waits for an answer goes on, to the place where it stops
            self._lines.put(said)
        os._exit(0)  # nobody is there any more

    def hears(self, what: dict[str, Any]) -> None:
        self._out.write(json.dumps(what) + "\n")
        self._out.flush()

    def says(self) -> Any:
        return self._lines.get()

    def falls_short(self, *so_far: float) -> bool:
        self.hears({"so_far": so_far})
        said = self.says()
        self._late = said["late"]
        return bool(said["short"])

    def time_is_up(self) -> bool:
        return self._late


def _main(folder: str, data_folder: str, allow_code: str) -> None:
    parent = _Parent()
    try:
        again = opened_again(Path(folder), Path(data_folder) if data_folder else None, decode=True)
        while True:
            number = parent.says()["number"]
            place = Path(folder) / TRIALS / f"{number:03d}"
            record = try_recipe(
                read_recipe(place / RECIPE), again.parts, place, TrialRecord(number),
                falls_short=parent.falls_short, time_is_up=parent.time_is_up,
                allow_code=bool(allow_code),
            )  # fmt: skip
            parent.hears({"record": record.to_dict(), "peak_mb": peak_memory_mb()})
    except KanjianError as error:
        parent.hears({"error": str(error), "kind": type(error).__name__})
    except KeyboardInterrupt:
        pass  # the state is saved; the parent hears the end


if __name__ == "__main__":
    _main(*sys.argv[1:])
