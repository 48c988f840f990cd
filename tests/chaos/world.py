"""A whole pipeline to be hurt: three brokers, the database, ingest, two validate, two aggregate, a link between each.

with World(folder) as world:
    world.kill("validate-1")
    world.network.set(world.links("ingest"), Mode.CUT)
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pymongo import MongoClient

from cli.where import settings_from
from deploy.local import database, plan
from deploy.local.backoff import Backoff
from deploy.local.failure import Failure
from deploy.local.log_files import rotate
from deploy.local.plan import SERVICES
from deploy.local.ports import HOST, choose
from deploy.local.runner import Runner
from deploy.local.state import Condition
from schemas.topics import TOPICS
from services.runtime.settings import ServiceSettings
from tests.chaos import cluster, parts
from tests.chaos.clock import Clock
from tests.chaos.cluster import Observer
from tests.chaos.network import Network
from tests.chaos.parts import DATABASE, PHONES, STORE

WORKERS = ("ingest", "validate-1", "validate-2", "aggregate-1", "aggregate-2")
TREE = Path(__file__).parents[2]
START_S = 120.0
REPLICATION = 3


class World:
    """Use as a context manager; all that it started has ended on exit. Faults may come from several threads."""

    def __init__(self, folder: Path, *, partitions: int = 4) -> None:
        self.folder = folder.absolute()
        self.partitions = partitions
        self._changed = threading.Condition()
        self._runners: dict[str, Runner] = {}
        self._exits = ExitStack()
        self._stopping = False
        self.may_stop: frozenset[str] = frozenset()
        """Parts that are expected to stop for the operator."""
        self._services = [
            service if service.name == "ingest" else replace(service, instances=2)
            for service in SERVICES
            if service.name != "release"
        ]

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Where things are

    @property
    def env(self) -> dict[str, str]:
        """Of the operator's tools, which go straight to the brokers and the database."""
        return dict(self._plan.environment)

    @property
    def provisioning(self) -> dict[str, str]:
        """Of what may make and mend topics and watermarks."""
        return dict(self._plan.provisioning)

    @property
    def settings(self) -> ServiceSettings:
        return settings_from(self._plan.environment)

    @property
    def ingest_url(self) -> str:
        """As the phones reach it."""
        return f"http://{HOST}:{self._ports[f'proxy-{PHONES}']}"

    @property
    def store(self) -> "database.Database":
        assert self._plan.database is not None
        return self._plan.database

    def python_path(self, *before: Path) -> dict[str, str]:
        """For a service: the clock that can jump, and the code of the tree that these tests are in."""
        return {"PYTHONPATH": os.pathsep.join(map(str, (*before, self.clock.folder, TREE)))}

    def root(self) -> "MongoClient[dict[str, object]]":
        """The database's administrator, who goes straight to it and is impatient."""
        return MongoClient(self.store.whole_uri(), serverSelectionTimeoutMS=2_000, socketTimeoutMS=5_000)

    def links(self, name: str) -> list[str]:
        """The links of a class of clients ("ingest": to all brokers), or of PHONES, STORE, or of the peers of all
        brokers ("peers")."""
        if name in (PHONES, STORE):
            return [name]
        listeners = ("peers", "controller") if name == "peers" else (name,)
        return [f"{listener}-{node}" for listener in listeners for node in cluster.NODES]

    # What can be done to it

    def runner(self, name: str) -> Runner:
        return self._runners[name]

    def pid(self, name: str) -> int | None:
        return self._runners[name].state.pid

    def kill(self, name: str, *, hold: bool = False) -> float:
        """SIGKILL; returns when (monotonic). The part is started again, unless it is held until `release`."""
        if hold:
            self._runners[name].hold()
        self._runners[name].send(signal.SIGKILL)
        return time.monotonic()

    def release(self, name: str) -> None:
        self._runners[name].release()

    def pause(self, name: str) -> None:
        self._runners[name].send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._runners[name].send(signal.SIGCONT)

    def end(self, name: str, deadline_s: float = 120.0) -> None:
        """SIGTERM, and it stays down until `release`."""
        runner = self._runners[name]
        runner.hold()
        runner.send(signal.SIGTERM)
        self.wait(lambda: runner.state.pid is None, deadline_s, f"{name} does not end")

    def again(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Ends a part, or what is left of it, and starts it with more in its environment than it had at first. Also
        one that stopped for the operator."""
        old = self._runners[name]
        old.ask_to_end()
        old.end(time.monotonic() + old.part.stop_s)
        part = self._parts[name]
        part = replace(part, environment={**part.environment, **(environment or {})})
        with self._changed:
            self.check()
            self._runners[name] = runner = Runner(part, self.folder, Backoff(), self._tell)
            runner.start()

    def wait_ready(self, name: str, deadline_s: float = 90.0, *, after_pid: int | None = None) -> None:
        def ready() -> bool:
            state = self._runners[name].state
            return state.condition is Condition.READY and state.pid != after_pid

        self.wait(ready, deadline_s, f"{name} is not ready")

    def wait(self, reached: Callable[[], bool], deadline_s: float, otherwise: str) -> None:
        """Raises `Failure`, with what each part is doing; at once if a part has stopped for the operator."""
        deadline = time.monotonic() + deadline_s
        with self._changed:
            while not reached():
                self.check()
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Failure(f"{otherwise} after {deadline_s:g} s; {self.described()}")
                self._changed.wait(min(left, 1.0))

    def check(self) -> None:
        """Raises `Failure` if a part has stopped for the operator, to which no fault may lead but a loss of records; or
        if the world is being ended."""
        if self._stopping:
            raise Failure("the world is being ended")
        for name, runner in list(self._runners.items()):
            if runner.state.condition is Condition.OPERATOR and name not in self.may_stop:
                raise Failure(f"{name} stopped for the operator: {runner.state.message}")

    def described(self) -> str:
        states = [runner.state for runner in self._runners.values()]
        return ", ".join(f"{s.name} {s.condition}{f' ({s.message})' if s.message else ''}" for s in states)

    def tidy_logs(self) -> None:
        for runner in list(self._runners.values()):
            rotate(runner.log)

    def stop(self) -> None:
        """Services first, brokers last. All processes are gone when it returns."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for names in (WORKERS, [name for name in self._runners if name not in WORKERS]):
            here = [self._runners[name] for name in names if name in self._runners]
            for runner in here:
                runner.send(signal.SIGCONT)
                runner.ask_to_end()
            deadline = time.monotonic() + 5.0
            for runner in here:
                runner.end(deadline)
        self._exits.close()

    # How it starts

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        names = [*cluster.port_names(), DATABASE, *WORKERS, f"proxy-{PHONES}", f"proxy-{STORE}"]
        self._ports = choose(dict.fromkeys(names), {}, {})
        self.nodes = cluster.nodes(self.folder, self._ports)
        given = {
            plan.KAFKA_ADDRESS: cluster.bootstrap(self.nodes),
            "RIHLA_KAFKA__REPLICATION": str(REPLICATION),
            "RIHLA_KAFKA__MIN_INSYNC": str(REPLICATION - 1),
        }
        chosen = {name: self._ports[name] for name in (DATABASE, *WORKERS)}
        self._plan = plan.make(self.folder, self._services, given, chosen, self.partitions)
        database.prepare(self.store)
        self.observer = Observer(
            cluster.bootstrap(self.nodes), [self.settings.kafka.topic(topic.name) for topic in TOPICS]
        )
        self.clock = Clock(self.folder / "clock")
        self.network = self._exits.enter_context(Network(parts.links(self.nodes, self._ports)))
        store = f"{HOST}:{self._ports[f'proxy-{STORE}']}"
        services = parts.services(self._plan, self.nodes, store, self.python_path())
        self._parts = {part.name: part for part in (*parts.infrastructure(self.nodes, self.store), *services)}
        self._start_parts([name for name in self._parts if name not in WORKERS])
        parts.prepare(self.folder, self._plan)
        self._start_parts(WORKERS)

    def _start_parts(self, names: Sequence[str]) -> None:
        for name in names:
            self._runners[name] = Runner(self._parts[name], self.folder, Backoff(), self._tell)
            self._runners[name].start()
        for name in names:
            self.wait_ready(name, START_S)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
