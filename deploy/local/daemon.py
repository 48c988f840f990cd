"""The supervisor's process: runs a stack until it is told to end. `rihla up` starts it detached, or is it itself."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from deploy.local.failure import Failure
from deploy.local.log_files import open_for_part
from deploy.local.plan import SERVICES, Service, system_environment
from deploy.local.stack import Stack
from deploy.local.state import StackState
from deploy.local.supervisor import Interrupted

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""All three mean: end everything. SIGHUP comes when the terminal of a stack in the foreground is closed."""

LOG = "supervisor"


def given_settings() -> dict[str, str]:
    """The RIHLA_* variables of this process."""
    return {name: value for name, value in os.environ.items() if name.startswith("RIHLA_")}


def run(
    folder: Path,
    ports: Mapping[str, int],
    partitions: int,
    services: Sequence[Service] = SERVICES,
    changed: Callable[[StackState], None] = lambda _state: None,
    ready: Callable[[Stack], None] = lambda _stack: None,
) -> None:
    """Starts the stack, calls `ready`, and keeps it up until one of `SIGNALS`. Raises `Failure` if it cannot start."""
    asked = threading.Event()
    stack = Stack(
        folder,
        services=services,
        given=given_settings(),
        ports=ports,
        well_known=True,
        partitions=partitions,
        changed=changed,
    )

    def end(_number: int, _frame: object) -> None:
        asked.set()
        stack.ask_to_end()

    with handling(end), contextlib.suppress(Interrupted), stack:
        ready(stack)
        asked.wait()


@contextlib.contextmanager
def handling(handler: Callable[[int, object], None]) -> Iterator[None]:
    """Has `SIGNALS` handled by this for a while. In the main thread alone."""
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def start_detached(
    folder: Path, ports: Mapping[str, int], partitions: int, services: Sequence[Service]
) -> "subprocess.Popen[bytes]":
    """Starts a supervisor that outlives this process and its terminal. It logs to logs/supervisor.log."""
    named = [f"{name}={port}" for name, port in ports.items()]
    listed = [f"--service={service.name}" for service in services]
    command = [sys.executable, "-m", "deploy.local.daemon", str(folder), str(partitions), *named, *listed]
    with open_for_part(folder / "logs" / f"{LOG}.log") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=system_environment() | given_settings(),
            start_new_session=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy.local.daemon", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("partitions", type=int)
    parser.add_argument("ports", nargs="*", metavar="NAME=PORT")
    parser.add_argument("--service", action="append", default=[])
    asked = parser.parse_args()
    services = [service for service in SERVICES if service.name in asked.service]
    ports = {name: int(port) for name, _, port in (text.partition("=") for text in asked.ports)}
    try:
        run(asked.folder, ports, asked.partitions, services)
    except Failure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
