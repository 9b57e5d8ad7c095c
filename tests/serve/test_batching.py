"""Answer at once when idle, in batches under load."""

import asyncio
import threading

import numpy as np
import pytest

from kanjian.serve.batching import Batcher


def pictures(*values):
    return np.array(values, np.uint8).reshape(-1, 1, 1, 1)


class Network:
    """Doubles; waits for `go` so that a test decides how long it is busy."""

    def __init__(self):
        self.sizes, self.go = [], threading.Event()

    def __call__(self, batch):
        self.go.wait(5)
        self.sizes.append(len(batch))
        if (batch == 13).any():
            raise RuntimeError("unlucky")
        return batch.reshape(-1, 1) * np.float32(2)


def asked(network, questions, *, most=32, first_alone=True):
    """Ask all while the network is busy with the first."""

    async def ask():
        batcher = Batcher(network, most=most)
        tasks = [asyncio.create_task(batcher.ask(question)) for question in questions]
        await asyncio.sleep(0.02 if first_alone else 0)
        network.go.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        await batcher.close()
        return [a if isinstance(a, Exception) else a.ravel().tolist() for a in answers]

    return asyncio.run(ask())


def test_all_that_comes_in_one_moment_is_one_batch_and_each_gets_its_own():
    network = Network()
    assert asked(network, [pictures(1), pictures(2, 3), pictures(4)]) == [[2], [4, 6], [8]]
    assert network.sizes == [4]


def test_what_comes_while_the_network_is_busy_is_the_next_batch():
    network = Network()

    async def ask():
        batcher = Batcher(network)
        first = asyncio.create_task(batcher.ask(pictures(1)))
        await asyncio.sleep(0.02)
        more = [asyncio.create_task(batcher.ask(pictures(value))) for value in (2, 3, 4)]
        await asyncio.sleep(0)
        assert batcher.waiting == 3
        network.go.set()
        return await first, await asyncio.gather(*more)

    first, more = asyncio.run(ask())
    assert network.sizes == [1, 3]
    assert [answer.item() for answer in (first, *more)] == [2, 4, 6, 8]


def test_a_batch_has_at_most_so_many_and_a_larger_request_one_for_itself():
    network = Network()
    answers = asked(network, [pictures(1, 2, 3), pictures(4), pictures(5), pictures(6)], most=2)
    assert answers == [[2, 4, 6], [8], [10], [12]]
    assert network.sizes == [3, 2, 1]


def test_an_error_reaches_all_of_its_batch_and_nobody_else():
    network = Network()
    bad, fellow, later = asked(network, [pictures(13), pictures(1), pictures(2)], most=2)
    assert isinstance(bad, RuntimeError)
    assert isinstance(fellow, RuntimeError)
    assert later == [4]


def test_who_left_is_not_asked_for():
    network = Network()

    async def ask():
        batcher = Batcher(network)
        first = asyncio.create_task(batcher.ask(pictures(1)))
        await asyncio.sleep(0.02)
        leaver = asyncio.create_task(batcher.ask(pictures(2)))
        stayer = asyncio.create_task(batcher.ask(pictures(3)))
        await asyncio.sleep(0)
        leaver.cancel()
        await asyncio.sleep(0)
        network.go.set()
        return await first, await stayer

    assert [answer.item() for answer in asyncio.run(ask())] == [2, 6]
    assert network.sizes == [1, 1]


def test_close_answers_what_waits():
    network = Network()
    network.go.set()

    async def ask():
        batcher = Batcher(network)
        waiting = asyncio.create_task(batcher.ask(pictures(5)))
        await asyncio.sleep(0)
        await batcher.close()
        return await waiting

    assert asyncio.run(ask()).item() == 10


@pytest.mark.parametrize("count", [1, 7])
def test_sizes_are_told(count):
    sizes = []

    async def ask():
        batcher = Batcher(lambda batch: batch.reshape(-1, 1), seen=sizes.append)
        await batcher.ask(pictures(*range(count)))

    asyncio.run(ask())
    assert sizes == [count]
