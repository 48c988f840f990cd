"""Workers that take something back in each other's partitions, on both adapters of the database.

VI1 whoever visits a partition says so, and its worker forgets the pages that it remembered. VI2 a batch that wants
watermarks which another transaction has waits for it, and then sees what it wrote; it is not given up. VI3 two workers
that keep visiting each other lose nothing, count nothing twice, and need no smaller batches. VI4 who must give way does
not wait.
"""

import threading
from collections.abc import Callable, Mapping

import pytest

from schemas.outcome_class import OutcomeClass
from services.aggregate.batch import BatchWriter, Written
from services.aggregate.mongo_store import MongoStore
from services.aggregate.slots import Arrival, State
from services.aggregate.store import Contended, Store, Transaction
from services.aggregate.watermark import Watermark
from tests.contract.stores import DEADLINE_S, NewStore, Server, counted, moved, new_store, response, server, slots

__all__ = ["new_store", "server"]  # fixtures

BATCHES, EDITED = 12, 6


class Worker:
    """Owns one partition."""

    def __init__(self, store: Store, partition: int) -> None:
        self.store = store
        self.marks: dict[int, Watermark] = store.acquire([partition])
        self.writer = BatchWriter(store)
        self._partition = partition

    def apply(self, *arrivals: Arrival) -> Written:
        after = {self._partition: moved(self.marks[self._partition], len(arrivals))}
        written = self.writer.apply(self.marks, after, arrivals)
        self.marks.update(written.watermarks)
        return written

    def visits(self) -> Mapping[int, int]:
        return self.store.transact(lambda tx: tx.visits(self.marks.keys()))


def test_a_visit_is_said_and_the_pages_are_read_again(new_store: NewStore) -> None:
    one, other = Worker(new_store(), 0), Worker(new_store(), 1)
    one.apply(response("a", 0, 0))
    before = one.visits()
    other.apply(response("b", 1, 0, replaces="a"))
    assert one.visits()[0] == before[0] + 1
    calls: list[int] = []

    def counting(work: Callable[[Transaction], object]) -> object:
        def counted_work(tx: Transaction) -> object:
            calls.append(1)
            return work(tx)

        return transact(counted_work)

    transact = one.store.transact
    one.store.transact = counting  # type: ignore[method-assign,assignment]
    one.apply(response("c", 0, 1))
    assert len(calls) == 1, "the pages that it remembered were stale, and it was told so beforehand"
    assert counted(one.store) == {"x": [2, 2 * 2**70], "b": [1, -5], "c": [1, -5]}


def test_a_batch_of_ones_own_is_no_visit(new_store: NewStore) -> None:
    one = Worker(new_store(), 0)
    one.apply(response("a", 0, 0))
    before = one.visits()
    one.apply(response("b", 0, 1, replaces="a"))
    assert one.visits() == before


def test_who_meets_a_visitor_waits_for_it(new_store: NewStore) -> None:
    one, other = Worker(new_store(), 0), Worker(new_store(), 1)
    one.apply(response("a", 0, 0))
    inside, leave = threading.Event(), threading.Event()

    def visiting(tx: Transaction) -> None:
        tx.swap([(other.marks[1], moved(other.marks[1]))], {0})
        inside.set()
        assert leave.wait(DEADLINE_S)

    visitor = threading.Thread(target=lambda: other.store.transact(visiting))
    visitor.start()
    assert inside.wait(DEADLINE_S)
    # Longer than three conflicts with their pauses, after which a transaction used to be given up.
    threading.Timer(0.5, leave.set).start()
    written = one.apply(response("b", 0, 1, replaces="a"))
    visitor.join()
    assert written.decision.outcomes[OutcomeClass.COUNTED, ""] == 1
    assert counted(one.store) == {"x": [1, 2**70], "b": [1, -5]}


def test_who_waits_for_a_visitor_lets_go_when_it_has_to_give_way(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while partitions change hands: the visitor may be dead."""
    monkeypatch.setattr("services.aggregate.mongo_store.ENTRANCE_S", 100 * DEADLINE_S)
    settings = server.settings()
    waiting, gives_way, inside, leave = (threading.Event() for _ in range(4))
    stores = [MongoStore(settings, lambda why: waiting.set(), gives_way.is_set), MongoStore(settings)]
    one, other = Worker(stores[0], 0), Worker(stores[1], 1)
    one.apply(response("a", 0, 0))
    ended: list[BaseException] = []

    def visiting(tx: Transaction) -> None:
        tx.swap([(other.marks[1], moved(other.marks[1]))], {0})
        inside.set()
        assert leave.wait(DEADLINE_S)

    def applying() -> None:
        try:
            one.apply(response("b", 0, 1, replaces="a"))
        except BaseException as fault:
            ended.append(fault)

    threads = [threading.Thread(target=lambda: stores[1].transact(visiting)), threading.Thread(target=applying)]
    try:
        threads[0].start()
        assert inside.wait(DEADLINE_S)
        threads[1].start()
        assert waiting.wait(DEADLINE_S) and not ended
        gives_way.set()
        threads[1].join(DEADLINE_S)
        assert [type(fault) for fault in ended] == [Contended]
    finally:
        leave.set()
        for thread in threads:
            thread.join(DEADLINE_S)
    gives_way.clear()
    assert one.apply(response("b", 0, 1, replaces="a")).decision.outcomes[OutcomeClass.COUNTED, ""] == 1
    for store in stores:
        store.close()


def test_two_that_keep_visiting_each_other(new_store: NewStore) -> None:
    workers = [Worker(new_store(), partition) for partition in (0, 1)]
    for worker, partition in zip(workers, (0, 1), strict=True):
        worker.apply(*(response(f"{partition}-{number}", partition, number) for number in range(BATCHES * EDITED)))
    failed: list[BaseException] = []

    def edit(partition: int) -> None:
        """Batch after batch of edits of what the other one counted."""
        try:
            for first in range(0, BATCHES * EDITED, EDITED):
                numbers = range(first, first + EDITED)
                workers[partition].apply(
                    *(
                        response(f"{partition}-e{n}", partition, BATCHES * EDITED + n, replaces=f"{1 - partition}-{n}")
                        for n in numbers
                    )
                )
        except BaseException as fault:
            failed.append(fault)

    threads = [threading.Thread(target=edit, args=(partition,)) for partition in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert failed == []
    found = counted(workers[0].store)
    assert found["x"] == [2 * BATCHES * EDITED, 2 * BATCHES * EDITED * 2**70]
    assert set(found) == {"x", *(f"{p}-e{n}" for p in (0, 1) for n in range(BATCHES * EDITED))}
    [slot] = slots(workers[0].store, "0-3").values()
    assert (slot.state, slot.replaced_by) == (State.SUPERSEDED, "1-e3")
