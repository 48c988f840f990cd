"""A round of fieldwork in a thread of its own, while the main thread shows it and hears Ctrl-C."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cli.fieldwork.phones import Pace, Round, ServerAway, ServerRefuses
from cli.fieldwork.plan import Plan
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.wire import Target
from deploy.local.failure import Failure


class BackgroundRound:
    """Use as a context manager: begins on entry, and is cut off on exit if it is not over."""

    def __init__(self, plan: Plan[Sendable[Answered]], target: Target, pace: Pace) -> None:
        self._round = Round(plan, target, pace)
        self.plan = plan
        self.history = self._round.history
        self._loop: asyncio.AbstractEventLoop | None = None
        self._playing: asyncio.Task[object] | None = None
        self._fault: BaseException | None = None
        self._begun = threading.Event()
        # Not Thread.join: one that Ctrl-C interrupts takes the thread for ended ever after (CPython issue 90882).
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="phones", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._playing is not None:
            self._call(self._playing.cancel)
        self._ended.wait()

    def over(self, timeout_s: float) -> bool:
        """Waits for the end of the round. Raises `Failure` if the server would not have it, or stayed away."""
        if not self._ended.wait(timeout_s):
            return False
        if isinstance(self._fault, ServerRefuses | ServerAway):
            raise Failure(str(self._fault))
        if self._fault is not None:
            raise self._fault
        return True

    def stop(self) -> None:
        """No phone begins another delivery; the round is over once what is on its way is acknowledged."""
        self._call(self._round.stop)

    def _call(self, what: Callable[[], object]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(what)

    def _run(self) -> None:
        try:
            asyncio.run(self._play())
        except asyncio.CancelledError:
            pass
        except Exception as fault:
            self._fault = fault
        finally:
            self._begun.set()
            self._ended.set()

    async def _play(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._playing = asyncio.current_task()
        self._begun.set()
        await self._round.play()
