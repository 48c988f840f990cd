"""For all tests: whoever starts a process or a thread also ends it."""

import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from hypothesis import settings

# No test asserts a time: a busy machine fails nothing. (In CI hypothesis has a profile of its own, which says so too.)
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

GONE_WITHIN_S = 10.0
"""What was told to end may take this long; the longest that a service gives itself is 8 s."""


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Checked once, after the last test: fixtures of a wider scope may keep servers between tests."""
    yield
    processes = _still_there(_children)
    assert not processes, f"tests left processes behind: {processes}"
    threads = _still_there(_threads)
    assert not threads, f"tests left threads behind: {threads}"


def _still_there(look: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + GONE_WITHIN_S
    while (found := look()) and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    return found


def _children() -> list[str]:
    found = []
    for child in psutil.Process().children():
        try:
            if child.status() == psutil.STATUS_ZOMBIE:
                continue
            command = " ".join(child.cmdline())
        except psutil.NoSuchProcess:
            continue
        # Python's own, which end with the process that uses them.
        if "multiprocessing.resource_tracker" not in command and "multiprocessing.forkserver" not in command:
            found.append(command)
    return found


def _threads() -> list[str]:
    """Threads that would keep the process from ending."""
    return [
        thread.name for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()
    ]
