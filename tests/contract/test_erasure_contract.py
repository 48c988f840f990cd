"""Erasures on both adapters of the database.

EC1 what is found and taken back, and what the log says of it. EC2 a batch under way when a person is erased, whose
record comes from the quarantine: it is found, or finds the erasure; never neither. EC3 a worker that dies between any
two steps is followed by one that ends the same. EC4 a database that lacks an erasure gets it before anything is read.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pytest

from schemas.erasure import ErasureKind, ErasureNotice
from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from services.aggregate.batch import BatchWriter
from services.aggregate.erasing import Erasure, Taken
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.finder import Finder
from services.aggregate.finding import find, take_back
from services.aggregate.lineage import decide
from services.aggregate.slots import Arrival, Kind, State
from services.aggregate.store import Store, Transaction
from services.aggregate.watermark import Watermark, with_moves
from tests.contract.stores import NewStore, counted, moved, new_store, response, server, slots

__all__ = ["new_store", "server"]  # fixtures

Marks = Mapping[int, Watermark]
A = ("p1:a",)


def of_a(instance: str, partition: int, offset: int) -> Arrival:
    return replace(response(instance, partition, offset), subjects=A)


def held(instance: str, partition: int, offset: int) -> Arrival:
    return Arrival(Kind.HELD, partition, offset, 5, "homes", "1", instance, sealed="c2VhbA", key_id="k")


def erasure(partition: int, offset: int, before: Mapping[int, int]) -> Arrival:
    asked = Erasure((partition, offset), "homes", ErasureKind.RESPONDENT, 7, frozenset(A), before)
    return Arrival(Kind.ERASURE, partition, offset, 7, "homes", erasure=asked)


class Worker:
    def __init__(self, store: Store, *partitions: int) -> None:
        self.store = store
        self.marks = store.acquire(partitions)
        self.writer = BatchWriter(store)

    async def between_batches(self, work: Callable[[Marks], Marks]) -> None:
        self.marks.update(work(self.marks))

    def apply(self, *arrivals: Arrival) -> None:
        """Records of one partition."""
        partition = arrivals[0].partition
        after = {partition: moved(self.marks[partition], len(arrivals))}
        self.marks.update(self.writer.apply(self.marks, after, arrivals).watermarks)

    def look(self, at_s: float = 1.0) -> None:
        finder = Finder(self.store, self, clock=lambda: at_s)
        asyncio.run(finder.look())
        finder.close()


class Topic:
    def __init__(self) -> None:
        self.notices: list[ErasureNotice] = []

    def announce(self, notices: Iterable[ErasureNotice]) -> None:
        self.notices += notices

    def read(self) -> list[ErasureNotice]:
        return self.notices


def classes(store: Store) -> dict[OutcomeClass, int]:
    found: dict[OutcomeClass, int] = {}
    for mark in store.watermarks():
        for numbers in mark.classes.values():
            for of, number in numbers.items():
                found[of] = found.get(of, 0) + number
    return {of: number for of, number in found.items() if number}


def test_ec1_a_person_is_found_wherever_they_are_kept(new_store: NewStore) -> None:
    worker = Worker(new_store(), 0, 1)
    reasons = (Reason(code="VAL-033"),)
    rejected = replace(held("r", 0, 2), kind=Kind.REJECTION, reasons=reasons, subjects=A)
    worker.apply(of_a("a", 0, 0), response("other", 0, 1), rejected)
    worker.apply(replace(of_a("e", 1, 0), replaces="a"), replace(of_a("elsewhere", 1, 1), survey="schools"))
    worker.apply(erasure(0, 3, {0: 3, 1: 3}))
    assert [one.done_ms for one in worker.store.erasure_log.waiting()] == [None]
    worker.look()  # partition 1 has not reached the end yet
    assert slots(worker.store, "e")["e"].state is State.COUNTED
    worker.look(at_s=100.0)  # what is there goes after a while all the same
    assert slots(worker.store, "e")["e"].state is State.WITHDRAWN
    worker.apply(of_a("late", 1, 2), of_a("again", 1, 3))
    worker.look(at_s=101.0)
    found = slots(worker.store, "a", "e", "r", "late", "again", "other")
    gone = {"a", "e", "r", "late"}
    assert {name for name, slot in found.items() if slot.state is State.WITHDRAWN} == gone
    assert all(found[name].subjects == () and (found[name].partition, found[name].offset) == (0, 3) for name in gone)
    assert found["e"].taken == (0, 0) and found["a"].taken is None, "counted since the first version"
    assert counted(worker.store).keys() == {"x", "again", "other"}
    [log] = worker.store.erasure_log.all()
    assert (log.taken, log.done_ms) == (Taken(interviews=2, versions=4, payloads=1), 101_000)
    assert list(worker.store.quarantine([*Kind], "homes")) == []
    worker.look(at_s=102.0)
    assert worker.store.erasure_log.all() == [log]


@pytest.mark.parametrize("begins_first", [True, False])
def test_ec2_a_replay_and_an_erasure_at_the_same_moment(new_store: NewStore, begins_first: bool) -> None:
    """The replayed record lies behind all that the erasure waits for: only the fence parts the two."""
    ones, others = Worker(new_store(), 0), Worker(new_store(), 1)
    ones.apply(held("h", 0, 0))
    replayed = replace(of_a("h", 0, 1), replay_of=(0, 0))
    attempts = []

    def erase() -> None:
        others.apply(erasure(1, 0, {0: 1, 1: 0}))
        others.look()
        assert others.store.erasure_log.waiting() == []

    def batch(tx: Transaction) -> Watermark:
        attempts.append(1)
        decision = decide([replayed], tx)
        if begins_first and len(attempts) == 1:
            erase()
        mark = with_moves(moved(ones.marks[0]), decision.moves[0])
        tx.swap([(ones.marks[0], mark)])
        tx.write_slots(list(decision.created.values()), list(decision.changed.values()))
        tx.purge(decision.purged)
        if decision.erasures or decision.taken:
            tx.note_erasures(decision.erasures, decision.taken, 1)
        return mark

    if not begins_first:
        erase()
    ones.marks[0] = ones.store.transact(batch)
    assert len(attempts) == (2 if begins_first else 1)
    assert slots(ones.store, "h")["h"].state is State.WITHDRAWN
    assert classes(ones.store) == {OutcomeClass.REPLAYED: 1, OutcomeClass.WITHDRAWN: 1, OutcomeClass.CONTROL: 1}
    [log] = ones.store.erasure_log.all()
    assert log.taken == Taken(versions=1, payloads=1)


def test_ec3_another_worker_goes_on(new_store: NewStore) -> None:
    first = Worker(new_store(), 0, 1)
    first.apply(*(of_a(f"a{number}", 0, number) for number in range(5)), erasure(0, 5, {0: 5}))
    [waiting] = first.store.erasure_log.waiting()
    found = find(first.store, [waiting])
    assert len(found) == 5
    take_back(first.writer, first.marks, found[:2])
    second = Worker(new_store(), 0, 1)
    second.look()
    [log] = second.store.erasure_log.all()
    assert (log.taken.interviews, log.done_ms) == (5, 1_000)
    assert counted(second.store) == {}
    assert classes(second.store) == {OutcomeClass.WITHDRAWN: 5, OutcomeClass.CONTROL: 1}


def test_ec4_what_a_restored_database_lacks_is_done_again_first(new_store: NewStore) -> None:
    topic = Topic()
    withdrawal = Arrival(Kind.WITHDRAWAL, 0, 3, 6, "homes", instance="w")
    asked = erasure(0, 4, {0: 3, 1: 1})
    ErasureMemory(new_store(), topic).keep([of_a("a", 0, 0), withdrawal, asked], "s")
    ErasureMemory(new_store(), topic).keep([replace(withdrawal, offset=0, instance="x")], "a topic of before")
    # The database as it was: neither erasure in it, and one of the person's records still to come.
    worker = Worker(new_store(), 0, 1)
    worker.apply(of_a("a", 0, 0), response("w", 0, 1), response("x", 0, 2))
    worker.marks.update(ErasureMemory(worker.store, topic).recall(worker.marks))
    found = slots(worker.store, "a", "w", "x")
    assert [found[name].state for name in "awx"] == [State.WITHDRAWN, State.WITHDRAWN, State.COUNTED]
    assert len(worker.store.erasure_log.all()) == 2 and len(worker.store.erasure_log.waiting()) == 1
    assert worker.marks == ErasureMemory(worker.store, topic).recall(worker.marks)
    # Then the stream goes on from where the database was.
    worker.apply(withdrawal, asked)
    worker.apply(of_a("late", 1, 0))
    worker.look()
    assert slots(worker.store, "late")["late"].state is State.WITHDRAWN
    assert worker.store.erasure_log.waiting() == []
    expected = {OutcomeClass.WITHDRAWN: 3, OutcomeClass.COUNTED: 1, OutcomeClass.CONTROL: 2}
    assert classes(worker.store) == expected
