"""Partitions change hands between two batches, and not in the middle of one. Garbage is collected there too."""

import asyncio
import gc
import weakref
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from services.runtime.settings import KafkaSettings
from services.runtime.stream import Batching, GaveWay, Record, Stream


class Worker:
    """A stream whose batches end when they are told to."""

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.may_end = asyncio.Event()
        self.acked = 0
        self.stream = Stream(KafkaSettings(), "group", "topic", Batching(10, 0.1), self.positions, self.handle)

    async def positions(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        return {partition: offset or 0 for partition, offset in committed.items()}

    async def handle(self, records: Sequence[Record]) -> None:
        await self.may_end.wait()
        self.handled += [record.offset for record in records]

    async def ack(self, event: Any) -> None:
        self.acked += 1

    def batch(self, offset: int) -> "asyncio.Task[None]":
        found = SimpleNamespace(partition=0, offset=offset, timestamp=1, value=b"", headers=(), key=None)
        message = SimpleNamespace(run=[found], generation_id=self.stream.app.consumer_generation_id)
        return asyncio.create_task(self.stream._do(self, [SimpleNamespace(message=message)]))


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_batch_that_is_under_way_is_finished_first_and_no_other_begins() -> None:
    worker = Worker()
    await worker.stream.start_at({0: 0})
    first = worker.batch(0)
    await turns()
    revoked = asyncio.create_task(worker.stream._finish_batch())
    await turns()
    assert not revoked.done()
    worker.may_end.set()
    await revoked
    assert (worker.handled, first.done()) == ([0], True)
    second = worker.batch(1)
    await turns()
    assert worker.handled == [0]
    await worker.stream.start_at({0: 1})
    await second
    assert worker.handled == [0, 1]


async def test_a_batch_that_does_not_end_is_not_waited_for_without_end(monkeypatch: Any) -> None:
    monkeypatch.setattr("services.runtime.stream.FINISH_S", 0.01)
    worker = Worker()
    await worker.stream.start_at({0: 0})
    under_way = worker.batch(0)
    await turns()
    await worker.stream._finish_batch()
    assert not under_way.done()
    worker.may_end.set()
    await under_way


async def test_a_batch_that_gives_way_is_not_waited_for_and_comes_again() -> None:
    worker = Worker()

    async def handle(records: Sequence[Record]) -> None:
        await worker.may_end.wait()
        raise GaveWay

    worker.stream._handle = handle
    await worker.stream.start_at({0: 0})
    under_way = worker.batch(0)
    await turns()
    revoked = asyncio.create_task(worker.stream._finish_batch())
    await turns()
    worker.may_end.set()
    await revoked
    await under_way
    assert (worker.acked, worker.stream.positions) == (0, {0: 0})
    worker.stream._handle = worker.handle
    await worker.stream.start_at({0: 0})
    await worker.batch(0)
    assert (worker.handled, worker.acked) == ([0], 1)


async def test_who_gives_way_while_nothing_changes_hands_is_broken() -> None:
    worker = Worker()

    async def handle(records: Sequence[Record]) -> None:
        raise GaveWay

    worker.stream._handle = handle
    await worker.stream.start_at({0: 0})
    with pytest.raises(GaveWay):
        await worker.batch(0)


async def test_it_is_what_faust_calls_before_partitions_change_hands() -> None:
    worker = Worker()
    await worker.stream.start_at({0: 0})
    await worker.stream.app.on_partitions_revoked.send(set())
    assert not worker.stream._settled.is_set()


async def test_what_a_batch_leaves_in_circles_is_gone_after_it() -> None:
    class Circle:
        def __init__(self) -> None:
            self.itself = self

    worker = Worker()
    worker.may_end.set()
    await worker.stream.start_at({0: 0})
    gc.disable()
    try:
        left = weakref.ref(Circle())
        assert left() is not None
        await worker.batch(0)
        assert left() is None
    finally:
        gc.enable()
