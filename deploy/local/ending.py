"""Ends the stack of a folder from outside: its supervisor if it has one, else what a killed one has left."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.local import lock, processes, state
from deploy.local.failure import Failure

PATIENCE_S = 12.0
"""A supervisor needs ten seconds at most."""


@dataclass(frozen=True)
class Ended:
    """`supervisor` is the pid of the one that was told to end, `killed` what had to be killed."""

    supervisor: int | None
    killed: tuple[str, ...]


def end(folder: Path) -> Ended:
    """Returns when no process of the folder's stack is left. Raises `Failure` if that cannot be reached."""
    folder = folder.resolve()
    owner = lock.owner(folder)
    if owner:
        _send(owner, signal.SIGTERM)
        if not _ends(folder, owner):
            _send(owner, signal.SIGKILL)
            if not _ends(folder, owner):
                raise Failure(f"The supervisor of {folder} (process {owner}) does not end: see `ps`, and try again.")
    recorded = state.read(folder)
    killed = processes.end(processes.orphans(folder, recorded))
    if owner or killed:
        state.write(folder, state.all_stopped(recorded))
    return Ended(owner, killed)


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise Failure(f"Process {pid} belongs to another user: end the stack as that user.") from None


def _ends(folder: Path, owner: int) -> bool:
    """Whether the supervisor lets go of its lock in time."""
    deadline = time.monotonic() + PATIENCE_S
    while lock.owner(folder) == owner:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
