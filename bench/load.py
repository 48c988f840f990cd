"""A load generator that is cheap enough to share two cores with what it measures (about 40 microseconds a request).

Keep-alive connections on raw sockets, each with one request at a time. Run it in a process of its own
(`in_a_process`), so that its CPU seconds can be told apart.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import uvloop

MakeRequest = Callable[[int], bytes]
"""The whole HTTP/1.1 request number n, head and body."""


@dataclass(frozen=True)
class Plan:
    """What to send. `make` builds `make_request` in the process of the generator, so it must be importable.

    Numbers run from `first`. The load ends after `count` requests or `seconds`, whichever is first. With a `rate`
    (requests a second) they are sent on a clock and waiting for a free connection counts as latency; without, each
    connection sends as soon as it was answered.
    """

    host: str
    port: int
    make: Callable[[], MakeRequest]
    connections: int = 64
    first: int = 0
    count: int = 1_000_000_000
    seconds: float = 1e9
    rate: float | None = None


@dataclass
class Result:
    """`statuses` counts answers by HTTP status, 0 is a connection that broke; `latencies` in seconds, unsorted."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    next: int = 0
    """The first number that was not sent."""

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds if self.seconds else 0.0

    def latency(self, quantile: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))] if ordered else 0.0


def in_a_process(plan: Plan) -> Result:
    """Runs the load in a new process and waits for it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, plan).result()


def run(plan: Plan) -> Result:
    """Runs the load here."""
    cpu = time.process_time()
    result = uvloop.run(_Load(plan).run())
    result.cpu_s = time.process_time() - cpu
    return result


class _Load:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.make_request = plan.make()
        self.result = Result(next=plan.first)
        self.began = 0.0

    async def run(self) -> Result:
        loop = asyncio.get_running_loop()
        connections = [
            (await loop.create_connection(_Connection, self.plan.host, self.plan.port))[1]
            for _ in range(self.plan.connections)
        ]
        self.began = loop.time()
        await asyncio.gather(*(self._drive(connection) for connection in connections))
        self.result.seconds = loop.time() - self.began
        for connection in connections:
            connection.close()
        return self.result

    async def _drive(self, connection: "_Connection") -> None:
        loop = asyncio.get_running_loop()
        plan, result = self.plan, self.result
        while result.next < plan.first + plan.count:
            number = result.next
            due = loop.time() if plan.rate is None else self.began + (number - plan.first) / plan.rate
            if due - self.began >= plan.seconds:
                return
            result.next += 1
            request = self.make_request(number)
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            status = await connection.ask(request)
            result.latencies.append(loop.time() - due)
            result.statuses[status] += 1
            if status == 0:
                return


class _Connection(asyncio.Protocol):
    """One keep-alive connection. Understands answers that state their length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._finish(0)

    def ask(self, request: bytes) -> asyncio.Future[int]:
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._answer = answer
        if self._transport is None:
            self._finish(0)
        else:
            self._transport.write(request)
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) >= end + 4 + length:
            self._buffer = self._buffer[end + 4 + length :]
            self._finish(int(head[9:12]))

    def _finish(self, status: int) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)
