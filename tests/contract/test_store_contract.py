"""The port to the database, once in memory and once on a real server: the same suite for both.

ST1 compare-and-set, and its fence against a worker that has lost its partition. ST2 all or nothing. ST3 two
transactions about one lineage conflict (write skew). ST4 pages that were remembered are compared. ST5 what is written
is read back. ST6 and ST7 are in test_store_on_server.
"""

import json
import threading
from dataclasses import replace

import pytest
from pymongo import MongoClient

from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import Page
from schemas.tables.psu_runs import Run, RunHead, merge
from services.aggregate.batch import BatchWriter
from services.aggregate.cell_writer import CellWriter
from services.aggregate.lineage import decide
from services.aggregate.mongo_store import MongoStore
from services.aggregate.slots import Arrival, Kind, Quarantined, RejectionEntry, Slot, State
from services.aggregate.store import Stale, Transaction
from services.aggregate.watermark import Fenced, Watermark, with_moves
from tests.contract.stores import DEADLINE_S, NewStore, Server, counted, moved, new_store, response, server, slots

__all__ = ["new_store", "server"]  # fixtures

# -- ST1, ST2 ---------------------------------------------------------------------------------------------------------


def test_a_swap_is_durable_and_wants_what_is_stored(new_store: NewStore) -> None:
    store = new_store()
    marks = store.acquire([0, 1])
    after = with_moves(moved(marks[0]), {1: {OutcomeClass.COUNTED: -1, OutcomeClass.SUPERSEDED: 1}})
    store.transact(lambda tx: tx.swap([(marks[0], after)]))
    assert store.watermarks() == [after, marks[1], Watermark(2, "r", "s", 0, 0)]
    for wrong in (
        marks[0],
        replace(after, responses_next=5),
        replace(after, submissions_next=5),
        replace(after, responses_topic="other"),
        replace(after, submissions_topic="other"),
    ):
        with pytest.raises(Fenced):
            store.transact(lambda tx, wrong=wrong: tx.swap([(wrong, moved(wrong))]))  # type: ignore[misc]
    assert store.watermarks()[0] == after


def test_whoever_does_not_own_a_partition_is_fenced(new_store: NewStore) -> None:
    store = new_store()
    [mark] = store.acquire([0]).values()
    foreign = replace(mark, partition=1)
    with pytest.raises(Fenced):
        store.transact(lambda tx: tx.swap([(foreign, moved(foreign))]))


def test_only_provisioned_partitions_can_be_acquired(new_store: NewStore) -> None:
    assert set(new_store().acquire([2, 7])) == {2}


def test_a_new_owner_fences_the_old_one(new_store: NewStore) -> None:
    old, new = new_store(), new_store()
    marks = old.acquire([0])
    writer = BatchWriter(old)
    marks.update(writer.apply(marks, {0: moved(marks[0])}, [response("a")]).watermarks)
    assert new.acquire([0]) == marks
    with pytest.raises(Fenced):
        writer.apply(marks, {0: moved(marks[0])}, [response("b", offset=1)])
    assert counted(new) == {"x": [1, 2**70], "a": [1, -5]}
    assert not slots(new, "b")
    assert BatchWriter(new).apply(marks, {0: moved(marks[0])}, [response("b", offset=1)]).watermarks


def test_an_owner_that_is_in_the_middle_of_a_batch_is_fenced(new_store: NewStore) -> None:
    old, new = new_store(), new_store()
    [mark] = old.acquire([0]).values()
    attempts = []

    def work(tx: Transaction) -> None:
        attempts.append(1)
        found = tx.slots(["a"])
        if len(attempts) == 1:
            new.acquire([0])
        tx.swap([(mark, moved(mark))])
        tx.write_slots([] if found else [Slot("a", "homes", State.AWAITED)], [])

    with pytest.raises(Fenced):
        old.transact(work)
    assert not slots(new, "a")
    assert new.watermarks()[0] == mark


def test_what_a_failed_batch_wrote_is_not_there(new_store: NewStore) -> None:
    store = new_store()
    [mark] = store.acquire([0]).values()

    def work(tx: Transaction) -> None:
        tx.swap([(mark, moved(mark))])
        tx.write_slots([Slot("a", "homes", State.AWAITED)], [])
        tx.replace_pages([], [Page("homes", 0, "", 1, {"t": {"x": [1]}}, {})])
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        store.transact(work)
    assert store.watermarks()[0] == mark
    assert (slots(store, "a"), store.live_pages("homes")) == ({}, [])


