"""A table that is new on an old survey, filled from the ledger while submissions come in.

FI1 it is shown when it is complete and not before, with what was counted before and since. FI2 what is edited or
withdrawn before, during and after counts as it should, and is taken back exactly. FI3 a rebuild replaces what is shown
at once, and drops what was. FI4 whatever the order of everything: the cells are those of a recount.
"""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st

from schemas.tables.cells import retractions
from services.aggregate.filling import Step, computed, write
from services.aggregate.generation_port import FillEnded, StaleTables
from services.aggregate.generations import registered
from services.aggregate.leaves import Leaf
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.retention import Closing
from services.aggregate.sweep import Sweep
from services.aggregate.watermark import Watermark
from tests.unit.services.aggregate.rebuilt_survey import (
    ALL,
    BY_SEX,
    FIRST,
    SECOND,
    THIRD,
    Site,
    Worker,
    expected_areas,
    given,
)

PARTITIONS = 2


def database() -> MemoryDatabase:
    return MemoryDatabase(Watermark(partition, "r", "s", 0, 0) for partition in range(PARTITIONS))


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def worker(site: Site) -> Iterator[Worker]:
    made = Worker(MemoryStore(database()), site, 0, 1)
    yield made
    made.filler.close()


def check(worker: Worker) -> None:
    site = worker.site
    newest = site.versions[-1]
    for table in newest.tables:
        assert worker.shown(table, newest) == site.expected(table), table.name
        assert worker.areas(table, newest) == expected_areas(site, table), table.name


def test_fi1_a_new_table_holds_what_was_counted_before_it_was_published(worker: Worker, site: Site) -> None:
    worker.count(*(given(number, partition=number % 2) for number in range(10)))
    check(worker)
    site.versions.append(SECOND)
    worker.count(given(10, "2"))
    assert worker.shown(BY_SEX, SECOND) == {}
    [now] = worker.store.generations("visit")
    assert now.is_busy and now.counting(now_id(worker)) is None
    worker.look()
    check(worker)
    worker.count(given(11, "1"), given(12, "2"))
    check(worker)
    [now] = worker.store.generations("visit")
    assert not now.is_busy and now.counting(now_id(worker)) == ("1", "2")


def now_id(worker: Worker) -> str:
    from schemas.tables.layout import layouts

    return next(layout.id for layout in layouts(SECOND) if layout.name == "by_sex")


def test_fi1_of_a_survey_without_submissions_every_table_is_a_figure_at_once(worker: Worker, site: Site) -> None:
    site.versions.append(SECOND)
    worker.look()
    assert worker.store.generations("visit") == []
    worker.count(given(1, "1"), given(2, "2"))
    check(worker)


def test_fi1_a_version_that_brings_no_table_fills_nothing(worker: Worker, site: Site) -> None:
    worker.count(given(1))
    site.versions.append(FIRST.model_copy(update={"version": "2", "edition": 2}))
    worker.look()
    [now] = worker.store.generations("visit")
    assert (now.versions, now.is_busy, now.is_plain) == (("1", "2"), False, True)
    worker.count(given(2, "2"))
    check(worker)


def test_fi1_what_is_the_same_for_the_survey_of_an_older_release(worker: Worker, site: Site) -> None:
    """Which counted in a table the versions that define it, and kept no generations."""
    site.versions.append(SECOND)
    before = registered(None, "visit", site.versions, has_cells=True)
    state = before.tables[now_id(worker)]
    assert state.current is not None and state.current.versions == ("2",) and state.wanted


def test_fi2_edits_and_withdrawals_beside_a_fill(worker: Worker, site: Site) -> None:
    worker.count(*(given(number, partition=number % 2) for number in range(12)))
    site.versions.append(SECOND)
    names = [given(number).instance for number in range(12)]
    worker.withdraw(names[0])
    worker.look()
    check(worker)
    worker.withdraw(names[1])
    worker.count(given(20, "1", replaces=names[2], age=77), given(21, "2", replaces=names[3], age=78))
    check(worker)
    # Once under the id of the table, whatever the generations of its cells.
    worker.count(given(30, "2"))
    assert sum(retractions(worker.store.live_pages("visit"), now_id(worker)).values()) == 3


