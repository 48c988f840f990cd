"""Starts parts stage by stage, each when the one before is ready, and ends them in reverse order."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local import holding
from deploy.local.backoff import Backoff
from deploy.local.failure import Failure
from deploy.local.log_files import rotate
from deploy.local.part import Part
from deploy.local.runner import Runner
from deploy.local.state import Condition, PartState

START_S = 90.0
"""For all parts of a stage to become ready, on a slow machine; here it takes 3 to 8 s."""

DEATHS_AT_START = 4
"""A part that dies so often before it was ever ready will not recover by itself."""

ROTATE_EVERY_S = 5.0
FOLLOW_EVERY_S = 0.2
"""How soon a command gets the parts that it wants to be ended."""


class Interrupted(Exception):
    """The start was given up because the supervisor was asked to end."""


class Supervisor:
    """Runs the parts of one folder. `changed` is called after every change, from any thread, one at a time."""

    def __init__(self, folder: Path, backoff: Backoff, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._backoff = backoff
        self._notify = changed
        self._stages: list[list[Runner]] = []
        self._change = threading.Condition(threading.RLock())
        self._ending = threading.Event()
        self._housekeeper = threading.Thread(target=self._keep_house, name="keep-house", daemon=True)

    def states(self) -> tuple[PartState, ...]:
        return tuple(runner.state for runner in self._runners())

    def runner(self, name: str) -> Runner:
        """KeyError, naming the parts that there are, if there is none of this name."""
        runners = {runner.part.name: runner for runner in self._runners()}
        if name not in runners:
            raise KeyError(f"no part {name!r}, only {sorted(runners)}")
        return runners[name]

    def start_stage(self, parts: Sequence[Part]) -> None:
        """Starts the parts together and returns when all are ready.

        Raises `Failure` if one of them cannot become ready, `Interrupted` if `ask_to_end` was called.
        """
        if self._ending.is_set():
            raise Interrupted
        if not self._housekeeper.is_alive():
            self._housekeeper.start()
        stage = [Runner(part, self._folder, self._backoff, self._changed) for part in parts]
        self._stages.append(stage)
        for runner in stage:
            runner.start()
        deadline = time.monotonic() + START_S
        self.wait(lambda: all(_is_up(runner) for runner in stage), deadline)
        for runner in stage:
            if runner.state.condition is not Condition.READY:
                said = runner.state.message or f"it was not ready after {START_S:.0f} s"
                raise Failure(f"{runner.part.name} does not start ({said}); {runner.log} says more.")

    def wait(self, reached: Callable[[], bool], deadline: float) -> bool:
        """Waits for a condition on the states, until a time of the monotonic clock; returns whether it was reached.
        Raises `Interrupted` if `ask_to_end` was called."""
        with self._change:
            while not reached():
                if self._ending.is_set():
                    raise Interrupted
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._change.wait(left)
            return True

    def ask_to_end(self) -> None:
        """Makes `start_stage` and `wait` give up. Returns at once; callable from a signal handler's thread."""
        self._ending.set()
        with self._change:
            self._change.notify_all()

    def stop(self) -> None:
        """Ends all parts, the last stage first, and returns when no process is left: within the sum over the stages of
        their longest `stop_s`, which for the stack is 9 s."""
        self.ask_to_end()
        for stage in reversed(self._stages):
            for runner in reversed(stage):
                runner.ask_to_end()
            asked = time.monotonic()
            for runner in reversed(stage):
                runner.end(asked + runner.part.stop_s)
        if self._housekeeper.is_alive():
            self._housekeeper.join()

    def _runners(self) -> list[Runner]:
        return [runner for stage in self._stages for runner in stage]

    def _changed(self) -> None:
        with self._change:
            self._notify()
            self._change.notify_all()

    def _keep_house(self) -> None:
        held: frozenset[str] = frozenset()
        rotated = time.monotonic()
        while not self._ending.wait(FOLLOW_EVERY_S):
            held = self._follow(held)
            if time.monotonic() - rotated >= ROTATE_EVERY_S:
                rotated = time.monotonic()
                for runner in self._runners():
                    # A full disk must not end the rotation, which is what may empty it.
                    with contextlib.suppress(OSError):
                        rotate(runner.log)

    def _follow(self, held: frozenset[str]) -> frozenset[str]:
        """Ends and starts what a command asks for (deploy.local.holding)."""
        asked = holding.asked(self._folder)
        for runner in self._runners():
            name = runner.part.name
            if name in asked:
                # Each time: it may have been about to start.
                runner.hold()
                runner.send(signal.SIGTERM)
            elif name in held and name not in asked:
                runner.release()
        return asked


def _is_up(runner: Runner) -> bool:
    """Whether there is nothing more to wait for: it is ready, or it will not be."""
    settled = runner.state.condition in (Condition.READY, Condition.OPERATOR)
    return settled or runner.deaths >= DEATHS_AT_START
