"""Other processes of ours, for tests of what several do at once."""

import os
import subprocess
import sys


def started(code, *args):
    """A process that runs this Python code; `sys.argv[1:]` are the arguments, as texts."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(processes):
    """The output of each once all have ended; one that failed shows its complaint."""
    told = [process.communicate(timeout=120) for process in processes]
    for process, (_, complaint) in zip(processes, told, strict=True):
        assert process.returncode == 0, complaint
    return [output for output, _ in told]


def at_once(code, *each):
    """Run the code in a process for each tuple of arguments, all at the same time."""
    return ended([started(code, *args) for args in each])
