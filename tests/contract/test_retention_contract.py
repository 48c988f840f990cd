"""The end of a survey's retention, on both adapters of the database.

RT1 cells stay, the ledger keeps markers and nothing else, quarantine and list of rejections are empty; another survey
is untouched. RT2 whatever comes later is in a class and counted nowhere. RT3 a sweep that is killed at any step goes
on, also in another worker, and ends with the same. RT4 a batch under way when the survey ends is either counted and
swept, or begins again and is too late. RT5 the classes add up before and after.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.holdings import ended, held, opened
from schemas.erasure import ErasureKind
from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import summed
from schemas.topics import DAY_MS
from services.aggregate.batch import BatchWriter
from services.aggregate.erasing import Erasure
from services.aggregate.mongo_store import MongoStore
from services.aggregate.retention import Closing, Ended, overdue
from services.aggregate.slots import Arrival, Kind, Slot, State
from services.aggregate.store import Store, Transaction, Unavailable
from services.aggregate.sweep import Sweep
from services.aggregate.watermark import with_moves
from tests.contract.stores import DEADLINE_S, NewStore, Server, moved, new_store, response, server, slots

__all__ = ["new_store", "server"]  # fixtures

CLOSING = Closing("homes", 1_000, 30)
NOW_MS = 1_000 + 31 * DAY_MS
KINDS = (Kind.RESPONSE, Kind.REFUSAL, Kind.REJECTION, Kind.HELD, Kind.WITHDRAWAL)


def of(kind: Kind, instance: str, offset: int, partition: int = 0, survey: str = "homes") -> Arrival:
    if kind is Kind.RESPONSE:
        return replace(response(instance, partition, offset), survey=survey)
    if kind in (Kind.REFUSAL, Kind.WITHDRAWAL):
        return Arrival(kind, partition, offset, 5, survey, "1", instance)
    reasons = (Reason(code="VAL-033"),) if kind is Kind.REJECTION else ()
    return Arrival(kind, partition, offset, 5, survey, "1", instance, reasons=reasons, sealed="c2VhbA", key_id="k")


class Worker:
    """Owns the partitions 0 and 1 until another one does."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.marks = store.acquire([0, 1])
        self._writer = BatchWriter(store)

    def apply(self, *arrivals: Arrival) -> None:
        numbers = {part: sum(each.partition == part for each in arrivals) for part in (0, 1)}
        after = {part: moved(self.marks[part], number) for part, number in numbers.items() if number}
        self.marks.update(self._writer.apply(self.marks, after, arrivals).watermarks)

    def step(self, step: int = 2) -> Ended:
        ended, changed = Sweep(self.store, CLOSING, step).advance(self.marks, NOW_MS)
        self.marks.update(changed)
        return ended

    def sweep(self) -> Ended:
        while (ended := self.step()).done_ms is None:
            pass
        return ended


def filled(store: Store) -> Worker:
    worker = Worker(store)
    asked = [
        Erasure((2, number), survey, ErasureKind.RESPONDENT, 7, frozenset({f"p1:{number}"}), {0: 1})
        for number, survey in enumerate(("homes", "homes", "homes", "schools"))
    ]
    store.transact(lambda tx: tx.note_erasures(asked, {}, 8))
    store.erasure_log.finish([(2, 0)], 9)
    worker.apply(
        *(of(Kind.RESPONSE, f"i{number}", number) for number in range(5)),
        of(Kind.REFUSAL, "no", 5),
        of(Kind.WITHDRAWAL, "i4", 6),
        of(Kind.HELD, "h1", 7),
        of(Kind.RESPONSE, "other", 8, survey="schools"),
        of(Kind.HELD, "h3", 9, survey="schools"),
        of(Kind.REJECTION, "r1", 0, 1),
        of(Kind.HELD, "h2", 1, 1),
        replace(of(Kind.RESPONSE, "e", 2, 1), replaces="i3"),
        of(Kind.REJECTION, "r2", 3, 1, "schools"),
    )
    return worker


def figures(store: Store) -> dict[str, object]:
    return {survey: (summed(store.live_pages(survey), "t"), store.live_runs(survey)) for survey in ("homes", "schools")}


