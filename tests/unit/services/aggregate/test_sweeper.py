"""Who sweeps, and when: by the clock, and only the worker that has partition 0."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from schemas.erasure import ErasureNotice
from schemas.survey.definition import SurveyDefinition
from schemas.topics import DAY_MS
from services.aggregate import metrics
from services.aggregate.agent import Agent
from services.aggregate.contributors import Contributors
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.provision import Topics
from services.aggregate.retention import Closing, closings
from services.aggregate.slots import Slot, State
from services.aggregate.sweeper import Sweeper
from services.aggregate.watermark import Watermark

CLOSING = Closing("homes", 0, 10)


def topics() -> Topics:
    zero = {0: 0, 1: 0}
    return Topics("r", "s", zero, zero, zero, zero)


class NoNotices:
    """A topic of erasures with nothing on it."""

    def announce(self, notices: Iterable[ErasureNotice]) -> None:
        raise AssertionError("nobody is erased here")

    def read(self) -> list[ErasureNotice]:
        return []


class Rig:
    """A worker on a database in memory that holds three slots of the survey, and its clock."""

    def __init__(self, *partitions: int) -> None:
        self.database = MemoryDatabase([Watermark(0, "r", "s", 0, 0), Watermark(1, "r", "s", 0, 0)])
        self.store = MemoryStore(self.database)
        for name in ("a", "b", "c"):
            self.database.documents["slots", name] = Slot(name, "homes", State.SUPERSEDED)
        contributors = Contributors(lambda *_: None, lambda _: None)
        self.agent = Agent(self.store, contributors, topics, ErasureMemory(self.store, NoNotices()))
        self.partitions = partitions
        self.now_s = 0.0
        self.sweeper = Sweeper(self.store, self.agent, lambda: [CLOSING], lambda: self.now_s)

    async def look(self, day: float) -> int:
        """Slots that are left."""
        if not self.agent.marks:
            await self.agent.positions(dict.fromkeys(self.partitions))
        self.now_s = day * DAY_MS / 1000
        await self.sweeper.look()
        return sum(name == "slots" for name, _ in self.database.documents)

    def close(self) -> None:
        for part in (self.agent, self.sweeper):
            part._thread.shutdown()

    @property
    def overdue(self) -> float:
        return float(metrics.RETENTION_OVERDUE_SURVEYS._value.get())


@pytest.fixture
def rig_of() -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(*partitions: int) -> Rig:
        made.append(Rig(*partitions))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


async def test_it_is_swept_when_its_time_is_over(rig_of: Callable[..., Rig]) -> None:
    rig = rig_of(0, 1)
    assert await rig.look(9.99) == 3
    assert (rig.store.ended(), rig.overdue) == ([], 0)
    assert await rig.look(10) == 0
    [ended] = rig.store.ended()
    assert (ended.done_ms, ended.slots, rig.overdue) == (10 * DAY_MS, 3, 0)
    await rig.look(11)
    assert rig.store.ended() == [ended]


async def test_others_only_say_that_it_is_overdue(rig_of: Callable[..., Rig]) -> None:
    rig = rig_of(1)
    assert await rig.look(10) == 3
    assert (rig.store.ended(), rig.overdue) == ([], 1)


async def test_a_partition_that_is_lost_on_the_way_ends_the_sweep(rig_of: Callable[..., Rig]) -> None:
    rig = rig_of(0)
    await rig.look(1)
    ran: list[Mapping[int, object]] = []
    between = rig.agent.between_batches

    async def once(work):  # type: ignore[no-untyped-def]
        ran.append(dict(rig.agent.marks))
        await between(work)
        if len(ran) == 1:
            await rig.agent.positions({})

    rig.agent.between_batches = once  # type: ignore[method-assign]
    assert await rig.look(10) == 3
    assert (len(ran), rig.overdue) == (2, 1)
    [ended] = rig.store.ended()
    assert ended.done_ms is None


async def test_a_batch_and_a_step_take_turns(rig_of: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    rig = rig_of(0)
    await rig.agent.positions({0: None})
    order: list[str] = []

    def step(marks: Mapping[int, Watermark]) -> Mapping[int, Watermark]:
        order.append("step")
        return {}

    def apply(_: object) -> tuple[()]:
        order.append("batch")
        return ()

    monkeypatch.setattr(rig.agent, "_apply", apply)
    monkeypatch.setattr(rig.agent, "_observe", lambda *_: None)

    async def batch() -> None:
        with pytest.raises(ValueError, match="not enough values"):  # the batch of this test brings nothing
            await rig.agent.handle([object()])  # type: ignore[list-item]

    await asyncio.gather(rig.agent.between_batches(step), batch(), rig.agent.between_batches(step))
    assert order == ["step", "batch", "step"]


def test_the_version_published_last_says_for_how_long() -> None:
    latest = [
        SurveyDefinition(survey=name, version="2", title="t", root="r", xform="", fields=[], retention_days=7)
        for name in ("homes", "open")
    ]
    assert closings(latest, {"homes": 5, "gone": 6}) == [Closing("homes", 5, 7)]
