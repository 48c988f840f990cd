"""Keeps one part alive, from a thread of its own: start, wait until it is ready, wait until it dies, pause, again."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local import log_files, processes
from deploy.local.backoff import Backoff
from deploy.local.part import Part
from deploy.local.state import Condition, PartState
from services.runtime.exit_codes import OPERATOR

PROBE_PAUSE_S = 0.1


class Runner:
    """`changed` is called, from any thread, after each change of `state`. `deaths` counts those in a row."""

    def __init__(self, part: Part, folder: Path, backoff: Backoff, changed: Callable[[], None]) -> None:
        self.part = part
        self.deaths = 0
        self.log = folder / "logs" / f"{part.name}.log"
        self._folder = folder
        self._backoff = backoff
        self._changed = changed
        self._ending = threading.Event()
        self._may_start = threading.Event()
        self._may_start.set()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._state = PartState(name=part.name, address=part.address, probe_url=part.probe_url)
        self._thread = threading.Thread(target=self._keep_alive, name=f"keep-{part.name}", daemon=True)

    @property
    def state(self) -> PartState:
        return self._state

    def start(self) -> None:
        self._thread.start()

    def send(self, signal_number: int) -> None:
        """Sends a signal to the part, if it runs."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal_number)

    def hold(self) -> None:
        """From its next death on the part stays dead until `release`; one that is dead, at once."""
        self._may_start.clear()
        self._news.set()

    def release(self) -> None:
        """Starts the part again, also if it had stopped for the operator: whoever held it has seen to that."""
        self._may_start.set()
        self._news.set()

    def ask_to_end(self) -> None:
        """SIGTERM, and no restart any more. Returns at once."""
        with self._lock:
            self._ending.set()
        self._may_start.set()
        self._news.set()
        self.send(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Waits until the part has ended; kills it, with all that it started, when the monotonic clock passes the
        deadline."""
        if self._thread.ident is None:
            return
        process = self._process
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        self._thread.join()

    def _keep_alive(self) -> None:
        while not self._ending.is_set():
            code, reason = self._live_once()
            if self._ending.is_set():
                break
            condition = Condition.OPERATOR if code == OPERATOR else Condition.RESTARTING
            self._set(condition=condition, pid=None, created=None, message=reason)
            if condition is Condition.OPERATOR:
                self._news.wait()
            elif self._may_start.is_set():
                self._ending.wait(self._backoff.wait_s(self.deaths))
            if not self._may_start.is_set():
                self._set(condition=Condition.HELD)
            self._may_start.wait()
            if not self._ending.is_set():
                self._set(restarts=self._state.restarts + 1)
        self._set(condition=Condition.STOPPED, pid=None, created=None, message="")

    def _live_once(self) -> tuple[int | None, str]:
        """Exit code and a sentence about how it came to it; None if the system could not start it at all."""
        self._news.clear()
        began = time.monotonic()
        ready_at = None
        try:
            process = self._spawn()
        except OSError as error:
            code, how = None, f"cannot be started: {error.strerror}"
        else:
            if process is None:
                return None, ""
            ready_at = self._await_ready(process, began)
            code = process.wait()
            how = f"{_how_it_ended(code)}: {log_files.last_line(self.log) or 'it said nothing'}"
        self.deaths = self._backoff.deaths(self.deaths, time.monotonic() - ready_at if ready_at is not None else 0.0)
        return code, how

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """Starts the process, unless the part has been asked to end. OSError if the system cannot."""
        with self._lock:
            if self._ending.is_set():
                return None
            log_files.note(self.log, f"starting {self.part.name} at {time.strftime('%Y-%m-%dT%H:%M:%S%z')}")
            with log_files.open_for_part(self.log) as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own command
                    self.part.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={
                        **self.part.environment,
                        processes.MARK: str(self._folder),
                        processes.NAME: self.part.name,
                    },
                    cwd=self._folder,
                    # A session of its own, so that Ctrl-C in the terminal reaches the supervisor alone, which then
                    # ends the parts in order.
                    start_new_session=True,
                )
            process = self._process
        self._set(condition=Condition.STARTING, pid=process.pid, created=processes.created(process.pid))
        return process

    def _await_ready(self, process: subprocess.Popen[bytes], began: float) -> float | None:
        """When it became ready (monotonic), None if it died before."""
        while process.poll() is None:
            if self._is_ready():
                now = time.monotonic()
                self._set(condition=Condition.READY, ready_after_s=round(now - began, 1), message="")
                return now
            if self._ending.wait(PROBE_PAUSE_S):
                return None
        return None

    def _is_ready(self) -> bool:
        try:
            return self.part.ready()
        except Exception:
            # Whatever a client library makes of a server that is half up: it is not ready. Nothing may end this thread
            # but the part's own end.
            return False

    def _set(self, **change: object) -> None:
        self._state = self._state.model_copy(update=change)
        self._changed()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"ended by {signal.Signals(-code).name}"
    return f"ended by signal {-code}"