# -- ST3 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_known", [False, True], ids=["awaited", "there"])
def test_two_edits_of_one_instance_conflict(new_store: NewStore, first_known: bool) -> None:
    """Under snapshot isolation alone, both would be accepted: each reads that nothing replaced the instance yet."""
    one, other = new_store(), new_store()
    ones, others = one.acquire([0]), other.acquire([1])
    if first_known:
        ones.update(BatchWriter(one).apply(ones, {0: moved(ones[0])}, [response("o")]).watermarks)
    attempts = []

    def work(tx: Transaction) -> None:
        attempts.append(1)
        decision = decide([response("e1", 0, ones[0].submissions_next, replaces="o")], tx)
        if len(attempts) == 1:
            arrival = response("e2", 1, 0, replaces="o")
            BatchWriter(other).apply(others, {1: moved(others[1])}, [arrival])
        tx.swap([(ones[0], with_moves(moved(ones[0]), decision.moves[0]))])
        tx.write_slots(list(decision.created.values()), list(decision.changed.values()))

    one.transact(work)
    assert len(attempts) == 2
    found = slots(one, "o", "e1", "e2")
    assert {name: slot.state for name, slot in found.items() if name != "o"} == {
        "e1": State.REJECTED,
        "e2": State.COUNTED,
    }
    assert found["o"].replaced_by == "e2"


def test_an_edit_and_a_withdrawal_of_its_target_conflict(new_store: NewStore) -> None:
    one, other = new_store(), new_store()
    ones, others = one.acquire([0]), other.acquire([1])
    attempts = []

    def work(tx: Transaction) -> None:
        attempts.append(1)
        decision = decide([response("e", replaces="o")], tx)
        if len(attempts) == 1:
            gone = Arrival(Kind.WITHDRAWAL, 1, 0, 0, "homes", instance="o")
            BatchWriter(other).apply(others, {1: moved(others[1])}, [gone])
        tx.swap([(ones[0], with_moves(moved(ones[0]), decision.moves[0]))])
        tx.write_slots(list(decision.created.values()), list(decision.changed.values()))

    one.transact(work)
    assert len(attempts) == 2
    assert {slot.state for slot in slots(one, "o", "e").values()} == {State.WITHDRAWN}


def test_taking_back_reaches_into_the_shard_of_another_worker(new_store: NewStore) -> None:
    """ST4 too: the other worker remembers the page that changes under it."""
    one, other = new_store(), new_store()
    ones, others = one.acquire([0]), other.acquire([1])
    keeper, editor = BatchWriter(one), BatchWriter(other)
    ones.update(keeper.apply(ones, {0: moved(ones[0], 2)}, [response("a"), response("b", 0, 1)]).watermarks)
    others.update(editor.apply(others, {1: moved(others[1])}, [response("e", 1, 0, replaces="a")]).watermarks)
    keeper.apply(ones, {0: moved(ones[0])}, [response("c", 0, 2)])
    assert counted(one) == {"x": [3, 3 * 2**70], "b": [1, -5], "c": [1, -5], "e": [1, -5]}
    assert merge(one.live_runs("homes"))["t"]["x"] == {"s|b": [1], "s|c": [1], "s|e": [1]}
    classes = {mark.partition: mark.classes for mark in one.watermarks()}
    assert classes[1] == {
        1: {OutcomeClass.COUNTED: 1},
        0: {OutcomeClass.COUNTED: -1, OutcomeClass.SUPERSEDED: 1},
    }


def test_a_withdrawal_leaves_nothing_of_the_person_in_any_run(new_store: NewStore) -> None:
    store = new_store()
    marks, writer = store.acquire([0]), BatchWriter(store)
    marks.update(writer.apply(marks, {0: moved(marks[0])}, [response("a")]).watermarks)
    marks.update(writer.apply(marks, {0: moved(marks[0])}, [response("b", 0, 1)]).watermarks)
    gone = Arrival(Kind.WITHDRAWAL, 0, 2, 0, "homes", instance="a")
    writer.apply(marks, {0: moved(marks[0])}, [gone])
    assert not any("s|a" in run for run in store.live_runs("homes"))
    assert merge(store.live_runs("homes"))["t"]["x"] == {"s|b": [1]}
    assert "a" not in counted(store)
    assert slots(store, "a")["a"] == Slot("a", "homes", State.WITHDRAWN, 0, 2, taken=(0, 0))


