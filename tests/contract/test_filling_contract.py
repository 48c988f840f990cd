"""Generations and their filling on both adapters of the database: the same as in memory, and on the real one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pymongo import MongoClient

from schemas.tables.generations import Drop, Fill, Generation, Generations, TableState
from services.aggregate import taking_back
from services.aggregate.filling import write
from services.aggregate.generation_port import FillEnded
from services.aggregate.leaves import Leaf
from services.aggregate.mongo_store import MongoStore
from services.aggregate.store import Stale
from tests.contract.stores import NewStore, Server, new_store, server
from tests.unit.services.aggregate.rebuilt_survey import BY_SEX, SECOND, Site, Worker, given
from tests.unit.services.aggregate.test_filling import begun, check, now_id

__all__ = ["new_store", "server"]  # fixtures

SOME = Generations(
    "visit",
    7,
    ("1", "2"),
    {"t": TableState(3, Generation(2, ("1",)), Generation(3, ("1", "2")), wanted=True), "u": TableState(0)},
    Fill(6, 2**40, (0, 1), fenced=True, done=(1,)),
    Drop(("t",), (0,)),
    ((4, ("t@2",)),),
    2**41,
)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def workers(new_store: NewStore, site: Site) -> Iterator[list[Worker]]:
    made = [Worker(new_store(), site, 0, step=4), Worker(new_store(), site, 1, 2, step=4)]
    yield made
    for worker in made:
        worker.filler.close()


def test_generations_are_read_back_as_they_were_written(new_store: NewStore) -> None:
    store = new_store()
    store.transact(lambda tx: tx.write_generations(SOME))
    assert store.generations() == store.generations("visit") == [SOME]
    assert store.transact(lambda tx: (tx.epochs(["visit", "no"]), tx.generations("visit"))) == ({"visit": 7}, SOME)
    assert store.generations("no") == [] and store.transact(lambda tx: tx.generations("no")) is None
    later = replace(SOME, epoch=8, fill=None, drop=None, filled=())
    store.transact(lambda tx: tx.write_generations(later))
    assert store.generations("visit") == [later]


def test_leaves_are_replaced_and_one_that_is_there_is_not_made_again(new_store: NewStore) -> None:
    store = new_store()
    leaf = Leaf("visit", 1, 5, 6, {"a": [None, [["t", "x", [1, 2**70]]]], "b": None}, {"t": [0]})
    other = replace(leaf, fill=7, entries={"a": ["s|a", []]})
    store.transact(lambda tx: tx.replace_leaves([], [leaf, other]))
    assert store.transact(lambda tx: tx.leaves([leaf.id, "visit/1/5/8"])) == [leaf]
    assert store.transact(lambda tx: tx.leaf_ids("visit", 7, 9)) == [other.id]
    assert sorted(store.transact(lambda tx: tx.leaf_ids("visit", None, 9))) == [leaf.id, other.id]
    with pytest.raises(Stale):
        store.transact(lambda tx: tx.replace_leaves([], [leaf]))
    less = leaf.without("a", under_way=False)
    store.transact(lambda tx: tx.replace_leaves([leaf.id, other.id], [less]))
    assert store.transact(lambda tx: tx.leaves([leaf.id, other.id])) == [less]


def test_a_fill_that_ended_takes_nothing_more(new_store: NewStore) -> None:
    store = new_store()
    store.transact(lambda tx: tx.begin_filling("visit", 6, [0, 1]))
    store.transact(lambda tx: tx.note_filled("visit", 6, 1, 40))
    store.transact(lambda tx: tx.note_filled("visit", 6, 1, 2))
    assert store.filled("visit") == {0: 0, 1: 42}
    for fill, partition in ((5, 1), (6, 2)):
        with pytest.raises(FillEnded):
            store.transact(lambda tx, at=(fill, partition): tx.note_filled("visit", *at, 1))  # type: ignore[misc]
    store.transact(lambda tx: tx.end_filling("visit"))
    assert store.filled("visit") == {}


def test_two_workers_fill_a_table_while_they_count(workers: list[Worker], site: Site) -> None:
    one, other = workers
    one.count(*(given(number, partition=0) for number in range(20)))
    other.count(*(given(number, partition=1 + number % 2) for number in range(20, 40)))
    site.versions.append(SECOND)
    one.look()
    assert one.shown(BY_SEX, SECOND) == {}
    other.count(given(50, "2", 1), given(51, "1", 2, replaces=given(1).instance))
    one.withdraw(given(21).instance)
    other.look()
    for worker in workers:
        check(worker)
    other.count(given(52, "1", 1, replaces=given(2).instance))
    site.rebuilds["visit"] = (9, ())
    for _ in range(3):
        one.look()
        other.look()
    for worker in workers:
        check(worker)
    [now] = one.store.generations("visit")
    assert not now.is_busy and not now.is_plain
    other.withdraw(given(25).instance, 1)
    one.count(given(53, "2", 0, replaces=given(3).instance))
    for worker in workers:
        check(worker)


def test_a_withdrawal_and_a_step_beside_each_other_conflict(workers: list[Worker], site: Site) -> None:
    """Of two transactions that both saw the slot counted only one commits as it is."""
    one, other = workers
    one.count(*(given(number, partition=0) for number in range(4)))
    site.versions.append(SECOND)
    step, _ = begun(one)
    look = taking_back._leaves
    written: list[int] = []

    def looked(*arguments: Any) -> Any:
        found = look(*arguments)
        if not written:
            written.append(write(one.writer, one.marks, step, "fill"))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taking_back, "_leaves", looked)
        other.withdraw(given(0).instance, 1)
    assert written == [4]
    for worker in workers:
        worker.look()
    check(one)


def test_live_tables_say_which_cells_are_figures(server: Server, site: Site) -> None:
    settings = server.settings()
    store = MongoStore(settings)
    one = Worker(store, site, 0, 1, 2)
    with MongoClient[dict[str, Any]](settings.uri.get_secret_value()) as client:

        def rows() -> set[tuple[str, int]]:
            return {(row["table"], row["n"]) for row in client[settings.live].cells_flat.find()}

        one.count(given(0), given(1))
        site.versions.append(SECOND)
        begun(one)
        one.count(given(2, "2"))
        assert rows() == {("all", 3)}
        one.look(2)
        assert rows() == {("all", 3), ("by_sex", 2), ("by_sex", 1)}
        site.rebuilds["visit"] = (9, (now_id(one),))
        one.look(3)
        assert rows() == {("all", 3), ("by_sex", 2), ("by_sex", 1)}
    one.filler.close()
    store.close()