def kept(store: Store) -> list[Slot]:
    """What a look finds, and what is withdrawn, of which it finds nothing after the end."""
    names = {"i4", *(name for some in store.instances("homes", 3) for name in some)}
    return [slot for _, slot in sorted(slots(store, *names).items())]


def classes(store: Store) -> dict[OutcomeClass, int]:
    """Raises unless the law holds in every partition."""
    found: dict[OutcomeClass, int] = {}
    by_partition: dict[int, int] = {}
    marks = store.watermarks()
    for mark in marks:
        for partition, numbers in mark.classes.items():
            for of_class, number in numbers.items():
                found[of_class] = found.get(of_class, 0) + number
                by_partition[partition] = by_partition.get(partition, 0) + number
    assert all(by_partition.get(mark.partition, 0) == mark.accounted for mark in marks)
    return {of_class: number for of_class, number in found.items() if number}


def check_end(store: Store, before: dict[str, object]) -> None:
    assert figures(store) == before
    assert kept(store) == [Slot("i4", "homes", State.WITHDRAWN)]
    assert list(store.quarantine([*Kind], "homes")) == []
    assert store.transact(lambda tx: tx.rejections_of("homes", 9)) == []
    assert {entry.instance for entry in store.quarantine([*Kind], None)} == {"h3", "r2"}
    assert store.transact(lambda tx: tx.rejections_of("schools", 9)) == [(1, 3)]
    assert slots(store, "other")["other"].state is State.COUNTED
    log = {one.source: (len(one.pseudonyms), len(one.before), one.done_ms) for one in store.erasure_log.all()}
    assert {source: log[source] for source in log if source[0] == 2} == {
        (2, 0): (0, 0, 9),
        (2, 1): (0, 0, NOW_MS),
        (2, 2): (0, 0, NOW_MS),
        (2, 3): (1, 1, None),
    }


def test_what_stays_and_what_goes(new_store: NewStore) -> None:
    worker = filled(new_store())
    before = figures(worker.store)
    held = classes(worker.store)
    ended = worker.sweep()
    check_end(worker.store, before)
    assert ended == Ended("homes", 1_000, 30, NOW_MS, True, 9, 1, 3, 1, 3, NOW_MS)
    assert worker.store.ended() == [ended]
    after = classes(worker.store)
    assert after[OutcomeClass.HELD] == held[OutcomeClass.HELD] - 2 == 1
    assert after[OutcomeClass.REJECTED] == held[OutcomeClass.REJECTED] + 2
    assert worker.sweep() == ended


def test_what_comes_later_is_accounted_for_and_counted_nowhere(new_store: NewStore) -> None:
    worker = filled(new_store())
    worker.sweep()
    before, counts = figures(worker.store), classes(worker.store)
    late = [of(kind, f"late{number}", 10 + number) for number, kind in enumerate(KINDS)]
    late += [of(Kind.WITHDRAWAL, "i1", 15), replace(of(Kind.RESPONSE, "e2", 16), replaces="i0"), response("i2", 0, 17)]
    late += [replace(of(Kind.RESPONSE, "h1", 18), replay_of=(0, 7))]
    worker.apply(*late, of(Kind.RESPONSE, "more", 19, survey="schools"))
    after = classes(worker.store)
    assert {of_class: after[of_class] - counts.get(of_class, 0) for of_class in after} == {
        **dict.fromkeys(counts, 0),
        OutcomeClass.REJECTED: 7,
        OutcomeClass.CONTROL: 2,
        OutcomeClass.COUNTED: 1,
    }
    assert figures(worker.store)["homes"] == before["homes"]
    assert [slot.instance for slot in kept(worker.store)] == ["i4"]
    assert list(worker.store.quarantine([*Kind], "homes")) == []
    assert store_rejections(worker.store) == []


def store_rejections(store: Store) -> list[tuple[int, int]]:
    return store.transact(lambda tx: tx.rejections_of("homes", 9))


