"""Processes of a stack that nobody supervises: how they are found after the supervisor was killed, and ended."""

import os
from collections.abc import Iterable
from pathlib import Path

import psutil

from deploy.local.state import StackState

MARK = "RIHLA_STACK"
"""Environment variable that every part gets: the folder of its stack. Nobody else sets it, so it proves whose it is."""

NAME = "RIHLA_INSTANCE"
"""The part's own name, by which a replica can tell itself from the others."""

KILL_WAIT_S = 5.0


def created(pid: int) -> float | None:
    """When a process began, in epoch seconds; None if there is none or only its corpse."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def orphans(folder: Path, state: StackState) -> list[psutil.Process]:
    """Every process that carries the mark of this folder, and every one of the state file that is still the same.

    Call it only with the folder's lock, or when it has no owner: else these are the parts of a stack that runs.
    """
    recorded = {part.pid: part.created for part in state.parts if part.pid is not None}
    return [process for process in _others() if _is_marked(process, folder) or _is_recorded(process, recorded)]


def end(processes: Iterable[psutil.Process]) -> tuple[str, ...]:
    """Kills them, and returns their names and pids when they are gone.

    SIGKILL, because parts that lost their supervisor may also have lost what they wait for when they are asked; all of
    them are built to survive it.
    """
    ended = []
    waiting = list(processes)
    for process in waiting:
        try:
            ended.append(f"{_name(process)} ({process.pid})")
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(waiting, timeout=KILL_WAIT_S)
    return tuple(ended)


def _others() -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if process.pid != os.getpid()]


def _is_marked(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and bool(process.environ().get(MARK) == str(folder))
    except (psutil.Error, OSError):  # gone, or another user's
        return False


def _is_recorded(process: psutil.Process, recorded: dict[int, float | None]) -> bool:
    if process.pid not in recorded:
        return False
    began = created(process.pid)
    # Rounded: the time is kept in clock ticks, and converting it twice may differ in the last digit.
    return began is not None and round(began, 1) == round(recorded[process.pid] or 0.0, 1)


def _name(process: psutil.Process) -> str:
    """The part's name, as the supervisor put it into the environment; else the program's."""
    try:
        return str(process.environ().get(NAME) or process.name())
    except psutil.Error:
        return "a process"
