"""One stack for one folder: a file that the supervisor keeps locked while it lives.

The kernel lets go of the lock when the process ends, however it ends, so the lock and not a pid says whether a stack
runs. The file stays where it is; deleting it would let two supervisors lock two different files of the same name.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from deploy.local.failure import Failure

FILE = "stack.lock"

TRIES = 10
PAUSE_S = 0.02


class FolderLock:
    """Held from `take` to `release`, or to the end of the process. Not inherited by the parts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises `Failure`, naming the owner's pid, if another stack runs on the folder."""
        descriptor = os.open(self._folder / FILE, os.O_RDWR | os.O_CREAT, 0o644)
        if not _lock(descriptor):
            os.close(descriptor)
            raise already_runs(self._folder, owner(self._folder))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def already_runs(folder: Path, pid: int | None) -> Failure:
    return Failure(
        f"A stack already runs on {folder} (process {pid}): end it with `rihla down`, or name another folder with "
        "--data."
    )


def owner(folder: Path) -> int | None:
    """The pid of the supervisor of this folder's stack, None if none runs."""
    try:
        descriptor = os.open(folder / FILE, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written_pid(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Tries for a short while, because somebody may just be asking for the `owner`."""
    for _ in range(TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(PAUSE_S)
    return False


def _written_pid(descriptor: int) -> int:
    """What the owner wrote; it does so just after it has the lock. 0 if it never does."""
    for _ in range(TRIES):
        if text := os.pread(descriptor, 32, 0).strip():
            return int(text)
        time.sleep(PAUSE_S)
    return 0
