"""A database that dies, hangs, steps down, is written to by a rival, and ends transactions midway."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.chaos.nemesis import SERVER_GOAL_S, Nemesis
from tests.chaos.parts import DATABASE, STORE
from tests.chaos.proxy import Mode
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

READY_S = 300.0
HANG_S = (1.0, 10.0)
DOWN_S = (2.0, 6.0)
"""An election takes that long."""
RIVAL_S = (2.0, 5.0)
HOLD_S = 0.3
"""How long the rival keeps a transaction open: as long as one of aggregate's own."""
KILL_EVERY_S = 0.2

Client = MongoClient[dict[str, Any]]


def kill(stage: Stage, random: Random) -> Struck:
    stage.world.wait_ready(DATABASE, READY_S)
    return Struck(stage.world.kill(DATABASE), killed=True)


def hang(stage: Stage, random: Random) -> Struck:
    stage.world.wait_ready(DATABASE, READY_S)
    stage.world.pause(DATABASE)
    try:
        time.sleep(random.uniform(*HANG_S))
    finally:
        stage.world.resume(DATABASE)
    return Struck(time.monotonic())


def step_down(stage: Stage, random: Random) -> Struck:
    """Open transactions are ended, as by a real primary; then nobody is primary for a while."""
    with stage.world.network.disturbed([STORE], Mode.NOT_PRIMARY):
        _end_all_sessions(stage)
        time.sleep(random.uniform(*DOWN_S))
    return Struck(time.monotonic())


def conflicts(stage: Stage, random: Random) -> Struck:
    """A rival holds transactions on the documents that aggregate writes, and never commits one."""
    until = time.monotonic() + random.uniform(*RIVAL_S)
    with _root(stage) as client, client.start_session() as session:
        while time.monotonic() < until:
            with suppress(PyMongoError):
                session.start_transaction()
                _touch(stage, client, session, random)
                time.sleep(random.uniform(0.1, 1.0) * HOLD_S)
            if session.in_transaction:
                with suppress(PyMongoError):
                    session.abort_transaction()
            time.sleep(random.uniform(0.0, 0.2) * HOLD_S)
    return Struck(time.monotonic())


def end_transactions(stage: Stage, random: Random) -> Struck:
    """Whatever transaction is open is ended, again and again, as by its time limit or by an operator."""
    stopping = threading.Event()
    threading.Timer(random.uniform(*RIVAL_S), stopping.set).start()
    while not stopping.wait(random.uniform(0.2, 1.0) * KILL_EVERY_S):
        _end_all_sessions(stage)
    return Struck(time.monotonic())


def _touch(stage: Stage, client: Client, session: Any, random: Random) -> None:
    names = stage.world.settings.mongodb
    mark = {"_id": random.randrange(stage.world.partitions)}
    if random.random() < 0.5:
        client[names.ledger].watermarks.update_one(mark, {"$inc": {"fences": 1}}, session=session)
    else:
        for page in client[names.live].cells.find({}, {"_id": 1}).limit(50):
            client[names.live].cells.update_one({"_id": page["_id"]}, {"$set": {"rival": 1}}, session=session)


def _end_all_sessions(stage: Stage) -> None:
    with suppress(PyMongoError), _root(stage) as client:
        client.admin.command("killAllSessions", [])


@contextmanager
def _root(stage: Stage) -> Iterator[Client]:
    client = stage.world.root()
    try:
        yield client
    finally:
        client.close()


def _of(kind: str, strike: Callable[[Stage, Random], Struck], weight: int) -> Nemesis:
    return Nemesis(kind, frozenset({"database"}), strike, weight, SERVER_GOAL_S)


NEMESES = (
    _of("kill_database", kill, 4),
    _of("hang_database", hang, 2),
    _of("primary_steps_down", step_down, 3),
    _of("write_conflicts", conflicts, 3),
    _of("transactions_ended", end_transactions, 3),
)
