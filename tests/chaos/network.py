"""The links between the parts of a world, as whoever injects faults sees them."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.failure import Failure
from tests.chaos.proxy import Link, Mode


class Network:
    """The process of the proxies. Use as a context manager. Callable from several threads."""

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = links
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        given = json.dumps([asdict(link) for link in self._links])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.proxy", given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            start_new_session=True,  # Ctrl-C is for whoever started it
        )
        if self._answer() != "ready":
            self.__exit__(None, None, None)
            raise Failure("the proxies could not listen")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            with contextlib.suppress(OSError):
                process.communicate(timeout=5)
            process.kill()
            process.wait()

    def set(self, links: Iterable[str], mode: Mode, delay_s: float = 0.0) -> None:
        """Returns when it is so."""
        command = json.dumps({"links": sorted(links), "mode": mode, "delay_s": delay_s})
        with self._lock:
            if self._process is None or self._process.stdin is None:
                raise Failure("the proxies have ended")
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
            if self._answer() != "done":
                raise Failure("the proxies have ended")

    @contextmanager
    def disturbed(self, links: Iterable[str], mode: Mode, delay_s: float = 0.0) -> Iterator[None]:
        names = list(links)
        self.set(names, mode, delay_s)
        try:
            yield
        finally:
            self.set(names, Mode.OPEN)

    def _answer(self) -> str:
        if self._process is None or self._process.stdout is None:
            return ""
        return self._process.stdout.readline().strip()
