"""`kanjian serve` among senders who mean no good: 2 000 requests, then schemathesis.

    python bench/serve_hostile.py [--requests 2000] [--examples 50]

Requests are drawn from twenty kinds (see KINDS), the same ones each time. A reply must have a
status below 500, and at 400 or above the one JSON shape. Only a sender that breaks off itself, or
sends on after it was refused, may get none. Afterwards the server must answer rightly, at
once, and hold no more memory than it may. schemathesis reads the server's own description and
sends what it says is allowed, and what it does not.

Results: bench/results/serve_hostile.json.
"""

import argparse
import base64
import json
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kanjian.images import write_image
from record import write_result
from serving import free_port, kanjian, memory_mb, stopped
from small_lenet import saved_lenet

THREADS, SECONDS = 16, 10
FRAME = "multipart/form-data; boundary=xx"
PATHS = [
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/predict/../../x",
    "//predict",
    "/predict/",
    "/v2/models/..%2f..%2fetc%2fpasswd",
    "/v2/models/%00",
    "/v2/models/%ff%fe/infer",
    "/predict?top=",
    "/v2/models//infer",
    "/predict?recognizer=../../etc/passwd",
    "/predict?recognizer=%00",
    "/predict?top=99999999999999999999999",
    "/predict?top=1e3",
    "/" + "a" * 3000,
    "/predict?" + "a&" * 900,
    "/docs/../openapi.json",
    "/static/x",
    "/.env",
    "/predict;a=b",
    "*",
    "http://other/predict",
]


def http(method, path, body=b"", kind=None, *, length=None, more=""):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}"
    if kind:
        head += f"Content-Type: {kind}\r\n"
    if body or length is not None:
        head += f"Content-Length: {len(body) if length is None else length}\r\n"
    return head.encode("latin-1", "replace") + b"\r\n" + body