def test_many_batches_merge_their_runs(new_store: NewStore) -> None:
    store = new_store()
    marks, writer = store.acquire([0]), BatchWriter(store)
    for number in range(40):
        arrival = response(f"i{number}", 0, number)
        marks.update(writer.apply(marks, {0: moved(marks[0])}, [arrival]).watermarks)
    assert len(store.live_runs("homes")) < 20
    assert len(merge(store.live_runs("homes"))["t"]["x"]) == 40


def test_tables_are_taken_out_of_runs_a_few_documents_at_a_time(new_store: NewStore) -> None:
    """What is dropped lies in most of them, in some by itself, in others not at all."""
    store, cells = new_store(), CellWriter()
    sums = ({"gone": {"x": {"s|p": [number]}}, "stays": {"x": {"s|p": [-number]}}} for number in range(1, 8))
    made = [
        Run("homes", 1, f"0-{number}", number % 2, number % 3, json.dumps(each)) for number, each in enumerate(sums)
    ]
    made += [
        Run("homes", 1, "1-1", 0, 2, '{"gone":{"y":{"s|p":[5]}}}'),
        Run("homes", 1, "1-1", 1, 2, '{"stays":{"y":{"s|p":[9]}}}'),
        Run("homes", 2, "1-1", 0, 2, '{"gone":{"other":{"s|p":[1]}}}'),
    ]
    store.transact(lambda tx: tx.replace_runs([], made))
    heads = {head for head in store.transact(lambda tx: tx.run_heads("homes", 1)) if head.id != "homes/1/1-1/0"}
    steps: list[int] = []
    while not steps or steps[-1]:
        steps.append(store.transact(lambda tx: cells.without_in_runs(tx, ("homes", 1), ["gone", "unknown"], 3)))
    assert sum(steps) == 8 and max(steps) < 6 and len(steps) > 3
    assert set(store.transact(lambda tx: tx.run_heads("homes", 1))) == heads
    other = store.transact(lambda tx: tx.runs(["homes/2/1-1/0"]))
    left = [text for text in store.live_runs("homes") if text not in other.values()]
    assert merge(left) == {"stays": {"x": {"s|p": [-28]}, "y": {"s|p": [9]}}}


def test_a_page_with_another_revision_is_stale(new_store: NewStore) -> None:
    store = new_store()
    page = Page("homes", 0, "", 3, {"t": {"x": [1]}}, {})
    store.transact(lambda tx: tx.replace_pages([], [page]))
    with pytest.raises(Stale):
        store.transact(lambda tx: tx.replace_pages([replace(page, revision=2)], [replace(page, revision=4)]))
    assert store.live_pages("homes") == [page]


# -- ST5 --------------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(new_store: NewStore) -> None:
    store = new_store()
    full = Slot("a", "homes", State.COUNTED, 2, 2**40, "v1", "f", "b", None, b"[1]", b"record")
    bare = Slot("b", "homes", State.AWAITED, replaced_by="a")
    pages = [
        Page("homes", 1, prefix, 1, {"t": {"A%2E1|_N": [0, -(2**63), 2**63, 10**33]}}, {"t": {"gone": 2}})
        for prefix in ("0", "10", "11")
    ]
    foreign = [replace(pages[0], survey="homes2"), replace(pages[0], shard=10)]
    made = [Run("homes", 1, "0-1", 0, 0, "{}"), Run("homes", 1, "0-1", 1, 2, '{"t":{}}')]
    foreign_run = Run("homes2", 1, "0-1", 0, 0, "no")

    def write(tx: Transaction) -> None:
        tx.write_slots([full, bare], [])
        tx.replace_pages([], [*pages, *foreign])
        tx.replace_runs([], [*made, foreign_run])

    store.transact(write)

    def read(tx: Transaction) -> None:
        assert dict(tx.slots(["a", "b", "c"])) == {"a": replace(full, response=None), "b": bare}
        assert sorted(tx.page_ids("homes", 1)) == sorted(page.id for page in pages)
        assert tx.pages([pages[1].id]) == [pages[1]]
        assert sorted(tx.run_heads("homes", 1), key=lambda head: head.id) == [
            RunHead(run.id, run.level) for run in made
        ]
        assert tx.runs([run.id for run in made]) == {run.id: run.sums for run in made}

    store.transact(read)
    assert len(store.live_pages("homes")) == len(store.live_pages("homes2")) + 3 == 4
    assert sorted(store.live_runs("homes")) == sorted(run.sums for run in made)
    superseded = replace(full, state=State.SUPERSEDED, replaced_by="c", applied=None, response=None)
    store.transact(lambda tx: tx.write_slots([], [superseded, replace(bare, replaced_by=None)]))
    assert slots(store, "a", "b") == {"a": superseded, "b": replace(bare, replaced_by=None)}
    store.transact(lambda tx: tx.replace_runs([made[0].id], []))
    assert store.live_runs("homes") == [made[1].sums]