def test_fi2_what_was_taken_back_after_it_was_read_is_not_filled(worker: Worker, site: Site) -> None:
    worker.count(*(given(number) for number in range(4)))
    site.versions.append(SECOND)
    step, number = begun(worker)
    worker.withdraw(given(0).instance)
    worker.count(given(9, "1", replaces=given(1).instance))
    assert write(worker.writer, worker.marks, step, "fill") == 2
    assert write(worker.writer, worker.marks, step, "again") == 0
    worker.look()
    check(worker)
    assert number == step.fill


def begun(worker: Worker) -> tuple[Step, int]:
    """A fill that has begun, and its first step, computed and not written."""
    filler = worker.filler
    filler.steps.heard({one.survey: one for one in worker.store.generations()})
    now = filler.steps.advanced("visit")
    assert now is not None and now.fill is not None and now.fill.fenced
    [slots] = worker.store.counted("visit", [0, 1], 1000)
    return computed("visit", now.fill.number, slots, filler._contributions(now)), now.fill.number


def test_fi2_a_step_that_was_computed_is_too_late_after_the_end(worker: Worker, site: Site) -> None:
    worker.count(given(0))
    site.versions.append(SECOND)
    step, _ = begun(worker)
    worker.look()
    check(worker)
    with pytest.raises(FillEnded):
        write(worker.writer, worker.marks, step, "late")
    check(worker)


def test_fi2_contributions_for_other_tables_are_made_again(worker: Worker, site: Site) -> None:
    worker.count(given(0))
    arrivals = worker.arrivals(given(1))
    site.versions.append(SECOND)
    begun(worker)
    with pytest.raises(StaleTables):
        worker.apply(*arrivals)
    worker.count(given(1))
    worker.look()
    check(worker)


def test_fi3_a_rebuild_replaces_what_is_shown(worker: Worker, site: Site) -> None:
    site.versions.append(SECOND)
    worker.count(*(given(number, "12"[number % 2], number % 2) for number in range(9)))
    site.rebuilds["visit"] = (5, ())
    worker.look()
    [now] = worker.store.generations("visit")
    assert set(now.shown.values()) == {f"{table}@2" for table in now.tables}
    check(worker)
    worker.count(given(20, "2", replaces=given(0).instance))
    worker.withdraw(given(1).instance)
    worker.look(2)
    check(worker)
    [now] = worker.store.generations("visit")
    assert now.drop is None and not now.is_busy
    pages = worker.store.transact(lambda tx: tx.pages(tx.page_ids("visit", 0) + tx.page_ids("visit", 1)))
    assert {id_ for page in pages for id_ in page.tables} == set(now.shown.values())
    worker.withdraw(given(2).instance)
    assert ids_stored(worker) == set(now.shown.values())
    # Again, and the leaves of the fill before are gone with the cells that it filled.
    site.rebuilds["visit"] = (6, ())
    worker.look(4)
    check(worker)
    [now] = worker.store.generations("visit")
    assert len(now.filled) == 1 and {leaf.fill for leaf in leaves(worker)} == {now.filled[0][0]}


def ids_stored(worker: Worker) -> set[str]:
    """Of the cells and PSU sums that are there, shown or not."""
    everything = worker.store.database.documents  # type: ignore[attr-defined]
    pages = {id_ for (name, _), page in everything.items() if name == "cells" for id_ in page.tables}
    return pages | {id_ for (name, _), run in everything.items() if name == "psu" for id_ in json.loads(run.sums)}


def leaves(worker: Worker) -> list[Leaf]:
    return worker.store.transact(lambda tx: tx.leaves(tx.leaf_ids("visit", None, 100)))


def test_fi3_what_a_person_gave_is_gone_from_leaves_as_well(worker: Worker, site: Site) -> None:
    worker.count(*(given(number) for number in range(3)))
    site.rebuilds["visit"] = (5, ())
    worker.look(3)
    worker.withdraw(given(1).instance)
    assert all(given(1).instance not in leaf.entries for leaf in leaves(worker))
    check(worker)


