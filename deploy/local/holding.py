"""Ends parts of a running stack for the time of a command, and has them started again, also those that had stopped for
the operator. The command writes a file for each part, and the supervisor follows; a file whose writer is dead counts
for nothing."""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local import state
from deploy.local.failure import Failure
from deploy.local.state import Condition

FOLDER = "held"
PATIENCE_S = 20.0
"""A part has five seconds to end."""
POLL_S = 0.1


@contextlib.contextmanager
def held(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """The parts have no process while the block runs. Raises `Failure` if one of them does not end."""
    requests = [folder / FOLDER / name for name in names]
    (folder / FOLDER).mkdir(exist_ok=True)
    try:
        for request in requests:
            request.write_text(str(os.getpid()))
        deadline = time.monotonic() + PATIENCE_S
        while missing := _not_held(folder, names):
            if time.monotonic() > deadline:
                raise Failure(f"{', '.join(missing)} did not end within {PATIENCE_S:.0f} s: see `rihla status`.")
            time.sleep(POLL_S)
        yield
    finally:
        for request in requests:
            request.unlink(missing_ok=True)


def asked(folder: Path) -> frozenset[str]:
    """The parts that a living command wants to be ended."""
    try:
        files = list((folder / FOLDER).iterdir())
    except OSError:
        return frozenset()
    return frozenset(file.name for file in files if _is_alive(file))


def _not_held(folder: Path, names: Sequence[str]) -> list[str]:
    return [p.name for p in state.read(folder).parts if p.name in names and p.condition is not Condition.HELD]


def _is_alive(file: Path) -> bool:
    try:
        os.kill(int(file.read_text()), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True
