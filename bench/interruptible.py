"""How a benchmark ends when somebody ends it: what it started is ended too, and no trace is printed."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128
"""And the number of the signal, as a shell says it."""


def interruptible(main: Callable[[], None]) -> None:
    """Runs it. SIGINT and SIGTERM leave it as an exception does, so that its blocks end what they began; SIGINT also in
    the background of a script, where a shell has it ignored."""
    ending: list[int] = []

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        ending.append(number)
        # What is being ended is not ended again.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(INTERRUPTED + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        main()
    finally:
        if ending:
            sys.stderr.write("Ended before it was through.\n")
