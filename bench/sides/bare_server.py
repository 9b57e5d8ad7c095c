"""The least that answers a form with one picture: asyncio, cv2 and OpenVINO, nothing checked.

python bare_server.py RUN PORT
"""

import asyncio
import json
import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import openvino as ov

HOME = Path(sys.argv[1]) / "recognizer"
CLASSES = tomllib.loads((HOME / "recognizer.toml").read_text())["classes"]
REQUEST = (
    ov.Core()
    .compile_model(HOME / "model.xml", "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    .create_infer_request()
)


def answer(body):
    picture = body[body.index(b"\r\n\r\n") + 4 : body.rindex(b"\r\n--xx--")]
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    scores = REQUEST.infer({0: image[None, :, :, None]})[0][0]
    best = int(scores.argmax())
    return json.dumps({"answers": [{"label": CLASSES[best], "probability": float(scores[best])}]})


class Answers(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer = transport, bytearray()

    def data_received(self, data):
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        length = int(head[head.index(b"content-length:") + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) >= end + 4 + length:
            text = answer(bytes(self.buffer[end + 4 : end + 4 + length])).encode()
            self.buffer.clear()
            status = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            self.transport.write(status + b"Content-Length: %d\r\n\r\n%b" % (len(text), text))


async def main():
    server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", int(sys.argv[2]))
    await server.serve_forever()


asyncio.run(main())