def test_the_quarantine_is_found_by_instance_and_by_target_and_purged(new_store: NewStore) -> None:
    store = new_store()
    held = Quarantined(0, 1, Kind.HELD, "homes", "1", "a", "o", "k", "c2VhbGVk")
    bad = Quarantined(0, 2, Kind.REJECTION, None, None, None, None, None, "c2VhbGVk")
    entry = RejectionEntry(0, 2, 5, None, None, (Reason(code="VAL-001", path="p").model_dump(exclude_defaults=True),))

    def write(tx: Transaction) -> None:
        tx.quarantine([held, bad])
        tx.reject([entry])

    store.transact(write)
    for name in "ao":
        [found] = store.transact(lambda tx, name=name: list(tx.quarantined([name])))  # type: ignore[misc]
        assert replace(found, sealed="") == replace(held, sealed="")
    assert list(store.quarantine([Kind.HELD, Kind.REJECTION], None)) == [held, bad]
    assert list(store.quarantine([Kind.HELD], None)) == list(store.quarantine([*Kind], "homes")) == [held]
    assert list(store.quarantine([Kind.REJECTION], "homes")) == []
    at_places = store.transact(lambda tx: list(tx.quarantined_at([(0, 2), (0, 3), (1, 1)])))
    assert [replace(found, sealed="") for found in at_places] == [replace(bad, sealed="")]
    store.transact(lambda tx: tx.purge({(0, 1)}))
    assert store.transact(lambda tx: list(tx.quarantined(["a", "o"]))) == []
    assert list(store.quarantine([*Kind], None)) == [bad]


def test_two_batches_cannot_both_let_the_same_payload_go(new_store: NewStore) -> None:
    """A payload that was written again twice, to be applied by two workers at once: one sees that it is gone."""
    first, second = new_store(), new_store()
    held = Quarantined(0, 1, Kind.HELD, "homes", "1", "a", None, "k", "c2VhbGVk")
    first.transact(lambda tx: tx.quarantine([held]))
    found: list[list[bool]] = [[], []]
    both_have_read = threading.Barrier(2)

    def let_go(tx: Transaction, number: int) -> None:
        found[number].append(bool(list(tx.quarantined_at([(0, 1)]))))
        if len(found[number]) == 1:
            both_have_read.wait(DEADLINE_S)
        if found[number][-1]:
            tx.purge({(0, 1)})

    threads = [
        threading.Thread(target=store.transact, args=(lambda tx, number=number: let_go(tx, number),))
        for number, store in enumerate((first, second))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert sorted(attempts[-1] for attempts in found) == [False, True]
    assert list(first.quarantine([*Kind], None)) == []


def test_a_rejection_that_was_replayed_is_off_the_list(server: Server) -> None:
    settings = server.settings()
    store = MongoStore(settings)
    entries = [RejectionEntry(0, offset, 5, "homes", "1", ()) for offset in (2, 3)]
    store.transact(lambda tx: tx.reject(entries))
    store.transact(lambda tx: tx.unreject({(0, 2), (1, 2)}))
    with MongoClient[dict[str, object]](settings.uri.get_secret_value()) as client:
        assert [found["_id"] for found in client[settings.live].rejections.find()] == ["0:3"]
    store.close()