def test_fi3_a_survey_that_ends_is_filled_no_more(worker: Worker, site: Site) -> None:
    worker.count(*(given(number) for number in range(3)))
    before = worker.shown(ALL, FIRST)
    site.versions.append(SECOND)
    step, _ = begun(worker)
    write(worker.writer, worker.marks, step, "fill")
    sweep = Sweep(worker.store, Closing("visit", 0, 7))
    while sweep.advance(worker.marks, 10**12)[0].done_ms is None:
        with pytest.raises(FillEnded):
            write(worker.writer, worker.marks, step, "late")
    worker.look(3)
    assert leaves(worker) == []
    assert worker.shown(BY_SEX, SECOND) == {} and worker.shown(ALL, FIRST) == before
    pages = worker.store.transact(lambda tx: tx.pages(tx.page_ids("visit", 0)))
    assert all(now_id(worker) not in page.tables for page in pages)


def test_a_third_version_that_drops_a_table_and_one_that_has_it_again(worker: Worker, site: Site) -> None:
    worker.count(given(0))
    site.versions.append(SECOND)
    worker.look()
    site.versions.append(THIRD)
    worker.count(given(1, "3"), given(2, "1"))
    check(worker)
    site.versions.append(SECOND.model_copy(update={"version": "4", "edition": 4}))
    worker.count(given(3, "4"))
    [now] = worker.store.generations("visit")
    table_all = next(table for table, state in now.tables.items() if state.wanted)
    assert now.counting(table_all) == ("1", "2", "4")
    worker.look(2)
    check(worker)
    [now] = worker.store.generations("visit")
    assert now.counting(table_all) == ("1", "2", "3", "4")


Move = tuple[str, int]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["count", "edit", "withdraw", "publish", "rebuild", "look", "other_look", "late", "kill"]),
        st.integers(0, 30),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@any_of(MOVES)
def test_fi4_any_order_gives_the_cells_of_a_recount(moves: list[Move]) -> None:
    site, shared = Site(), database()
    workers = [Worker(MemoryStore(shared), site, place, step=2) for place in range(PARTITIONS)]
    waiting = [FIRST.model_copy(update={"version": "4", "edition": 4}), THIRD, SECOND]
    number, pending = 0, []
    for what, choice in moves:
        place = choice % PARTITIONS
        worker = workers[place]
        names = [one.version for one in site.versions]
        if what == "count":
            number += 1
            worker.count(given(number, names[choice % len(names)], place))
        elif what == "edit" and site.truth:
            number += 1
            named = sorted(site.truth)[choice % len(site.truth)]
            worker.count(given(number, names[choice % len(names)], place, named, age=60))
        elif what == "withdraw" and site.truth:
            number += 1
            worker.withdraw(sorted(site.truth)[choice % len(site.truth)], place, number)
        elif what == "publish" and waiting:
            site.versions.append(waiting.pop())
        elif what == "rebuild":
            site.rebuilds["visit"] = (number + 1, ())
        elif what in ("look", "other_look"):
            workers[what == "other_look"].look()
        elif what == "late":
            # A step that was computed now, and is written at the end.
            now = next(iter(worker.store.generations("visit")), None)
            if now is not None and now.fill is not None and now.fill.fenced:
                for slots in worker.store.counted("visit", [place], 3):
                    of = worker.filler._contributions(now)
                    pending.append((worker, computed("visit", now.fill.number, slots, of)))
        elif what == "kill":
            worker.filler.close()
            workers[place] = Worker(MemoryStore(shared), site, place, step=2)
    for worker, step in pending:
        try:
            write(worker.writer, worker.marks, step, "late")
        except FillEnded:
            continue
    for _ in range(8):
        for worker in workers:
            worker.look()
    for worker in workers:
        check(worker)
        worker.filler.close()
    for name in sorted(site.truth):
        workers[0].withdraw(name, 0, 500)
    assert ids_stored(workers[0]) == set()
    for now in workers[0].store.generations("visit"):
        assert not now.is_busy
