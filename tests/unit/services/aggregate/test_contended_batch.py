"""A batch that keeps meeting the transactions of other workers is written in shorter ones, and all of it is."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import pytest

from schemas.erasure import ErasureNotice
from schemas.events import Reason, Rejection, Source
from services.aggregate.agent import Agent
from services.aggregate.contributors import Contributors
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.provision import Topics
from services.aggregate.store import Contended, Transaction
from services.aggregate.watermark import Watermark
from services.runtime.stream import GaveWay, Record

T = TypeVar("T")
RECORDS = 100
DEADLINE_S = 20.0


class NoNotices:
    def announce(self, notices: Iterable[ErasureNotice]) -> None:
        raise AssertionError("nobody is erased here")

    def read(self) -> list[ErasureNotice]:
        return []


class Crowded(MemoryStore):
    """Other workers write so often that only transactions of a few records get through."""

    def __init__(self, database: MemoryDatabase, most: int) -> None:
        super().__init__(database)
        self.most = most
        self.tried: list[int] = []

    def transact(self, work: Callable[[Transaction], T]) -> T:
        records = 0

        def measured(tx: Transaction) -> T:
            nonlocal records
            result = work(tx)
            records = sum(mark.responses_next for mark in result.watermarks.values()) - self.next  # type: ignore[attr-defined]
            if records > self.most:
                raise Contended("met another one")
            return result

        self.next = sum(mark.responses_next for mark in self.watermarks())
        try:
            return super().transact(measured)
        finally:
            self.tried.append(records)


def topics() -> Topics:
    zero = {0: 0}
    return Topics("r", "s", zero, zero, zero, {0: RECORDS})


def record(offset: int) -> Record:
    source = Source(topic_id="s", partition=0, offset=offset, at_ms=1)
    outcome = Rejection(source=source, kind="rejection", reasons=[Reason(code="VAL-001")], sealed="")
    return Record(0, offset, 1, outcome.to_wire(), {})


async def test_it_is_written_in_pieces_that_get_through_and_grow_again() -> None:
    store = Crowded(MemoryDatabase([Watermark(0, "r", "s", 0, 0)]), most=7)
    contributors = Contributors(lambda *_: None, lambda _: None)
    agent = Agent(store, contributors, topics, ErasureMemory(store, NoNotices()))
    try:
        await agent.positions({0: None})
        await agent.handle([record(offset) for offset in range(RECORDS)])
        [mark] = store.watermarks()
        assert (mark.responses_next, mark.submissions_next) == (RECORDS, RECORDS)
        assert agent.marks == {0: mark}
        assert store.tried[:3] == [100, 25, 6]
        assert max(store.tried[2:]) > 6, "it never tries more again"
        store.most = RECORDS
        await agent.handle([record(offset) for offset in range(RECORDS, RECORDS + 5)])
        assert store.watermarks()[0].submissions_next == RECORDS + 5
    finally:
        agent._thread.shutdown()


@pytest.mark.parametrize("records", [RECORDS, 1])
async def test_it_gives_way_while_partitions_change_hands(records: int) -> None:
    """Who it meets may be dead, and ends only when its partitions are taken over."""
    store = Crowded(MemoryDatabase([Watermark(0, "r", "s", 0, 0)]), most=0)
    changing: list[bool] = []
    agent = Agent(
        store,
        Contributors(lambda *_: None, lambda _: None),
        topics,
        ErasureMemory(store, NoNotices()),
        lambda: bool(changing),
    )
    try:
        await agent.positions({0: None})
        batch = asyncio.create_task(agent.handle([record(offset) for offset in range(records)]))
        while len(store.tried) < 3:
            await asyncio.sleep(0.001)
            assert not batch.done()
        changing.append(True)
        with pytest.raises(GaveWay):
            await asyncio.wait_for(batch, DEADLINE_S)
        # The next owner, here the same, begins where the watermarks are.
        assert await agent.positions({0: None}) == {0: 0}
        changing.clear()
        store.most = RECORDS
        await agent.handle([record(offset) for offset in range(records)])
        assert store.watermarks()[0].submissions_next == records
    finally:
        agent._thread.shutdown()


async def test_work_beside_the_stream_that_meets_other_workers_lets_batches_in() -> None:
    store = MemoryStore(MemoryDatabase([Watermark(0, "r", "s", 0, 0)]))
    agent = Agent(store, Contributors(lambda *_: None, lambda _: None), topics, ErasureMemory(store, NoNotices()))

    def work(marks: Mapping[int, Watermark]) -> Mapping[int, Watermark]:
        if not marks[0].responses_next:
            raise Contended("met another one")
        return {}

    await agent.positions({0: None})
    beside = asyncio.create_task(agent.between_batches(work))
    await asyncio.sleep(0)
    await asyncio.wait_for(agent.handle([record(0)]), DEADLINE_S)
    await asyncio.wait_for(beside, DEADLINE_S)
    assert agent.marks[0].responses_next == 1
