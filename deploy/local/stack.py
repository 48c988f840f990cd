"""The stack of one folder, supervised in this process: what `rihla up` keeps running, and what tests are run on.

with Stack(folder) as stack:
    httpx.post(f"{stack.ingest_url}/v1/...")
    stack.kill("kafka")
    stack.wait_ready("kafka", deadline_s=30)
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import checks, database, jars, java, kafka, plan, processes, state
from deploy.local.backoff import Backoff
from deploy.local.failure import Failure
from deploy.local.lock import FolderLock
from deploy.local.log_files import last_line, open_for_part
from deploy.local.part import Part
from deploy.local.plan import SERVICES, Plan, Service
from deploy.local.ports import choose
from deploy.local.state import Condition, Phase, StackState
from deploy.local.supervisor import Supervisor

PREPARE = (sys.executable, "-m", "deploy.local.prepare")
"""Makes keys, topics, watermarks and indexes. Runs when broker and database are ready and before the services."""

PREPARE_S = 60.0


class Stack:
    """Broker, database and services with their data in `folder`.

    `given` are RIHLA_* variables, of which each service gets those that its settings know; with
    RIHLA_KAFKA__BOOTSTRAP_SERVERS or RIHLA_MONGODB__URI among them that part is not started and the services use the
    one named. `ports` names ports that must be taken ("kafka",
    "database", a service's part name); with `well_known` the others are the well-known ones where these are free,
    without it any. `prepare` is the command to run before the services (None: nothing to prepare). `changed` is called
    with each new state, from any thread, one at a time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        services: Sequence[Service] = SERVICES,
        partitions: int = 4,
        given: Mapping[str, str] | None = None,
        ports: Mapping[str, int] | None = None,
        well_known: bool = False,
        prepare: Sequence[str] | None = PREPARE,
        backoff: Backoff | None = None,
        changed: Callable[[StackState], None] = lambda _state: None,
    ) -> None:
        self.folder = folder.absolute()
        self._services = tuple(services)
        self._partitions = partitions
        self._given = dict(given or {})
        self._named = dict(ports or {})
        self._well_known = well_known
        self._prepare = prepare
        self._tell = changed
        self._backoff = backoff or Backoff()
        self._supervisor = Supervisor(self.folder, self._backoff, self._publish)
        self._lock: FolderLock | None = None
        self._phase = Phase.STOPPED
        self._message = ""
        self._plan: Plan | None = None
        self._cleaned_up: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when everything is ready. Raises `Failure` with nothing left running; `Interrupted` after
        `ask_to_end`, upon which `stop` must be called as usual."""
        self.folder = checks.writable_folder(self.folder)
        lock = FolderLock(self.folder)
        lock.take()
        self._lock = lock
        try:
            self._start()
        except Failure as failure:
            self._enter(Phase.FAILED, str(failure))
            self.stop()
            raise

    def stop(self) -> None:
        """Ends everything within ten seconds. Data stays. May be called again, and after a start that failed."""
        if self._lock is None:
            return
        failed = self._phase is Phase.FAILED
        if not failed:
            self._enter(Phase.STOPPING)
        self._supervisor.stop()
        self._enter(Phase.FAILED if failed else Phase.STOPPED, self._message)
        self._lock.release()
        self._lock = None

    def ask_to_end(self) -> None:
        """Makes a `start` or `wait_ready` in another thread, or under a signal handler, give up."""
        self._supervisor.ask_to_end()

    # What tests and tools ask of a running stack

    @property
    def state(self) -> StackState:
        """What the file says."""
        return StackState(
            phase=self._phase,
            message=self._message,
            supervisor=os.getpid(),
            ports=self._plan.ports if self._plan else state.read(self.folder).ports,
            environment=self._plan.environment if self._plan else {},
            cleaned_up=self._cleaned_up,
            parts=self._supervisor.states(),
        )

    @property
    def env(self) -> dict[str, str]:
        """The RIHLA_* variables by which a tool finds this stack, as the operator."""
        return dict(self._planned.environment)

    @property
    def ingest_url(self) -> str:
        return self.state.part("ingest").address

    @property
    def kafka(self) -> str:
        """Bootstrap servers."""
        return self.env[plan.KAFKA_ADDRESS]

    @property
    def mongo_uri(self) -> str:
        """Of the database's administrator, with the password: for tests, which need databases of their own."""
        store = self._planned.database
        return self.env[plan.DATABASE_ADDRESS] if store is None else store.whole_uri()

    def mongo_uri_of(self, user: str) -> str:
        """Of one of the users of deploy/mongodb/roles.py, with the password. RuntimeError if the database is not this
        stack's own."""
        store = self._planned.database
        if store is None:
            raise RuntimeError("the database was given, and its passwords are not here")
        return store.whole_uri(user)

    def pid(self, name: str) -> int | None:
        """Of a part's process; None while it has none."""
        return self._supervisor.runner(name).state.pid

    def kill(self, name: str, *, hold: bool = False) -> None:
        """SIGKILL. The part is started again, unless it is held until `release`."""
        runner = self._supervisor.runner(name)
        if hold:
            runner.hold()
        runner.send(signal.SIGKILL)

    def release(self, name: str) -> None:
        self._supervisor.runner(name).release()

    def pause(self, name: str) -> None:
        """SIGSTOP: the process lives on and does nothing, as on a machine that hangs."""
        self._supervisor.runner(name).send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._supervisor.runner(name).send(signal.SIGCONT)

    def wait_ready(self, name: str, deadline_s: float, *, after_pid: int | None = None) -> None:
        """Waits until the part is ready, with another process than `after_pid` if that is given. TimeoutError."""
        runner = self._supervisor.runner(name)
        deadline = time.monotonic() + deadline_s

        def ready() -> bool:
            return runner.state.condition is Condition.READY and runner.state.pid != after_pid

        if not self._supervisor.wait(ready, deadline):
            raise TimeoutError(f"{name} is {runner.state.condition} after {deadline_s} s: {runner.state.message}")

    # How it starts

    def _start(self) -> None:
        before = state.read(self.folder)
        self._cleaned_up = processes.end(processes.orphans(self.folder, before))
        has_data = (self.folder / "kafka").exists() or (self.folder / "database").exists()
        checks.enough_space(self.folder, checks.LATER_START_BYTES if has_data else checks.FIRST_START_BYTES)
        chosen = choose(
            plan.usual_ports(self._services, self._given, self._well_known),
            {**plan.named_ports(self._services, self._given), **self._named},
            before.ports,
        )
        self._plan = plan.make(self.folder, self._services, self._given, chosen, self._partitions)
        self._enter(Phase.STARTING)
        self._supervisor.start_stage(self._infrastructure(self._plan))
        self._run_prepare(self._plan)
        self._supervisor.start_stage(self._plan.services)
        self._enter(Phase.READY)

    def _infrastructure(self, planned: Plan) -> list[Part]:
        parts = []
        if planned.broker is not None:
            runtime, classes = java.find(), jars.provide(jars.cache_folder())
            kafka.write_configuration(planned.broker, [planned.broker])
            kafka.format_once(planned.broker, runtime, classes)
            parts.append(plan.broker_part(planned.broker, runtime, classes))
        if planned.database is not None:
            database.prepare(planned.database)
            parts.append(plan.database_part(planned.database))
        return parts

    def _run_prepare(self, planned: Plan) -> None:
        if self._prepare is None:
            return
        log = self.folder / "logs" / "prepare.log"
        environment = {**plan.system_environment(), **planned.provisioning, processes.MARK: str(self.folder)}
        with open_for_part(log) as out:
            try:
                answer = subprocess.run(  # noqa: S603 - our own command
                    self._prepare,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    timeout=PREPARE_S,
                    check=False,
                    # Ctrl-C in the terminal is for the supervisor alone.
                    start_new_session=True,
                )
            except subprocess.TimeoutExpired:
                raise Failure(f"Making the topics took longer than {PREPARE_S:.0f} s; {log} says more.") from None
        if answer.returncode != 0:
            raise Failure(f"The topics could not be made: {last_line(log)}")

    @property
    def _planned(self) -> Plan:
        if self._plan is None:
            raise RuntimeError("the stack has not been started")
        return self._plan

    def _enter(self, phase: Phase, message: str = "") -> None:
        self._phase, self._message = phase, message
        self._publish()

    def _publish(self) -> None:
        current = self.state
        # A full disk or a closed terminal must not end the supervision; the next change is written again.
        with contextlib.suppress(OSError):
            if self._lock is not None:
                state.write(self.folder, current)
            self._tell(current)
