"""`kanjian serve` as a process, and requests to it as plain bytes."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import kanjian

# as the command, and says at the end which training frameworks came in
COMMAND = """
import resource, sys
if files := int(sys.argv.pop(1)):
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
from kanjian.cli.app import run
status = run(["serve", *sys.argv[1:]])
assert not {"keras", "tensorflow", "torch", "jax"} & set(sys.modules), "a framework was imported"
sys.exit(status)
"""


class Server:
    """A server that runs; words are those of the command, files how many it may have open."""

    def __init__(self, *words, home, files=0):
        source = str(Path(kanjian.__file__).parents[1])
        words = *map(str, words), "--port", "0", "--json"
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", COMMAND, str(files), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": source, "KANJIAN_HOME": str(home)},
        )  # fmt: skip
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line == "}\n":
                break
        assert lines, self.process.stderr.read()
        self.said = json.loads("".join(lines))
        self.port = int(self.said["address"].rpartition(":")[2])

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, request):
        with self.connect() as connection:
            connection.sendall(request)
            return everything(connection)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def peak_memory_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000


def everything(connection):
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head[9:12]) if head else None, head.decode().lower(), body


def post(body, path="/predict", *, length=None):
    length = len(body) if length is None else length
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode() + body
