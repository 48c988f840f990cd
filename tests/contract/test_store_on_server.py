"""The store on the real server, where there is nothing to compare in memory: deaths, kills, provisioning.

ST6 a dead owner's open transaction does not stop its successor. ST7 a server that is killed at any time loses nothing
and applies nothing twice.
"""

import threading
import time
from pathlib import Path

import pytest
from bson.binary import Binary
from pydantic import SecretStr
from pymongo import MongoClient

from deploy.local import ports
from schemas.outcome_class import OutcomeClass
from schemas.tables.layout import Design, Layout
from schemas.tables.psu_runs import merge
from services.aggregate.batch import BatchWriter
from services.aggregate.mongo_store import MongoStore
from services.aggregate.provision import provision
from services.aggregate.slots import Slot, State
from services.aggregate.store import Transaction, Unavailable
from services.aggregate.watermark import TopicChanged
from services.runtime.settings import MongoSettings
from tests.contract.stores import DEADLINE_S, Server, counted, moved, response, server, slots, topics

__all__ = ["server"]  # fixtures


def test_a_dead_owner_does_not_stop_its_successor(server: Server) -> None:
    settings = server.settings()
    dead, new = MongoStore(settings), MongoStore(settings)
    [mark] = dead.acquire([0]).values()

    class Killed(BaseException):
        pass

    def work(tx: Transaction) -> None:
        tx.swap([(mark, moved(mark))])
        tx.write_slots([Slot("a", "homes", State.AWAITED)], [])
        raise Killed

    dead._abort = lambda: None  # type: ignore[method-assign]  # as SIGKILL leaves it: open on the server
    with pytest.raises(Killed):
        dead.transact(work)
    began = time.monotonic()
    marks = new.acquire([0])
    BatchWriter(new).apply(marks, {0: moved(marks[0])}, [response("a")])
    assert time.monotonic() - began < 10, "the server would give the transaction up after a minute"
    assert slots(new, "a")["a"].state is State.COUNTED
    new.close()
    dead.close()


def test_two_workers_that_take_over_at_the_same_moment_both_may_try_again(server: Server) -> None:
    """Such as after an outage of the database, in which a partition was assigned once more."""
    settings = server.settings()
    one, other = MongoStore(settings), MongoStore(settings)
    take_over = one._take_over

    def late(partition: int, owner: Binary | None) -> None:
        one._take_over = take_over  # type: ignore[method-assign]
        other.acquire([partition])
        take_over(partition, owner)

    one._take_over = late  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        one.acquire([0])
    assert one.acquire([0]).keys() == {0}
    one.close()
    other.close()


def test_kills_of_the_server_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path)
    settings = server.settings()
    store = MongoStore(settings)
    marks, writer = store.acquire([0]), BatchWriter(store)
    done = threading.Event()
    problems: list[BaseException] = []
    batches = 0

    def work() -> None:
        nonlocal batches
        try:
            while not done.is_set():
                arrivals = [response(f"i{batches}-{number}", 0, batches * 5 + number) for number in range(5)]
                try:
                    marks.update(writer.apply(marks, {0: moved(marks[0], 5)}, arrivals).watermarks)
                except Unavailable:
                    time.sleep(0.02)
                    continue
                batches += 1
        except BaseException as problem:
            problems.append(problem)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(4):
            seen, deadline = batches, time.monotonic() + DEADLINE_S
            while batches < seen + 3 and not problems:
                assert time.monotonic() < deadline, "no batch gets through"
                time.sleep(0.001)
            server.kill()
            server.start()
    finally:
        done.set()
        worker.join(DEADLINE_S)
    assert problems == []
    [mark, *_] = store.watermarks()
    assert (mark.responses_next, mark.submissions_next) == (batches * 5, batches * 5)
    assert mark.classes == {0: {OutcomeClass.COUNTED: batches * 5}}
    assert counted(store)["x"] == [batches * 5, batches * 5 * 2**70]
    assert len(counted(store)) == batches * 5 + 1
    assert len(merge(store.live_runs("homes"))["t"]["x"]) == batches * 5
    store.close()
    server.close()


def test_provisioning_again_changes_nothing_and_refuses_other_topics(server: Server) -> None:
    settings = server.settings()
    assert provision(settings, topics()) == []
    store = MongoStore(settings)
    marks = store.acquire([1])
    store.transact(lambda tx: tx.swap([(marks[1], moved(marks[1], 30))]))
    assert provision(settings, topics()) == []
    with pytest.raises(TopicChanged, match="made anew"):
        provision(settings, topics(responses="r2"))
    with pytest.raises(TopicChanged, match="lost its end"):
        provision(settings, topics(end=29))
    store.close()


def test_a_database_that_is_away_is_unavailable(tmp_path: Path) -> None:
    port = ports.choose({"database": None}, {}, {})["database"]
    store = MongoStore(MongoSettings(uri=SecretStr(f"mongodb://127.0.0.1:{port}/?directConnection=true")))
    with pytest.raises(Unavailable):
        store.acquire([0])
    with pytest.raises(Unavailable):
        store.transact(lambda tx: tx.slots(["a"]))
    with pytest.raises(Unavailable):
        store.declare([Layout("t", "homes", "t", "", "", (), (), (), False, 0, Design.SIMPLE, ())])
    store.close()


def test_closing_does_not_touch_the_session_of_a_batch_under_way(server: Server) -> None:
    """The session belongs to the thread of the batch: ended beside it, a write could miss its transaction."""
    settings = server.settings()
    store, later = MongoStore(settings), MongoStore(settings)

    def work(tx: Transaction) -> None:
        tx.write_slots([Slot("a", "homes", State.AWAITED)], [])
        closing = threading.Thread(target=store.close)
        closing.start()
        closing.join()
        assert store._session.in_transaction
        tx.write_slots([Slot("b", "homes", State.AWAITED)], [])

    with pytest.raises(Unavailable):
        store.transact(work)
    assert slots(later, "a", "b") == {}
    later.close()


def test_every_write_of_a_slot_reaches_the_database(server: Server) -> None:
    """MongoDB drops updates that change nothing, and with them the conflict that they are made for."""
    settings = server.settings()
    store = MongoStore(settings)
    slot = Slot("a", "homes", State.AWAITED)
    store.transact(lambda tx: tx.write_slots([slot], []))
    store.transact(lambda tx: tx.write_slots([], [slot]))
    with MongoClient[dict[str, int]](settings.uri.get_secret_value()) as client:
        [document] = client[settings.ledger].slots.find()
    assert document["writes"] == 2
    store.close()