def chunk(name, data):
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_of(width, height, rows=b""):
    """A PNG whose header states any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(rows, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def bombs():
    side = 6900  # 47.6 million pixels in 46 kB: within the limits, and must be borne
    whole = png_of(side, side, bytes(side * (side + 1)))
    tiff = b"II*\0" + struct.pack("<IH", 8, 3)
    for tag, value in ((256, 2**31 - 1), (257, 2**31 - 1), (258, 8)):
        tiff += struct.pack("<HHII", tag, 4, 1, value)
    return [
        png_of(60_000, 60_000),
        png_of(2**31 - 1, 2**31 - 1),
        png_of(1, 50_000_001),
        whole,
        b"P5 99999999 99999999 255 x",
        b"P2 " + b"9" * 5000,
        b"P6 0 0 255 ",
        tiff + bytes(4),
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0),
        b"GIF89a\xff\xff\xff\xff\0\0\0",
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03" + bytes(9),
        b"RIFF\xff\xff\xff\xffWEBPVP8L" + bytes(20),
        b"\xff\xd8\xff" + b"\xff" * 9000,
    ]


class Hostile:
    """Makes requests of every kind from a few good pictures."""

    def __init__(self, pictures, random):
        self.pictures, self.random, self.bombs = pictures, random, bombs()

    def any(self, items):
        return items[int(self.random.integers(len(items)))]

    def bytes(self, most=2000):
        return self.random.bytes(int(self.random.integers(1, most)))

    def damaged(self):
        data = bytearray(self.any(self.pictures))
        for _ in range(int(self.random.integers(1, 30))):
            data[int(self.random.integers(len(data)))] = int(self.random.integers(256))
        return bytes(data)

    def form(self, *parts, name="a.png", end=b"--xx--\r\n"):
        head = (
            f'--xx\r\nContent-Disposition: form-data; name="p"; filename="{name}"\r\n\r\n'.encode()
        )
        return b"".join(head + part + b"\r\n" for part in parts) + end

    def tensor(self, **changes):
        tensor = {"name": "image", "shape": [1, 2, 2, 1], "datatype": "UINT8", "data": [1, 2, 3, 4]}
        return json.dumps({"inputs": [tensor | changes]}).encode()

    # the kinds

    def random_bytes(self):
        return self.bytes(5000)

    def no_picture(self):
        return http("POST", "/predict", self.bytes(), "image/png")

    def damaged_picture(self):
        return http("POST", "/predict", self.damaged(), "image/png")

    def cut_picture(self):
        data = self.any(self.pictures)
        return http(
            "POST", "/predict", data[: int(self.random.integers(1, len(data)))], "image/jpeg"
        )

    def bomb(self):
        return http("POST", "/predict", self.any(self.bombs), "image/png")

    def many_bombs(self):
        return http("POST", "/predict", self.form(*self.bombs[:3], *self.bombs[4:]), FRAME)

    def huge_length(self):
        length = self.any([10**8, 10**12, 10**30, 33_000_000])
        return http("POST", "/predict", b"", "image/png", length=length)

    def huge_body(self):
        return http("POST", "/predict", bytes(2_500_000), "image/png")

    def endless_chunks(self):
        more = "Transfer-Encoding: chunked\r\nContent-Type: image/png\r\n"
        body = b"".join(b"20000\r\n" + bytes(0x20000) + b"\r\n" for _ in range(20))
        return http("POST", "/predict", more=more) + body

    def broken_chunks(self):
        more = self.any(["", "Content-Length: 5\r\n"]) + "Transfer-Encoding: chunked\r\n"
        body = self.any(
            [b"zz\r\nabc\r\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n", b"3\r\nabcdef"]
        )
        return http("POST", "/predict", more=more) + body

    def wrong_type(self):
        kinds = ["text/html", "application/xml", "video/mp4", "é", "a" * 3000, "multipart/mixed"]
        return http("POST", "/predict", self.any(self.pictures), self.any(kinds))

    def bad_form(self):
        good = self.form(self.any(self.pictures))
        body, kind = self.any(
            [
                (good[: len(good) // 2], FRAME),
                (good, "multipart/form-data"),
                (self.bytes(), FRAME),
                (good, "multipart/form-data; boundary=" + "y" * 300),
                (self.form(*[b"x"] * 500), FRAME),
                (good, 'multipart/form-data; boundary=""'),
                (b"--xx\r\n" + b"A: b\r\n" * 500, FRAME),
                (good.replace(b"p", b"\xff"), FRAME),
                (self.form(b"", end=b""), FRAME),
            ]
        )
        return http("POST", "/predict", body, kind)

    def path_in_name(self):
        name = self.any(
            ["../../../etc/passwd", "/etc/shadow", "a\0b", "C:\\x", "猫" * 90, "%2e%2e/x", ""]
        )
        return http("POST", "/predict", self.form(b"junk", name=name), FRAME)

    def bad_base64(self):
        text = self.any(
            ["!!!!", "UDU", "=" * 50, "é", "data:,", "data:image/png;base64", "A" * 99_997]
        )
        return http(
            "POST", "/predict", json.dumps({"pictures": [text]}).encode(), "application/json"
        )

    def bad_json(self):
        picture = base64.b64encode(self.any(self.pictures)).decode()
        body = self.any(
            [
                b"",
                b"{",
                b"null",
                b"[" * 200_000,
                b'{"pictures":' * 5000,
                b'{"pictures": 1e999}',
                b"\xff",
                json.dumps({"pictures": [picture] * 40}).encode(),
                b'{"pictures": [{"data": 1}]}',
                json.dumps({"pictures": [{"data": picture, "path": "/etc/passwd"}]}).encode(),
                json.dumps({"pictures": ["/etc/passwd"]}).encode(),
                b'{"pictures": ["\\ud800"]}',
                b'{"a": ' + b"9" * 10_000 + b"}",
            ]
        )
        return http("POST", "/predict", body or b" ", "application/json")

    def bad_tensor(self):
        changes = self.any(
            [
                {"shape": [1, -1, 2, 1]},
                {"shape": [10**18] * 4},
                {"shape": []},
                {"shape": [2, 2, 2, 1]},
                {"data": [1, 2, 3, 999]},
                {"data": ["a"] * 4},
                {"data": [[1], [2, 3]]},
                {"data": None},
                {"data": [1e308] * 4},
                {"data": [10**40] * 4},
                {"datatype": "FP64"},
                {"datatype": "BYTES"},
                {"parameters": {"binary_data_size": 10**12}},
                {"parameters": 5},
                {"name": None},
                {"shape": [1], "datatype": "BYTES", "data": ["/etc/passwd"]},
                {"data": [None] * 4},
                {"shape": [1, 1000, 1000, 1], "data": [0] * 10},
                {"data": [True, False, True, True]},
            ]
        )
        body = self.tensor(**changes)
        more = self.any(
            ["", f"Inference-Header-Content-Length: {self.any([len(body), -1, 10**20])}\r\n"]
        )
        return http("POST", "/v2/models/lenet/infer", body, "application/json", more=more)

    def path_trick(self):
        return http(
            self.any(["GET", "POST", "PUT", "DELETE"]), self.any(PATHS), self.any([b"", b"x"])
        )

    def odd_method(self):
        method = self.any(["TRACE", "CONNECT", "PATCH", "OPTIONS", "BREW", "GET" * 50, "g"])
        return http(method, self.any(["/predict", "/", "/metrics"]))

    def odd_header(self):
        more = self.any(
            [
                "X: " + "y" * 70_000 + "\r\n",
                "".join(f"X{i}: y\r\n" for i in range(3000)),
                "X\r\n",
                "Expect: 100-continue\r\n",
                "Content-Length: -5\r\n",
                "Content-Length: 1\r\nContent-Length: 2\r\n",
                "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: x\r\n",
                "Host: evil.example\r\n",
                "Origin: https://evil.example\r\n",
                "Origin: ://[\r\n",
                "Authorization: Bearer \xff\r\n",
            ]
        )
        return http("POST", "/predict", self.any([b"", self.any(self.pictures)]), more=more)


KINDS = [
    name
    for name in vars(Hostile)
    if name[0] != "_" and name not in ("any", "bytes", "damaged", "form", "tensor")
]


def reply_of(port, request, *, slow, leave):
    """What comes back; slow senders stop within the request, leavers close without listening."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        data = b""
        try:
            connection.sendall(request[: len(request) // 2] if slow or leave else request)
            if leave:
                return None
            while part := connection.recv(65536):
                data += part
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            pass  # refused before all was sent: what was said may be lost with it
        return data


def checked_reply(data, request):
    """Status, or what is wrong with the reply."""
    if not data:
        return "no reply"
    head, _, body = data.partition(b"\r\n\r\n")
    if data.startswith(b"HTTP/1.1 100"):
        return checked_reply(body, request)
    status = int(head[9:12])
    if status >= 400 and not request.startswith(b"HEAD"):
        try:
            error = json.loads(body)
        except ValueError:
            return f"{status} without the shape: {body[:200]!r}"
        if set(error) != {"error", "code", "status"} or error["status"] != status:
            return f"{status} in another shape: {body[:200]!r}"
    return status


def attack(port, pictures, count):
    """Outcomes by kind; the same requests each time."""
    outcomes, wrong = Counter(), []

    def one(number):
        random = np.random.default_rng(number)
        hostile = Hostile(pictures, random)
        kind = KINDS[number % len(KINDS)]
        request = getattr(hostile, kind)()
        slow, leave = number % 41 == 0, number % 37 == 0
        result = checked_reply(reply_of(port, request, slow=slow, leave=leave), request)
        excused = result == "no reply" and (
            leave or slow or kind in ("huge_body", "endless_chunks")
        )
        label = "left" if leave else "slow" if slow else kind
        outcomes[f"{label} {result if isinstance(result, int) or excused else 'WRONG'}"] += 1
        if not excused and (not isinstance(result, int) or result >= 500):
            wrong.append(f"{kind} {number}: {result}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(count)))
    return outcomes, wrong


def schemathesis(port, examples, folder):
    """What it says of the server's own description; its exit status and last lines."""
    checks = (
        "not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance,response_headers_conformance"
    )
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"http://127.0.0.1:{port}/openapi.json",
            "--checks",
            checks,
            "--seed",
            "1",
            "--max-examples",
            str(examples),
            "--generation-database",
            "none",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    text = done.stdout + done.stderr
    print(text[-3500:])
    generated = re.search(r"(\d+) generated", text)
    return {
        "exit_status": done.returncode,
        "generated": int(generated[1]) if generated else None,
        "last_lines": text.strip().splitlines()[-12:],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--examples", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run, random = saved_lenet(folder / "run"), np.random.default_rng(0)
        pictures = []
        for suffix in (".png", ".jpg", ".webp", ".bmp", ".tif"):
            write_image(folder / f"a{suffix}", random.integers(0, 256, (40, 60, 3), np.uint8))
            pictures.append((folder / f"a{suffix}").read_bytes())
        port = free_port()
        limits = ("--max-seconds", SECONDS, "--max-body", 2)
        with kanjian(run, port, *limits) as server:
            attack(port, pictures, 3 * len(KINDS))  # what is held for good is held now
            before, started = memory_mb(server), time.perf_counter()
            outcomes, wrong = attack(port, pictures, options.requests)
            took = time.perf_counter() - started
            good = http("POST", "/predict", pictures[0], "image/png")
            answer = checked_reply(reply_of(port, good, slow=False, leave=False), good)
            after = memory_mb(server)
            described = schemathesis(port, options.examples, folder)
            last = checked_reply(reply_of(port, good, slow=False, leave=False), good)
            status = stopped(server)
    for line in wrong[:30]:
        print(line)
    print(
        write_result(
            "serve_hostile",
            {
                "requests": options.requests,
                "seconds": took,
                "server_errors_or_other_shapes": len(wrong),
                "wrong": wrong[:50],
                "outcomes": dict(sorted(outcomes.items())),
                "memory_before_mb": before,
                "memory_after_mb": after,
                "answered_rightly_after": [answer, last],
                "schemathesis": described,
                "exit_status": status,
            },
        )
    )


if __name__ == "__main__":
    main()