def test_the_slots_are_looked_through_once_however_many_steps_there_are(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = filled(new_store())
    before, instances = figures(worker.store), worker.store.instances
    looks: list[str] = []

    def look(survey: str, at_a_time: int) -> Iterator[list[str]]:
        looks.append(survey)
        return instances(survey, at_a_time)

    monkeypatch.setattr(worker.store, "instances", look)
    sweep = Sweep(worker.store, CLOSING, 1)
    while sweep.advance(worker.marks, NOW_MS)[0].done_ms is None:
        for mark in worker.store.watermarks():
            worker.marks[mark.partition] = mark
    monkeypatch.undo()
    assert looks == ["homes"]
    check_end(worker.store, before)


def test_a_look_that_ends_early_begins_anew(new_store: NewStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the server is started again: what it had not come to must not be taken for gone."""
    worker = filled(new_store())
    before, instances = figures(worker.store), worker.store.instances
    looks: list[str] = []

    def look(survey: str, at_a_time: int) -> Iterator[list[str]]:
        looks.append(survey)
        found = instances(survey, at_a_time)
        yield next(found)
        if len(looks) < 3:
            raise Unavailable("CursorNotFound")
        yield from found

    monkeypatch.setattr(worker.store, "instances", look)
    sweep = Sweep(worker.store, CLOSING, 2)
    while True:
        for mark in worker.store.watermarks():
            worker.marks[mark.partition] = mark
        try:
            if sweep.advance(worker.marks, NOW_MS)[0].done_ms is not None:
                break
        except Unavailable:
            continue
    monkeypatch.undo()
    assert len(looks) == 3
    check_end(worker.store, before)


def test_a_sweep_that_is_killed_anywhere_goes_on_in_another_worker(new_store: NewStore) -> None:
    worker = filled(new_store())
    before = figures(worker.store)
    steps = 0
    while worker.step(1).done_ms is None:
        steps += 1
        worker = Worker(new_store())
        worker.apply(of(Kind.RESPONSE, f"late{steps}", 9 + steps))
    assert steps > 12
    check_end(worker.store, before)
    assert [ended.slots for ended in worker.store.ended()] == [9]
    assert classes(worker.store)[OutcomeClass.REJECTED] == 2 + 2 + steps


@pytest.mark.parametrize("fails_at", ["write_ended", "drop_slots", "purge", "unreject", "forget_erased"])
def test_a_step_that_dies_in_the_middle_leaves_nothing_half_done(
    new_store: NewStore, fails_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction dies once, after its last or next to last write, and is then made whole."""
    worker = filled(new_store())
    before = figures(worker.store)
    transact = worker.store.transact
    deaths: list[int] = []

    class Dying(Exception):
        pass

    def dying(work: Callable[[Transaction], object]) -> object:
        def once(tx: Transaction) -> object:
            real = getattr(tx, fails_at)

            def write(*arguments: object) -> None:
                real(*arguments)
                if len(deaths) % 2 == 0:
                    deaths.append(1)
                    raise Dying
                deaths.append(0)

            monkeypatch.setattr(tx, fails_at, write, raising=True)
            return work(tx)

        return transact(once)

    monkeypatch.setattr(worker.store, "transact", dying)
    while True:
        try:
            if worker.step().done_ms is not None:
                break
        except Dying:
            continue
    monkeypatch.undo()
    assert len(deaths) >= 2
    check_end(worker.store, before)
    classes(worker.store)


def test_a_batch_that_began_before_the_end_is_swept_or_begins_again(new_store: NewStore) -> None:
    """Without the fence the batch would commit behind the sweep, and its slot stay for ever."""
    sweeping, store = Worker(new_store()), new_store()
    marks = store.acquire([1])
    writing = BatchWriter(store)
    attempts: list[bool] = []
    judge = writing._work

    def work(*arguments: object) -> object:
        tx = arguments[-1]
        attempts.append(bool(tx.ended(["homes"])))  # type: ignore[attr-defined]
        if len(attempts) == 1:
            sweep, own = Sweep(sweeping.store, CLOSING, 2), {0: sweeping.marks[0]}
            while sweep.advance(own, NOW_MS)[0].done_ms is None:
                pass
        return judge(*arguments)  # type: ignore[arg-type]

    writing._work = work  # type: ignore[method-assign,assignment]
    after = writing.apply(marks, {1: moved(marks[1])}, [of(Kind.RESPONSE, "a", 0, 1)])
    assert attempts == [False, True]
    assert after.watermarks[1].classes == {1: {OutcomeClass.REJECTED: 1}}
    assert (kept(store), store.live_pages("homes")) == ([], [])


def test_the_fence_changes_no_watermark(new_store: NewStore) -> None:
    store = new_store()
    [mark] = store.acquire([0]).values()
    store.fence()
    assert store.watermarks()[0] == mark
    store.transact(lambda tx: tx.swap([(mark, with_moves(moved(mark), {0: {OutcomeClass.CONTROL: 1}}))]))


def test_what_is_overdue() -> None:
    day = 1_000 + 30 * DAY_MS
    ended = Ended("homes", 1_000, 30, NOW_MS)
    assert overdue([CLOSING], {}, day - 1) == []
    assert overdue([CLOSING], {}, day) == [CLOSING]
    assert overdue([], {"homes": ended}, day) == [CLOSING]
    assert overdue([replace(CLOSING, retention_days=900)], {"homes": ended}, day) == [CLOSING]
    assert overdue([CLOSING], {"homes": replace(ended, done_ms=5)}, day) == []
    older = Closing("a", 0, 1)
    assert overdue([CLOSING, older], {}, day) == [older, CLOSING]


def test_ended_is_read_back(new_store: NewStore) -> None:
    store = new_store()
    ended = Ended("homes", 2**41, 7, 2**42, True, 1, 2, 3, 4, 5, None)
    store.transact(lambda tx: tx.write_ended(ended))
    assert store.ended() == [ended]
    assert store.transact(lambda tx: dict(tx.ended(["homes", "x"]))) == {"homes": ended}
    store.transact(lambda tx: tx.write_ended(replace(ended, done_ms=2**42)))
    assert store.ended() == [replace(ended, done_ms=2**42)]


def test_what_the_tools_see(server: Server) -> None:
    """`rihla retention` and `rihla privacy report` count in the database itself."""
    settings = server.settings()
    worker = filled(MongoStore(settings))
    with opened(settings) as client:
        has = held(client, settings)["homes"]
        assert has.slots == {"counted": 4, "superseded": 1, "refused": 1, "withdrawn": 1, "held": 2, "rejected": 1}
        assert (has.quarantine, has.rejections, has.to_delete) == ({"held": 2, "rejection": 1}, 1, 9)
        assert has.cells > 0 and has.psu > 0
        assert ended(client, settings) == {}
        worker.sweep()
        after = held(client, settings)["homes"]
        assert (after.slots, after.quarantine, after.rejections) == ({"withdrawn": 1}, {}, 0)
        assert (after.cells, after.psu) == (has.cells, has.psu)
        assert list(ended(client, settings).values()) == worker.store.ended()
    worker.store.close()


def test_kills_of_the_server_end_with_the_same(tmp_path: Path) -> None:
    """The server dies in the middle of the sweep again and again; the worker goes on when it is back."""
    server = Server(tmp_path)
    worker = filled(MongoStore(server.settings()))
    before, done = figures(worker.store), threading.Event()
    problems: list[BaseException] = []
    steps = [0]

    def sweep() -> None:
        try:
            while True:
                try:
                    ended = worker.step(1)
                except Unavailable:
                    time.sleep(0.02)
                    continue
                steps[0] += 1
                if ended.done_ms is not None:
                    return done.set()
        except BaseException as problem:
            problems.append(problem)

    sweeping = threading.Thread(target=sweep)
    sweeping.start()
    for number in (2, 6, 10):
        deadline = time.monotonic() + DEADLINE_S
        while steps[0] < number and not done.is_set() and not problems:
            assert time.monotonic() < deadline, "no step gets through"
            time.sleep(0.001)
        server.kill()
        server.start()
    sweeping.join(DEADLINE_S)
    assert (problems, done.is_set()) == ([], True)
    check_end(worker.store, before)
    classes(worker.store)
    worker.store.close()
    server.close()
