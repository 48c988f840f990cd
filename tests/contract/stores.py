"""Stores for the contract suites: in memory, and on a real server that a test may kill."""

import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local import ports
from deploy.local.database import Database, answers, command, prepare
from schemas.tables.cells import summed
from schemas.tables.contribution import Contribution
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.mongo_store import MongoStore
from services.aggregate.provision import Topics, provision
from services.aggregate.slots import Arrival, Kind, Slot
from services.aggregate.store import Store
from services.aggregate.watermark import Watermark
from services.runtime.settings import MongoSettings

PARTITIONS = 3
DEADLINE_S = 60.0
NewStore = Callable[[], Store]


def topics(responses: str = "r", end: int = 10**6) -> Topics:
    zero, ends = dict.fromkeys(range(PARTITIONS), 0), dict.fromkeys(range(PARTITIONS), end)
    return Topics(responses, "s", zero, zero, ends, ends)


class Server:
    """The embedded database as a process that a test may kill."""

    def __init__(self, folder: Path) -> None:
        port = ports.choose({"database": None}, {}, {})["database"]
        self.database = Database(port, folder, folder / "credentials")
        prepare(self.database)
        self._log = (folder / "log").open("wb")
        self.start()

    def start(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            self._process = subprocess.Popen(command(self.database), stdout=self._log, stderr=self._log)
            while self._process.poll() is None:
                if answers(self.database):
                    return
                assert time.monotonic() < deadline, "the database does not start"
                time.sleep(0.05)
            assert time.monotonic() < deadline, "the database ends by itself"
            time.sleep(0.2)  # just after a kill, its address may be in use

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        self._log.close()

    def settings(self) -> MongoSettings:
        """New, empty databases with watermarks."""
        name = uuid.uuid4().hex[:8]
        uri = SecretStr(self.database.whole_uri())
        settings = MongoSettings(uri=uri, ledger=f"{name}-ledger", live=f"{name}-live")
        assert provision(settings, topics()) == list(range(PARTITIONS))
        return settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("database"))
    yield server
    server.close()


@pytest.fixture(params=["memory", "mongo"])
def new_store(request: pytest.FixtureRequest) -> Iterator[NewStore]:
    """Makes stores (workers) over one and the same database."""
    if request.param == "memory":
        database = MemoryDatabase(Watermark(partition, "r", "s", 0, 0) for partition in range(PARTITIONS))
        yield lambda: MemoryStore(database)
        return
    settings = request.getfixturevalue("server").settings()
    opened: list[MongoStore] = []

    def new() -> Store:
        opened.append(MongoStore(settings))
        return opened[-1]

    yield new
    for store in opened:
        store.close()


def moved(mark: Watermark, number: int = 1) -> Watermark:
    return replace(mark, responses_next=mark.responses_next + number, submissions_next=mark.submissions_next + number)


def response(instance: str, partition: int = 0, offset: int = 0, replaces: str | None = None) -> Arrival:
    cells = (("t", "x", (1, 2**70)), ("t", instance, (1, -5)))
    return Arrival(
        Kind.RESPONSE,
        partition,
        offset,
        0,
        "homes",
        "1",
        instance,
        replaces,
        "f",
        Contribution(cells, f"s|{instance}", {"t": (0,)}),
        b"the record",
    )


def counted(store: Store) -> dict[str, list[int]]:
    return summed(store.live_pages("homes"), "t")


def slots(store: Store, *instances: str) -> dict[str, Slot]:
    return dict(store.transact(lambda tx: tx.slots(instances)))
