"""Load on a server of this machine, from a process of its own; prints JSON.

    python http_load.py PORT REQUESTS.npz closed CLIENTS SECONDS
    python http_load.py PORT REQUESTS.npz open PER_SECOND SECONDS

`closed`: each client sends its next request when it has the answer to the last one. `open`:
requests come at a steady mean rate whatever the server does, and time counts from the
moment a request was due. REQUESTS.npz holds whole requests and the labels expected.
"""

import asyncio
import json
import sys
import time
from collections import Counter

import numpy as np

CONNECTIONS = 300  # an open load may hold this many; a request that finds none is counted


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def connection_made(self, transport):
        self.transport, self.buffer, self.waiting = transport, bytearray(), None

    def data_received(self, data):
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) >= end + 4 + length:
            body, status = bytes(self.buffer[end + 4 : end + 4 + length]), int(head[9:12])
            self.closing = b"connection: close" in head
            self.retry = b"retry-after:" in head
            self.buffer.clear()
            if self.waiting and not self.waiting.done():
                self.waiting.set_result((status, body))

    def connection_lost(self, error):
        if self.waiting and not self.waiting.done():
            error = ConnectionResetError("cut" if self.buffer else "lost")
            self.waiting.set_exception(error)

    async def ask(self, request):
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.waiting


class Load:
    def __init__(self, port, path):
        stored = np.load(path)
        ends = stored["ends"]
        whole = stored["requests"].tobytes()
        self.requests = [whole[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        self.labels = [str(label) for label in stored["labels"]]
        self.port = port
        self.status, self.wrong, self.bare_429, self.lost, self.cut = Counter(), 0, 0, 0, 0
        self.taken, self.number = [], 0

    async def connect(self):
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
        return connection

    async def one(self, connection, due):
        number = self.number = (self.number + 1) % len(self.requests)
        try:
            status, body = await connection.ask(self.requests[number])
        except ConnectionResetError as error:
            self.lost += str(error) == "lost"  # the server may not have taken it
            self.cut += str(error) == "cut"  # it had begun to answer
            return False
        self.status[status] += 1
        if status == 200:
            self.taken.append(time.perf_counter() - due)
            self.wrong += json.loads(body)["answers"][0]["label"] != self.labels[number]
        elif status == 429:
            self.bare_429 += not connection.retry
        return not connection.closing

    async def client(self, until):
        connection = await self.connect()
        while (now := time.perf_counter()) < until:
            if not await self.one(connection, now):
                try:
                    connection = await self.connect()
                except ConnectionError:  # the server has stopped
                    return

    async def closed(self, clients, seconds):
        until = time.perf_counter() + seconds
        await asyncio.gather(*(self.client(until) for _ in range(int(clients))))

    async def open(self, rate, seconds):
        free, tasks, self.no_connection = [], set(), 0
        random = np.random.default_rng(0)
        opened, due = 0, time.perf_counter()
        until = due + seconds

        async def send(due):
            nonlocal opened
            while free and free[-1].transport.is_closing():  # idle, and closed by the server
                free.pop()
                opened -= 1
            if not free and opened < CONNECTIONS:
                opened += 1
                free.append(await self.connect())
            if not free:
                self.no_connection += 1
                return
            connection = free.pop()
            if await self.one(connection, due):
                free.append(connection)
            else:
                connection.transport.close()
                opened -= 1

        while due < until:
            wait = due - time.perf_counter()
            await asyncio.sleep(max(wait, 0))
            task = asyncio.create_task(send(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            due += random.exponential(1 / rate)
        await asyncio.gather(*tasks)


def main():
    port, path, mode, amount, seconds = sys.argv[1:6]
    load = Load(int(port), path)
    started = time.perf_counter()
    asyncio.run(getattr(load, mode)(float(amount), float(seconds)))
    took = time.perf_counter() - started
    times = np.array(load.taken or [np.nan]) * 1000
    print(json.dumps({
        "answered_per_second": len(load.taken) / took,
        "status": {str(key): value for key, value in sorted(load.status.items())},
        "wrong": load.wrong, "lost": load.lost, "cut": load.cut,
        "without_retry_after": load.bare_429,
        "no_connection": getattr(load, "no_connection", 0), "seconds": took,
        "median_ms": float(np.median(times)), "p90_ms": float(np.percentile(times, 90)),
        "p99_ms": float(np.percentile(times, 99)), "worst_ms": float(times.max()),
    }))  # fmt: skip


main()
