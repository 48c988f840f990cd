"""A stack that lives as long as a command does, whichever way the command ends."""

import contextlib
from collections.abc import Iterator

from deploy.local.daemon import handling
from deploy.local.stack import Stack
from deploy.local.supervisor import Interrupted


class _Gate:
    """What a signal does: ends a start, then interrupts the body once, and is only remembered during the stop: an
    exception in the midst of that would leave processes behind, and a second Ctrl-C is just what people send then."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.open = False
        self.asked = False

    def __call__(self, _number: int, _frame: object) -> None:
        first, self.asked = not self.asked, True
        if not self.open:
            self._stack.ask_to_end()
        elif first:
            raise KeyboardInterrupt

    def close(self) -> None:
        self.open = False


@contextlib.contextmanager
def running(stack: Stack) -> Iterator[None]:
    """Starts the stack, and stops it when the block ends. SIGINT, SIGTERM and SIGHUP end the block with a
    KeyboardInterrupt, the first alone. Raises `Failure` if the stack cannot start. In the main thread alone."""
    gate = _Gate(stack)
    with handling(gate):
        try:
            with contextlib.suppress(Interrupted):
                stack.start()
                gate.open = True
            if gate.asked:
                raise KeyboardInterrupt
            yield
        finally:
            try:
                gate.close()
            finally:
                stack.stop()
        if gate.asked:
            raise KeyboardInterrupt
