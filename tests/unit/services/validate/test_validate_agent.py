"""The shell: AG1 outcomes keep partition, key and order. AG2 held ones wait, and a new assignment drops them. AG3 the
limit stops with what came before it written. AG4 surveys that cannot be read are asked for again. AG5 nothing is
committed whose outcome is not written."""

from collections.abc import Mapping, Sequence

import pytest

from services.runtime.exit_codes import OPERATOR
from services.runtime.faults import OperatorStop
from services.runtime.follower import NotCaughtUp
from services.runtime.stream import Record
from services.validate import agent as agent_module
from services.validate.agent import Agent
from services.validate.dlq_limit import HOLD_S, DlqLimit
from services.validate.outcome import Letter, Verdict
from services.validate.producer import OutcomeRecord


class Log:
    """Where outcomes are written to, in memory."""

    def __init__(self) -> None:
        self.records: list[OutcomeRecord] = []

    async def write(self, records: Sequence[OutcomeRecord]) -> None:
        self.records += records

    @property
    def values(self) -> list[bytes]:
        return [record.value for record in self.records]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def judge(letter: Letter) -> Verdict:
    code = {b"broken": "VAL-001", b"wrong": "VAL-033"}.get(letter.sealed)
    return Verdict(b"%d" % letter.offset, "rejection" if code else "response", (code,) if code else (), ("VAL-101 a",))


def starts(committed: Mapping[int, int | None]) -> Mapping[int, int]:
    return {partition: offset or 0 for partition, offset in committed.items()}


def record(offset: int, value: bytes = b"good", partition: int = 1) -> Record:
    return Record(partition, offset, 1_700_000_000_000, value, {"key-id": b"k\xff"}, b"key")


async def test_ag1_outcomes_keep_partition_key_and_order() -> None:
    log = Log()
    agent = Agent(judge, log, DlqLimit(5), starts)
    assert await agent.positions({1: 7, 2: None}) == {1: 7, 2: 0}
    await agent.handle([record(7), record(0, b"wrong", 2), record(8)])
    assert log.records == [
        OutcomeRecord(1, b"key", b"7"),
        OutcomeRecord(2, b"key", b"0"),
        OutcomeRecord(1, b"key", b"8"),
    ]


async def test_ag2_held_outcomes_wait_for_a_good_record_or_for_time() -> None:
    log, clock = Log(), Clock()
    agent = Agent(judge, log, DlqLimit(5), starts, clock)
    await agent.handle([record(0), record(1, b"broken")])
    assert log.values == [b"0"]
    await agent.handle([record(2)])
    assert log.values == [b"0", b"1", b"2"]
    await agent.handle([record(3, b"broken")])
    await agent.flush_held()
    assert len(log.values) == 3
    clock.now = HOLD_S
    await agent.flush_held()
    assert log.values[3:] == [b"3"]


async def test_ag2_a_new_assignment_drops_what_was_held() -> None:
    log, clock = Log(), Clock()
    agent = Agent(judge, log, DlqLimit(5), starts, clock)
    await agent.handle([record(0, b"broken")])
    await agent.positions({1: 0})
    clock.now = HOLD_S
    await agent.flush_held()
    assert log.values == []


async def test_ag5_what_is_held_is_undone_until_it_is_written() -> None:
    clock = Clock()
    undone: list[int | None] = []

    class Watched(Log):
        async def write(self, records: Sequence[OutcomeRecord]) -> None:
            undone.append(agent.undone(1))
            await super().write(records)

    agent = Agent(judge, Watched(), DlqLimit(5), starts, clock)
    await agent.handle([record(0), record(0, partition=2), record(1, b"broken"), record(2, b"broken")])
    assert (agent.undone(1), agent.undone(2)) == (1, None)
    clock.now = HOLD_S
    await agent.flush_held()
    assert undone == [0, 1]
    assert agent.undone(1) is None


async def test_ag3_the_limit_stops_for_the_operator() -> None:
    log = Log()
    agent = Agent(judge, log, DlqLimit(3), starts)
    await agent.handle([record(0, b"broken"), record(1)])
    with pytest.raises(OperatorStop, match=r"3 records in a row.*offset 4") as raised:
        await agent.handle([record(2, b"broken"), record(3, b"broken"), record(4, b"broken")])
    assert raised.value.exit_code == OPERATOR
    assert log.values == [b"0", b"1"]


async def test_ag4_surveys_that_cannot_be_read_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_module, "RETRY_S", 0.0)
    tries: list[int] = []

    def at_last(letter: Letter) -> Verdict:
        tries.append(letter.offset)
        if len(tries) < 3:
            raise NotCaughtUp("away")
        return judge(letter)

    log = Log()
    await Agent(at_last, log, DlqLimit(3), starts).handle([record(0)])
    assert log.values == [b"0"]
    assert tries == [0, 0, 0]
