"""`rihla up`, `rihla down`, `rihla status`: the local stack."""

import subprocess
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.further import database
from cli.progress import Startup, provide_kafka
from cli.status import show_status
from cli.where import DEFAULT_DATA, DataFolder
from deploy.local import checks, daemon, ending, lock, log_files, plan, state
from deploy.local.failure import Failure
from deploy.local.state import Phase, StackState
from services.runtime.settings import ServiceSettings

POLL_S = 0.1
"""How often the state file of a starting supervisor is read."""

PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Take this port, or fail if it is taken.")]


def up(
    data: DataFolder = DEFAULT_DATA,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, until Ctrl-C.")] = False,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of the data topics.")] = 4,
    no_services: Annotated[bool, typer.Option("--no-services", help="Only Kafka and the database.")] = False,
    kafka_port: PortOption = None,
    database_port: PortOption = None,
    ingest_port: PortOption = None,
) -> None:
    """Start Kafka, the database and the services on this machine, with their data in one folder."""
    console = Console()
    named = {"kafka": kafka_port, "database": database_port, "ingest": ingest_port}
    ports = {name: port for name, port in named.items() if port is not None}
    ServiceSettings()  # a wrong variable is said now, and not by a service in its log
    folder = checks.writable_folder(data)
    if (owner := lock.owner(folder)) is not None:
        raise lock.already_runs(folder, owner)
    if plan.KAFKA_ADDRESS not in daemon.given_settings():
        provide_kafka(console)
    startup = Startup(console)
    services = () if no_services else plan.SERVICES
    if foreground:
        daemon.run(
            folder, ports, partitions, services, startup.show, lambda stack: _show_ready(console, stack.state, True)
        )
        console.print("Everything has ended.")
        return
    supervisor = daemon.start_detached(folder, ports, partitions, services)
    try:
        _show_ready(console, _follow(supervisor, startup, folder), False)
    except KeyboardInterrupt:
        console.print("Ending what has started.")
        ending.end(folder)
        raise


def _follow(supervisor: "subprocess.Popen[bytes]", startup: Startup, folder: Path) -> StackState:
    """Shows the start until it is done. Raises `Failure` if the supervisor ends instead."""
    while True:
        ended = supervisor.poll() is not None
        current = state.read(folder)
        if current.supervisor == supervisor.pid:
            startup.show(current)
            if current.phase is Phase.READY and not ended:
                return current
        if ended:
            log = folder / "logs" / f"{daemon.LOG}.log"
            raise Failure(log_files.last_line(log) or f"The supervisor ended without a word; {log} may say more.")
        time.sleep(POLL_S)


def _show_ready(console: Console, current: StackState, foreground: bool) -> None:
    how = "Ctrl-C ends it" if foreground else "`rihla status` shows it, `rihla down` ends it"
    console.print(f"[bold]Rihla is up[/]; {how}.", highlight=False)
    console.print(f"MongoDB clients connect to {database(current.environment)}", highlight=False, soft_wrap=True)


def down(data: DataFolder = DEFAULT_DATA) -> None:
    """End the stack. Its data stays, and `rihla up` goes on where it stood."""
    console = Console()
    if not data.exists():
        console.print(f"No stack was ever started in {data}.", highlight=False)
        return
    ended = ending.end(data)
    if ended.killed:
        console.print(f"Ended what was left without a supervisor: {', '.join(ended.killed)}.", highlight=False)
    if ended.supervisor is None and not ended.killed:
        console.print(f"No stack runs on {data}.", highlight=False)
    else:
        console.print("Everything has ended; the data stays.")


def status(data: DataFolder = DEFAULT_DATA) -> None:
    """Show the parts, and whether every submission is accounted for. Exit code 1 if a part is not ready."""
    if not show_status(Console(), data):
        raise typer.Exit(1)
